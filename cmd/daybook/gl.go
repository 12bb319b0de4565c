package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"daybook/batch/gl"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports/erp"

	"github.com/spf13/cobra"
)

type glFlags struct {
	book, profile, out string
	by, month          string
	date, from, to     dateFlag
	again              bool
	lockTimeout        waitFlag
}

func (a *app) glCommand() *cobra.Command {
	f := glFlags{date: newDateFlag(), from: newDateFlag(), to: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "gl --book DIR (--date D | --from D --to D | --month 2026-11) --profile P --out FILE [--by day|month] [--again]",
		Short: "Export the journal, summed, to the lender's general ledger",
		Long: `Gl writes the journal of closed nights in the form that a general ledger loads:
summed by posting date, account, currency, cost centre and kind of event, one
balanced entry a date and currency. The policy's section gl_export says what the
general ledger calls accounts and cost centres.

An export has a number, which its entries carry, and the book keeps it with its
control totals. The same days in the same profile come again with the same number
and the same bytes, whatever the policy says by then. Days of which some were
exported in the profile are refused, unless --again says that they are meant: then
the export has a number of its own, and says which ones it overlaps.

More than one file holds is in NAME-2.EXT and so on, beside FILE.`,
		Example: `  daybook gl --book book --month 2026-11 --profile sap --out sap.csv
  daybook gl --book book --date 2026-11-24 --profile hledger --out day.journal`,
	}, func(ctx context.Context, _ []string) error { return a.exportGL(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().Var(&f.date, "date", "one night")
	c.Flags().Var(&f.from, "from", "the first day of several")
	c.Flags().Var(&f.to, "to", "the last day of several")
	c.Flags().StringVar(&f.month, "month", "", "a whole month, such as 2026-11")
	c.Flags().StringVar(&f.profile, "profile", "", strings.Join(erp.ProfileNames(), ", "))
	c.Flags().StringVar(&f.by, "by", "day", "day: an entry has its business date; month: the last day of its month")
	c.Flags().StringVar(&f.out, "out", "", "file to write, whole or not at all")
	c.Flags().BoolVar(&f.again, "again", false, "export days that were exported in the profile already")
	f.lockTimeout.add(c)
	exclusive(c, []string{"date"}, []string{"from", "to"}, []string{"month"})
	completeFolders(c, "book")
	a.completeDates(c, "date", "from", "to")
	complete(c, "profile", erp.ProfileNames())
	complete(c, "by", periods)
	return must(a.json(c), "book", "profile", "out")
}

var periods = []string{"day", "month"}

// request is what the flags ask for.
func (f *glFlags) request() (r gl.Request, err error) {
	r = gl.Request{From: f.from.Date, To: f.to.Date, Monthly: f.by == "month", Profile: f.profile, Again: f.again}
	ranges, named := r.From != civil.None || r.To != civil.None, 0
	for _, is := range []bool{f.date.Date != civil.None, ranges, f.month != ""} {
		if is {
			named++
		}
	}
	switch {
	case erp.ProfileOf(f.profile) == nil:
		return r, wrongUsage("", "--profile is %s, not %q", orList(erp.ProfileNames()), f.profile)
	case !slices.Contains(periods, f.by):
		return r, wrongUsage("", "--by is day or month, not %q", f.by)
	case named == 0:
		return r, wrongUsage("name them with --date, with --from and --to, or with --month", "which days?")
	case named > 1:
		return r, wrongUsage("", "--date, --from with --to, and --month exclude each other")
	case f.date.Date != civil.None:
		r.From, r.To = f.date.Date, f.date.Date
	case f.month != "":
		if r.From, err = civil.Parse(f.month + "-01"); err != nil || len(f.month) != len("2026-11") {
			return r, wrongUsage("write it as 2026-11", "--month: %q is no month", f.month)
		}
		r.To = r.From.MonthEnd()
	case r.From == civil.None || r.To == civil.None:
		return r, wrongUsage("the numbers of exports go by their days", "--from and --to go together")
	case r.To < r.From:
		return r, wrongUsage("", "--to %s is before --from %s", r.To, r.From)
	}
	return r, nil
}

func (a *app) exportGL(ctx context.Context, f *glFlags) error {
	r, err := f.request()
	if err != nil {
		return err
	}
	p, err := placeOf(f.out)
	if err != nil {
		return err
	}
	if p.stream {
		return wrongUsage("name a file with --out", "an export with a number is a file: standard output has its control totals")
	}
	var e *gl.Export
	var files []string
	err = open(f.book, func(b *store.Book) (err error) {
		if e, err = gl.Decide(b, r); err == nil && !e.New {
			files, err = writeGL(ctx, e, p.path)
		}
		return err
	})
	if err == nil && e.New {
		err = publish.Waiting(ctx, time.Duration(f.lockTimeout), func() error {
			return change(f.book, func(b *store.Book) (err error) {
				if e, err = gl.Decide(b, r); err == nil {
					files, err = writeGL(ctx, e, p.path)
				}
				return err
			})
		})
	}
	if err != nil {
		return refusedGL(err)
	}
	v := glExported(e, files)
	a.print(v, func() { a.printGL(v) })
	return nil
}

// change opens a book for reading and writing.
func change(dir string, do func(*store.Book) error) error {
	b, err := store.Open(dir, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(do(b), b.Close())
}

// writeGL makes the files of an export whole in a folder of their own, has the book keep
// it, and then gives them their names. Stopped between the two, the same command makes the
// same files.
func writeGL(ctx context.Context, e *gl.Export, path string) (files []string, err error) {
	to, name := filepath.Dir(path), filepath.Base(path)
	dir, err := os.MkdirTemp(to, ".daybook-gl-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := e.Write(ctx, dir, name, runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	if e.New {
		if err := e.Keep(); err != nil {
			return nil, err
		}
	}
	for i := range e.Files {
		file := gl.FileName(name, i)
		if err := os.Rename(filepath.Join(dir, file), filepath.Join(to, file)); err != nil {
			return nil, fmt.Errorf("%s is kept in the book, and its file is not there yet: %w", e.Reference(), err)
		}
		files = append(files, filepath.Join(to, file))
	}
	return files, nil
}

// refusedGL says what to do about an export that can't be.
func refusedGL(err error) error {
	var open *gl.OpenError
	var overlap *gl.OverlapError
	var many *gl.TooManyError
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("nothing was exported")
	case errors.As(err, &open) && open.From <= open.Last && open.From < open.To:
		return notFound(fmt.Sprintf("what is closed of it: --from %s --to %s", open.From, open.Last), err)
	case errors.As(err, &open):
		return notFound("daybook status shows the nights that are closed", err)
	case errors.As(err, &overlap):
		return &failure{err: err, status: statusGuarded, code: codeGuard,
			hint: "nothing has changed: name other days, or say --again, and take the earlier one back in the general ledger"}
	case errors.As(err, &many):
		return failed("name fewer days", "%w", err)
	}
	return err
}
