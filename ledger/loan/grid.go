package loan

import (
	"math/bits"
	"strconv"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Frequency says on which grid due dates lie: so many months apart when positive, so
// many days when negative, or on certain days of each month, see [DaysOfMonth].
type Frequency int64

// Monthly is the default frequency, 1M.
const Monthly Frequency = 1

const (
	monthsMax = 120
	daysMax   = 3660

	// Days of the month are a set of bits from here on: day d is bit d.
	daysShift = 8

	dayListMax = 4  // days of a list
	lastFixed  = 27 // a list's days but its last: in no month on the same date as the last
)

// DaysOfMonth is the frequency of due dates on certain days of each month, as on the 1st
// and the 15th: two to four days, in order, of which only the last may be after the 27th
// (from the 29th on it is the last day of months that are shorter).
func DaysOfMonth(days ...int) (f Frequency, ok bool) {
	if len(days) < 2 || len(days) > dayListMax {
		return 0, false
	}
	for i, day := range days {
		if day < 1 || day > 31 || i > 0 && day <= days[i-1] || day > lastFixed && i < len(days)-1 {
			return 0, false
		}
		f |= 1 << (daysShift + day)
	}
	return f, true
}

// Valid reports whether due dates can have the frequency.
func (f Frequency) Valid() bool {
	if !f.ofDays() {
		return f >= -daysMax && f <= monthsMax && f != 0
	}
	again, ok := DaysOfMonth(f.list()...)
	return ok && again == f
}

// ofDays reports whether the frequency is certain days of each month.
func (f Frequency) ofDays() bool { return f>>daysShift > 0 }

// InMonths reports whether due dates are whole months apart.
func (f Frequency) InMonths() bool { return f > 0 && !f.ofDays() }

// perMonth returns how many days of each month a list has.
func (f Frequency) perMonth() int { return bits.OnesCount64(uint64(f)) }

// day returns day i of a list, from 0.
func (f Frequency) day(i int) int {
	for ; i > 0; i-- {
		f &= f - 1
	}
	return bits.TrailingZeros64(uint64(f)) - daysShift
}

func (f Frequency) list() (days []int) {
	for i := range f.perMonth() {
		days = append(days, f.day(i))
	}
	return days
}

// ParseFrequency reads a frequency such as 1M, 3M, 7D or 14D (1 to 120 months, or 1 to
// 3,660 days), or days of the month such as 1,15.
func ParseFrequency(s string) (Frequency, bool) {
	if strings.Contains(s, ",") {
		var days []int
		for _, word := range strings.Split(s, ",") {
			n, ok := wholeNumber(word, 31)
			if !ok {
				return 0, false
			}
			days = append(days, n)
		}
		return DaysOfMonth(days...)
	}
	if months, ok := strings.CutSuffix(s, "M"); ok {
		n, ok := wholeNumber(months, monthsMax)
		return Frequency(n), ok
	}
	days, ok := strings.CutSuffix(s, "D")
	n, number := wholeNumber(days, daysMax)
	return Frequency(-n), ok && number
}

// wholeNumber reads a number from 1 to most, without leading zeros.
func wholeNumber(s string, most int) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || len(s) > 4 || s[0] == '0' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, n >= 1 && n <= most
}

func (f Frequency) String() string {
	switch {
	case f.ofDays():
		var words []string
		for _, day := range f.list() {
			words = append(words, strconv.Itoa(day))
		}
		return strings.Join(words, ",")
	case f < 0:
		return money.Amount(-f).Text(0) + "D"
	}
	return money.Amount(f).Text(0) + "M"
}

// A slot is a place on a grid of days of the month: a month and how many of the list's
// days it is past.
type slot struct{ year, month, at int }

// slotOf is where a date lies on the grid: at or after the slot's day, before the next.
// exact says that it is on the day.
func (f Frequency) slotOf(d civil.Date) (s slot, exact bool) {
	year, month, day := d.Split()
	last := civil.DaysIn(year, month)
	s = slot{year, month, -1}
	for i := range f.perMonth() {
		if of := min(f.day(i), last); of <= day {
			s.at, exact = i, of == day
		}
	}
	return s, exact
}

// date returns the date so many places after a slot.
func (f Frequency) date(s slot, places int) civil.Date {
	n, at := f.perMonth(), s.at+places
	months := at / n
	if at < 0 {
		months = -((n - 1 - at) / n)
	}
	return civil.MonthDay(s.year, s.month-1+months, f.day(at-months*n))
}

// DueOn returns the due date of instalment k, from 1; the disbursement for 0. Months keep
// the first due date's day, clamped to the month's last day. Of days of the month, the
// second is the next one after the first due date, whatever day that is.
func (t *Terms) DueOn(k int32) civil.Date {
	switch {
	case k == 0:
		return t.DisbursedOn
	case k == 1:
		return t.FirstDueOn
	case t.Frequency < 0:
		return t.FirstDueOn + civil.Date(k-1)*civil.Date(-t.Frequency)
	case t.Frequency.ofDays():
		s, _ := t.Frequency.slotOf(t.FirstDueOn)
		return t.Frequency.date(s, int(k-1))
	}
	year, month, day := t.FirstDueOn.Split()
	return civil.MonthDay(year, month-1+int(k-1)*int(t.Frequency), day)
}

// share is a whole period as a fraction of a year under 30/360: m/12 of m months, and of
// n days of the month each its part of a month.
func (t *Terms) share() civil.Fraction {
	if t.Frequency.ofDays() {
		return civil.Fraction{Num: 1, Den: 12 * int64(t.Frequency.perMonth())}
	}
	return civil.Fraction{Num: int64(t.Frequency), Den: 12}
}

// fraction returns the length of period k, which runs from one due date to
// another, as a fraction of a year.
func (t *Terms) fraction(k int32, from, to civil.Date) civil.Fraction {
	if t.DayCount == civil.Thirty360 && t.Frequency > 0 && (k > 1 && !t.offGrid(k) || k == 1 && t.firstIsRegular()) {
		return t.share()
	}
	return t.DayCount.Fraction(from, to)
}

// offGrid reports whether period k, not the first, begins on a first due date that is not
// on the grid.
func (t *Terms) offGrid(k int32) bool {
	if k != 2 || !t.Frequency.ofDays() {
		return false
	}
	_, exact := t.Frequency.slotOf(t.FirstDueOn)
	return !exact
}

// firstIsRegular reports whether the disbursement lies one frequency before
// the first due date on the same grid of days of the month.
func (t *Terms) firstIsRegular() bool {
	if t.Frequency < 0 {
		return t.DisbursedOn == t.FirstDueOn+civil.Date(t.Frequency)
	}
	return t.whole(t.DisbursedOn, t.FirstDueOn)
}

// whole reports whether two dates are one period of the grid apart, and on it.
func (t *Terms) whole(from, to civil.Date) bool {
	if t.Frequency.ofDays() {
		s, exact := t.Frequency.slotOf(to)
		return exact && t.Frequency.date(s, -1) == from
	}
	_, _, day := t.FirstDueOn.Split()
	return to.AddMonths(-int(t.Frequency), day) == from
}

// span returns a period of an explicit plan as a fraction of a year: whole periods of the
// grid are their share under 30/360, as in the schedule of a contract.
func (t *Terms) span(from, to civil.Date) civil.Fraction {
	if t.DayCount == civil.Thirty360 && t.Frequency > 0 && t.whole(from, to) {
		_, _, day := t.FirstDueOn.Split()
		if t.Frequency.ofDays() || from.AddMonths(int(t.Frequency), day) == to {
			return t.share()
		}
	}
	return t.DayCount.Fraction(from, to)
}

// periodsIn returns how many whole periods lie between two days.
func (t *Terms) periodsIn(from, until civil.Date) (n int32) {
	switch {
	case t.Frequency < 0:
		return int32(until-from) / int32(-t.Frequency)
	case t.Frequency.ofDays():
		s, _ := t.Frequency.slotOf(from)
		for t.Frequency.date(s, int(n)+1) <= until {
			n++
		}
		return n
	}
	_, _, day := from.Split()
	for from.AddMonths(int(n+1)*int(t.Frequency), day) <= until {
		n++
	}
	return n
}

// later returns a due date so many periods on. One that lies on the grid of the terms
// stays on it: the last of a short month that stands for the 31st becomes a 31st.
func (t *Terms) later(due civil.Date, periods int32) civil.Date {
	switch {
	case periods == 0:
		return due
	case t.Frequency < 0:
		return due + civil.Date(periods)*civil.Date(-t.Frequency)
	case t.Frequency.ofDays():
		s, _ := t.Frequency.slotOf(due)
		return t.Frequency.date(s, int(periods))
	}
	_, _, anchor := t.FirstDueOn.Split()
	_, _, day := due.Split()
	if due == due.AddMonths(0, anchor) {
		day = anchor
	}
	return due.AddMonths(int(periods)*int(t.Frequency), day)
}
