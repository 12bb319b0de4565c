package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"daybook/batch"
	"daybook/ledger/civil"
	"daybook/reports"
)

func (a *app) export(ctx context.Context, f *exportFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	err := look(f.book, func(r *batch.Reader) error {
		nights, err := f.nights(r)
		if err != nil {
			return err
		}
		x := &exporter{r: r, nights: nights, table: f.table, format: f.format}
		return a.deliver(ctx, x, f.out)
	})
	if errors.Is(err, context.Canceled) {
		return failed("", "stopped; the export is not complete")
	}
	return err
}

// deliver writes an export to a file, under its name only when it is whole, or
// to stdout.
func (a *app) deliver(ctx context.Context, x *exporter, out string) (err error) {
	if out == "" && x.format != "parquet" {
		w := bufio.NewWriterSize(a.stdout, 1<<18)
		return errors.Join(x.stream(ctx, w), w.Flush())
	}
	// A Parquet file's writer goes back to its beginning: stdout gets it from a
	// temporary file.
	dir := os.TempDir()
	if out != "" {
		dir = filepath.Dir(out)
	}
	dir, err = os.MkdirTemp(dir, ".daybook-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temporary := filepath.Join(dir, "export")
	if err := x.file(ctx, temporary); err != nil {
		return err
	}
	if out != "" {
		return os.Rename(temporary, out)
	}
	f, err := os.Open(temporary)
	if err != nil {
		return err
	}
	_, err = io.Copy(a.stdout, f)
	return errors.Join(err, f.Close())
}

// An exporter writes one table of some nights in one format.
type exporter struct {
	r             *batch.Reader
	nights        []civil.Date
	table, format string
}

// file writes a new, synced file.
func (x *exporter) file(ctx context.Context, path string) error {
	if x.format != "parquet" {
		_, err := reports.WriteFile(path, func(w io.Writer) error {
			b := bufio.NewWriterSize(w, 1<<18)
			return errors.Join(x.stream(ctx, b), b.Flush())
		})
		return err
	}
	w, err := reports.CreateParquet(path, x.columns())
	if err != nil {
		return err
	}
	if err := x.each(ctx, w.Write); err != nil {
		w.Abort()
		return err
	}
	_, err = w.Close()
	return err
}

// stream writes one of the formats that need no second look.
func (x *exporter) stream(ctx context.Context, out io.Writer) error {
	switch x.format {
	case "arrow":
		w := reports.NewArrowWriter(out, x.columns())
		return errors.Join(x.each(ctx, w.Write), w.Close())
	case "csv":
		w, err := reports.NewCSVWriter(out, x.columns())
		if err != nil {
			return err
		}
		return errors.Join(x.each(ctx, w.Write), w.Close())
	}
	w, err := reports.NewHledgerWriter(out, x.r.JournalFormat())
	if err != nil {
		return err
	}
	for _, d := range x.nights {
		if err := x.r.EachJournal(ctx, d, w.Write); err != nil {
			return err
		}
	}
	return w.Close()
}

// columns returns the table's columns without rows.
func (x *exporter) columns() []reports.Column {
	if x.table == "loans" {
		return x.r.TapeColumns()
	}
	format := x.r.JournalFormat()
	return format.Columns(new(reports.Journal))
}

// each calls fn with the table, batch by batch.
func (x *exporter) each(ctx context.Context, fn func([]reports.Column) error) error {
	if x.table == "loans" {
		return x.r.EachTape(ctx, fn)
	}
	format := x.r.JournalFormat()
	for _, d := range x.nights {
		err := x.r.EachJournal(ctx, d, func(j *reports.Journal) error { return fn(format.Columns(j)) })
		if err != nil {
			return err
		}
	}
	return nil
}
