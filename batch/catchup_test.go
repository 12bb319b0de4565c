package batch

import (
	"fmt"
	"math/rand/v2"
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
// ends in the tape and the balances of the nights between, also of loans that came
// meanwhile and whose first payments waited for them. What a night of its own leaves
// behind may differ, and is what the last close makes of the one before it.
func TestCatchUpEqualsNightly(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(2)
	const begin, meanwhile, beforeLast, end = "2026-01-05", "2026-01-20", "2026-03-10", "2026-03-11"
	for seed := first; seed < first+seeds; seed++ {
		nightly, once := newLender(t), newLender(t)
		all, repayments, fees := catchUpLoans(t, rand.New(rand.NewPCG(uint64(seed), 8)))
		var loans, later []loanFile
		for i, x := range all {
			if i%5 == 4 {
				later = append(later, x)
			} else {
				loans = append(loans, x)
			}
		}
		for _, l := range []*lender{nightly, once} {
			l.policy(catchUpPolicy)
			write(t, l.in(begin), "loans-a", loans)
			l.close(begin)
		}
		last := day(t, end)
		for d := day(t, begin) + 1; d <= last; d++ {
			var today []repaymentFile
			for _, p := range repayments {
				if p.ValueDate == int32(d) {
					today = append(today, p)
				}
			}
			write(t, nightly.in(d.String()), "repayments-a", today)
			if d == day(t, meanwhile) {
				write(t, nightly.in(d.String()), "loans-a", later)
			}
			if d == day(t, "2026-02-14") {
				write(t, nightly.in(d.String()), "adjustments-a", fees)
			}
			nightly.close(d.String())
		}
		write(t, once.in(end), "repayments-a", repayments)
		write(t, once.in(end), "adjustments-a", fees)
		write(t, once.in(end), "loans-a", later)
		once.close(end)
		isLater := map[string]bool{}
		for _, x := range later {
			isLater[x.LoanID] = true
		}
		sameBalances(t, once, nightly, end, func(id, column string) bool {
			// The book first has a loan on the night that brings it, and grades it from there on.
			return (column == "booked_on" || column == "score") && isLater[id] || ofOneNight[column]
		})
		ownNight(t, once, begin, end)
		ownNight(t, nightly, beforeLast, end)
		a, b := nightly.tape(end), once.tape(end)
		for id := range a {
			x, y := a[id]["history_24m"], b[id]["history_24m"]
			switch {
			case isLater[id]:
				if got := a[id]["booked_on"] + " " + b[id]["booked_on"]; got != meanwhile+" "+end {
					t.Errorf("%s: booked nightly and after a gap on %s", id, got)
				}
				if y != x[:1]+"##"+x[3:] {
					t.Errorf("%s: the history is %s after a gap, %s nightly", id, y, x)
				}
			case y != x[:1]+"#"+y[2:3]+x[3:]: // no night closed in February, and one early in January
				t.Errorf("%s: the history is %s after a gap, %s nightly", id, y, x)
			}
		}
		verifySilent(t, nightly)
		verifySilent(t, once)
		if t.Failed() {
			t.Fatalf("run again with SEED=%d", seed)
		}
	}
}

// TestQuietGap: some nights without a row, closed one by one or only the last of them,
// end in the same tape in every column. Only of a loan whose bucket or score moved on
// the way does the movement stand in another night's row.
func TestQuietGap(t *testing.T) {
	const begin, before, end = "2026-01-05", "2026-02-03", "2026-02-09"
	nightly, once := newLender(t), newLender(t)
	loans, repayments, _ := catchUpLoans(t, rand.New(rand.NewPCG(5, 8)))
	var paid []repaymentFile
	for _, p := range repayments {
		if p.ValueDate <= int32(day(t, before)) {
			paid = append(paid, p)
		}
	}
	for _, l := range []*lender{nightly, once} {
		l.policy(catchUpPolicy)
		write(t, l.in(begin), "loans-a", loans)
		l.close(begin)
		write(t, l.in(before), "repayments-a", paid)
		l.close(before)
	}
	for d := day(t, before) + 1; d < day(t, end); d++ {
		nightly.close(d.String())
	}
	nightly.close(end)
	once.close(end)
	was, now := nightly.tape(before), nightly.tape(end)
	moved, fellDue := 0, 0
	for id := range now {
		if now[id]["bucket"] != was[id]["bucket"] || now[id]["score"] != was[id]["score"] {
			moved++
		}
		if now[id]["next_due_on"] != was[id]["next_due_on"] {
			fellDue++
		}
	}
	if moved == 0 || moved == len(now) || fellDue == 0 {
		t.Errorf("of %d loans %d moved and %d had an instalment fall due", len(now), moved, fellDue)
	}
	sameBalances(t, once, nightly, end, func(id, column string) bool {
		if column == "history_24m" || now[id]["bucket"] == was[id]["bucket"] && now[id]["score"] == was[id]["score"] {
			return false
		}
		return ofOneNight[column]
	})
	ownNight(t, once, before, end)
	verifySilent(t, nightly)
	verifySilent(t, once)
}

// ofOneNight are the columns that tell of the step from one close to the next, or keep
// what such steps were.
var ofOneNight = map[string]bool{
	"previous_bucket": true, "score_delta": true, "history_24m": true, "reason_1": true, "reason_2": true, "reason_3": true, "reason_4": true,
	// What the history tells, and cures, look at closes only.
	"worst_3m": true, "worst_6m": true, "worst_12m": true, "worst_24m": true, "times_30": true, "times_60": true, "times_90": true,
	"cures": true, "last_cured_on": true, "last_cured_bucket": true,
}

// ownNight checks the columns of one night against the tape of the close before it.
func ownNight(t *testing.T, l *lender, before, date string) {
	t.Helper()
	was := l.tape(before)
	for id, row := range l.tape(date) {
		old, score := "", 600 // where the night before has no such loan
		if x := was[id]; x != nil {
			old = x["bucket"]
			score, _ = strconv.Atoi(x["score"])
		}
		if row["previous_bucket"] != old {
			t.Errorf("%s: the bucket before is %q, was %q", id, row["previous_bucket"], old)
		}
		delta, err1 := strconv.Atoi(row["score_delta"])
		now, err2 := strconv.Atoi(row["score"])
		if err1 != nil || err2 != nil || score+delta != now || (delta != 0) != (row["reason_1"] != "") {
			t.Errorf("%s: the score went from %d by %s to %s, for %q", id, score, row["score_delta"], row["score"], row["reason_1"])
		}
	}
}

// sameBalances compares tape and trial balance of two lenders, but for columns that
// may differ.
func sameBalances(t *testing.T, got, want *lender, date string, may func(id, column string) bool) {
	t.Helper()
	a, b := want.tape(date), got.tape(date)
	if len(a) != len(b) || len(a) == 0 {
		t.Errorf("%d loans after a gap, %d nightly", len(b), len(a))
	}
	for id := range a {
		if len(a[id]) != len(b[id]) {
			t.Errorf("%s: %d columns after a gap, %d nightly", id, len(b[id]), len(a[id]))
		}
		for name, value := range a[id] {
			if b[id][name] != value && !may(id, name) {
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
