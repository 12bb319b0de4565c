package main

import (
	"context"
	"strconv"
	"strings"

	"daybook/batch/lookup"
	"daybook/ledger/civil"

	"github.com/spf13/cobra"
)

func (a *app) showLoanCommand() *cobra.Command {
	asOf := newDateFlag()
	known := "now"
	cmd := a.looker(cobra.Command{
		Use:   "loan ID --book DIR [--as-of DATE [--known now|then]]",
		Short: "Show a loan: contract, balances, schedule and history",
		Long: `Loan shows a loan at the last close: its contract, balances, schedule with what
is due and paid, and history with the running balance. With --as-of it gives the
balances and days past due of an earlier day instead: by all that is known now of
the time up to it or, with --known then, by what the nights up to it had brought.`,
	}, func(_ context.Context, r *lookup.Reader, id string) error {
		if known != "now" && known != "then" {
			return wrongUsage("now is with later corrections, then without", "--known is now or then, not %q", known)
		}
		if asOf.Date != civil.None {
			v, err := r.AsOf(id, asOf.Date, known == "then")
			if err != nil {
				return err
			}
			a.print(v, func() { a.printAsOf(v) })
			return nil
		}
		v, err := r.Loan(id)
		if err != nil {
			return err
		}
		a.print(v, func() { a.printLoan(v) })
		return nil
	})
	cmd.Flags().Var(&asOf, "as-of", "a day up to the last closed night, as 2026-11-23")
	cmd.Flags().StringVar(&known, "known", known, "now, or then: what nights up to --as-of had brought")
	a.completeDates(cmd, "as-of")
	complete(cmd, "known", []string{"now", "then"})
	return cmd
}

func (a *app) printAsOf(v *lookup.BalanceView) {
	a.printf(`loan %s in %s at the close of %s, as known %s
  principal_outstanding   %s
  interest_outstanding    %s
  fees_outstanding        %s
  penalties_outstanding   %s
  total_outstanding       %s
  past_due_amount         %s
  credit_balance          %s
  oldest_unpaid_due_on    %s
  days_past_due           %d
  installments_missed     %d
`, v.LoanID, v.Currency, v.AsOf, v.Known, v.Principal, v.Interest, v.Fees, v.Penalties, v.Total, v.PastDue, v.Credit, v.Oldest,
		v.DaysPastDue, v.Missed)
}

// The tape's columns, as a person reads them.
var (
	contractColumns = []string{"borrower_id", "product", "region", "method", "principal", "annual_rate", "day_count", "installments",
		"disbursed_on", "first_due_on", "booked_on"}
	balanceColumns = []string{"principal_outstanding", "interest_outstanding", "interest_suspended", "fees_outstanding",
		"penalties_outstanding", "total_outstanding", "past_due_amount", "credit_balance"}
	standingColumns = []string{"status", "bucket", "previous_bucket", "days_past_due", "installments_missed", "oldest_unpaid_due_on",
		"next_due_on", "next_due_amount", "last_paid_on", "last_paid_amount", "classification", "stage", "accrual", "score", "score_delta",
		"reason_1", "reason_2", "reason_3", "reason_4", "history_24m"}
)

func (a *app) printLoan(v *lookup.LoanView) {
	a.printf("loan %s in %s at the close of %s\n", v.LoanID, v.Tape.Get("currency"), v.AsOf)
	for _, part := range []struct {
		title   string
		columns []string
	}{{"contract", contractColumns}, {"balances", balanceColumns}, {"standing", standingColumns}} {
		a.printf("\n%s\n", part.title)
		for _, name := range part.columns {
			if text := v.Tape.Get(name); text != "" {
				a.printf("  %-23s %s\n", name, text)
			}
		}
	}
	a.printf("\nschedule\n")
	a.printSchedule(v)
	a.printCharges(v)
	a.printHistory(v)
}

func (a *app) printSchedule(v *lookup.LoanView) {
	var rows [][]string
	for _, s := range v.Schedule {
		rows = append(rows, []string{
			strconv.Itoa(int(s.Number)), s.DueOn.String(), amount(s.Principal), amount(s.PrincipalPaid), amount(s.Interest),
			amount(s.InterestPaid), amount(s.Fee), amount(s.FeePaid), amount(s.Total), amount(s.Unpaid), strings.ReplaceAll(s.State, "_", " "),
		})
	}
	a.table([]column{
		figures("no"), words("due on"), figures("principal"), figures("paid"), figures("interest"), figures("paid"), figures("fee"),
		figures("paid"), figures("total"), figures("unpaid"), words(""),
	}, rows)
}

// printCharges prints what is rare: open charges and money in suspense.
func (a *app) printCharges(v *lookup.LoanView) {
	if len(v.Charges) > 0 {
		var rows [][]string
		for _, c := range v.Charges {
			rows = append(rows, []string{c.ID, c.Component, c.DueOn.String(), amount(c.Amount), amount(c.Paid)})
		}
		a.printf("\nopen charges\n")
		a.table([]column{words("id"), words("component"), words("due on"), figures("amount"), figures("paid")}, rows)
	}
	for _, h := range v.Held {
		a.printf("\nin suspense: %s %s, %s of %s, arrived %s (%s)\n", h.Amount, h.Currency, h.ID, h.ValueDate, h.ArrivedOn, h.Reason)
	}
}

func (a *app) printHistory(v *lookup.LoanView) {
	a.printf("\nhistory: what each entry moved, and what the books carry after it\n")
	var rows [][]string
	for _, h := range v.History {
		id, kind, value := "", h.Kind, h.ValueDate.String()
		if h.EntryID != 0 {
			id = strconv.FormatInt(h.EntryID, 10)
		} else {
			kind, value = "accrued till then", ""
		}
		rows = append(rows, []string{
			h.BusinessDate.String(), value, kind, h.SourceID, amount(h.Principal), amount(h.Interest), amount(h.Fees),
			amount(h.Penalties), amount(h.Credit), amount(h.Balance), id,
		})
	}
	a.table([]column{
		words("night"), words("value date"), words("kind"), words("source"), figures("principal"), figures("interest"), figures("fees"),
		figures("penalties"), figures("credit"), figures("balance"), figures("entry"),
	}, rows)
}
