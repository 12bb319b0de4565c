package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports/pdf"
	"daybook/reports/statement"

	"github.com/spf13/cobra"
)

type statementFlags struct {
	book, loan, loans, out string
	format, known          string
	names, font            string
	from, to, asOf         dateFlag
}

func (a *app) statementCommand() *cobra.Command {
	f := statementFlags{from: newDateFlag(), to: newDateFlag(), asOf: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "statement --book DIR --loan ID --from DATE --to DATE --out DIR [--format html|pdf|json]",
		Short: "Write a borrower's statement: what happened on a loan, what is owed, what a payoff costs",
		Long: `Statement writes a file a loan for its borrower: the contract, balances at both
ends, each event with what it moved, what falls due next and is past due, what a
payoff costs, the year's totals. It is in the language of the borrower's record
(` + strings.Join(statement.Languages(), ", ") + `; others have English). Opening and movements come to the
closing balance of each component, or nothing is written.

By all that is known now, each event stands on its value date. With --known then
each stands on the night that posted it, and a statement begins where the one
before it ended. --as-of is the day of what is past due, due next and pays the
loan off, and is --to where it is not given.

The book has no names. --names is a CSV of loan_id and lines of an address, to
stand above the statement; nothing of it is kept. A file that is there is replaced
if it is the same loan's statement of the same days, and else stays.`,
		Example: `  daybook statement --book book --loan L0000000009 --from 2026-11-01 --to 2026-11-24 --out statements
  daybook statement --book book --loans loans.csv --from 2026-11-01 --to 2026-11-24 --out statements --format pdf --known then`,
	}, func(ctx context.Context, _ []string) error { return a.statements(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.loan, "loan", "", "the loan's id")
	c.Flags().StringVar(&f.loans, "loans", "", "file of ids, one a line, or CSV with the column loan_id")
	c.Flags().Var(&f.from, "from", "first day")
	c.Flags().Var(&f.to, "to", "last day, up to the last closed night")
	c.Flags().StringVar(&f.out, "out", "", "folder for the files; it is made")
	c.Flags().StringVar(&f.format, "format", "html", "html, pdf or json")
	c.Flags().Var(&f.asOf, "as-of", "day of the payoff and of what is past due, from --to on (default: --to)")
	c.Flags().StringVar(&f.known, "known", "now", "now, or then: as the nights told it")
	c.Flags().StringVar(&f.names, "names", "", "CSV of loan_id and lines to stand above it; not kept")
	c.Flags().StringVar(&f.font, "font", "", "a .ttf for letters in a PDF that the program's fonts have not")
	exclusive(c, []string{"loan"}, []string{"loans"})
	completeFolders(c, "book", "out")
	a.completeDates(c, "from", "to", "as-of")
	complete(c, "format", statement.Formats)
	complete(c, "known", []string{"now", "then"})
	return must(a.json(c), "book", "from", "to", "out")
}

// check refuses what can't be written, before a book is opened.
func (f *statementFlags) check() error {
	switch {
	case f.loan == "" && f.loans == "":
		return wrongUsage("name it with --loan, or several in a file with --loans", "whose statement?")
	case f.loan != "" && f.loans != "":
		return wrongUsage("", "--loan and --loans exclude each other")
	case !slices.Contains(statement.Formats, f.format):
		return wrongUsage("", "--format is html, pdf or json, not %q", f.format)
	case f.known != "now" && f.known != "then":
		return wrongUsage("now is with later corrections, then as the nights told it", "--known is now or then, not %q", f.known)
	case f.to.Date < f.from.Date:
		return wrongUsage("", "--to %s is before --from %s", f.to.Date, f.from.Date)
	case f.asOf.Date != civil.None && f.asOf.Date < f.to.Date:
		return wrongUsage("leave it out, or name a day from --to on", "--as-of %s is before --to %s", f.asOf.Date, f.to.Date)
	case f.font != "" && f.format != string(statement.PDF):
		return wrongUsage("take --format pdf, or leave --font out", "--font is for PDFs: a browser has fonts of its own")
	}
	return nil
}

// statementsJSON is what statement --json prints.
type statementsJSON struct {
	From       civil.Date      `json:"from"`
	To         civil.Date      `json:"to"`
	AsOf       civil.Date      `json:"as_of"`
	Known      string          `json:"known"`
	Format     string          `json:"format"`
	Statements []statementJSON `json:"statements"`
}

type statementJSON struct {
	LoanID   string          `json:"loan_id"`
	Path     string          `json:"path"`
	Language string          `json:"language"`
	Currency string          `json:"currency"`
	Opening  statement.Money `json:"opening"` // owed in all
	Closing  statement.Money `json:"closing"`
	PastDue  statement.Money `json:"past_due"`
	Payoff   statement.Money `json:"payoff"`
	Events   int             `json:"events"`
}

func (a *app) statements(ctx context.Context, f *statementFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := apart(f.out); err != nil {
		return err
	}
	ids := []string{f.loan}
	if f.loans != "" {
		var err error
		if ids, err = loanList(f.loans); err != nil {
			return err
		}
	}
	var names map[string][]string
	if f.names != "" {
		var err error
		if names, err = readNames(f.names, ids); err != nil {
			return err
		}
	}
	w, err := f.writer()
	if err != nil {
		return err
	}
	v := &statementsJSON{From: f.from.Date, To: f.to.Date, AsOf: f.asOf.Date, Known: f.known, Format: f.format, Statements: []statementJSON{}}
	if v.AsOf == civil.None {
		v.AsOf = v.To
	}
	err = look(f.book, func(r *lookup.Reader) error { return a.writeStatements(ctx, r, f, ids, names, w, v) })
	var missing *pdf.MissingError
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("nothing was written")
	case errors.As(err, &missing):
		return failed("name a font with these letters with --font FILE.ttf, or take --format html; nothing was written", "%w", err)
	case err != nil:
		return err
	}
	a.print(v, func() { a.printStatements(v, f.out) })
	return nil
}

// writer returns what writes the statements.
func (f *statementFlags) writer() (*statement.Writer, error) {
	if f.font == "" {
		return statement.NewWriter(statement.Format(f.format), nil)
	}
	data, err := os.ReadFile(f.font)
	if err != nil {
		return nil, err
	}
	w, err := statement.NewWriter(statement.Format(f.format), data)
	if err != nil {
		return nil, failed("", "%s: %w", f.font, err)
	}
	return w, nil
}

func (a *app) printStatements(v *statementsJSON, out string) {
	a.printf("%s from %s to %s in %s\n", plural(len(v.Statements), "statement"), v.From, v.To, out)
	var rows [][]string
	text := func(m statement.Money) string { return amount(m.Amount.Text(m.Digits)) }
	for _, s := range v.Statements[:min(len(v.Statements), statementsShown)] {
		rows = append(rows, []string{s.LoanID, s.Currency, text(s.Opening), text(s.Closing), text(s.PastDue), text(s.Payoff), s.Path})
	}
	a.table([]column{words("loan"), words(""), figures("opening"), figures("closing"), figures("past due"), figures("payoff"), words("file")}, rows)
	if more := len(v.Statements) - len(rows); more > 0 {
		a.printf("and %s more\n", count(more))
	}
}

// statementsShown is how many statements a person is told of one by one.
const statementsShown = 20
