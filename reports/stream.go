package reports

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// A TableReader reads a table that this package wrote row group by row group, as
// [ReadParquet] does whole: of a large one a row group is in memory. It is one
// goroutine's, and ends with Close.
type TableReader struct {
	close func() error
	path  string
	empty Table
	at    []int // of the columns in the file
	left  []parquet.RowGroup
}

// OpenTable opens a table to be read. Wanted says which columns are; nil: all.
func OpenTable(path string, wanted func(name string) bool) (*TableReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	r, err := ReadTable(file, info.Size(), path, wanted)
	if err != nil {
		file.Close()
		return nil, err
	}
	r.close = file.Close
	return r, nil
}

// ReadTable is [OpenTable] of what has been opened already, and is not closed.
func ReadTable(at io.ReaderAt, size int64, path string, wanted func(name string) bool) (*TableReader, error) {
	r := &TableReader{path: path, close: func() error { return nil }}
	if err := r.open(at, size, wanted); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func (r *TableReader) open(at io.ReaderAt, size int64, wanted func(name string) bool) (err error) {
	defer func() { // a damaged file must not end the program
		if p := recover(); p != nil {
			err = fmt.Errorf("its footer can't be read: %v", p)
		}
	}()
	f, err := parquet.OpenFile(at, size)
	if err != nil {
		return err
	}
	r.left = f.RowGroups()
	r.empty.Name = strings.TrimSuffix(filepath.Base(r.path), ".parquet")
	for i, e := range f.Metadata().Schema[1:] {
		if wanted == nil || wanted(e.Name) {
			r.empty.Columns, r.at = append(r.empty.Columns, columnOf(&e)), append(r.at, i)
		}
	}
	return nil
}

// Columns are those that are read, without rows.
func (r *TableReader) Columns() []Column { return slices.Clone(r.empty.Columns) }

// Next returns the next row group, or nil after the last.
func (r *TableReader) Next() (t *Table, err error) {
	if len(r.left) == 0 {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, fmt.Errorf("read %s: its pages can't be read: %v", r.path, p)
		}
	}()
	t = &Table{Name: r.empty.Name, Columns: r.Columns()}
	chunks := r.left[0].ColumnChunks()
	r.left = r.left[1:]
	for i := range t.Columns {
		if err := t.Columns[i].read(chunks[r.at[i]]); err != nil {
			return nil, fmt.Errorf("read %s: column %s: %w", r.path, t.Columns[i].Name, err)
		}
	}
	return t, nil
}

// Close closes the file.
func (r *TableReader) Close() error { return r.close() }

// EachGroup calls fn with each row group of a table that this package wrote: with the columns
// of some names, in their order, and how many rows they have. It fails where the table lacks one.
func EachGroup(ctx context.Context, path string, names []string, fn func(c []*Column, rows int) error) error {
	r, err := OpenTable(path, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		return err
	}
	defer r.Close()
	at := make([]int, len(names))
	for i, name := range names {
		if at[i] = slices.IndexFunc(r.empty.Columns, func(c Column) bool { return c.Name == name }); at[i] < 0 {
			return fmt.Errorf("%s has no column %s", path, name)
		}
	}
	c := make([]*Column, len(names))
	for {
		t, err := r.Next()
		if t == nil || err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range c {
			c[i] = &t.Columns[at[i]]
		}
		if err := fn(c, t.Rows()); err != nil {
			return err
		}
	}
}
