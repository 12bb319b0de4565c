package loan_test

import (
	"fmt"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

func small() loan.Terms {
	return loan.Terms{
		Principal: 90_000, Rate: 120_000_000, // 900.00 at 12 % a year
		DisbursedOn: civil.Of(2026, 1, 15), FirstDueOn: civil.Of(2026, 2, 15), Installments: 3,
		Frequency: loan.Monthly, Method: loan.EqualPrincipal, DayCount: civil.Thirty360,
	}
}

// A schedule is a function of the terms.
func ExampleTerms_Schedule() {
	terms := small()
	for _, i := range terms.Schedule(nil) {
		fmt.Printf("%d %s principal %s interest %s\n", i.No, i.DueOn, i.Due[loan.Principal].Text(2), i.Due[loan.Interest].Text(2))
	}
	// Output:
	// 1 2026-02-15 principal 300.00 interest 9.00
	// 2 2026-03-15 principal 300.00 interest 6.00
	// 3 2026-04-15 principal 300.00 interest 3.00
}

// An event is applied to a loan, and what it moves is posted to the log.
func ExampleRun() {
	l := &loan.Loan{ID: []byte("L1"), Terms: small()}
	l.Begin(nil)
	product := &loan.Product{Allocation: loan.DefaultAllocation()}
	var run loan.Run
	var log loan.Log
	run.Start(l, product, &log)
	day := civil.Of(2026, 2, 15)
	reason := run.Apply(&loan.Event{Kind: loan.KindRepayment, ID: []byte("P1"), ValueDate: day, Amount: 30_500})
	fmt.Println(reason == loan.OK)
	figures := run.Close(civil.Of(2026, 2, 20))
	fmt.Println("past due", figures.PastDue.Text(2), "since", figures.Oldest, "for", figures.DaysPastDue, "days")
	chart := ledger.DefaultChart()
	for i := range log.Len() {
		e := log.Entry(i)
		for _, p := range e.Postings {
			fmt.Println(e.Kind, chart[p.Role].Name, p.Amount.Text(2))
		}
	}
	// Output:
	// true
	// past due 4.00 since 2026-02-15 for 5 days
	// repayment cash_clearing 305.00
	// repayment interest_receivable -9.00
	// repayment loan_principal -296.00
}
