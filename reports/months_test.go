package reports

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
)

// withBase gives facts a base.
func withBase(f *aging.Facts, seed uint64) *aging.Facts {
	r := rand.New(rand.NewPCG(seed, 11))
	b := &aging.Base{}
	f.Base = b
	f.Grow(f.Rows)
	for i := range f.Rows {
		b.State[i], b.Bucket[i] = uint8(r.IntN(3)), uint16(r.IntN(8))
		for _, list := range [][]int64{b.Total, b.Carrying, b.Paid, b.ChargedOff, b.Recovered} {
			list[i] = r.Int64N(1_000_000)
		}
		for p := range b.Class {
			b.Class[p][i], b.Provision[p][i] = uint16(r.IntN(3)), r.Int64N(9_000)
			if r.IntN(9) == 0 {
				b.Class[p][i] = aging.NoCode
			}
			f.Codes[int(aging.PackClass)+p][i], f.Codes[int(aging.PackRule)+p][i] = uint16(r.IntN(3)), uint16(r.IntN(3))
		}
		f.Codes[aging.Status][i] = uint16(r.IntN(6))
	}
	return f
}

// monthSettings are those of a night with a base.
func monthSettings() *Settings {
	s := smallSettings()
	s.BaseDate = civil.Of(2026, 10, 31)
	for range 2 {
		s.Packs = append(s.Packs, PackInfo{NonPerforming: []bool{false, false, true}, Cites: []string{"", "", ""}})
	}
	return s
}

var monthTables = []string{"migration_month", "roll_rates", "stage_movement", "charge_offs_month", "npa_movement"}

// monthText is the tables of the month as text.
func monthText(t testing.TB, b *Builder, s *Settings) string {
	t.Helper()
	tables := slices.DeleteFunc(b.Tables(s), func(x *Table) bool { return !slices.Contains(monthTables, x.Name) })
	return string(tableText(t, tables...))
}

// TestFlowsThroughBytes: what builders hand over, through bytes and in any order, comes to the
// same tables of the month.
func TestFlowsThroughBytes(t *testing.T) {
	d, s := testDictionaries(), monthSettings()
	var whole, total Builder
	var taken []Cubes
	for i := range 5 {
		var worker Builder
		for _, b := range []*Builder{&whole, &worker} {
			if err := b.Add(batchOf(withBase(randomFacts(uint64(i), 200), uint64(i)), d, 2)); err != nil {
				t.Fatal(err)
			}
		}
		taken = append(taken, worker.Take())
		if again := worker.Take(); again.dictionaries != nil {
			t.Error("a builder that handed over has something left")
		}
	}
	want := monthText(t, &whole, s)
	for _, name := range monthTables {
		if _, rows, _ := strings.Cut(want, "# "+name+"\n"); strings.Count(strings.Split(rows, "#")[0], "\n") < 3 {
			t.Errorf("%s has no rows", name)
		}
	}
	for _, i := range []int{3, 0, 4, 2, 1} {
		b := taken[i].Encode()
		read, err := ReadCubes(b, d, 2)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read.Encode(), b) {
			t.Error("the same cubes have other bytes")
		}
		for n := len(b) - 40; n < len(b); n++ {
			if _, err := ReadCubes(b[:n], d, 2); err == nil {
				t.Fatalf("%d of %d bytes were read", n, len(b))
			}
		}
		if err := total.Merge(&read); err != nil {
			t.Fatal(err)
		}
	}
	if got := monthText(t, &total, s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestChangeMovesFlows: loans whose class is changed after they were added stand as those
// that had it from the first, and a change of nothing but the provision as one of it.
func TestChangeMovesFlows(t *testing.T) {
	d, s := testDictionaries(), monthSettings()
	first, other := withBase(randomFacts(1, 60), 1), withBase(randomFacts(1, 60), 1)
	var changed, want Builder
	if err := changed.Add(batchOf(first, d, 2)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range first.Rows {
		status := first.Codes[aging.Status][i]
		if status != 0 && status != 5 {
			continue
		}
		n++
		b, at := first.Base, int(aging.Provision)
		from, to := first.Codes[aging.PackClass][i], uint16(2)
		m := ClassChange{
			Pack: 0, Currency: int(first.Codes[aging.Currency][i]), FromClass: int(from), FromRule: int(first.Codes[aging.PackRule][i]), ToClass: int(to),
			ToRule: int(first.Codes[aging.PackRule][i]), Loans: 1, Total: first.Amounts[aging.TotalOutstanding][i],
			Suspended: first.Amounts[aging.InterestSuspended][i], Before: first.Amounts[at][i], After: 77, Base: BaseChange{State: b.State[i], Class: b.Class[0][i]},
		}
		if b.State[i] == aging.BaseOn {
			paid := first.Amounts[aging.PrincipalPaid][i] + first.Amounts[aging.InterestPaid][i] + first.Amounts[aging.FeesPaid][i] + first.Amounts[aging.PenaltiesPaid][i]
			m.Base.Carrying, m.Base.Provision, m.Base.Paid = b.Carrying[i], b.Provision[0][i], paid-b.Paid[i]
		}
		changed.Change(&m)
		other.Codes[aging.PackClass][i], other.Amounts[at][i] = to, 77
	}
	if err := want.Add(batchOf(other, d, 2)); err != nil {
		t.Fatal(err)
	}
	if got, want := monthText(t, &changed, s), monthText(t, &want, s); n == 0 || got != want {
		t.Errorf("%d loans: got\n%s\nwant\n%s", n, got, want)
	}
}

// TestOrderOfMonthTables: rows stand in the order of buckets, classes and flows; new, returned
// and new_pack behind their like.
func TestOrderOfMonthTables(t *testing.T) {
	var b Builder
	for i := range 4 {
		if err := b.Add(batchOf(withBase(randomFacts(uint64(i), 400), uint64(i)), testDictionaries(), 2)); err != nil {
			t.Fatal(err)
		}
	}
	text := func(c Column, i int) string { return string(c.AppendValue(nil, i)) }
	orders := map[string][]string{
		"from":  {"C", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "new", "returned"},
		"class": {"a", "b", "c", "new_pack"},
		"flow":  {"opening", "new", "returned", "transfer_in", "transfer_out", "repaid", "other", "remeasured", "settled", "charged_off", "closing"},
	}
	for table, keys := range map[string][]string{"migration_month": {"from"}, "stage_movement": {"class", "flow"}} {
		seen := map[string]bool{}
		for _, x := range b.Tables(monthSettings()) {
			if x.Name != table {
				continue
			}
			before := ""
			for i := range x.Rows() {
				var key string
				for _, c := range x.Columns {
					switch c.Name {
					case "pack": // in order of the policy: cn, in
						key += text(c, i)
					case "currency":
						key += text(c, i)
					}
				}
				for _, name := range keys {
					k := slices.IndexFunc(x.Columns, func(c Column) bool { return c.Name == name })
					word := text(x.Columns[k], i)
					seen[word] = true
					at := slices.Index(orders[name], word)
					if at < 0 {
						t.Fatalf("%s: %q is not to be there", table, word)
					}
					key += string(rune('A' + at))
				}
				if key < before {
					t.Errorf("%s: row %d, %s, stands behind %s", table, i, key, before)
				}
				before = key
			}
		}
		for _, name := range keys {
			for _, word := range orders[name] {
				if !seen[word] {
					t.Errorf("%s: nothing is %s", table, word)
				}
			}
		}
	}
}

func TestHalfEven(t *testing.T) {
	for _, x := range [][3]int64{{5, 2, 2}, {7, 2, 4}, {-5, 2, -2}, {-7, 2, -4}, {6, 4, 2}, {10, 4, 2}, {11, 4, 3}, {0, 3, 0}} {
		if got := halfEven(x[0], x[1]); got != x[2] {
			t.Errorf("%d ÷ %d is %d, want %d", x[0], x[1], got, x[2])
		}
	}
}

func BenchmarkFlows(b *testing.B) {
	const rows = 8192
	batch := batchOf(withBase(randomFacts(1, rows), 1), testDictionaries(), 2)
	var builder Builder
	for b.Loop() {
		builder.addFlowsOf(b, batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/loan")
}

// addFlowsOf is [Builder.Add] of the flows alone, once it knows the words.
func (b *Builder) addFlowsOf(t testing.TB, batch Batch) {
	if b.dictionaries == nil {
		if err := b.Add(batch); err != nil {
			t.Fatal(err)
		}
	}
	b.addFlows(batch.Facts)
}
