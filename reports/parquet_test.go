package reports

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"pgregory.net/rapid"

	"daybook/aging"
	"daybook/ledger/civil"
)

// readBack reads a file's columns as text with parquet-go's reader, which
// shares no code with our pages.
func readBack(t failer, path string) [][]string {
	t.Helper()
	table, err := ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	return wantText(table.Columns)
}

func wantText(columns []Column) [][]string {
	want := make([][]string, len(columns))
	for i := range columns {
		for r := range columns[i].Len() {
			s := "null"
			if !columns[i].Null(r) {
				s = string(columns[i].AppendValue(nil, r))
			}
			want[i] = append(want[i], s)
		}
	}
	return want
}

func compare(t failer, columns []Column, got, want [][]string) {
	t.Helper()
	for i := range columns {
		if slices.Equal(got[i], want[i]) {
			continue
		}
		for r := range want[i] {
			if r >= len(got[i]) || got[i][r] != want[i][r] {
				t.Fatalf("column %s: %d rows for %d, differing at %d: %q, want %q", columns[i].Name, len(got[i]), len(want[i]), r,
					got[i][min(r, len(got[i])-1)], want[i][r])
			}
		}
		t.Fatalf("column %s: %d rows, want %d", columns[i].Name, len(got[i]), len(want[i]))
	}
}

// Every kind of column, in any mixture of runs, nulls and batch sizes, reads
// back as it was written.
func TestParquetReadsBack(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		columns := anyColumns(t)
		path := filepath.Join(dir, string(civil.Date(n).Append(nil)))
		w, err := CreateParquet(path, columns)
		if err != nil {
			t.Fatal(err)
		}
		rows := columns[0].Len()
		for from := 0; from < rows; {
			to := min(from+rapid.IntRange(1, 5_000).Draw(t, "batch"), rows)
			batch := slices.Clone(columns)
			for i := range batch {
				batch[i].Texts, batch[i].Codes, batch[i].Days, batch[i].Ints, batch[i].Counts = aging.Text{}, nil, nil, nil, nil
				batch[i].appendRows(&columns[i], from, to)
			}
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
			from = to
		}
		o, err := w.Close()
		if err != nil || o.Rows != int64(rows) {
			t.Fatalf("%d rows, %v, want %d", o.Rows, err, rows)
		}
		compare(t, columns, readBack(t, path), wantText(columns))
		os.Remove(path)
	})
}

// Several row groups, pages above the largest, a dictionary that is given up
// on the way.
func TestParquetReadsBackLargeBatches(t *testing.T) {
	columns := makeColumns(1, 70_001, 17, 2, 2, 100_000)
	path := filepath.Join(t.TempDir(), "large.parquet")
	w, err := CreateParquet(path, columns)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Write(columns); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	twice := slices.Clone(columns)
	for i := range twice {
		twice[i].Texts, twice[i].Codes, twice[i].Days, twice[i].Ints, twice[i].Counts = aging.Text{}, nil, nil, nil, nil
		twice[i].appendRows(&columns[i], 0, 70_001)
		twice[i].appendRows(&columns[i], 0, 70_001)
	}
	compare(t, columns, readBack(t, path), wantText(twice))
}

// A width that rows do not keep costs the dictionary, not the rows.
func TestWidthIsOnlyAHint(t *testing.T) {
	columns := []Column{{Name: "h", Kind: Text, Width: 2}}
	for _, s := range []string{"ab", "a", "bcd", "", "ab"} {
		columns[0].Texts.Append([]byte(s))
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	if _, err := WriteParquet(path, &Table{Columns: columns}); err != nil {
		t.Fatal(err)
	}
	compare(t, columns, readBack(t, path), wantText(columns))
}

// Each check of what was written fires.
func TestWriterNoticesWhatReadsBackOtherwise(t *testing.T) {
	encoded, err := new(delta.BinaryPackedEncoding).EncodeInt64(nil, []int64{1, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeAgain(nil, encoded, []int64{1, 2, 3}); err == nil {
		t.Error("another value is not noticed")
	}
	if _, err := decodeAgain(nil, encoded[:4], []int64{1, 2, 4}); err == nil {
		t.Error("lost bytes are not noticed")
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	columns := []Column{{Name: "n", Kind: Number, Ints: []int64{1, 2, 4}}}
	w, err := CreateParquet(path, columns)
	if err == nil {
		err = w.Write(columns)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.rows++
	if _, err := w.Close(); err == nil {
		t.Error("a lost row is not noticed")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was left")
	}
}

// A failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func anyColumns(t *rapid.T) []Column {
	rows := rapid.SampledFrom([]int{0, 1, 7, 8, 9, 31, 100, 1000, 8192, 9001}).Draw(t, "rows")
	return makeColumns(rapid.Uint64().Draw(t, "seed"), rows, rapid.SampledFrom([]int{1, 2, 3, 5, 17, 255, 257, 1000}).Draw(t, "names"),
		rapid.SampledFrom([]int{1, 2, 50, 1000}).Draw(t, "run"), rapid.SampledFrom([]int{0, 1, 2, 10}).Draw(t, "nulls"),
		rapid.SampledFrom([]int{1, 100, 100_000}).Draw(t, "histories"))
}

// makeColumns makes rows that change in runs of a mean length, and of which so
// many of ten are null.
func makeColumns(seed uint64, rows, dictionary, run, nulls, histories int) []Column {
	r := rand.New(rand.NewPCG(seed, 3))
	names := make(aging.Dictionary, dictionary)
	for i := range names {
		names[i] = "name " + string(rune('a'+i%26)) + civil.Date(i).String()
	}
	columns := []Column{
		{Name: "id", Kind: Text},
		{Name: "note", Kind: Text, Optional: true},
		{Name: "entry", Kind: Text, Prefixed: true},
		{Name: "source", Kind: Text, Prefixed: true, Optional: true},
		{Name: "history", Kind: Text, Width: 24},
		{Name: "code", Kind: Coded, Names: names},
		{Name: "reason", Kind: Coded, Names: names, Optional: true},
		{Name: "on", Kind: Date, Optional: true},
		{Name: "amount", Kind: Amount, Digits: 2},
		{Name: "rate", Kind: Rate, Digits: 6, Optional: true},
		{Name: "count", Kind: Count},
		{Name: "number", Kind: Number},
	}
	var id, history []byte
	var code uint16
	var amount int64
	for i := range rows {
		if i == 0 || r.IntN(run) == 0 {
			id = append(append(id[:0], "20261123-"...), civil.Date(r.IntN(1e6)).String()...)[:9+r.IntN(10)]
			code = uint16(r.IntN(len(names)))
			amount = r.Int64() >> (4 + r.IntN(60)) // below 10^18
			history = append(append(history[:0], "NNNNNNNNNNNNNN"...), civil.Date(r.IntN(histories)).String()...)
		}
		null := r.IntN(10) < nulls
		columns[0].Texts.Append(id)
		columns[2].Texts.Append(id)
		columns[4].Texts.Append(history)
		columns[5].Codes = append(columns[5].Codes, code)
		columns[8].Ints = append(columns[8].Ints, amount)
		columns[10].Counts = append(columns[10].Counts, int32(amount))
		columns[11].Ints = append(columns[11].Ints, -amount)
		if null {
			columns[1].appendAny(nil)
			columns[3].appendAny(nil)
			columns[6].appendAny(nil)
			columns[7].appendAny(nil)
			columns[9].appendAny(nil)
			continue
		}
		columns[1].Texts.Append(id)
		columns[3].Texts.Append(id)
		columns[6].Codes = append(columns[6].Codes, code)
		columns[7].Days = append(columns[7].Days, civil.Date(r.IntN(30_000)))
		columns[9].Ints = append(columns[9].Ints, amount>>1)
	}
	return columns
}

// TestConstantPages: pages of one value are the same file as they would be one by one, in
// columns of all kinds, with nulls, in row groups of several pages, and where a dictionary
// grows between them.
func TestConstantPages(t *testing.T) {
	const rows = pageRows
	names := aging.Dictionary{"a", "b"}
	for range 70 { // codes get wider
		names = append(names, fmt.Sprint("name ", len(names)))
	}
	batch := func(value int64, known int) []Column {
		columns := []Column{
			{Name: "ints", Kind: Amount, Digits: 2}, {Name: "optional", Kind: Number, Optional: true}, {Name: "days", Kind: Date, Optional: true},
			{Name: "counts", Kind: Count}, {Name: "codes", Kind: Coded, Names: names[:known], Optional: true},
		}
		for i := range rows {
			v := value
			if value < 0 && i%2 == 0 { // not constant
				v = value - 1
			}
			optional, day, code := v, civil.Date(v), uint16(max(v, -v))
			if value == 1 {
				optional, day, code = Null, civil.None, aging.NoCode
			}
			columns[0].Ints, columns[1].Ints = append(columns[0].Ints, v), append(columns[1].Ints, optional)
			columns[2].Days, columns[3].Counts = append(columns[2].Days, day), append(columns[3].Counts, int32(v))
			columns[4].Codes = append(columns[4].Codes, code)
		}
		return columns
	}
	write := func(forget bool) Output {
		w, err := testForm().CreateParquet(filepath.Join(t.TempDir(), "x.parquet"), "", batch(0, 2))
		if err != nil {
			t.Fatal(err)
		}
		for k, value := range []int64{0, 0, 1, 1, 0, -1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0} {
			known := 4
			if k > 8 {
				known = len(names)
			}
			if err := w.Write(batch(value, known)); err != nil {
				t.Fatal(err)
			}
			for _, c := range w.chunks {
				if forget {
					c.constant.rows = 0
				}
			}
		}
		o, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	got, want := write(false), write(true)
	if got.SHA256 != want.SHA256 || !slices.Equal(got.Totals, want.Totals) {
		t.Errorf("pages of one value make %+v, one by one %+v", got, want)
	}
}
