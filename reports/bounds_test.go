package reports

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"daybook/aging"
	"daybook/ledger/civil"
)

// The bounds of each row group are the least and the greatest text that occurs in it,
// whatever the encoding; a chunk with longer ones has none, and the first layout never.
func TestBoundsAreThoseOfTheRows(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		columns := anyColumns(t)
		for i := range columns {
			if c := &columns[i]; c.Kind == Text && c.Width == 0 && rapid.Bool().Draw(t, "long") {
				c.Texts = lengthened(&c.Texts, rapid.SampledFrom([]int{63, 64, 65, 200}).Draw(t, "bytes"))
			}
		}
		form := rapid.SampledFrom([]*Form{testForm(), FirstForm()}).Draw(t, "form")
		path := filepath.Join(dir, string(civil.Date(n).Append(nil)))
		if _, err := form.WriteParquet(path, &Table{Name: "x", Columns: columns}); err != nil {
			t.Fatal(err)
		}
		from := 0
		for _, g := range footerOf(t, path).RowGroups {
			for i := range columns {
				low, high := naiveBounds(&columns[i], from, from+int(g.NumRows))
				if form.Layout == firstLayout {
					low, high = "", ""
				}
				s := &g.Columns[i].MetaData.Statistics
				if columns[i].Kind != Text && columns[i].Kind != Coded {
					continue
				}
				if string(s.MinValue) != low || string(s.MaxValue) != high {
					t.Fatalf("%s, rows %d to %d: %q to %q, want %q to %q", columns[i].Name, from, from+int(g.NumRows), s.MinValue, s.MaxValue, low, high)
				}
			}
			from += int(g.NumRows)
		}
		os.Remove(path)
	})
}

// lengthened gives every third row this many bytes, which begin as the row does.
func lengthened(texts *aging.Text, size int) (t aging.Text) {
	t.Offsets = []int32{0}
	for i := range len(texts.Offsets) - 1 {
		row := texts.Row(i)
		if i%3 == 0 && len(row) > 0 && len(row) < size {
			row = append(slices.Clone(row), strings.Repeat("~", size-len(row))...)
		}
		t.Append(row)
	}
	return t
}

func naiveBounds(c *Column, from, to int) (low, high string) {
	var all []string
	for i := from; i < to; i++ {
		if !c.Null(i) {
			all = append(all, string(c.AppendValue(nil, i)))
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	low, high = slices.Min(all), slices.Max(all)
	if low == "" || len(low) > 64 || len(high) > 64 {
		return "", ""
	}
	return low, high
}

// A footer has bounds of each column of the tape that has a value.
func TestTapeHasBounds(t *testing.T) {
	d := testDictionaries()
	path := filepath.Join(t.TempDir(), "tape.parquet")
	w, err := CreateTape(path, Aside{Path: path + ".late"}, testForm(), testDate, d, 2)
	if err != nil {
		t.Fatal(err)
	}
	facts := randomFacts(3, 60_000)
	if err := w.Write(batchOf(facts, d, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range footerOf(t, path).RowGroups[0].Columns {
		if s := c.MetaData.Statistics; len(s.MinValue) == 0 || len(s.MaxValue) == 0 {
			t.Errorf("%s has no bounds", c.MetaData.PathInSchema)
		}
	}
}
