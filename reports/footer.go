package reports

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// A Footer is what the footer of a Parquet file says.
type Footer struct {
	Rows    int64
	Columns []FooterColumn
	Offsets []int64 // where row groups begin
}

// A FooterColumn is what a footer says of a column, over all row groups.
type FooterColumn struct {
	Name     string
	ID       int32 // 0: the file has none
	Kind     Kind
	Digits   int // of decimals
	Optional bool
	Bytes    int64 // of its pages
	Values   int64 // nulls too
	Nulls    int64
	// Min and Max are the least and the greatest value, as Parquet's PLAIN encoding has them;
	// nil where there is no value, or some row group does not say.
	Min, Max []byte

	unbounded bool
}

// widen takes in the bounds of another row group, which has values.
func (c *FooterColumn) widen(low, high []byte) {
	switch {
	case len(low) == 0 || len(high) == 0:
		c.unbounded = true
	case c.Min == nil:
		c.Min, c.Max = slices.Clone(low), slices.Clone(high)
	default:
		if c.before(low, c.Min) {
			c.Min = slices.Clone(low)
		}
		if c.before(c.Max, high) {
			c.Max = slices.Clone(high)
		}
	}
	if c.unbounded {
		c.Min, c.Max = nil, nil
	}
}

// before reports whether a value is less than another.
func (c *FooterColumn) before(a, b []byte) bool {
	switch {
	case c.Kind == Text || c.Kind == Bool || len(a) != len(b):
		return bytes.Compare(a, b) < 0
	case len(a) == 4:
		return int32(binary.LittleEndian.Uint32(a)) < int32(binary.LittleEndian.Uint32(b))
	case len(a) == 8:
		return int64(binary.LittleEndian.Uint64(a)) < int64(binary.LittleEndian.Uint64(b))
	}
	return bytes.Compare(a, b) < 0
}

// ReadFooter reads the footer of a Parquet file.
func ReadFooter(r io.ReaderAt, size int64) (f *Footer, err error) {
	defer func() { // a damaged file must not end the program
		if p := recover(); p != nil {
			err = fmt.Errorf("its footer can't be read: %v", p)
		}
	}()
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	m := file.Metadata()
	f = &Footer{Rows: m.NumRows}
	for _, e := range m.Schema[1:] {
		c := columnOf(&e)
		f.Columns = append(f.Columns, FooterColumn{
			Name: e.Name, ID: e.FieldID, Kind: c.Kind, Digits: c.Digits, Optional: c.Optional,
		})
	}
	for _, g := range m.RowGroups {
		if len(g.Columns) != len(f.Columns) {
			return nil, fmt.Errorf("a row group of %d columns in a file of %d", len(g.Columns), len(f.Columns))
		}
		f.Offsets = append(f.Offsets, g.FileOffset)
		for i := range g.Columns {
			c, of := &f.Columns[i], &g.Columns[i].MetaData
			c.Bytes += of.TotalCompressedSize
			c.Values += of.NumValues
			s := &of.Statistics
			c.Nulls += s.NullCount
			if of.NumValues > s.NullCount {
				c.widen(s.MinValue, s.MaxValue)
			}
		}
	}
	return f, nil
}
