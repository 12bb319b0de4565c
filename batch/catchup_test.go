package batch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

const catchUpPolicy = `
format_version: 1
name: catch-up
products:
  default: {}
  late:
    late_charges:
      penalty_interest: {rate_multiplier: 1.5, on: [principal, interest], day_count: ACT/360, grace_days: 2, wait_days: 3}
      fixed_fee: {amount: 5.00, wait_days: 4}
  daily: {interest: daily, day_count: ACT/365F, method: annuity}
  ahead:
    allocation:
      - order: [penalty, fee, interest, principal]
        in_advance: next_installment
`

// catchUpLoans are loans of every product with what happens to them.
func catchUpLoans(t *testing.T, r *rand.Rand) (loans []loanFile, repayments []repaymentFile, fees []adjustmentFile) {
	for i := range 24 {
		product := []string{"default", "late", "daily", "ahead"}[i%4]
		x := aLoan(t, fmt.Sprint("L", i), "2026-01-01", "2026-02-01")
		x.Product, x.AnnualRate, x.Installments = product, r.Int64N(300_000_000), 1+int32(r.IntN(12))
		x.DisbursedOn -= int32(r.IntN(120))
		x.FirstDueOn = x.DisbursedOn + 1 + int32(r.IntN(40))
		if product != "daily" {
			x.Method = ptr([]string{"annuity", "equal_principal", "interest_only", "flat"}[r.IntN(4)])
			x.DayCount = ptr([]string{"30/360", "ACT/365F", "ACT/360", "ACT/ACT"}[r.IntN(4)])
			x.Fee = ptr(int64(r.IntN(2) * 150))
		}
		loans = append(loans, x)
		for k := range r.IntN(6) {
			p := repaymentFile{fmt.Sprint("P", i, "-", k), x.LoanID, int32(day(t, "2026-01-06")) + int32(r.IntN(60)), 1 + r.Int64N(40000), "CNY"}
			repayments = append(repayments, p)
		}
		if r.IntN(2) == 0 {
			f := adjusts(t, fmt.Sprint("F", i), x.LoanID, "fee", "2026-02-14")
			f.Amount = ptr(1 + r.Int64N(900))
			fees = append(fees, f)
		}
	}
	return loans, repayments, fees
}

// TestCatchUpEqualsNightly: one close after a gap, with all that happened meanwhile,
// ends in the tape and the balances of the nights between. What a night of its own
// leaves behind may differ: the bucket before, the score, the history.
func TestCatchUpEqualsNightly(t *testing.T) {
	seeds, first := 2, 1
	if s := os.Getenv("SEED"); s != "" {
		first, _ = strconv.Atoi(s)
		seeds = 1
	}
	for seed := first; seed < first+seeds; seed++ {
		nightly, once := newLender(t), newLender(t)
		loans, repayments, fees := catchUpLoans(t, rand.New(rand.NewPCG(uint64(seed), 8)))
		for _, l := range []*lender{nightly, once} {
			l.policy(catchUpPolicy)
			write(t, l.in("2026-01-05"), "loans-a", loans)
			l.close("2026-01-05")
		}
		last := day(t, "2026-03-11")
		for d := day(t, "2026-01-06"); d <= last; d++ {
			var today []repaymentFile
			for _, p := range repayments {
				if p.ValueDate == int32(d) {
					today = append(today, p)
				}
			}
			write(t, nightly.in(d.String()), "repayments-a", today)
			if d == day(t, "2026-02-14") {
				write(t, nightly.in(d.String()), "adjustments-a", fees)
			}
			nightly.close(d.String())
		}
		write(t, once.in(last.String()), "repayments-a", repayments)
		write(t, once.in(last.String()), "adjustments-a", fees)
		once.close(last.String())
		sameBalances(t, once, nightly, last.String())
		verifySilent(t, nightly)
		verifySilent(t, once)
		if t.Failed() {
			t.Fatalf("run again with SEED=%d", seed)
		}
	}
}

// sameBalances compares tape and trial balance of two lenders.
func sameBalances(t *testing.T, got, want *lender, date string) {
	t.Helper()
	skip := map[string]bool{"booked_on": true, "previous_bucket": true, "score": true, "score_delta": true, "history_24m": true, "reason_1": true, "reason_2": true, "reason_3": true, "reason_4": true}
	a, b := want.tape(date), got.tape(date)
	for id := range a {
		for name, value := range a[id] {
			if !skip[name] && b[id][name] != value {
				t.Errorf("%s (%s): %s is %q after a gap, %q nightly", id, a[id]["product"], name, b[id][name], value)
			}
		}
	}
	closing := func(l *lender) map[string]string {
		m := map[string]string{}
		for _, r := range l.table(date, "regulatory/trial_balance.parquet") {
			if r["closing"] != "0.00" {
				m[r["account"]+" "+r["currency"]] = r["closing"]
			}
		}
		return m
	}
	x, y := closing(got), closing(want)
	for account := range x {
		if _, ok := y[account]; !ok {
			y[account] = "0.00"
		}
	}
	for account, value := range y {
		if x[account] != value {
			t.Errorf("account %s closes with %s after a gap, %s nightly", account, x[account], value)
		}
	}
}
