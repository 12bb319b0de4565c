package main

import (
	"context"

	"daybook/batch/lookup"

	"github.com/spf13/cobra"
)

func (a *app) payoffCommand() *cobra.Command {
	on := newDateFlag()
	cmd := a.looker(cobra.Command{
		Use:   "payoff ID --on DATE --book DIR",
		Short: "Say what it takes to pay off a loan on a day, and what each further day adds",
		Long: `Payoff gives the amount that ends a loan on a day, with its parts, by all that the
book knows: a repayment of it and a settle adjustment, both of that day, leave
nothing owed and nothing over. Then it names the amounts of the ten days after.
The day may lie up to a year after the last closed night. A loan that is charged or
written off by then has no such amount.`,
	}, func(_ context.Context, r *lookup.Reader, id string) error {
		v, err := r.Payoff(id, on.Date)
		if err != nil {
			return err
		}
		a.print(v, func() { a.printPayoff(v) })
		return nil
	})
	cmd.Flags().Var(&on, "on", "the day of the payment, as 2026-11-23")
	a.completeDates(cmd, "on")
	return must(cmd, "on")
}

func (a *app) printPayoff(v *lookup.PayoffView) {
	a.printf(`loan %s in %s, paid off on %s, by what is known at the close of %s
  principal        %s
  interest         %s
  fees             %s
  penalties        %s
  settlement_fee   %s
  credit           %s
  amount           %s
  day_adds         %s
`, v.LoanID, v.Currency, v.On, v.AsOf, v.Principal, v.Interest, v.Fees, v.Penalties, v.SettlementFee, v.Credit, v.Amount, v.DayAdds)
	a.printf("\nthe days after\n")
	for _, f := range v.Following {
		a.printf("  %s  %s\n", f.On, f.Amount)
	}
}
