package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Day is a life at the close of a day, for who classifies the loan.
type Day struct {
	On civil.Date
	// Through is the last day at whose close all of this holds too: from then on to it
	// nothing is unpaid, and nothing happens. It is On where something is unpaid.
	Through     civil.Date
	Oldest      civil.Date // due date of the oldest instalment that is not wholly met, or civil.None
	DaysPastDue int32
	Paused      int32        // of them
	PastDue     money.Amount // unpaid of everything due before the day
	Principal   money.Amount // outstanding
	Unmet       bool         // an instalment that falls due on the day is not wholly met at its close
	Restructured
}

// A Watch has each day of a life told to somebody who classifies the loan, in their order
// and once each, whatever nights have closed it.
type Watch struct {
	On   civil.Date // told up to here
	Tell func(d *Day)
	day  Day // that is told of
}

// Begin begins behind the close of a day.
func (w *Watch) Begin(day civil.Date) { w.On = day }

// watchTo brings the loan to the closes of the days up to one, and tells of each.
func (r *Run) watchTo(day civil.Date) {
	for r.Watch != nil && r.Watch.On < day {
		next := r.Watch.On + 1
		r.advanceTo(next)
		if r.markDaily() {
			r.markUntil(next)
		}
		r.watchDay(day)
	}
}

// watched tells of the days before one on which the loan is about to be changed, to which
// it was brought already.
func (r *Run) watched(day civil.Date) {
	for r.Watch != nil && r.Watch.On < day-1 {
		r.watchDay(day - 1)
	}
}

// watchDay tells of the day behind those that were told of, and of as many after it, up to
// a day, as it stands for.
func (r *Run) watchDay(until civil.Date) {
	l, rules, d := r.loan, r.product, &r.Watch.day
	*d = Day{On: r.Watch.On + 1, Oldest: civil.None, Restructured: l.Restructured}
	d.Through = d.On
	if l.Off.Kind == KindWriteOff {
		d.Through = until
	} else {
		r.product = r.latest.at(d.On)
		r.reach(d.On)
		var f Figures
		unpaid := r.pastDue(d.On, &f)
		d.PastDue, d.Principal = f.PastDue, l.PrincipalOwed()
		d.Oldest, d.DaysPastDue = r.daysPastDue(d.On)
		if d.Oldest != civil.None {
			d.Paused = l.PausedDays(d.Oldest, d.On)
		}
		d.Unmet = r.UnmetOn(d.On)
		if !unpaid && d.Oldest == civil.None {
			d.Through = max(r.quietUntil(d.On, until), d.On)
		}
		r.product = rules
	}
	r.Watch.Tell(d)
	r.Watch.On = d.Through
	if d.Through > d.On {
		r.advanceTo(d.Through)
	}
}

// quietUntil returns the last day up to a limit before anything falls due, of a loan of
// which nothing is unpaid on a day.
func (r *Run) quietUntil(day, limit civil.Date) civil.Date {
	if r.product.DailyInterest {
		return day // what falls due is not known before its day
	}
	if due, _ := r.nextDue(day); due != civil.None {
		limit = min(limit, due-1)
	}
	return limit
}

// UnmetOn reports whether an instalment that falls due on a day is not wholly met. Of a loan that is written off
// nothing falls due.
func (r *Run) UnmetOn(day civil.Date) bool {
	if r.loan.Off.Kind == KindWriteOff {
		return false
	}
	r.reach(day)
	for i := range r.items {
		if it := &r.items[i]; it.DueOn >= day {
			if it.DueOn > day {
				return false
			}
			if !r.met(it) {
				return true
			}
		}
	}
	return false
}

// NthDue returns the n-th due date after a day under the terms in force; where there are
// fewer the last one, and the day itself where there is none.
func (r *Run) NthDue(after civil.Date, n int) civil.Date {
	l, last := r.loan, after
	take := func(due civil.Date) (done bool) {
		if due > last {
			last = due
			n--
		}
		return n == 0
	}
	if l.Plan != nil && !r.product.DailyInterest {
		for _, due := range l.Fell {
			if take(due) {
				return last
			}
		}
		for i := range r.items {
			if it := &r.items[i]; it.No > 0 && take(it.DueOn) {
				return last
			}
		}
		return last
	}
	k := max(l.Open.No, 1)
	for k > 1 && r.dueOn(k-1) > after {
		k--
	}
	for ; k <= l.Terms.Installments; k++ {
		if take(r.dueOn(k)) {
			return last
		}
	}
	return last
}

// EachDue calls fn with each due date of the terms in force after a day and the principal
// that falls due on it and is unpaid, in their order, until fn returns false.
func (r *Run) EachDue(after civil.Date, fn func(due civil.Date, principal money.Amount) bool) {
	l := r.loan
	if r.product.DailyInterest {
		for _, it := range r.ToCome() {
			if it.DueOn > after && !fn(it.DueOn, it.Due[Principal]-it.Paid[Principal]) {
				return
			}
		}
		return
	}
	for i := range r.items {
		if it := &r.items[i]; it.DueOn > after && (it.No > 0 || l.Plan == nil) && !fn(it.DueOn, it.Due[Principal]-it.Paid[Principal]) {
			return
		}
	}
	if l.Plan == nil {
		r.eachOfTerms(after, fn)
	}
}

// eachOfTerms is [Run.EachDue] of the instalments that follow from the terms and are not generated:
// no more is worked out of one than its principal needs.
func (r *Run) eachOfTerms(after civil.Date, fn func(due civil.Date, principal money.Amount) bool) {
	l, t := r.loan, &r.loan.Terms
	c, before := r.next, r.sum[Principal]
	byInterest := t.Method == Annuity || t.Method == Capitalized || t.Rounding != (Rounding{})
	for c.No <= t.Installments {
		due := r.dueOn(c.No)
		var principal, interest money.Amount
		if byInterest {
			principal, interest = t.dues(&c, due)
		} else {
			principal = t.principalPart(&c, 0)
		}
		paid := min(max(l.Met[Principal]-before, 0), principal)
		before += principal
		if due > after && !fn(due, principal-paid) {
			return
		}
		c.pass(t, due, principal, interest)
	}
}
