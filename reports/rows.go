package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// rowsAtOnce is how many rows of a file are handed out together.
const rowsAtOnce = 4096

// A ParquetRows reads a Parquet file's rows by the names of its columns, some rows at a
// time. The file is one that this program wrote or its user made: what is damaged is an
// error, but a file made to harm may take memory, as those of an inbox may not.
type ParquetRows struct {
	path string
	file *os.File
	f    *parquet.File
}

// OpenParquet opens a file. Close it.
func OpenParquet(path string) (r *ParquetRows, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r = &ParquetRows{path: path, file: file}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	err = r.guarded(func() (err error) {
		r.f, err = parquet.OpenFile(file, info.Size())
		return err
	})
	return r, err
}

// guarded says of which file an error is. The library panics at some damage.
func (r *ParquetRows) guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: it is damaged: %v", r.path, p)
		}
	}()
	if err := do(); err != nil {
		return fmt.Errorf("read %s: %w", r.path, err)
	}
	return nil
}

// Close closes the file.
func (r *ParquetRows) Close() error { return r.file.Close() }

// Rows returns the number of rows.
func (r *ParquetRows) Rows() int64 { return r.f.NumRows() }

// SHA256 returns the digest of the file's bytes.
func (r *ParquetRows) SHA256() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r.file, 0, r.f.Size())); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Names returns the names of the file's columns.
func (r *ParquetRows) Names() []string {
	var list []string
	for _, c := range r.f.Root().Columns() {
		list = append(list, c.Name())
	}
	return list
}

// Column returns a column without rows: a text, date, amount of a decimal within 64 bits,
// instant, count or number. Anything else, and what is not there, is an error.
func (r *ParquetRows) Column(name string) (Column, error) {
	c := r.f.Root().Column(name)
	if c == nil {
		return Column{}, fmt.Errorf("%s has no column %s", r.path, name)
	}
	col, ok := plainColumn(c)
	if !ok {
		return Column{}, fmt.Errorf("%s: column %s is not of a type that is read here", r.path, name)
	}
	return col, nil
}

func plainColumn(c *parquet.Column) (Column, bool) {
	if !c.Leaf() || c.Repeated() {
		return Column{}, false
	}
	col := Column{Name: c.Name(), Optional: c.Optional()}
	var logical any
	if l := c.Type().LogicalType(); l != nil {
		logical = l.Value
	}
	kind := c.Type().Kind()
	switch l := logical.(type) {
	case *format.StringType:
		col.Kind = Text
		return col, kind == parquet.ByteArray
	case *format.DateType:
		col.Kind = Date
		return col, kind == parquet.Int32
	case *format.DecimalType:
		col.Kind, col.Digits = Amount, int(l.Scale)
		return col, kind == parquet.Int64
	case *format.TimestampType:
		col.Kind = Instant
		return col, kind == parquet.Int64 && l.IsAdjustedToUTC
	case nil, *format.IntType:
		if kind == parquet.Int32 && !col.Optional {
			col.Kind = Count
			return col, true
		}
		col.Kind = Number
		return col, kind == parquet.Int64 || kind == parquet.Int32
	}
	return col, false
}

// Each calls fn with the columns of these names, some rows at a time, in the order of the
// file. What fn gets is valid until it returns.
func (r *ParquetRows) Each(ctx context.Context, names []string, fn func(columns []Column) error) error {
	columns := make([]Column, len(names))
	at := make([]int, len(names))
	micros := make([]func(int64) int64, len(names))
	for i, name := range names {
		var err error
		if columns[i], err = r.Column(name); err != nil {
			return err
		}
		c := r.f.Root().Column(name)
		at[i], micros[i] = c.Index(), microsOf(c)
	}
	var given error // fn's own error, as it is
	err := r.guarded(func() error {
		for _, g := range r.f.RowGroups() {
			if err := eachOf(ctx, g, columns, at, micros, func(columns []Column) error {
				given = fn(columns)
				return given
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if given != nil {
		return given
	}
	return err
}

// microsOf returns what makes microseconds of a column's values; nil where they are to be
// taken as they are.
func microsOf(c *parquet.Column) func(int64) int64 {
	l := c.Type().LogicalType()
	if l == nil {
		return nil
	}
	t, ok := l.Value.(*format.TimestampType)
	if !ok {
		return nil
	}
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		return func(v int64) int64 { return v * 1000 }
	case *format.NanoSeconds:
		return func(v int64) int64 { return v / 1000 }
	}
	return nil
}

// eachOf reads one row group.
func eachOf(ctx context.Context, g parquet.RowGroup, columns []Column, at []int, micros []func(int64) int64, fn func([]Column) error) error {
	readers := make([]parquet.ValueReader, len(columns))
	for i := range readers {
		pages := g.ColumnChunks()[at[i]].Pages()
		defer pages.Close()
		readers[i] = &pageValues{pages: pages}
	}
	values := make([]parquet.Value, rowsAtOnce)
	for left := g.NumRows(); left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := int(min(left, rowsAtOnce))
		for i := range columns {
			columns[i].Reset()
			if err := columns[i].fill(readers[i], values[:n], micros[i]); err != nil {
				return fmt.Errorf("column %s: %w", columns[i].Name, err)
			}
		}
		if err := fn(columns); err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}

// fill reads as many values as there is room for.
func (c *Column) fill(r parquet.ValueReader, values []parquet.Value, micros func(int64) int64) error {
	for len(values) > 0 {
		n, err := r.ReadValues(values)
		for _, v := range values[:n] {
			switch {
			case v.IsNull():
				c.appendAny(nil)
			case c.Kind == Number && v.Kind() == parquet.Int32:
				c.Ints = append(c.Ints, int64(v.Int32()))
			case micros != nil:
				c.Ints = append(c.Ints, micros(v.Int64()))
			default:
				c.appendParquet(v)
			}
		}
		values = values[n:]
		if err != nil && len(values) > 0 {
			if errors.Is(err, io.EOF) {
				err = errors.New("it has fewer values than rows")
			}
			return err
		}
	}
	return nil
}

// A pageValues reads the values of a chunk, page by page. What it has read is valid until
// the next call.
type pageValues struct {
	pages parquet.Pages
	page  parquet.Page
	in    parquet.ValueReader
}

// ReadValues reads values of one page.
func (p *pageValues) ReadValues(values []parquet.Value) (int, error) {
	for {
		if p.in != nil {
			n, err := p.in.ReadValues(values)
			if n > 0 {
				return n, nil
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return 0, err
			}
			parquet.Release(p.page)
			p.page, p.in = nil, nil
		}
		page, err := p.pages.ReadPage()
		if err != nil {
			return 0, err
		}
		p.page, p.in = page, page.Values()
	}
}

// Has reports whether the file has a column of a name.
func (r *ParquetRows) Has(name string) bool { return slices.Contains(r.Names(), name) }
