package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"
)

// exportedJSON is what export --json prints.
type exportedJSON struct {
	Table  string       `json:"table"`
	Format string       `json:"format"`
	Nights []civil.Date `json:"nights"`
	Out    string       `json:"out"`
}

func (a *app) export(ctx context.Context, f *exportFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	p, err := placeOf(f.out)
	if err != nil {
		return err
	}
	if p.stream && p.path == "" && a.asJSON {
		return wrongUsage("name a file with --out", "--json has stdout, where the table would go")
	}
	a.works = !p.stream || p.path != ""
	run := func(fn func() error) error { return fn() }
	if !a.works { // a reader of stdout may not read; the book that it waits with goes with the program
		run = func(fn func() error) error { return unblocked(ctx, fn) }
	}
	err = run(func() error { return a.exportFrom(ctx, f, p) })
	if errors.Is(err, context.Canceled) {
		return stopped("the export is not complete")
	}
	return err
}

// exportFrom opens the book and writes the export to its place.
func (a *app) exportFrom(ctx context.Context, f *exportFlags, p place) error {
	return look(f.book, func(r *lookup.Reader) error {
		nights, err := f.nights(r)
		if err != nil {
			return err
		}
		x := &exporter{r: r, nights: nights, table: f.table, format: f.format}
		if f.isPublished() {
			if x.files, err = publishedFiles(r, f.published, f.table, nights[0]); err != nil {
				return err
			}
		}
		a.print(&exportedJSON{f.table, f.format, nights, f.out}, func() {})
		return a.deliver(ctx, x, p)
	})
}

// An exporter writes one table of some nights in one format.
type exporter struct {
	r             *lookup.Reader
	nights        []civil.Date
	table, format string
	files         []tableFile // of a published table; nil: it comes from the book
}

// file writes a new, synced file.
func (x *exporter) file(ctx context.Context, path string) error {
	switch x.format {
	case "parquet":
	case "arrow-file":
		return x.arrowFile(ctx, path)
	default:
		_, err := reports.WriteFile(path, func(w io.Writer) error {
			return x.buffered(ctx, w)
		})
		return err
	}
	w, err := x.r.Form(software).CreateParquet(path, x.table, x.columns())
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

// arrowFile writes a new, synced file of Arrow's.
func (x *exporter) arrowFile(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w, err := reports.NewArrowFile(f, x.columns())
	if err == nil {
		err = errors.Join(x.each(ctx, w.Write), w.Close(), f.Sync())
	}
	return errors.Join(err, f.Close())
}

func (x *exporter) buffered(ctx context.Context, out io.Writer) error {
	b := bufio.NewWriterSize(out, 1<<18)
	return errors.Join(x.stream(ctx, b), b.Flush())
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
	if len(x.files) > 0 {
		return x.files[0].columns
	}
	switch x.table {
	case "loans":
		return x.sheet(x.r.Last()).Columns(x.r.TapeColumns())
	case "accruals":
		return x.r.AccrualColumns()
	}
	format := x.r.JournalFormat()
	return x.sheet(x.r.Last()).Columns(format.Columns(new(reports.Journal)))
}

// sheet is the table as this release publishes it.
func (x *exporter) sheet(night civil.Date) *reports.Sheet {
	return x.r.Form(software).Sheet(x.table, night)
}

// each calls fn with the table, batch by batch.
func (x *exporter) each(ctx context.Context, fn func([]reports.Column) error) error {
	if len(x.files) > 0 {
		return eachPublished(ctx, x.files, fn)
	}
	if x.table == "accruals" {
		return x.r.EachAccrual(ctx, fn)
	}
	if x.table == "loans" {
		sheet := x.sheet(x.r.Last())
		return x.r.EachTape(ctx, func(columns []reports.Column) error { return fn(sheet.Columns(columns)) })
	}
	format := x.r.JournalFormat()
	for _, d := range x.nights {
		sheet := x.sheet(d)
		err := x.r.EachJournal(ctx, d, func(j *reports.Journal) error { return fn(sheet.Columns(format.Columns(j))) })
		if err != nil {
			return err
		}
	}
	return nil
}
