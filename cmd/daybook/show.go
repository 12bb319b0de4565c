package main

import (
	"context"
	"strconv"

	"daybook/batch"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) showCommand() *cobra.Command {
	c := a.command(cobra.Command{
		Use:   "show",
		Short: "Look at a loan, an entry of the journal, an account or what is held in suspense",
		Args:  cobra.ArbitraryArgs,
		// What follows an unknown name is not the mistake.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}, func(_ context.Context, args []string) error {
		return wantCommand("show", args, "loan", "entry", "account", "suspense")
	})
	c.AddCommand(a.showLoanCommand(), a.showEntryCommand(), a.showAccountCommand(), a.showSuspenseCommand())
	return c
}

// looker adds what all commands have that look at one thing of a book.
func (a *app) looker(c cobra.Command, do func(ctx context.Context, r *batch.Reader, name string, asJSON bool) error) *cobra.Command {
	var book string
	var asJSON bool
	c.Args = cobra.ExactArgs(1)
	cmd := a.command(c, func(ctx context.Context, args []string) error {
		return look(book, func(r *batch.Reader) error { return do(ctx, r, args[0], asJSON) })
	})
	cmd.Flags().StringVar(&book, "book", "", "folder of the book")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON object")
	return must(cmd, "book")
}

func (a *app) showEntryCommand() *cobra.Command {
	return a.looker(cobra.Command{
		Use:   "entry ID --book DIR",
		Short: "Show an entry of the journal with its postings",
		Long: `Entry shows one entry of the journal. Its id is in the published journal and in
the history of a loan; it holds the business date, so that the entry is found at
once in a book of any size.`,
	}, func(ctx context.Context, r *batch.Reader, name string, asJSON bool) error {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil || id <= 0 {
			return wrongUsage("daybook show loan ID lists the entries of a loan with their ids", "an entry's id is a whole number, not %q", name)
		}
		v, err := r.Entry(ctx, id)
		if err != nil {
			return err
		}
		if asJSON {
			return a.printJSON(v)
		}
		return a.printEntry(v)
	})
}

func (a *app) printEntry(v *batch.EntryView) error {
	loan, source := v.LoanID, v.SourceID
	if loan == "" {
		loan, source = "none: a sum over loans that nothing touched", "product "+v.SourceID
	}
	if source == "" {
		source = "none"
	}
	err := a.printf("entry       %d\nnight       %s\nvalue date  %s\nkind        %s\nloan        %s\nsource      %s\ncurrency    %s\n\n",
		v.ID, v.BusinessDate, v.ValueDate, v.Kind, loan, source, v.Currency)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, p := range v.Postings {
		rows = append(rows, []string{p.Account, p.Name, amount(p.Debit), amount(p.Credit)})
	}
	return writeTable(a.stdout, []column{words("account"), words("name"), figures("debit"), figures("credit")}, rows)
}

// amount shows an amount in a table, and nothing for zero.
func amount(s string) string {
	for _, c := range s {
		if c >= '1' && c <= '9' {
			return reports.Grouped(s)
		}
	}
	return ""
}

func (a *app) showAccountCommand() *cobra.Command {
	return a.looker(cobra.Command{
		Use:   "account CODE --book DIR",
		Short: "Show an account of the GL, night by night",
		Long: `Account shows an account by its code, such as 1301, or its name, such as
loan_principal: its balance over the nights, and what moved it in the last one.`,
	}, func(_ context.Context, r *batch.Reader, name string, asJSON bool) error {
		v, err := r.Account(name)
		if err != nil {
			return &failure{err, statusFailed, "daybook trial-balance lists the accounts"}
		}
		if asJSON {
			return a.printJSON(v)
		}
		return a.printAccount(v)
	})
}

func (a *app) printAccount(v *batch.AccountView) error {
	if err := a.printf("%s %s (%s)\n\n", v.Code, v.Name, v.Type); err != nil {
		return err
	}
	if len(v.Nights) == 0 {
		return a.printf("nothing was ever posted to it\n")
	}
	var rows [][]string
	shown := v.Nights[max(len(v.Nights)-31, 0):]
	for _, n := range shown {
		rows = append(rows, []string{n.Date.String(), n.Currency, reports.Grouped(n.Opening), amount(n.Debits), amount(n.Credits),
			reports.Grouped(n.Closing)})
	}
	err := writeTable(a.stdout, []column{
		words("night"), words("currency"), figures("opening"), figures("debits"), figures("credits"), figures("closing"),
	}, rows)
	if err != nil || len(v.Activity) == 0 {
		return err
	}
	if err := a.printf("\nwhat moved it on %s\n", v.AsOf); err != nil {
		return err
	}
	rows = nil
	for _, m := range v.Activity {
		rows = append(rows, []string{m.Kind, m.Currency, count(m.Entries), amount(m.Debits), amount(m.Credits)})
	}
	return writeTable(a.stdout, []column{
		words("kind"), words("currency"), figures("postings"), figures("debits"), figures("credits"),
	}, rows)
}
