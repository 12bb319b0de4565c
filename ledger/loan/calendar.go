package loan

import (
	"slices"

	"daybook/ledger/civil"
)

// A Calendar says on which days business is done. The zero value: on all.
type Calendar struct {
	Weekend  [7]bool      // from Sunday to Saturday
	Holidays []civil.Date // in order
	Working  []civil.Date // days of a weekend on which business is done (调休), in order
}

// Open reports whether business is done on a day.
func (c *Calendar) Open(d civil.Date) bool {
	if _, working := slices.BinarySearch(c.Working, d); working {
		return true
	}
	_, holiday := slices.BinarySearch(c.Holidays, d)
	return !holiday && !c.Weekend[d.Weekday()]
}

// A Roll says where a due date goes on which no business is done (ISDA 2006, 4.12).
type Roll uint8

// The ways.
const (
	Unmoved           Roll = iota
	Following              // to the next day of business
	ModifiedFollowing      // likewise, or to the one before where that is in another month
	Preceding              // to the day of business before it
	Rolls                  // how many there are
)

var rollNames = [Rolls]string{"unmoved", "following", "modified_following", "preceding"}

func (r Roll) String() string { return rollNames[r] }

// ParseRoll reads a way by its name.
func ParseRoll(s string) (Roll, bool) {
	i := slices.Index(rollNames[:], s)
	return Roll(max(i, 0)), i >= 0
}

// DueDates say what becomes of due dates on which no business is done. They are the
// contract's: those of the rules in force when a loan was disbursed, or its terms changed.
type DueDates struct {
	Roll Roll
	// Interest says that a period is as long as its dates are apart as they are; else it
	// bears the interest of the dates before they were moved.
	Interest bool
	Calendar Calendar
}

// closedMax bounds how many days in a row are closed.
const closedMax = 60

// step returns the next day of business in a direction, from a day on.
func (m *DueDates) step(d, by civil.Date) civil.Date {
	for n := civil.Date(0); n < closedMax; n++ {
		if m.Calendar.Open(d + n*by) {
			return d + n*by
		}
	}
	return d
}

// move returns where a date that is after another is moved.
func (m *DueDates) move(d, after civil.Date) civil.Date {
	if m.Roll == Unmoved {
		return d
	}
	back := m.step(d, -1)
	on := m.step(d, 1)
	switch {
	case back <= after:
		return on // a first date is after the disbursement
	case m.Roll == Preceding, m.Roll == ModifiedFollowing && on.MonthEnd() != d.MonthEnd():
		return back
	}
	return on
}

// dueOn is [Terms.DueOn] moved.
func (m *DueDates) dueOn(t *Terms, k int32) civil.Date {
	if k == 0 {
		return t.DisbursedOn
	}
	return m.move(t.DueOn(k), t.DisbursedOn)
}

// unmoved returns the place on the grid of the terms that a date was moved from: an
// instalment's number, from 0; below 0 where it is no due date.
func (m *DueDates) unmoved(t *Terms, due civil.Date) int32 {
	if due == t.DisbursedOn {
		return 0
	}
	// Dates of places are in order: those of months and days could be reckoned, but few
	// loans ask.
	for k := int32(1); ; k++ {
		d := t.DueOn(k)
		switch {
		case m.move(d, t.DisbursedOn) == due:
			return k
		case d > due+closedMax || d > civil.Max:
			return -1
		}
	}
}

// span is [Terms.span] of the period of item i, or of what of it is left, from a day on. Where
// dates bear the interest of what they are, the formula counts all of a loan's periods, as
// shares of a year beside days would count days twice: under 30/360 from the 27th to the 29th
// is half a month of dates on 27 and 29, and from there to the 28th, where the 27th went, 29
// days.
func (m *DueDates) span(t *Terms, items []Installment, i int, from civil.Date) civil.Fraction {
	if m.Roll != Unmoved && m.Interest {
		return t.DayCount.Fraction(from, items[i].DueOn)
	}
	return m.spanUnmoved(t, items, i, from)
}

// spanUnmoved is span of the dates before they were moved, which the level payment reckons with.
func (m *DueDates) spanUnmoved(t *Terms, items []Installment, i int, from civil.Date) civil.Fraction {
	it := &items[i]
	if m.Roll == Unmoved {
		return t.span(from, it.DueOn)
	}
	if m.known(t, it) && from == m.dueOn(t, it.No-1) {
		return t.span(t.DueOn(it.No-1), t.DueOn(it.No))
	}
	if a, b := m.unmoved(t, from), m.unmoved(t, it.DueOn); a >= 0 && b >= 0 {
		b += together(items, i)
		if from == it.DueOn {
			a = b - 1
		}
		for a > 0 && a+1 < b && m.dueOn(t, a+1) == from {
			a++ // the last of the dates that moved there
		}
		return t.span(t.DueOn(a), t.DueOn(b))
	}
	return t.span(from, it.DueOn)
}

// known reports whether the place of an instalment on the grid is its number: of new terms,
// and of one that a pause moved, it is another.
func (m *DueDates) known(t *Terms, it *Installment) bool {
	return it.No > 0 && m.dueOn(t, it.No) == it.DueOn
}

// begins returns when the period of an instalment began, of which From is a later day where
// it was computed anew since; where its place is not known, it is From.
func (m *DueDates) begins(t *Terms, it *Installment) civil.Date {
	if !m.known(t, it) {
		return it.From
	}
	return min(it.From, m.dueOn(t, it.No-1))
}

// together returns how many items before item i fall due on its date.
func together(items []Installment, i int) (n int32) {
	for j := i - 1; j >= 0 && items[j].No > 0 && items[j].DueOn == items[i].DueOn; j-- {
		n++
	}
	return n
}

// later is [Terms.later] of the moved date of item i.
func (m *DueDates) later(t *Terms, items []Installment, i int, periods int32) civil.Date {
	due := items[i].DueOn
	if m.Roll == Unmoved || periods == 0 {
		return t.later(due, periods)
	}
	if k := m.place(t, items, i); k > 0 {
		return m.dueOn(t, k+periods)
	}
	return m.move(t.later(due, periods), t.DisbursedOn)
}

// place returns the place of item i on the grid of the terms, from 1; below that where it has
// none.
func (m *DueDates) place(t *Terms, items []Installment, i int) int32 {
	if m.known(t, &items[i]) {
		return items[i].No
	}
	if k := m.unmoved(t, items[i].DueOn); k > 0 {
		return k + together(items, i)
	}
	return -1
}

// before returns the date that item i had before it was moved, where that is after a day.
func (m *DueDates) before(t *Terms, items []Installment, i int, day civil.Date) civil.Date {
	if m.Roll != Unmoved {
		if k := m.place(t, items, i); k > 0 && t.DueOn(k) > day {
			return t.DueOn(k)
		}
	}
	return items[i].DueOn
}
