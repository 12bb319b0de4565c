package main

import (
	"context"

	"daybook/batch"

	"github.com/spf13/cobra"
)

func (a *app) showSuspenseCommand() *cobra.Command {
	var book string
	var asJSON bool
	cmd := a.command(cobra.Command{
		Use:   "suspense --book DIR",
		Short: "List the payments that fit no loan, the oldest first",
		Long: `Suspense lists the money that is held: because no loan has the id that it names,
or because its loan refuses it, for the reason shown. Each night tries it again;
an adjustment of the kind release sends it to a loan or, with the choice return,
back.`,
		Args: cobra.NoArgs,
	}, func(context.Context, []string) error {
		return look(book, func(r *batch.Reader) error {
			list, err := r.Suspense()
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(struct {
					Held []batch.SuspenseView `json:"held"`
				}{list})
			}
			return a.printSuspense(list)
		})
	})
	cmd.Flags().StringVar(&book, "book", "", "folder of the book")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON object")
	return must(cmd, "book")
}

func (a *app) printSuspense(list []batch.SuspenseView) error {
	if len(list) == 0 {
		return a.printf("nothing is held\n")
	}
	var rows [][]string
	for _, h := range list {
		rows = append(rows, []string{h.ID, h.LoanID, h.ValueDate.String(), h.ArrivedOn.String(), count(h.Days), amount(h.Amount), h.Currency, h.Reason})
	}
	return writeTable(a.stdout, []column{
		words("payment"), words("names the loan"), words("value date"), words("held since"), figures("days"), figures("amount"), words(""), words("reason"),
	}, rows)
}
