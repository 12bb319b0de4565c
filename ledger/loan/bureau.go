package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// UnpaidBy returns what is unpaid of instalments and charges that fell due by a day; nothing
// of a loan that was written off, of which nothing is due any more.
func (r *Run) UnpaidBy(day civil.Date) (sum money.Amount) {
	l := r.loan
	if l.Off.Kind == KindWriteOff {
		return 0
	}
	r.reach(day)
	for i := range r.items {
		if it := &r.items[i]; it.DueOn <= day {
			sum += it.Unpaid()
		}
	}
	for i := range l.Charges {
		if c := &l.Charges[i]; c.DueOn <= day {
			sum += c.Amount - c.Paid
		}
	}
	return sum
}

// LastDue returns the last due date under the terms in force.
func (r *Run) LastDue() civil.Date {
	l := r.loan
	if l.Plan == nil || r.product.DailyInterest {
		return r.dueOn(l.Terms.Installments)
	}
	last := l.Terms.FirstDueOn
	if n := len(l.Fell); n > 0 {
		last = max(last, l.Fell[n-1])
	}
	for i := range r.items {
		if it := &r.items[i]; it.No > 0 { // others are debt without a place in the schedule
			last = max(last, it.DueOn)
		}
	}
	if len(r.items) == 0 && l.Changed == nil { // settled before its end
		last = max(last, l.Terms.DueOn(l.Terms.Installments))
	}
	return last
}

// Every is how far due dates are apart: so many months, or so many days; or how many there
// are in a month.
func (f Frequency) Every() (months, days, perMonth int) {
	switch {
	case f.ofDays():
		return 0, 0, f.perMonth()
	case f < 0:
		return 0, int(-f), 0
	}
	return int(f), 0, 0
}
