package reports

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"daybook/ledger/civil"
)

// TestParquetRowsAreThoseOfTheTable reads a file of several row groups and pages back, some
// columns in another order.
func TestParquetRowsAreThoseOfTheTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	table := &Table{Name: "rows", Columns: []Column{{Name: "id", Kind: Text}, {Name: "on", Kind: Date, Optional: true},
		{Name: "due", Kind: Amount, Digits: 2}, {Name: "word", Kind: Coded, Optional: true}, {Name: "days", Kind: Count}, {Name: "big", Kind: Number, Optional: true}}}
	const rows = groupRows + 20_000
	for i := range rows {
		var on, word, big any
		if i%3 > 0 {
			on, word, big = civil.Date(i%5000), string(rune('a'+i%7)), i
		}
		table.Append(strings.Repeat("x", i%40), on, i, word, i, big)
	}
	if _, err := WriteParquet(path, table); err != nil {
		t.Fatal(err)
	}
	r, err := OpenParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !slices.Equal(r.Names(), []string{"id", "on", "due", "word", "days", "big"}) || r.Rows() != rows || !r.Has("due") || r.Has("x") {
		t.Error(r.Names(), r.Rows())
	}
	at := 0
	err = r.Each(t.Context(), []string{"big", "word", "days", "due", "on", "id"}, func(c []Column) error {
		for i := range c[0].Len() {
			for j, name := range []string{"big", "word", "days", "due", "on", "id"} {
				k := slices.IndexFunc(table.Columns, func(c Column) bool { return c.Name == name })
				if got, want := string(c[j].AppendValue(nil, i)), string(table.Columns[k].AppendValue(nil, at)); got != want {
					t.Fatalf("row %d: %s: got %q, want %q", at, name, got, want)
				}
			}
			at++
		}
		return nil
	})
	if err != nil || at != rows {
		t.Error(at, err)
	}
	if _, err := r.Column("none"); err == nil {
		t.Error("a column that is not there is read")
	}
}

// TestParquetRowsOfOtherTypes: instants of any unit are microseconds, and what is no type
// of these is refused.
func TestParquetRowsOfOtherTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	type row struct {
		Milli int64   `parquet:"milli,timestamp(millisecond)"`
		Nano  int64   `parquet:"nano,timestamp(nanosecond)"`
		Float float64 `parquet:"float"`
		Raw   []byte  `parquet:"raw"`
		List  []int64 `parquet:"list"`
		Small *int32  `parquet:"small"`
	}
	if err := parquet.WriteFile(path, []row{{Milli: 5, Nano: 7000, Float: 1}}); err != nil {
		t.Fatal(err)
	}
	r, err := OpenParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, name := range []string{"float", "raw", "list"} {
		if _, err := r.Column(name); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if err := r.Each(t.Context(), []string{"milli", "nano", "small"}, func(c []Column) error {
		if c[0].Ints[0] != 5000 || c[1].Ints[0] != 7 || !c[2].Null(0) {
			t.Error(c)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestDamagedParquetRows: every cut and every changed byte is an error or other rows, and
// never a panic.
func TestDamagedParquetRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	table := &Table{Name: "rows", Columns: []Column{{Name: "id", Kind: Text}, {Name: "due", Kind: Amount, Digits: 2}}}
	for i := range 50 {
		table.Append("id", i)
	}
	if _, err := WriteParquet(path, table); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(b []byte) {
		bad := filepath.Join(t.TempDir(), "bad.parquet")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenParquet(bad)
		if err != nil {
			return
		}
		defer r.Close()
		_ = r.Each(t.Context(), []string{"id", "due"}, func([]Column) error { return nil })
	}
	for cut := 0; cut < len(whole); cut += 7 {
		try(whole[:cut])
	}
	for i := range 200 {
		b := slices.Clone(whole)
		b[(i*31)%len(b)] ^= 0x55
		try(b)
	}
	if _, err := OpenParquet(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
}
