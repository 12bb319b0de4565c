package main

import (
	"context"
	"errors"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) reportCommand() *cobra.Command {
	var book, out string
	var workers int
	var shared, restored bool
	var wait waitFlag
	date, memory := newDateFlag(), memoryDefault
	c := a.worker(cobra.Command{
		Use:   "report --book DIR --out DIR [--date DATE]",
		Short: "Write a closed night's outputs again",
		Long: `Report writes the outputs of the last closed night again, byte for byte. Of an
older night it writes those that the book still proves: its journal, GL and
manifest; and it says which it can't, since the book keeps the loans of the last
night only. Every file is held to its digest in the night's manifest.`,
	}, func(ctx context.Context, _ []string) error {
		memory.limit()
		o := publish.ReportOptions{Out: out, Date: date.Date, Workers: workers, Memory: int64(memory), Shared: shared, Restored: restored,
			LockTimeout: time.Duration(wait)}
		return a.report(ctx, book, o)
	})
	c.Flags().StringVar(&book, "book", "", "folder of the book")
	c.Flags().StringVar(&out, "out", "", "folder that gets the night's folder; one that is there is replaced")
	c.Flags().Var(&date, "date", "the night (default: the last one closed)")
	c.Flags().IntVar(&workers, "workers", 0, "parts of the book read at once (default: one a processor)")
	c.Flags().Var(&memory, "memory", "memory to stay within, such as 512MiB or 4GiB")
	c.Flags().BoolVar(&shared, "shared", false, "let the group of --out read what is written")
	c.Flags().BoolVar(&restored, "restored", false, "the book was put back: replace what it has published otherwise since")
	wait.add(c)
	completeFolders(c, "book", "out")
	a.completeDates(c, "date")
	return must(a.json(c), "book", "out")
}

// reportedJSON is what report --json prints.
type reportedJSON struct {
	BusinessDate civil.Date `json:"business_date"`
	Folder       string     `json:"folder"`
	Files        int        `json:"files"`
	Whole        bool       `json:"whole"`
	Missing      []string   `json:"missing"`   // what the book no longer proves
	Unwritten    string     `json:"unwritten"` // why this release does not write the night's form; "" where it does
}

func (a *app) report(ctx context.Context, dir string, o publish.ReportOptions) error {
	var r *publish.Reported
	err := open(dir, func(b *store.Book) (err error) {
		r, err = publish.Report(ctx, b, o)
		return err
	})
	if errors.Is(err, context.Canceled) {
		return stopped("nothing was written, the book is as it was")
	}
	if err != nil {
		return err
	}
	v := reportedJSON{
		BusinessDate: r.Manifest.BusinessDate, Folder: r.Folder, Files: len(r.Manifest.Outputs) - len(r.Missing),
		Whole: len(r.Missing) == 0, Missing: append([]string{}, r.Missing...),
	}
	if r.Unwritten != nil {
		v.Unwritten = r.Unwritten.Error()
	}
	a.print(v, func() {
		if r.Whole {
			a.printf("%s: %s are there already as they were published: %s\n", v.BusinessDate, plural(v.Files, "output"), v.Folder)
			return
		}
		a.printf("%s: %s are there as they were published, byte for byte: %s\n", v.BusinessDate, plural(v.Files, "output"), v.Folder)
		if v.Whole {
			return
		}
		a.printf("%s of this night are not, and the book no longer proves them:\n", count(len(v.Missing)))
		for _, path := range v.Missing {
			a.printf("  %s\n", path)
		}
		if v.Unwritten != "" {
			a.printf("%s\n", reports.Visible(v.Unwritten))
		}
	})
	return nil
}
