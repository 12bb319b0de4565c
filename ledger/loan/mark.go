package loan

import (
	"slices"

	"daybook/ledger/civil"
)

// A Mark is a life at the close of a day, of which whoever grades a loan takes note. From
// the second day after the mark before it on, nothing but time has passed: what was unpaid
// grew older.
type Mark struct {
	Day    civil.Date
	Oldest civil.Date // due date of the oldest unpaid instalment, or civil.None
	Pauses []Pause
	// Regulated are the pauses that days past due leave out.
	Regulated []Pause
	MetWhen   [3]int32
	MetEarly  int32 // instalments wholly met [earlyDays] before their due dates, since the marks began
	Settled   bool  // and on the books: what is recovered later settles nothing
	Off       bool  // out of the books
	Ended     bool  // written off: it ages no more
}

// Marks are what a run notes of a life from a day on, so that every day of it can be
// graded, whatever nights have closed it. A run notes a mark before each day on which it
// changes the loan.
type Marks struct {
	List    []Mark
	Early   int32      // instalments wholly met early since then
	on      civil.Date // noted up to here
	changed bool       // the life up to there has changed since
}

// Begin begins behind the close of a day. With base, that day is noted as well.
func (m *Marks) Begin(day civil.Date, base bool) {
	m.List, m.on, m.changed, m.Early = m.List[:0], day, base, 0
}

// earlyDays is how many days before its due date an instalment is met early.
const earlyDays = 3

// metOn counts an instalment that is wholly met on a day.
func (r *Run) metOn(due, day civil.Date) {
	r.loan.MetWhen[lateness(day-due)]++
	if r.KeepsMet {
		r.loan.MetDays = append(r.loan.MetDays, MetDay{due, day})
	}
	if r.Marks != nil && due-day >= earlyDays {
		r.Marks.Early++
	}
}

// ForgetMet forgets the instalments that fell due up to a day. It reports whether there were any.
func (p *Punctual) ForgetMet(day civil.Date) bool {
	n := len(p.MetDays)
	p.MetDays = slices.DeleteFunc(p.MetDays, func(m MetDay) bool { return m.DueOn <= day })
	return len(p.MetDays) < n
}

// touch notes the days before one on which the loan is about to be changed.
func (r *Run) touch(day civil.Date) {
	r.watched(day)
	if r.Marks == nil {
		return
	}
	if day <= r.Marks.on {
		r.Marks.changed = true
		return
	}
	r.markUntil(day - 1)
}

// NoteClose notes what is left of a life up to the close of the day that the loan was
// advanced to, or up to the day before it.
func (r *Run) NoteClose(day civil.Date, whole bool) {
	switch {
	case r.Marks == nil:
	case whole:
		r.markUntil(day)
	case r.Marks.changed:
		r.markUntil(r.Marks.on)
	}
}

// OldestAt is [Run.Oldest] under the rules of the day.
func (r *Run) OldestAt(day civil.Date) civil.Date {
	r.product = r.latest.at(day)
	return r.Oldest(day)
}

// markUntil notes the close of a day, and before it those of days on which other rules
// began to hold the next day.
func (r *Run) markUntil(day civil.Date) {
	m := r.Marks
	if m.changed {
		r.mark(m.on)
		m.changed = false
	}
	for m.on < day {
		end := day
		for p := r.latest; p.Before != nil; p = p.Before {
			if last := p.From - 1; last > m.on && last < end {
				end = last
			}
		}
		r.mark(end)
	}
}

func (r *Run) mark(day civil.Date) {
	l, rules := r.loan, r.product
	k := Mark{Day: day, Oldest: civil.None, MetWhen: l.MetWhen, MetEarly: r.Marks.Early, Off: l.Off.Kind != 0, Ended: l.Off.Kind == KindWriteOff}
	if !k.Ended {
		r.product = r.latest.at(day)
		k.Oldest = r.Oldest(day)
		owed := l.owed(r.earned(day), r.fallen(day), l.Late.Fees, l.Late.Penalties)
		k.Settled = !k.Off && r.nothingToCome(day, &owed)
		k.Pauses, k.Regulated = l.Pauses, l.Regulated // never changed in place
		r.product = rules
	}
	r.Marks.List = append(r.Marks.List, k)
	r.Marks.on = day
}

// markDaily reports whether each day is noted by itself: where a late charge alone can
// make an instalment past due again, the day on which it is charged counts.
func (r *Run) markDaily() bool {
	if r.Marks == nil {
		return false
	}
	for p := r.latest; p != nil; p = p.Before {
		if p.CountCharges && p.CountsAsFull > 0 && p.LateCharges.any() {
			return true
		}
	}
	return false
}

// DaysPastDue returns the days past due and those of them that are paused at the close of
// a day, between the mark before and this one.
func (k *Mark) DaysPastDue(day civil.Date) (days, paused int32) {
	if k.Oldest == civil.None || k.Oldest >= day {
		return 0, 0
	}
	return int32(day-k.Oldest) - daysIn(k.Regulated, k.Oldest, day), pausedDays(k.Pauses, k.Regulated, k.Oldest, day)
}
