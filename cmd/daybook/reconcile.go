package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"daybook/batch/publish"
	"daybook/batch/reconcile"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

type reconcileFlags struct {
	book, in, out, undo, reason string
	date                        dateFlag
	workers                     int
	dryRun, strict, shared      bool
	lockTimeout                 waitFlag
	memory                      sizeFlag
}

func (a *app) reconcileCommand() *cobra.Command {
	f := reconcileFlags{date: newDateFlag(), memory: 1 << 30}
	c := a.worker(cobra.Command{
		Use:   "reconcile --book DIR --in DIR --out DIR --date DATE",
		Short: "Tie the bank's statements to the ledger's cash, and name what does not tie",
		Long: `Reconcile reads the bank's statements from --in (files, or folders of files, whose
names begin with statements: camt.053, MT940 and BAI2, told by their content), ties
their lines to the cash of all nights up to --date, and publishes what was tied and
what was not in a folder of --out, reconciliation/DATE. It proves that

  bank = book + outstanding - unmatched

to the cent, in every currency. It posts nothing, and changes nothing of a night.

The date is a closed night, and not before the last one that was reconciled. A match
is final: --undo opens one again, from the next run on. A file whose name begins with
matches (CSV or Parquet: line_id, entry_id, reason) ties by hand.

The same date may be run again: with the same files it publishes the same bytes, with
further files it ties what is open. A file that can't be read, or whose totals do not
add up, stops the run: every fault is named, and nothing is stored.

Exit status: 0 done; 1 failed; 3 breaks above reconciliation.threshold of the policy
(with --strict: nothing was stored); 4 book and bank do not tie, which is a fault of
the program.`,
		Example: `  daybook reconcile --book book --in bank/2026-11-24 --out out --date 2026-11-23
  daybook reconcile --book book --undo M20261123-000007 --reason "the payer named the wrong loan"`,
	}, func(ctx context.Context, _ []string) error {
		if f.undo != "" {
			return a.undoMatch(ctx, &f)
		}
		return a.reconcile(ctx, &f)
	})
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.in, "in", "", "folder of the bank's files, or s3://bucket/prefix")
	c.Flags().StringVar(&f.out, "out", "", "folder that gets the folder reconciliation/DATE")
	c.Flags().Var(&f.date, "date", "a closed night, such as 2026-11-23")
	c.Flags().IntVar(&f.workers, "workers", 0, "files and parts of the book read at once (default: one a processor); the bytes do not depend on it")
	c.Flags().Var(&f.memory, "memory", "memory to stay near, such as 512MiB or 4GiB")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything but store and publish")
	c.Flags().BoolVar(&f.strict, "strict", false, "store nothing above the policy's threshold of breaks")
	c.Flags().BoolVar(&f.shared, "shared", false, "let the group of --out read what is published")
	c.Flags().StringVar(&f.undo, "undo", "", "id of a match that the next run opens again")
	c.Flags().StringVar(&f.reason, "reason", "", "with --undo: why")
	f.lockTimeout.add(c)
	completeFolders(c, "book", "in", "out")
	a.completeDates(c, "date")
	return must(a.json(c), "book")
}

// reconciledJSON is what reconcile --json prints.
type reconciledJSON struct {
	BusinessDate civil.Date             `json:"business_date"`
	Folder       string                 `json:"folder"` // "" where nothing was published
	Again        bool                   `json:"again"`  // nothing was new
	Stored       bool                   `json:"stored"`
	Above        bool                   `json:"above_threshold"`
	Matches      int                    `json:"matches"` // of the date
	Currencies   []reconcile.Currency   `json:"currencies"`
	Breaks       []reconcile.BreakCount `json:"breaks"`
	Files        []reconcile.ReadFile   `json:"files"`
	PassedOver   []string               `json:"passed_over"`
}

func (a *app) reconcile(ctx context.Context, f *reconcileFlags) error {
	switch {
	case f.in == "" || f.out == "" || f.date.Date == civil.None:
		return wrongUsage("daybook reconcile --help shows what it takes", "reconcile needs --in, --out and --date, or --undo")
	case f.reason != "":
		return wrongUsage("", "--reason says why a match is opened again, with --undo")
	case f.workers < 0:
		return wrongUsage("", "--workers must not be below zero")
	}
	if err := apart(f.out); err != nil {
		return err
	}
	f.memory.limit()
	in, done, err := inbox(ctx, f.in)
	if err != nil {
		return err
	}
	defer done()
	o := reconcile.Options{
		In: in, Out: f.out, Date: f.date.Date, Workers: f.workers, DryRun: f.dryRun, Strict: f.strict, Shared: f.shared, Software: software,
	}
	if a.at != nil {
		o.Boundary = func(name string) { a.at(ctx, name) }
	}
	var r *reconcile.Result
	err = a.withBook(ctx, f.book, f.dryRun, time.Duration(f.lockTimeout), func(b *store.Book) (err error) {
		r, err = reconcile.Run(ctx, b, o)
		return err
	})
	var above *reconcile.AboveError
	var untied *reconcile.UntiedError
	var faults *reconcile.FaultsError
	var order *reconcile.OrderError
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("run the same command again: nothing is done twice")
	case errors.As(err, &above):
		a.printReconciled(r)
		return &failure{err: err, status: statusAbove, code: codeBreaks, hint: "see the breaks with --dry-run, or run without --strict", result: true}
	case errors.As(err, &untied):
		return &failure{err: err, status: statusFault, code: codeFault, hint: "keep the book and the files as they are, and report this"}
	case errors.As(err, &faults):
		return &failure{err: err, status: statusFailed, code: codeFile, hint: "nothing was stored: mend the files and run the same command again"}
	case errors.As(err, &order):
		return &failure{err: err, status: statusFailed, code: codeOrder, hint: "dates are reconciled in their order: name the last one that was, or a later night; statements that come late come with that"}
	case errors.Is(err, os.ErrNotExist) && !exists(in):
		return notFound("name the folder with the bank's files; an empty one is valid", err)
	case err != nil:
		return err
	}
	a.printReconciled(r)
	if len(r.Files) == 0 && len(r.PassedOver) > 0 && !a.quiet {
		a.log().Warn(fmt.Sprintf("nothing in %s was read: files of the bank begin with statements, those of matches with matches; passed over: %s", f.in, few(r.PassedOver)))
	}
	if r.Above {
		return &failure{err: errors.New("breaks are above reconciliation.threshold"), status: statusAbove, code: codeBreaks, hint: "reconciliation_breaks lists them", result: true}
	}
	return nil
}

// few lists the first of some names, and how many more there are.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + count(len(names)-most) + " more"
}

// withBook opens a book for writing, or for reading alone, and does something with it.
func (a *app) withBook(ctx context.Context, dir string, readOnly bool, wait time.Duration, do func(b *store.Book) error) error {
	if readOnly {
		return open(dir, do)
	}
	return publish.Waiting(ctx, wait, func() error {
		b, err := store.Open(dir, store.Options{})
		if err != nil {
			return err
		}
		return errors.Join(do(b), b.Close())
	})
}

func (a *app) printReconciled(r *reconcile.Result) {
	v := reconciledJSON{
		BusinessDate: r.Date, Folder: r.Folder, Again: r.Again, Stored: r.Stored, Above: r.Above, Matches: r.Matches,
		Currencies: append([]reconcile.Currency{}, r.Summary...), Breaks: append([]reconcile.BreakCount{}, r.Breaks...),
		Files: append([]reconcile.ReadFile{}, r.Files...), PassedOver: append([]string{}, r.PassedOver...),
	}
	a.print(v, func() {
		var statements, lines int
		for _, f := range r.Files {
			statements, lines = statements+f.Statements, lines+f.Lines
		}
		a.printf("%s: %s, %s, %s read\n", r.Date, plural(len(r.Files), "file"), plural(statements, "statement"), plural(lines, "line"))
		for _, c := range r.Summary {
			a.printIdentity(&c)
		}
		if len(r.Breaks) > 0 {
			a.printf("\n")
			var rows [][]string
			for _, b := range r.Breaks {
				rows = append(rows, []string{b.Side, b.Kind, count(b.Count)})
			}
			a.table([]column{words("side"), words("break"), figures("open")}, rows)
		}
		switch {
		case r.Folder == "":
			a.printf("\n%s: nothing was stored\n", r.Date)
		case r.Again:
			a.printf("\n%s: nothing is new; published again: %s\n", r.Date, r.Folder)
		default:
			a.printf("\n%s: %s, %s open: %s\n", r.Date, matches(r.Matches), count(openOf(r)), r.Folder)
		}
	})
}

func matches(n int) string {
	if n == 1 {
		return "1 match"
	}
	return count(n) + " matches"
}

func openOf(r *reconcile.Result) (n int) {
	for _, b := range r.Breaks {
		n += b.Count
	}
	return n
}

// printIdentity says how book and bank tie in one currency.
func (a *app) printIdentity(c *reconcile.Currency) {
	a.printf("\n%s, account %s\n", c.Currency, c.GLAccount)
	line := func(what, amount string) { a.printf("  %-26s %20s\n", what, reports.Grouped(amount)) }
	line("book", c.GLBalance)
	if c.GLBefore != "" && strings.Trim(c.GLBefore, "0.") != "" {
		line("  of it before", c.GLBefore)
	}
	line("bank, closing", c.BankBalance)
	line("bank, opening", c.BankOpening)
	for _, x := range []struct{ what, amount string }{
		{"gaps between statements", c.StatementGaps}, {"differences of statements", c.StatementDifferences}, {"unmatched at the bank", c.UnmatchedBank},
		{"outstanding in the book", c.OutstandingLedger}, {"fees kept", c.Fees}, {"differences accepted", c.Differences},
	} {
		if strings.Trim(x.amount, "0.") != "" {
			line("  "+x.what, x.amount)
		}
	}
	tied := "tied"
	if !c.Tied {
		tied = "off by " + c.Difference
	}
	a.printf("  %s: %s matched, %s in suspense, %s open; %s of the book matched, %s open\n", tied, plural(c.MatchedLines, "line"), count(c.SuspenseLines), count(c.BreakLines),
		plural(c.MatchedItems, "item"), count(c.BreakItems))
}

// undoneJSON is what reconcile --undo --json prints.
type undoneJSON struct {
	MatchID string `json:"match_id"`
	Reason  string `json:"reason"`
}

func (a *app) undoMatch(ctx context.Context, f *reconcileFlags) error {
	switch {
	case strings.TrimSpace(f.reason) == "":
		return wrongUsage("", "--undo needs --reason: who opens a match says why")
	case f.in != "" || f.out != "" || f.date.Date != civil.None || f.dryRun || f.strict:
		return wrongUsage("the next run opens the match again", "--undo goes with --book and --reason alone")
	}
	err := a.withBook(ctx, f.book, false, time.Duration(f.lockTimeout), func(b *store.Book) error { return reconcile.Undo(b, f.undo, f.reason) })
	if err != nil {
		return err
	}
	a.print(undoneJSON{f.undo, f.reason}, func() { a.printf("%s: the next run opens it again\n", f.undo) })
	return nil
}
