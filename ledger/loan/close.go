package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Figures are a loan's figures at the close of a day, as the tape shows them.
type Figures struct {
	Earned        money.Amount // interest, from the beginning
	Fallen        money.Amount // instalment fees fallen due, from the beginning
	Outstanding   Sums
	PastDue       money.Amount // unpaid of everything due before the day
	Oldest        civil.Date   // due date of the oldest unpaid instalment, or civil.None
	DaysPastDue   int32
	Missed        int32 // instalments due before the day and not wholly met
	NextDueOn     civil.Date
	NextDueAmount money.Amount
	Settled       bool // nothing is owed now or later
}

// Close returns the figures at the close of a day, after all credit was applied
// up to it, and moves the loan's open instalment past those that are met.
func (r *Run) Close(day civil.Date) (f Figures) {
	r.reach(day)
	l := r.loan
	f.Earned, f.Fallen = l.Before[Interest], l.Before[Fee]
	for i := range r.items {
		it := &r.items[i]
		f.Earned += it.Earned(day)
		if it.DueOn > day {
			continue
		}
		f.Fallen += it.Due[Fee]
		if it.DueOn < day {
			if unpaid := it.Unpaid(); unpaid > 0 {
				f.PastDue += unpaid
				f.Missed++
			}
		}
	}
	for i := range l.Charges {
		if c := &l.Charges[i]; c.DueOn < day {
			f.PastDue += c.Amount - c.Paid
		}
	}
	if f.Oldest = r.Oldest(day); f.Oldest != civil.None {
		f.DaysPastDue = int32(day - f.Oldest)
	}
	f.Outstanding = Sums{
		l.PrincipalOutstanding(), f.Earned - l.Paid[Interest], f.Fallen + l.Charged[Fee] - l.Paid[Fee],
		l.Charged[Penalty] - l.Paid[Penalty],
	}
	f.NextDueOn, f.NextDueAmount = r.nextDue(day)
	f.Settled = f.NextDueOn == civil.None && f.Outstanding.Total() == 0
	r.pop(day)
	return f
}

// nextDue returns the first instalment after a day with something to pay.
func (r *Run) nextDue(day civil.Date) (civil.Date, money.Amount) {
	for i := 0; ; i++ {
		if i == len(r.items) && (r.loan.Plan != nil || !r.generate()) {
			return civil.None, 0
		}
		if it := &r.items[i]; it.DueOn > day {
			if unpaid := it.Unpaid(); unpaid > 0 {
				return it.DueOn, unpaid
			}
		}
	}
}

// pop moves the open instalment past those due by a day and wholly met.
func (r *Run) pop(day civil.Date) {
	l, n := r.loan, 0
	for n < len(r.items) && r.items[n].DueOn <= day && r.items[n].Unpaid() == 0 {
		it := &r.items[n]
		for c := range it.Due {
			l.Before[c] += it.Due[c]
		}
		l.Open = Cursor{No: it.No + 1, From: it.DueOn, Balance: l.Open.Balance - it.Due[Principal]}
		n++
	}
	r.items = r.items[n:]
	if l.Plan != nil {
		l.Plan = append(l.Plan[:0], r.items...)
	}
}

// Items returns the instalments from the open one on, as far as they were
// generated; valid until the run starts again.
func (r *Run) Items() []Installment { return r.items }
