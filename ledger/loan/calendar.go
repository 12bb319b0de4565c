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
func (m *DueDates) dueOn(t *Terms, k int32) civil.Date { return m.move(t.DueOn(k), t.DisbursedOn) }

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

// span is [Terms.span] of a period between moved dates.
func (m *DueDates) span(t *Terms, from, to civil.Date) civil.Fraction {
	if m.Roll != Unmoved && !m.Interest {
		if a, b := m.unmoved(t, from), m.unmoved(t, to); a >= 0 && b >= 0 {
			return t.span(t.DueOn(a), t.DueOn(b))
		}
	}
	return t.span(from, to)
}

// later is [Terms.later] of a moved date.
func (m *DueDates) later(t *Terms, due civil.Date, periods int32) civil.Date {
	if m.Roll == Unmoved || periods == 0 {
		return t.later(due, periods)
	}
	if k := m.unmoved(t, due); k > 0 {
		return m.dueOn(t, k+periods)
	}
	return m.move(t.later(due, periods), t.DisbursedOn)
}
