package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"daybook/aging"
	"daybook/ledger/civil"
)

// ReadParquet reads a table that this package wrote, whole: for tests, and to
// show a small report again. Coded columns come back as text. It decodes with
// parquet-go's reader, value by value.
func ReadParquet(path string) (*Table, error) {
	return readParquet(path, func(string) bool { return true })
}

// ReadColumns is [ReadParquet] of some columns. It fails where the file has not all of
// them.
func ReadColumns(path string, names ...string) (*Table, error) {
	t, err := readParquet(path, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == name }) {
			return nil, fmt.Errorf("%s has no column %s", path, name)
		}
	}
	return t, nil
}

func readParquet(path string, wanted func(name string) bool) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	t := &Table{Name: strings.TrimSuffix(filepath.Base(path), ".parquet")}
	var at []int // of the columns in the file
	for i, e := range f.Metadata().Schema[1:] {
		if wanted(e.Name) {
			t.Columns, at = append(t.Columns, columnOf(&e)), append(at, i)
		}
	}
	for _, g := range f.RowGroups() {
		chunks := g.ColumnChunks()
		for i := range t.Columns {
			if err := t.Columns[i].read(chunks[at[i]]); err != nil {
				return nil, fmt.Errorf("read %s: column %s: %w", path, t.Columns[i].Name, err)
			}
		}
	}
	return t, nil
}

func columnOf(e *format.SchemaElement) Column {
	c := Column{Name: e.Name, Kind: Number, Optional: e.RepetitionType.V == format.Optional}
	switch logical := e.LogicalType.Value.(type) {
	case *format.StringType:
		c.Kind = Text
	case *format.DateType:
		c.Kind = Date
	case *format.DecimalType:
		c.Kind, c.Digits = Amount, int(logical.Scale)
	case *format.TimestampType:
		c.Kind = Instant
	default:
		switch e.Type.V {
		case format.Int32:
			c.Kind = Count
		case format.Boolean:
			c.Kind = Bool
		}
	}
	return c
}

func (c *Column) read(chunk parquet.ColumnChunk) error {
	pages := chunk.Pages()
	defer pages.Close()
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		values := make([]parquet.Value, p.NumValues())
		n, err := p.Values().ReadValues(values)
		if n != len(values) {
			return fmt.Errorf("%d of %d values: %w", n, len(values), err)
		}
		for _, v := range values {
			c.appendParquet(v)
		}
		parquet.Release(p)
	}
}

func (c *Column) appendParquet(v parquet.Value) {
	switch {
	case v.IsNull():
		c.appendAny(nil)
	case c.Kind == Text:
		c.Texts.Append(v.ByteArray())
	case c.Kind == Date:
		c.Days = append(c.Days, civil.Date(v.Int32()))
	case c.Kind == Count:
		c.Counts = append(c.Counts, v.Int32())
	case c.Kind == Bool && v.Boolean():
		c.Counts = append(c.Counts, 1)
	case c.Kind == Bool:
		c.Counts = append(c.Counts, 0)
	default:
		c.Ints = append(c.Ints, v.Int64())
	}
}

// ReadTape reads a part of the loan tape, of any layout, as facts; the codes of each coded
// column are by the dictionary given.
func ReadTape(path string, d *aging.Dictionaries) (*aging.Facts, error) {
	t, err := ReadParquet(path)
	if err != nil {
		return nil, err
	}
	columns := slices.DeleteFunc(t.Columns, func(c Column) bool { return isBusinessDate(c.Name) })
	list := slots(d)
	if len(columns) != len(list) {
		return nil, fmt.Errorf("%s has %d columns of loans, a loan tape has %d", path, len(columns), len(list))
	}
	f := &aging.Facts{Rows: t.Rows(), PreviousTotal: make([]int64, t.Rows())}
	for i, s := range list {
		c := &columns[i]
		if c.Name != s.name {
			return nil, fmt.Errorf("%s: column %d is %s, not %s", path, i, c.Name, s.name)
		}
		switch s.kind {
		case Text:
			*[]*aging.Text{&f.LoanID, &f.Borrower, {}}[s.index] = c.Texts
			if s.index == 2 {
				f.History24 = c.Texts.Data
			}
		case Coded:
			f.Codes[s.index], err = codesOf(c, d[s.index])
		case Date:
			f.Days[s.index] = c.Days
		case Count:
			f.Counts[s.index] = c.Counts
		case Rate:
			f.Rate = c.Ints
		case Amount, Number:
			f.Amounts[s.index] = c.Ints
		}
		if err != nil {
			return nil, fmt.Errorf("%s: column %s: %w", path, s.name, err)
		}
	}
	return f, nil
}

func codesOf(c *Column, d aging.Dictionary) ([]uint16, error) {
	byName := map[string]uint16{"": aging.NoCode}
	for code, name := range d {
		byName[name] = uint16(code)
	}
	codes := make([]uint16, c.Len())
	for i := range codes {
		code, ok := byName[string(c.Texts.Row(i))]
		if !ok {
			return nil, fmt.Errorf("%q is not in the dictionary", c.Texts.Row(i))
		}
		codes[i] = code
	}
	return codes, nil
}
