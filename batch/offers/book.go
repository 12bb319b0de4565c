package offers

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/reports"
)

// What is booked: the rows of the two files.
type booking struct {
	adjustments, schedules *reports.Table
	offer                  *offer
	rows                   int // of the offer, so far
}

// book returns the rows that book the offers of a night; a settlement was paid on a day.
func (n *night) book(paidOn civil.Date) (adjustments, schedules *reports.Table) {
	b := booking{
		adjustments: &reports.Table{Name: "adjustments", Columns: []reports.Column{
			{Name: "adjustment_id", Kind: reports.Text}, {Name: "loan_id", Kind: reports.Text}, {Name: "kind", Kind: reports.Coded},
			{Name: "value_date", Kind: reports.Date}, {Name: "amount", Kind: reports.Amount, Digits: n.digits, Optional: true},
			{Name: "component", Kind: reports.Coded, Optional: true}, {Name: "until", Kind: reports.Date, Optional: true},
			{Name: "installments", Kind: reports.Number, Optional: true}, {Name: "annual_rate", Kind: reports.Rate, Digits: n.rateDigits, Optional: true},
			{Name: "frequency", Kind: reports.Coded, Optional: true}, {Name: "first_due_on", Kind: reports.Date, Optional: true},
			{Name: "choice", Kind: reports.Coded, Optional: true}, {Name: "reason", Kind: reports.Text},
		}},
		schedules: &reports.Table{Name: "schedules", Columns: []reports.Column{
			{Name: "loan_id", Kind: reports.Text}, {Name: "number", Kind: reports.Number}, {Name: "due_on", Kind: reports.Date},
			{Name: "principal", Kind: reports.Amount, Digits: n.digits}, {Name: "interest", Kind: reports.Amount, Digits: n.digits},
			{Name: "earned", Kind: reports.Coded},
		}},
	}
	for _, o := range n.offers {
		b.offer, b.rows = o, 0
		switch o.kind {
		case pause:
			b.adjust(row{kind: "pause", until: o.until, choice: "shift"})
		case penaltyWaiver:
			b.waive(penalty, o.waived)
		case interestWaiver:
			b.waive(interest, o.waived)
		case settlement:
			b.settle(paidOn)
		default:
			b.waive(penalty, o.waived)
			b.restructure(o.rate, o.lines)
		}
	}
	return b.adjustments, b.schedules
}

// A row is an adjustment; what is nothing is null.
type row struct {
	kind, component, choice, frequency string
	amount                             int64
	until, firstDueOn                  civil.Date
	installments                       int
	rate                               int64 // noRate is null
}

const noRate = reports.Null

// adjust adds an adjustment of the offer.
func (b *booking) adjust(r row) {
	b.rows++
	word := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	number := func(v int64) any {
		if v == 0 {
			return nil
		}
		return v
	}
	date := func(d civil.Date) any {
		if d == 0 {
			return nil
		}
		return d
	}
	rate := any(r.rate)
	if r.kind != "restructure" || r.rate == noRate {
		rate = nil
	}
	b.adjustments.Append(fmt.Sprintf("%s-%d", b.offer.id, b.rows), b.offer.loan, r.kind, b.offer.valueDate, number(r.amount), word(r.component),
		date(r.until), number(int64(r.installments)), rate, word(r.frequency), date(r.firstDueOn), word(r.choice), "offer:"+b.offer.id)
}

// waive forgives an amount of a component, if any.
func (b *booking) waive(component int, amount int64) {
	if amount <= 0 {
		return
	}
	r := row{kind: "waiver", component: componentNames[component], amount: amount}
	if component == principal {
		r.choice = "principal_forgiveness"
	}
	b.adjust(r)
}

// restructure gives the loan the instalments of a plan.
func (b *booking) restructure(rate int64, lines []line) {
	b.adjust(row{kind: "restructure", choice: "plan", installments: len(lines), firstDueOn: lines[0].dueOn, rate: rate, frequency: "1M"})
	for _, l := range lines {
		b.schedules.Append(b.offer.loan, l.number, l.dueOn, l.principal, l.interest, "line")
	}
}

// settle forgives what a settlement forgives: penalties first, then fees, interest and
// principal. What is left falls due on the day on which it was paid, in one instalment
// without further interest, so that the payment ends the loan.
func (b *booking) settle(paidOn civil.Date) {
	left, owed := b.offer.forgiven, b.offer.owed
	for c := range owed {
		part := min(left, max(owed[c], 0))
		b.waive(c, part)
		left, owed[c] = left-part, owed[c]-part
	}
	b.restructure(noRate, []line{{number: 1, dueOn: paidOn, principal: owed[principal]}})
}
