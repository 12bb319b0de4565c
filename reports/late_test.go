package reports

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"daybook/aging"
)

// Late columns read back as they were appended, in their place among the others, in
// batches and row groups of any size; each chunk lies behind all row groups, and the
// footer says of it what it says of the others.
func TestLateColumnsReadBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		columns := anyColumns(t)
		late := rapid.SampledFrom([][]int{{5}, {6}, {5, 6}}).Draw(t, "late")
		for _, i := range late {
			columns[i].Late = true
		}
		path := filepath.Join(dir, "x.parquet")
		w, err := testForm().CreateParquet(path, "", columns)
		if err != nil {
			t.Fatal(err)
		}
		w.most = rapid.SampledFrom([]int{0, 1, 10_000}).Draw(t, "bytes of a row group")
		writeBatches(t, w, columns, late)
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		end := w.offset
		for _, i := range late {
			codes := columns[i].Codes
			if err := w.AppendLate(func(to *Column, n int) error {
				to.Codes, codes = append(to.Codes, codes[:n]...), codes[n:]
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if len(codes) > 0 {
				t.Fatalf("%d codes were not asked for", len(codes))
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		compare(t, columns, readBack(t, path), wantText(columns))
		checkFooter(t, footerOf(t, path), columns, end)
		os.Remove(path)
	})
}

// writeBatches writes rows in random batches, with other codes for late columns.
func writeBatches(t *rapid.T, w *ParquetWriter, columns []Column, late []int) {
	rows := columns[0].Len()
	for from := 0; from < rows; {
		to := min(from+rapid.IntRange(1, 9_000).Draw(t, "batch"), rows)
		batch := slices.Clone(columns)
		for i := range batch {
			batch[i].Texts, batch[i].Codes, batch[i].Days, batch[i].Ints, batch[i].Counts = aging.Text{}, nil, nil, nil, nil
			batch[i].appendRows(&columns[i], from, to)
		}
		for _, i := range late {
			for r := range batch[i].Codes {
				batch[i].Codes[r] = 9999
			}
		}
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		from = to
	}
}

// checkFooter compares a footer with the rows; end is where the row groups do.
func checkFooter(t *rapid.T, m *format.FileMetaData, columns []Column, end int64) {
	from, at := 0, int64(4)
	for k := range m.RowGroups {
		g := &m.RowGroups[k]
		to := from + int(g.NumRows)
		if g.FileOffset != at || len(g.Columns) != len(columns) {
			t.Fatalf("row group %d begins at %d with %d columns, want %d with %d", k, g.FileOffset, len(g.Columns), at, len(columns))
		}
		var size int64
		for i := range columns {
			c := &g.Columns[i].MetaData
			size += c.TotalCompressedSize
			start := c.DataPageOffset
			if c.DictionaryPageOffset > 0 {
				start = c.DictionaryPageOffset
			}
			if columns[i].Late != (start >= end) {
				t.Fatalf("%s begins at %d, row groups end at %d", columns[i].Name, start, end)
			}
			if !columns[i].Late {
				at += c.TotalCompressedSize
			}
			if columns[i].Kind == Coded {
				checkCoded(t, c, &columns[i], from, to)
			}
		}
		if g.TotalCompressedSize != size || g.TotalByteSize != size {
			t.Fatalf("row group %d has %d bytes, of which %d uncompressed; its chunks have %d", k, g.TotalCompressedSize, g.TotalByteSize, size)
		}
		from = to
	}
	if at != end {
		t.Fatalf("row groups end at %d, want %d", at, end)
	}
}

func checkCoded(t *rapid.T, m *format.ColumnMetaData, c *Column, from, to int) {
	nulls := int64(0)
	for i := from; i < to; i++ {
		if c.Null(i) {
			nulls++
		}
	}
	low, high := naiveBounds(c, from, to)
	s := &m.Statistics
	if s.NullCount != nulls || m.NumValues != int64(to-from) || string(s.MinValue) != low || string(s.MaxValue) != high {
		t.Fatalf("%s, rows %d to %d: %d values, %d nulls, %q to %q; want %d nulls, %q to %q", c.Name, from, to, m.NumValues,
			s.NullCount, s.MinValue, s.MaxValue, nulls, low, high)
	}
	want := []format.Encoding{format.Plain, format.RLEDictionary}
	if c.Optional {
		want = []format.Encoding{format.Plain, format.RLE, format.RLEDictionary}
	}
	if !slices.Equal(m.Encoding, want) || m.DictionaryPageOffset == 0 {
		t.Fatalf("%s has encodings %v and its dictionary at %d", c.Name, m.Encoding, m.DictionaryPageOffset)
	}
}

// What a file cannot have late is refused, and a late column that was not appended is
// noticed.
func TestLateColumnsThatAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	number := Column{Name: "n", Kind: Number}
	code := Column{Name: "c", Kind: Coded, Names: aging.Dictionary{"a"}, Late: true}
	for _, columns := range [][]Column{nil, {code}, {number, {Name: "d", Kind: Number, Late: true}}} {
		if _, err := CreateParquet(path, columns); err == nil {
			t.Errorf("%v is taken", columns)
		}
	}
	if _, err := WriteParquet(path, &Table{Columns: []Column{number, code}}); err == nil {
		t.Error("a column that is missing is not noticed")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was left")
	}
}
