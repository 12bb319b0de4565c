package main

import (
	"context"

	"daybook/batch/lookup"

	"github.com/spf13/cobra"
)

func (a *app) showSuspenseCommand() *cobra.Command {
	var book string
	cmd := a.command(cobra.Command{
		Use:   "suspense --book DIR",
		Short: "List the payments that fit no loan, the oldest first",
		Long: `Suspense lists the money that is held: because no loan has the id that it names,
or because its loan refuses it, for the reason shown. Each night tries it again;
an adjustment of the kind release sends it to a loan or, with the choice return,
back.`,
		Args: cobra.NoArgs,
	}, func(context.Context, []string) error {
		return look(book, func(r *lookup.Reader) error {
			list, err := r.Suspense()
			if err != nil {
				return err
			}
			a.print(suspenseJSON{append([]lookup.SuspenseView{}, list...)}, func() { a.printSuspense(list) })
			return nil
		})
	})
	cmd.Flags().StringVar(&book, "book", "", "folder of the book")
	completeFolders(cmd, "book")
	return must(a.json(cmd), "book")
}

// suspenseJSON is what show suspense --json prints.
type suspenseJSON struct {
	Held []lookup.SuspenseView `json:"held"`
}

func (a *app) printSuspense(list []lookup.SuspenseView) {
	if len(list) == 0 {
		a.printf("nothing is held\n")
		return
	}
	var rows [][]string
	for _, h := range list {
		rows = append(rows, []string{h.ID, h.LoanID, h.ValueDate.String(), h.ArrivedOn.String(), count(h.Days), amount(h.Amount), h.Currency, h.Reason})
	}
	a.table([]column{
		words("payment"), words("names the loan"), words("value date"), words("held since"), figures("days"), figures("amount"), words(""), words("reason"),
	}, rows)
}
