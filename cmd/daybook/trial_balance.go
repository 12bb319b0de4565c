package main

import (
	"context"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) trialBalanceCommand() *cobra.Command {
	var book string
	date := newDateFlag()
	c := a.command(cobra.Command{
		Use:   "trial-balance --book DIR [--date DATE]",
		Short: "Print the GL by account and currency at the close of a night",
		Long: `Trial-balance prints each account with its balance before the night, the night's
debits and credits, and its balance at the close. Debits are positive, credits
negative; the balances of a currency sum to zero.`,
	}, func(_ context.Context, _ []string) error { return a.trialBalance(book, date.Date) })
	c.Flags().StringVar(&book, "book", "", "folder of the book")
	c.Flags().Var(&date, "date", "the night (default: the last one closed)")
	completeFolders(c, "book")
	a.completeDates(c, "date")
	return must(a.json(c), "book")
}

// trialBalanceJSON is what trial-balance --json prints.
type trialBalanceJSON struct {
	BusinessDate civil.Date        `json:"business_date"`
	Balanced     bool              `json:"balanced"`
	Accounts     []trialLine       `json:"accounts"`
	Totals       []trialLineTotals `json:"totals"`
}

type trialLine struct {
	Account  string `json:"account"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Currency string `json:"currency"`
	Opening  string `json:"opening"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Closing  string `json:"closing"`
}

type trialLineTotals struct {
	Currency string `json:"currency"`
	Opening  string `json:"opening"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Closing  string `json:"closing"`

	opening, debits, credits int64
}

func (a *app) trialBalance(dir string, d civil.Date) error {
	var v trialBalanceJSON
	err := look(dir, func(r *lookup.Reader) error {
		if d == civil.None {
			d = r.Last()
		}
		balances, err := r.Balances(d)
		if err != nil {
			return err
		}
		v = trialBalanceOf(d, balances, r.Policy.Scale)
		return nil
	})
	if err != nil {
		return err
	}
	a.print(v, func() { a.printTrialBalance(&v) })
	return nil
}

func trialBalanceOf(d civil.Date, balances []reports.Balance, scale int) trialBalanceJSON {
	v := trialBalanceJSON{BusinessDate: d, Balanced: true, Accounts: []trialLine{}, Totals: []trialLineTotals{}}
	t := reports.TrialBalance(balances, scale)
	for i := range t.Rows() {
		cell := reports.Row(t.Columns, i)
		v.Accounts = append(v.Accounts, trialLine{cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7]})
	}
	for _, b := range balances {
		k := 0
		for k < len(v.Totals) && v.Totals[k].Currency != b.Currency {
			k++
		}
		if k == len(v.Totals) {
			v.Totals = append(v.Totals, trialLineTotals{Currency: b.Currency})
		}
		v.Totals[k].opening += b.Opening
		v.Totals[k].debits += b.Debits
		v.Totals[k].credits += b.Credits
	}
	for k := range v.Totals {
		x := &v.Totals[k]
		closing := x.opening + x.debits - x.credits
		money := func(amount int64) string { return reports.Money(amount, scale, x.Currency) }
		x.Opening, x.Debits, x.Credits, x.Closing = money(x.opening), money(x.debits), money(x.credits), money(closing)
		v.Balanced = v.Balanced && x.opening == 0 && closing == 0
	}
	return v
}

func (a *app) printTrialBalance(v *trialBalanceJSON) {
	for _, total := range v.Totals {
		a.printf("%s %s\n", v.BusinessDate, total.Currency)
		var rows [][]string
		for _, l := range v.Accounts {
			if l.Currency == total.Currency {
				rows = append(rows, []string{l.Account, l.Name, l.Type, reports.Grouped(l.Opening), reports.Grouped(l.Debits),
					reports.Grouped(l.Credits), reports.Grouped(l.Closing)})
			}
		}
		a.table([]column{
			words("account"), words("name"), words("type"), figures("opening"), figures("debits"), figures("credits"), figures("closing"),
		}, rows, "", "total", "", reports.Grouped(total.Opening), reports.Grouped(total.Debits), reports.Grouped(total.Credits),
			reports.Grouped(total.Closing))
	}
}
