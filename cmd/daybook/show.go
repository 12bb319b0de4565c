package main

import (
	"context"
	"strconv"

	"daybook/batch/lookup"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) showCommand() *cobra.Command {
	return a.group("show", "Look at a loan, an entry of the journal, an account, what is held in suspense, or a bank's statement",
		a.showLoanCommand(), a.showEntryCommand(), a.showAccountCommand(), a.showSuspenseCommand(), a.showStatementCommand())
}

// looker adds what all commands have that look at one thing of a book.
func (a *app) looker(c cobra.Command, do func(ctx context.Context, r *lookup.Reader, name string) error) *cobra.Command {
	var book string
	c.Args = cobra.ExactArgs(1)
	cmd := a.command(c, func(ctx context.Context, args []string) error {
		return look(book, func(r *lookup.Reader) error { return do(ctx, r, args[0]) })
	})
	cmd.Flags().StringVar(&book, "book", "", "folder of the book")
	completeFolders(cmd, "book")
	return must(a.json(cmd), "book")
}

func (a *app) showEntryCommand() *cobra.Command {
	return a.looker(cobra.Command{
		Use:   "entry ID --book DIR",
		Short: "Show an entry of the journal with its postings",
		Long: `Entry shows one entry of the journal. Its id is in the published journal and in
the history of a loan; it holds the business date, so that the entry is found at
once in a book of any size.`,
	}, func(ctx context.Context, r *lookup.Reader, name string) error {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil || id == 0 { // those of nights before 1970 are below it
			return wrongUsage("daybook show loan ID lists the entries of a loan with their ids", "an entry's id is a whole number, not %q", name)
		}
		v, err := r.Entry(ctx, id)
		if err != nil {
			return err
		}
		a.print(v, func() { a.printEntry(v) })
		return nil
	})
}

func (a *app) printEntry(v *lookup.EntryView) {
	loan, source := v.LoanID, v.SourceID
	if loan == "" {
		loan, source = "none: a sum over loans that nothing touched", "product "+v.SourceID
	}
	if source == "" {
		source = "none"
	}
	a.printf("entry       %d\nnight       %s\nvalue date  %s\nkind        %s\nloan        %s\nsource      %s\ncurrency    %s\n\n",
		v.ID, v.BusinessDate, v.ValueDate, v.Kind, loan, source, v.Currency)
	if v.Channel != "" || v.Reference != "" {
		a.printf("channel     %s\nreference   %s\n\n", reports.Visible(v.Channel), reports.Visible(v.Reference))
	}
	var rows [][]string
	for _, p := range v.Postings {
		rows = append(rows, []string{p.Account, p.Name, amount(p.Debit), amount(p.Credit)})
	}
	a.table([]column{words("account"), words("name"), figures("debit"), figures("credit")}, rows)
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
	c := a.looker(cobra.Command{
		Use:   "account CODE --book DIR",
		Short: "Show an account of the GL, night by night",
		Long: `Account shows an account by its code, such as 1301, or its name, such as
loan_principal: its balance over the nights, and what moved it in the last one.`,
	}, func(_ context.Context, r *lookup.Reader, name string) error {
		v, err := r.Account(name)
		if err != nil {
			return notFound("daybook trial-balance lists the accounts", err)
		}
		a.print(v, func() { a.printAccount(v) })
		return nil
	})
	c.ValidArgsFunction = a.completeAccounts
	return c
}

func (a *app) printAccount(v *lookup.AccountView) {
	a.printf("%s %s (%s)\n\n", v.Code, v.Name, v.Type)
	if len(v.Nights) == 0 {
		a.printf("nothing was ever posted to it\n")
		return
	}
	var rows [][]string
	shown := v.Nights[max(len(v.Nights)-31, 0):]
	for _, n := range shown {
		rows = append(rows, []string{n.Date.String(), n.Currency, reports.Grouped(n.Opening), amount(n.Debits), amount(n.Credits),
			reports.Grouped(n.Closing)})
	}
	a.table([]column{
		words("night"), words("currency"), figures("opening"), figures("debits"), figures("credits"), figures("closing"),
	}, rows)
	if len(v.Activity) == 0 {
		return
	}
	a.printf("\nwhat moved it on %s\n", v.AsOf)
	rows = nil
	for _, m := range v.Activity {
		rows = append(rows, []string{m.Kind, m.Currency, count(m.Entries), amount(m.Debits), amount(m.Credits)})
	}
	a.table([]column{
		words("kind"), words("currency"), figures("postings"), figures("debits"), figures("credits"),
	}, rows)
}
