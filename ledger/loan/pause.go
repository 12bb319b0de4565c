package loan

import (
	"slices"

	"daybook/ledger/civil"
)

// pause keeps a span of days from counting as delinquent. With the choice regulatory it
// is left out of days past due as well, as where a regulator has ordered the moratorium
// (RBI, circular of 2020-04-17); with the choice shift it also moves the instalments to
// come.
func (r *Run) pause(e *Event) Reason {
	l := r.loan
	if e.Until <= e.ValueDate {
		return UntilNotAfterValueDate
	}
	if e.Choice != NoChoice && !e.Choice.Of(KindPause) {
		return UnknownChoice
	}
	if e.Choice == Shift {
		if r.product.DailyInterest && !r.forced {
			return NotAllowedByPolicy
		}
		if reason := r.shift(e); reason != OK {
			return reason
		}
	}
	p := Pause{e.ValueDate, e.Until}
	if e.Choice == Regulatory {
		l.Regulated = merged(l.Regulated, p)
	} else {
		l.Pauses = merged(l.Pauses, p)
	}
	r.log.beginFor(e)
	return OK
}

// shift moves the instalments to come by whole periods of the loan: by as many as lie in
// the pause, and by so many that nothing falls due in it (RBI, circular of 2020-03-27:
// schedule and residual tenor are shifted by the months of the moratorium). The dates
// stay on the contract's grid.
func (r *Run) shift(e *Event) Reason {
	if r.product.DailyInterest {
		return OK
	}
	r.explicit()
	first := r.firstAfter(e.ValueDate)
	if first == len(r.items) {
		return OK
	}
	t := r.loan.InForce()
	m := r.moves(t)
	n := t.periodsIn(e.ValueDate, e.Until)
	for m.later(t, r.items, first, n) < e.Until {
		n++
	}
	if m.later(t, r.items, len(r.items)-1, n) > civil.Max {
		return DateOutOfRange
	}
	dates := make([]civil.Date, len(r.items))
	for i := first; i < len(r.items); i++ {
		dates[i] = m.later(t, r.items, i, n)
	}
	for i := first; i < len(r.items); i++ {
		it := &r.items[i]
		if it.DueOn = dates[i]; i > first {
			it.From = dates[i-1]
		}
	}
	return OK
}

// merged returns pauses with one more, which is merged with those that it touches.
func merged(list []Pause, p Pause) []Pause {
	kept := make([]Pause, 0, len(list)+1)
	for _, o := range list {
		if o.Until < p.From || o.From > p.Until {
			kept = append(kept, o)
			continue
		}
		p = Pause{min(p.From, o.From), max(p.Until, o.Until)}
	}
	kept = append(kept, p)
	slices.SortFunc(kept, func(a, b Pause) int { return int(a.From - b.From) })
	return kept
}

// daysIn returns how many days of [from, to) are in pauses.
func daysIn(list []Pause, from, to civil.Date) (days int32) {
	for _, p := range list {
		if a, b := max(p.From, from), min(p.Until, to); a < b {
			days += int32(b - a)
		}
	}
	return days
}

// RegulatedDays returns how many days of [from, to) a regulator's order leaves out of
// days past due.
func (l *Loan) RegulatedDays(from, to civil.Date) int32 { return daysIn(l.Regulated, from, to) }

// PausedDays returns how many other days of [from, to) are paused.
func (l *Loan) PausedDays(from, to civil.Date) int32 {
	return pausedDays(l.Pauses, l.Regulated, from, to)
}

func pausedDays(pauses, regulated []Pause, from, to civil.Date) int32 {
	days := daysIn(pauses, from, to)
	for _, p := range pauses {
		days -= daysIn(regulated, max(p.From, from), min(p.Until, to))
	}
	return days
}
