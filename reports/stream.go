package reports

import (
	"context"
	"fmt"
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
	file  *os.File
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
	r := &TableReader{file: file, path: path}
	if err := r.open(wanted); err != nil {
		file.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func (r *TableReader) open(wanted func(name string) bool) error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	f, err := parquet.OpenFile(r.file, info.Size())
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
func (r *TableReader) Next() (*Table, error) {
	if len(r.left) == 0 {
		return nil, nil
	}
	t := &Table{Name: r.empty.Name, Columns: r.Columns()}
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
func (r *TableReader) Close() error { return r.file.Close() }

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
