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
	PausedDays    int32 // of the days past due
	RegulatedDays int32 // that days past due leave out
	Missed        int32 // instalments due before the day and not wholly met
	Remaining     int32 // of a loan past due: instalments that fall due after the day
	NextDueOn     civil.Date
	NextDueAmount money.Amount
	Settled       bool // nothing is owed now or later
}

// earned returns the interest earned at the close of a day, from the beginning.
func (r *Run) earned(day civil.Date) money.Amount {
	if r.product.DailyInterest {
		return r.loan.dailyEarned()
	}
	day = r.loan.ended(day)
	r.reach(day)
	earned := r.loan.Before[Interest]
	for i := range r.items {
		earned += r.items[i].Earned(day)
	}
	return earned
}

// Accrued returns the interest earned and the instalment fees fallen due at the close of a
// day that the loan's open instalment began on or before.
func (r *Run) Accrued(day civil.Date) (interest, fees money.Amount) {
	return r.earned(day), r.fallen(day)
}

// fallen returns the instalment fees fallen due at the close of a day.
func (r *Run) fallen(day civil.Date) money.Amount {
	day = r.loan.ended(day)
	r.reach(day)
	fallen := r.loan.Before[Fee]
	for i := range r.items {
		if it := &r.items[i]; it.DueOn <= day {
			fallen += it.Due[Fee] - it.Extra[Fee]
		}
	}
	return fallen
}

// Close returns the figures at the close of a day, which the loan was advanced
// to, and moves its open instalment past those that are met.
func (r *Run) Close(day civil.Date) (f Figures) {
	l := r.loan
	f.Earned, f.Fallen = r.earned(day), r.fallen(day)
	f.Oldest = civil.None
	f.NextDueOn = civil.None
	f.Outstanding = l.owed(f.Earned, f.Fallen, l.Late.Fees, l.Late.Penalties)
	if l.Off.Kind == KindWriteOff {
		r.keep(day) // what was met before it ended
		return f
	}
	unpaid := r.pastDue(day, &f)
	if f.Oldest, f.DaysPastDue = r.daysPastDue(day); f.Oldest != civil.None {
		f.PausedDays, f.RegulatedDays = l.PausedDays(f.Oldest, day), l.RegulatedDays(f.Oldest, day)
	}
	f.NextDueOn, f.NextDueAmount = r.nextDue(day)
	if f.DaysPastDue > 0 {
		f.Remaining = r.remaining(day)
	}
	f.Settled = r.settled(f.NextDueOn, unpaid, &f.Outstanding)
	r.keep(day)
	return f
}

// settled reports whether nothing is owed now or later: nothing comes due, nothing due is
// unpaid, and no interest on the real balance is open.
func (r *Run) settled(next civil.Date, unpaid bool, owed *Sums) bool {
	return next == civil.None && !unpaid && !(r.product.DailyInterest && owed.Total() > 0)
}

// nothingToCome reports whether a loan that is owed so much at a day is settled then.
func (r *Run) nothingToCome(day civil.Date, owed *Sums) bool {
	var f Figures
	unpaid := r.pastDue(day, &f)
	next, _ := r.nextDue(day)
	return r.settled(next, unpaid, owed)
}

// keep leaves in the loan what the next night starts from.
func (r *Run) keep(day civil.Date) {
	if len(r.loan.Late.Items) > 0 {
		r.dropLate()
	}
	r.pop(day)
}

// pastDue adds up what is past due on a day, and reports whether anything due by
// it is unpaid.
func (r *Run) pastDue(day civil.Date, f *Figures) (unpaid bool) {
	for i := range r.items {
		it := &r.items[i]
		if it.DueOn > day {
			break
		}
		left := it.Unpaid()
		if left == 0 {
			continue
		}
		unpaid = true
		if it.DueOn < day {
			f.PastDue += left
			if !r.met(it) {
				f.Missed++
			}
		}
	}
	for i := range r.loan.Charges {
		c := &r.loan.Charges[i]
		unpaid = true
		if c.DueOn < day {
			f.PastDue += c.Amount - c.Paid
		}
	}
	return unpaid
}

// nextDue returns the first instalment after a day with something to pay.
func (r *Run) nextDue(day civil.Date) (civil.Date, money.Amount) {
	for i := 0; ; i++ {
		if i == len(r.items) && !r.generate() {
			break
		}
		if it := &r.items[i]; it.DueOn > day {
			if unpaid := it.Unpaid(); unpaid > 0 {
				return it.DueOn, unpaid
			}
		}
	}
	if r.product.DailyInterest {
		return r.dailyNext()
	}
	return civil.None, 0
}

// remaining counts the instalments of the schedule that fall due after a day.
func (r *Run) remaining(day civil.Date) (n int32) {
	for i := range r.items {
		if r.items[i].DueOn > day {
			n++
		}
	}
	if r.loan.Plan == nil && !r.product.DailyInterest {
		n += r.loan.Terms.Installments - (r.next.No - 1) // those that nothing has asked for
	}
	return n
}

// pop moves the open instalment past those due by a day, while the loan earns, and wholly
// met.
func (r *Run) pop(day civil.Date) {
	l, n := r.loan, 0
	day = l.ended(day)
	for n < len(r.items) && r.items[n].DueOn <= day && r.items[n].Unpaid() == 0 {
		it := &r.items[n]
		for c := range it.Due {
			l.Before[c] += it.Due[c] - it.Extra[c]
		}
		l.Before[Interest] += it.More
		switch {
		case r.product.DailyInterest: // it stands where the last instalment fell due
		case l.Plan == nil:
			l.Open = Cursor{No: it.No + 1, From: it.DueOn, Balance: l.Open.Balance - it.Due[Principal]}
		default:
			l.Open.From = it.DueOn
		}
		if l.Plan != nil && it.No > 0 && !r.product.DailyInterest {
			l.fell(it.DueOn)
		}
		n++
	}
	if r.Past != nil {
		*r.Past = append(*r.Past, r.items[:n]...)
	}
	r.items = r.items[n:]
	if l.Plan != nil {
		l.Plan = append(l.Plan[:0], r.items...)
	}
}

// Items returns the instalments from the open one on, as far as they were
// generated; valid until the run starts again.
func (r *Run) Items() []Installment { return r.items }

// fell notes a due date of an explicit plan that the loan was moved past. The list is made
// anew each time: a copy of the loan may have the old one.
func (l *Loan) fell(due civil.Date) {
	if n := len(l.Fell); n > 0 && l.Fell[n-1] >= due {
		return
	}
	from := max(len(l.Fell)+1-FellMax, 0)
	l.Fell = append(append(make([]civil.Date, 0, FellMax), l.Fell[from:]...), due)
}
