package reports

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"daybook/aging"
)

func tableText(t testing.TB, tables ...*Table) []byte {
	var b bytes.Buffer
	for _, table := range tables {
		fmt.Fprintf(&b, "# %s\n%s", table.Name, csvOf(t, table))
	}
	return b.Bytes()
}

// csvOf is a table as CSV.
func csvOf(t testing.TB, table *Table) string {
	t.Helper()
	var out bytes.Buffer
	w, err := NewCSVWriter(&out, table.Columns)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(table.Columns); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRegulatoryTables(t *testing.T) {
	golden(t, "regulatory.csv", tableText(t, smallBuilder(t).Tables(smallSettings())...))
}

func TestTotalsCountAllLoans(t *testing.T) {
	totals := smallBuilder(t).Totals()
	if len(totals) != 2 || totals[0].Currency != "CNY" || totals[0].Loans != 6 || totals[1].Loans != 1 {
		t.Fatalf("got %+v", totals)
	}
	if got := totals[0].Amounts[aging.ChargedOff]; got != 25_000 {
		t.Errorf("charged off %d, want 25000", got)
	}
	if got := totals[0].Amounts[aging.TotalOutstanding]; got != 232_501 {
		t.Errorf("outstanding %d, want 232501", got)
	}
}

// However the loans are spread over builders and in whatever order these are
// merged, the tables are the same.
func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	whole := new(Builder)
	s := smallSettings()
	d := testDictionaries()
	var recs []Batch
	for i := range 6 {
		recs = append(recs, batchOf(randomFacts(uint64(i), 200), d, 2))
		if err := whole.Add(recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := tableText(t, whole.Tables(s)...)
	rapid.Check(t, func(rt *rapid.T) {
		builders := make([]*Builder, rapid.IntRange(1, 6).Draw(rt, "builders"))
		for i := range builders {
			builders[i] = new(Builder)
		}
		for _, rec := range recs {
			if err := builders[rapid.IntRange(0, len(builders)-1).Draw(rt, "builder")].Add(rec); err != nil {
				rt.Fatal(err)
			}
		}
		for len(builders) > 1 {
			i := rapid.IntRange(1, len(builders)-1).Draw(rt, "merged")
			taken := builders[i].Take()
			if err := builders[i-1].Merge(&taken); err != nil {
				rt.Fatal(err)
			}
			builders = append(builders[:i], builders[i+1:]...)
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 1))
			r.Shuffle(len(builders), func(a, b int) { builders[a], builders[b] = builders[b], builders[a] })
		}
		if got := tableText(t, builders[0].Tables(s)...); !bytes.Equal(got, want) {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestBuilderRefusesOtherDictionaries(t *testing.T) {
	b := smallBuilder(t)
	d := testDictionaries()
	d[aging.Bucket] = aging.Dictionary{"0", "1"}
	if err := b.Add(batchOf(randomFacts(1, 10), d, 2)); err == nil {
		t.Error("a batch with other buckets was added")
	}
	if err := b.Add(batchOf(randomFacts(1, 10), testDictionaries(), 3)); err == nil {
		t.Error("a batch of another scale was added")
	}
}

func TestRatioRoundsHalfEvenOnce(t *testing.T) {
	for _, c := range []struct{ a, b, want int64 }{
		{1, 3, 333_333}, {2, 3, 666_667}, {1, 2_000_000, 0}, {3, 2_000_000, 2}, {5, 2_000_000, 2}, {-1, 3, -333_333},
		{-3, 2_000_000, -2}, {1, -3, -333_333}, {7, 0, Null}, {1 << 62, 1, Null}, {0, 5, 0},
	} {
		if got := ratio(c.a, c.b); got != c.want {
			t.Errorf("%d ÷ %d = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkBuilder(b *testing.B) {
	rec := batchOf(randomFacts(1, 39_000), testDictionaries(), 2)
	builder := new(Builder)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if err := builder.Add(rec); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*39_000/b.Elapsed().Seconds(), "rows/s")
}

func batchOf(f *aging.Facts, d *aging.Dictionaries, scale int) Batch { return Batch{f, d, scale} }
