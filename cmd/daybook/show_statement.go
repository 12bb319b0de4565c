package main

import (
	"context"
	"os"

	"daybook/batch/reconcile"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) showStatementCommand() *cobra.Command {
	var asCSV bool
	c := a.command(cobra.Command{
		Use:   "statement FILE",
		Short: "Show a bank's statements as the reconciliation reads them, without a book",
		Long: `Statement reads a file of statements (camt.053, MT940 or BAI2, told by its content)
and shows them with their lines: as text, with --csv the lines as CSV, with --json
all of it. What is wrong with the file is named by its line.`,
		Args: cobra.ExactArgs(1),
	}, func(_ context.Context, args []string) error { return a.showStatement(args[0], asCSV) })
	c.Flags().BoolVar(&asCSV, "csv", false, "print the lines as CSV")
	a.json(c)
	c.MarkFlagsMutuallyExclusive("csv", "json")
	return c
}

func (a *app) showStatement(path string, asCSV bool) error {
	f, err := os.Open(path)
	if err != nil {
		return notFound("name a file of statements", err)
	}
	defer f.Close()
	v, err := reconcile.ReadStatements(f, path)
	if codeOf(err) == codeFile {
		return &failure{err: err, status: statusFailed, hint: "reconcile stops at the same faults"}
	}
	if err != nil {
		return err
	}
	if asCSV {
		lines := v.Lines()
		w, err := reports.NewCSVWriter(&a.out, lines.Columns)
		if err == nil {
			err = w.Write(lines.Columns)
		}
		if err == nil {
			err = w.Close()
		}
		return err
	}
	a.print(v, func() {
		for i := range v.Statements {
			a.printStatement(&v.Statements[i])
		}
	})
	return nil
}

func (a *app) printStatement(s *reconcile.StatementView) {
	a.printf("%s %s  %s  %s %s  key %s  %s\n", s.Account, s.Currency, s.Format, s.StatementID, s.Number, s.StatementKey, s.State)
	a.printf("  opening %s %s, closing %s %s, %s, %d pending, difference %s\n", s.OpeningDate, orUnknown(s.Opening), s.ClosingDate, orUnknown(s.Closing), plural(len(s.Lines), "line"),
		s.Pending, orUnknown(s.Difference))
	var rows [][]string
	for i := range s.Lines {
		l := &s.Lines[i]
		rows = append(rows, []string{count(l.LineNumber), l.BookingDate, l.ValueDate, reports.Grouped(l.Amount), l.TransactionCode, firstOf(l.EndToEndID, l.Reference, l.BankReference), clip(l.Text, 60)})
	}
	if len(rows) > 0 {
		a.table([]column{figures("line"), words("booked"), words("value"), figures("amount"), words("code"), words("reference"), words("text")}, rows)
	}
	a.printf("\n")
}

func orUnknown(amount string) string {
	if amount == "" {
		return "unknown"
	}
	return reports.Grouped(amount)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// clip cuts a text to some characters.
func clip(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
