package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/spf13/cobra"
)

type exportFlags struct {
	book, table, format, out string
	date, from, to           dateFlag
	all                      bool
	published                string
}

func (a *app) exportCommand() *cobra.Command {
	f := exportFlags{date: newDateFlag(), from: newDateFlag(), to: newDateFlag()}
	c := a.command(cobra.Command{
		Use:   "export --book DIR --date DATE --table TABLE --format parquet|arrow|arrow-file|csv|hledger [--out FILE]",
		Short: "Stream a table of a night to a file or to stdout",
		Long: `Export streams the loan tape of the last closed night, or the journal of any
night, to stdout or, whole or not at all, to a file. The accruals are what the
last night earned loan by loan: with the loan's entries in the journal all that
moved what it owes. Any other table of any night comes from what is published, in the
folder of --published; those of regulatory, the rejects and the accounts also from the book
alone. Arrow is an IPC stream, arrow-file an IPC file, with decimals as decimal128. The hledger format is the journal's, for an independent
program to balance: --from and --to, or --all, export several nights as one.`,
		Example: `  daybook export --book book --date 2026-11-25 --table loans --format arrow | python -c '
  import sys, pyarrow.ipc as ipc; print(ipc.open_stream(sys.stdin.buffer).read_all())'
  daybook export --book book --all --table journal --format hledger | hledger -f - balance`,
	}, func(ctx context.Context, _ []string) error { return a.export(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().Var(&f.date, "date", "the night")
	c.Flags().Var(&f.from, "from", "the first night of several, for the journal")
	c.Flags().Var(&f.to, "to", "the last night of several, for the journal")
	c.Flags().BoolVar(&f.all, "all", false, "all nights, for the journal")
	c.Flags().StringVar(&f.table, "table", "", "loans, journal, accruals, or a published table such as aging")
	c.Flags().StringVar(&f.published, "published", "", "folder of the published nights: any table as it was published there")
	c.Flags().StringVar(&f.format, "format", "", "parquet, arrow (a stream), arrow-file, csv or hledger")
	c.Flags().StringVar(&f.out, "out", "", "file to write, whole or not at all; a pipe or device is written to (default, and -: stdout)")
	exclusive(c, []string{"date"}, []string{"from", "to"}, []string{"all"})
	completeFolders(c, "book", "published")
	a.completeDates(c, "date", "from", "to")
	complete(c, "table", tableNames())
	complete(c, "format", formats)
	return must(a.json(c), "book", "table", "format")
}

var (
	tables  = []string{"loans", "journal", "accruals"}
	formats = []string{"parquet", "arrow", "arrow-file", "csv", "hledger"}
)

// tableNames are all tables that can be exported.
func tableNames() []string {
	list := slices.Clone(tables)
	for _, t := range reports.Registry() {
		// Those of the reconciliation are where it was published, and nights is a warehouse's own.
		if !slices.Contains(list, t.Name) && t.Name != "nights" && !strings.HasPrefix(t.Name, "reconciliation_") {
			list = append(list, t.Name)
		}
	}
	return list
}

// isPublished reports whether the table is exported as it was published.
func (f *exportFlags) isPublished() bool {
	return f.published != "" || !slices.Contains(tables, f.table)
}

// check refuses what can't be exported, before a book is opened.
func (f *exportFlags) check() error {
	ranges := f.from.Date != civil.None || f.to.Date != civil.None
	named := 0
	for _, is := range []bool{f.date.Date != civil.None, ranges, f.all} {
		if is {
			named++
		}
	}
	switch {
	case !slices.Contains(tableNames(), f.table):
		return wrongUsage("warehouse schemas writes a page on each", "--table is loans, journal, accruals or a published table such as aging, not %q", f.table)
	case !slices.Contains(formats, f.format):
		return wrongUsage("", "--format is %s, not %q", orList(formats), f.format)
	case f.published != "" && f.table == "accruals":
		return wrongUsage("leave --published out", "accruals are not published: they are in the book")
	case f.isPublished() && f.format == "hledger":
		return wrongUsage("", "hledger is a format of the journal out of the book: leave --published out")
	case f.isPublished() && f.date.Date == civil.None && (ranges || f.all):
		return wrongUsage("name it with --date", "a published table is exported night by night")
	case f.table != "journal" && f.format == "hledger":
		return wrongUsage("take parquet, arrow or csv for the "+f.table+", or --table journal", "hledger is a format of the journal")
	case f.table == "loans" && (ranges || f.all):
		return wrongUsage("name the last closed night with --date", "the loan tape is one night's")
	case f.table == "accruals" && (ranges || f.all):
		return wrongUsage("name the last closed night with --date", "accruals loan by loan are one night's")
	case named == 0:
		return wrongUsage("name it with --date, or several with --from and --to, or --all", "which night?")
	case named > 1:
		return wrongUsage("", "--date, --from with --to, and --all exclude each other")
	case f.from.Date != civil.None && f.to.Date != civil.None && f.to.Date < f.from.Date:
		return wrongUsage("", "--to %s is before --from %s", f.to.Date, f.from.Date)
	}
	return nil
}

// nights returns the nights to export, in order.
func (f *exportFlags) nights(r *lookup.Reader) ([]civil.Date, error) {
	if d := f.date.Date; d != civil.None {
		if is, err := r.Book.HasNight(d); err != nil {
			return nil, err
		} else if !is {
			return nil, notFound("daybook status shows the nights that are closed", fmt.Errorf("the book has not closed %s; its last night is %s", d, r.Last()))
		}
		if f.isPublished() {
			return []civil.Date{d}, nil
		}
		if f.table == "accruals" && d != r.Last() {
			return nil, failed("the journal has the totals of an older night: --table journal",
				"the book knows the accruals of each loan for its last night, %s, and no longer for %s", r.Last(), d)
		}
		if f.table == "loans" && d != r.Last() {
			return nil, failed("the tape of an older night is where it was published",
				"the book keeps the loans of its last night, %s, and no longer those of %s", r.Last(), d)
		}
		return []civil.Date{d}, nil
	}
	through := f.to.Date
	if through == civil.None {
		through = r.Last()
	}
	list, err := r.Book.NightsIn(f.from.Date, through)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("daybook status shows the nights that are closed", fmt.Errorf("no night is closed in that time; the last is %s", r.Last()))
	}
	return list, nil
}
