package loan

import (
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// deferredLoan is a loan of 300.00 in three lines of 30 days each with 9.00 of interest in
// all, due with one of them and earned evenly: 3.00 in each period.
func deferredLoan(asks int) (*Loan, []Installment) {
	from := civil.Of(2026, 1, 1)
	l := &Loan{ID: []byte("L"), Terms: Terms{Principal: 30000, DisbursedOn: from, FirstDueOn: from + 30, Installments: 3, Frequency: -30, Method: Zero, DayCount: civil.Act365F}}
	var plan []Installment
	for k := range int32(3) {
		plan = append(plan, Installment{No: k + 1, From: from, DueOn: from + 30, Due: [Fee + 1]money.Amount{10000}})
		from += 30
	}
	plan[asks].Due[Interest] = 900
	EarnEven.Earn(plan, l.Terms.DisbursedOn)
	return l, plan
}

// TestInterestThatIsNotEarnedWithItsLine: what ends a plan or changes it on day 45, where
// 4.50 are earned, of interest that fell due before it was earned or falls due after.
func TestInterestThatIsNotEarnedWithItsLine(t *testing.T) {
	pays := func(day int, amount money.Amount) Event {
		return Event{Kind: KindRepayment, ValueDate: civil.Date(day), Amount: amount}
	}
	event := func(k Kind, choice Choice, amount money.Amount) Event {
		return Event{Kind: k, ValueDate: 45, Choice: choice, Amount: amount, Component: Interest, Installments: 1}
	}
	type interest struct{ paid, waived, owed, credit, off, later money.Amount }
	for _, c := range []struct {
		name   string
		asks   int
		events []Event
		want   interest // later: what is earned in the end
	}{
		// Of the 9.00 that were paid 4.50 are credit, which nothing due can take.
		{"charged off, paid before it was earned", 0, []Event{pays(30, 10900), event(KindChargeOff, 0, 0)}, interest{450, 0, 0, 450, 20000, 900}},
		// The first line is unpaid: nothing was paid that could come back.
		{"charged off, due before it was earned", 0, []Event{event(KindChargeOff, 0, 0)}, interest{0, 0, 450, 0, 30450, 900}},
		// 100.00 of principal and 3.00 of interest of the first line are paid.
		{"charged off, paid in part", 0, []Event{pays(30, 10300), event(KindChargeOff, 0, 0)}, interest{300, 0, 150, 0, 20150, 900}},
		// All is paid ahead; the 4.50 that are earned stay paid though the last line asks for them.
		{"charged off, paid before it falls due", 2, []Event{pays(30, 30900), event(KindChargeOff, 0, 0)}, interest{450, 0, 0, 450, 0, 900}},
		{"settled, paid before it was earned", 0, []Event{pays(30, 10900), pays(45, 19550), event(KindSettle, 0, 0)}, interest{450, 0, 0, 0, 0, 450}},
		{"settled, due later", 2, []Event{pays(30, 10000), pays(45, 20450), event(KindSettle, 0, 0)}, interest{450, 0, 0, 0, 0, 450}},
		// It was due: the terms that follow earn it.
		{"extended, paid before it was earned", 0, []Event{pays(30, 10900), event(KindRestructure, Extend, 0)}, interest{900, 0, -450, 0, 0, 900}},
		{"extended, due before it was earned", 0, []Event{event(KindRestructure, Extend, 0)}, interest{0, 0, 450, 0, 0, 900}},
		{"reamortized, paid before it was earned", 0, []Event{pays(30, 10900), event(KindRestructure, Reamortize, 0)}, interest{900, 0, -450, 0, 0, 900}},
		{"reamortized, due later", 2, []Event{pays(30, 10000), event(KindRestructure, Reamortize, 0)}, interest{0, 0, 450, 0, 0, 450}},
		// All principal is paid: 4.50 that no period earns any more come back.
		{"prepaid, paid before it was earned", 0, []Event{pays(30, 10900), event(KindPrepay, ShorterTerm, 20000)}, interest{450, 0, 0, 450, 0, 450}},
		{"prepaid in part, paid before it was earned", 0, []Event{pays(30, 10900), event(KindPrepay, ShorterTerm, 5000)}, interest{900, 0, -450, 0, 0, 900}},
		// 3.00 of the last line are waived, and stay so where all of what is earned falls due now.
		{"prepaid, waived before it falls due", 2, []Event{pays(30, 10000), event(KindWaiver, 0, 300), event(KindPrepay, ShorterTerm, 20000)}, interest{0, 300, 150, 0, 0, 450}},
		{"waived, paid before it was earned", 0, []Event{pays(30, 10900), event(KindWaiver, 0, 300)}, interest{900, 0, -450, 0, 0, 900}},
	} {
		p := &Product{Name: "p", TierFrom: []int32{0}, Allocation: []AllocationRule{{AboveDays: -1, Order: [Components]Component{Principal, Interest, Fee, Penalty}, InAdvance: HoldAsCredit}}}
		if c.name == "charged off, paid before it falls due" {
			p.Allocation[0].InAdvance = NextInstallment
		}
		l, plan := deferredLoan(c.asks)
		l.Begin(plan)
		var run Run
		run.Start(l, p, &Log{})
		for i := range c.events {
			e := c.events[i]
			e.ID, e.ValueDate, e.Rate = []byte{'A' + byte(i)}, l.Terms.DisbursedOn+e.ValueDate, -1
			run.Again(&e)
		}
		day := l.Terms.DisbursedOn + 45
		run.Advance(day)
		earned := run.earned(day)
		got := interest{l.Paid[Interest], l.Waived[Interest], l.owed(earned, 0, 0, 0)[Interest], l.Credit, l.Off.Amount, run.earned(day + 400)}
		if got != c.want || earned != 450 {
			t.Errorf("%s: %+v, want %+v; %d earned of 450", c.name, got, c.want, earned)
		}
	}
}
