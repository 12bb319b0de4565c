package batch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
)

// loanOf is the case's loan, with explicit instalments where it has a down payment.
func loanOf(t *testing.T, p *caseProduct, on string) (loanFile, []scheduleFile) {
	f := loanFile{LoanID: "L", BorrowerID: "B", Product: "default", Currency: "EUR", Principal: amountOf(t, p.Principal),
		DisbursedOn: int32(day(t, on)), Installments: int32(p.Number), Method: ptr("annuity"), DayCount: ptr("30/360")}
	disbursed := civil.Date(f.DisbursedOn)
	due := func(k int) int32 {
		if p.Period.Unit == "days" {
			return int32(disbursed) + int32(k*p.Period.Every)
		}
		_, _, d := disbursed.Split()
		return int32(disbursed.AddMonths(k*p.Period.Every, d))
	}
	f.FirstDueOn, f.Frequency = due(1), ptr(frequency(p.Period.Every, p.Period.Unit))
	if p.Interest.Annual != "" {
		f.AnnualRate = amountOf(t, p.Interest.Annual) * 100_000
	}
	if p.Interest.Monthly != "" {
		f.AnnualRate = amountOf(t, p.Interest.Monthly) * 12 * 100_000
	}
	if p.Interest.Method == "flat" && f.AnnualRate != 0 {
		f.Method = ptr("flat")
	}
	if p.Interest.Period == "daily" && p.Interest.DayCount == "actual/actual" {
		f.DayCount = ptr("ACT/ACT")
	}
	if p.Down == nil {
		return f, nil
	}
	down := f.Principal * p.Down.Percent / 100
	rows := []scheduleFile{{"L", 1, f.DisbursedOn, down, 0}}
	rest := f.Principal - down
	for k := 1; k <= p.Number; k++ {
		part := rest / int64(p.Number-k+1)
		rows = append(rows, scheduleFile{"L", int32(k + 1), due(k), part, 0})
		rest -= part
	}
	f.Installments++
	return f, rows
}

// A delivery is the files of a case's nights.
type delivery struct {
	t           *testing.T
	c           *servicingCase
	nights      map[string]bool
	repayments  map[string][]repaymentFile
	adjustments map[string][]adjustmentFile
}

// deliver puts a case's events into the files of their nights, and returns the
// nights in order.
func deliver(t *testing.T, l *lender, c *servicingCase) []string {
	d := &delivery{t, c, map[string]bool{c.AsOf: true}, map[string][]repaymentFile{}, map[string][]adjustmentFile{}}
	start := c.AsOf
	if c.Product.Disburse != "" {
		start = c.Product.Disburse
	}
	for i := range c.Events {
		switch e := &c.Events[i]; e.Type {
		case "disbursement":
			start = e.Date
		case "daily_batch":
			d.nights[e.Date] = true
		case "repayment", "down_payment", "payout_refund":
			d.repayment(e)
		default:
			d.adjustment(e)
		}
	}
	d.nights[start] = true
	f, plan := loanOf(t, &c.Product, start)
	write(t, l.in(start), "loans-1", []loanFile{f})
	if plan != nil {
		write(t, l.in(start), "schedules-1", plan)
	}
	for night, rows := range d.repayments {
		write(t, l.in(night), "repayments-1", rows)
	}
	for night, rows := range d.adjustments {
		write(t, l.in(night), "adjustments-1", rows)
	}
	return slices.Sorted(maps.Keys(d.nights))
}

func (d *delivery) repayment(e *caseEvent) {
	night, amount := cmp.Or(e.Recorded, e.Date), e.Amount
	if e.Payoff {
		// What it takes is for the system to say.
		amount = payoff(d.t, d.c, e)
		d.add(night, adjusts(d.t, e.id()+"-settle", "L", "settle", e.Date))
	}
	d.repayments[night] = append(d.repayments[night], repaymentFile{e.id(), "L", int32(day(d.t, e.Date)), amountOf(d.t, amount), "EUR"})
	d.nights[night] = true
}

// adjustment delivers what the source did to a loan as the rows that say the same here.
func (d *delivery) adjustment(e *caseEvent) {
	// A charge comes on the day on which it falls due, a pause on its first day.
	night := max(cmp.Or(e.Recorded, e.Date), e.Due, e.Start)
	a := adjusts(d.t, e.id(), "L", e.Type, max(e.Date, e.Due))
	if e.Amount != "" {
		a.Amount = ptr(amountOf(d.t, e.Amount))
	}
	if e.Of != nil {
		a.TargetID = ptr(d.c.Events[*e.Of].id())
	}
	switch e.Type {
	case "charge_added":
		a.Kind = e.Kind
		if e.Percent != "" {
			a.Amount = ptr(d.c.Product.principalAndInterest(d.t) * amountOf(d.t, e.Percent) / 10000)
		}
	case "goodwill_credit", "merchant_issued_refund":
		a.Kind = "goodwill"
	case "credit_balance_refund":
		a.Kind = "refund"
	case "charge_off_reversal":
		a.Kind = "reversal"
	case "reage", "reamortize":
		a.Kind, a.Choice = "restructure", ptr(e.Type)
		if e.Type == "reage" {
			a.Installments, a.FirstDueOn, a.Frequency = ptr(e.Number), ptr(int32(day(d.t, e.FirstDue))), ptr(frequency(e.Every, e.Unit))
		}
	case "delinquency_pause":
		// The source's days past due go on in a pause: it is the lender's own.
		a.Kind, a.ValueDate, a.Until = "pause", int32(day(d.t, e.Start)), ptr(int32(day(d.t, e.End)))
	case "delinquency_resume":
		// The pause that it cuts short is taken back, and one comes that ends here.
		p := d.pauseBefore(e)
		a.Kind, a.TargetID = "reversal", ptr(p.id())
		shorter := adjusts(d.t, e.id()+"-pause", "L", "pause", p.Start)
		shorter.Until = ptr(a.ValueDate)
		d.add(night, shorter)
	}
	if night > d.c.AsOf {
		d.t.Logf("%s: event %d lies after the case's end", d.c.ID, e.Index)
		return
	}
	d.add(night, a)
}

func (d *delivery) add(night string, a adjustmentFile) {
	d.adjustments[night] = append(d.adjustments[night], a)
	d.nights[night] = true
}

// pauseBefore is the last pause before an event.
func (d *delivery) pauseBefore(e *caseEvent) *caseEvent {
	for i := e.Index - 1; i >= 0; i-- {
		if p := &d.c.Events[i]; p.Type == "delinquency_pause" {
			return p
		}
	}
	d.t.Fatalf("%s: event %d resumes what is not paused", d.c.ID, e.Index)
	return nil
}

func (e *caseEvent) id() string { return fmt.Sprint("e", e.Index) }

// frequency is that of periods as the source states them.
func frequency(every int, unit string) string {
	return fmt.Sprint(every, map[string]string{"days": "D", "months": "M"}[unit])
}

// principalAndInterest is all that a loan costs by its contract; only flat interest is
// known before there is a schedule.
func (p *caseProduct) principalAndInterest(t *testing.T) int64 {
	principal := amountOf(t, p.Principal)
	if p.Interest.Method != "flat" || p.Interest.Annual == "" || p.Period.Unit != "months" {
		return principal
	}
	return principal + principal*amountOf(t, p.Interest.Annual)*int64(p.Number*p.Period.Every)/12/10000
}

// payoff is what pays the loan off on the day of an event, as a book says that closes
// the nights before it.
func payoff(t *testing.T, c *servicingCase, e *caseEvent) string {
	before := c.until(e.Index-1, e.Date)
	l := newLender(t)
	l.policy(policyOf(c))
	for _, night := range deliver(t, l, before) {
		l.close(night)
	}
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Payoff("L", day(t, e.Date))
	if err != nil {
		t.Fatal(err)
	}
	return p.Amount
}
