package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/book"
	"daybook/batch/lookup"
	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/ledger/civil"
	"daybook/reports"
)

// A tableFile is a published file of a table.
type tableFile struct {
	table   string
	path    string
	columns []reports.Column // without rows
	open    func() (io.ReaderAt, int64, func() error, error)
}

// publishedFiles finds the files of a table of a night: in the folder of the published nights, held to the
// digests that the book keeps, or where there is none among what the book keeps whole.
func publishedFiles(r *lookup.Reader, out, table string, d civil.Date) (files []tableFile, err error) {
	n, err := book.Night(r.Book, d)
	if err != nil {
		return nil, err
	}
	raw, err := book.File(r.Book, n, publish.ManifestName)
	if err != nil {
		return nil, err
	}
	m, err := reports.ParseManifest(raw)
	if err != nil {
		return nil, err
	}
	for _, o := range m.Outputs {
		if warehouse.TableOf(o.Path) != table {
			continue
		}
		f := tableFile{table: table, path: o.Path}
		switch folder := filepath.Join(out, d.String()); {
		case out != "":
			if ok, err := publish.Holds(folder, o); err != nil || !ok {
				return nil, failed("daybook report brings a night back where the book still can", "%s is not there as it was published",
					filepath.Join(folder, filepath.FromSlash(o.Path)))
			}
			f.open = openFile(filepath.Join(folder, filepath.FromSlash(o.Path)))
		case publish.IsKept(o.Path):
			f.open = func() (io.ReaderAt, int64, func() error, error) {
				b, err := book.File(r.Book, n, o.Path)
				return bytes.NewReader(b), int64(len(b)), func() error { return nil }, err
			}
		default:
			return nil, wrongUsage("name the folder with --published", "the book does not keep %s: it is where it was published", table)
		}
		if f.columns, err = f.shape(); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, notFound("manifest.json of the night lists what it has", fmt.Errorf("%s has no table %s", d, table))
	}
	for _, f := range files {
		if !slices.EqualFunc(f.columns, files[0].columns, func(a, b reports.Column) bool { return a.Name == b.Name && a.Kind == b.Kind }) {
			return nil, fmt.Errorf("%s and %s have other columns", files[0].path, f.path)
		}
	}
	return files, nil
}

func openFile(path string) func() (io.ReaderAt, int64, func() error, error) {
	return func() (io.ReaderAt, int64, func() error, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, 0, nil, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, 0, nil, err
		}
		return f, info.Size(), f.Close, nil
	}
}

// shape returns the columns of the file, without rows.
func (f *tableFile) shape() (columns []reports.Column, err error) {
	err = f.read(func(r *reports.TableReader) error {
		columns = f.typed(r.Columns())
		return nil
	})
	return columns, err
}

// typed tells rates from amounts, which a file has as decimals alike: amounts are written with the digits
// of their currency.
func (f *tableFile) typed(columns []reports.Column) []reports.Column {
	spec := reports.SpecOf(f.table)
	for i := range columns {
		c := spec.ColumnSpecOf(columns[i].Name)
		if kind, _ := c.KindOf(columns[i].Digits); kind == reports.Rate {
			columns[i].Kind = kind
		}
	}
	return columns
}

func (f *tableFile) read(do func(r *reports.TableReader) error) error {
	at, size, closeFile, err := f.open()
	if err != nil {
		return err
	}
	defer closeFile()
	r, err := reports.ReadTable(at, size, f.path, nil)
	if err != nil {
		return err
	}
	return do(r)
}

// eachPublished calls fn with the rows of published files, batch by batch.
func eachPublished(ctx context.Context, files []tableFile, fn func([]reports.Column) error) error {
	for i := range files {
		err := files[i].read(func(r *reports.TableReader) error {
			for {
				t, err := r.Next()
				if t == nil || err != nil {
					return err
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := fn(files[i].typed(t.Columns)); err != nil {
					return err
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
