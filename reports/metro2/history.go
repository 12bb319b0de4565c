package metro2

import "daybook/ledger/civil"

// profileMonths is how many months a payment history profile has.
const profileMonths = 24

// historyMonths is how many months a history keeps: the profile tells of those before the
// month of the report, so that it needs one more than it shows.
const historyMonths = profileMonths + 1

// A Code is what one month of an account was, in half a byte: its steps of 30 days past
// due, or one of the others.
type Code uint8

// The codes of a month. Those below are steps of days past due at its last close.
const (
	greatestStep   Code = 6 + iota
	ChargedOffCode      // at its last close
	NoCloseCode         // no close in it
	NotOpenedCode       // before the account was opened
	codes               // how many there are
)

func (c Code) letter() byte { return "0123456LDB"[c] }

// StepOf is how many whole steps of 30 days past due there are, at most six.
func StepOf(daysPastDue int) Code { return Code(min(max(daysPastDue, 0)/30, int(greatestStep))) }

// A History is the codes of the month of the last close and of the 24 before it, newest
// first, two to a byte, the newer in the higher half. Before the first close it is zero.
type History [(historyMonths + 1) / 2]byte

// Code returns the code of the month that lies so many before that of the last close.
func (h *History) Code(months int) Code {
	b := h[months/2]
	if months%2 == 0 {
		return Code(b >> 4)
	}
	return Code(b & 15)
}

func (h *History) set(months int, c Code) {
	b := &h[months/2]
	if months%2 == 0 {
		*b = byte(c)<<4 | *b&15
	} else {
		*b = *b&0xF0 | byte(c)
	}
}

// Close is the history after a close on a day with a code. Last is the close before it at
// which the account was there, [civil.None] for the first; opened is the day of its
// disbursement. Months between have no close.
func (h History) Close(last, on, opened civil.Date, c Code) History {
	if c >= codes {
		panic("metro2: internal error: there is no such code of a month")
	}
	var next History
	since, gap := monthsBetween(opened, on), historyMonths
	if last != civil.None {
		gap = monthsBetween(last, on)
	}
	for i := range historyMonths {
		code := NoCloseCode
		switch {
		case i == 0:
			code = c
		case i > since:
			code = NotOpenedCode
		case i >= gap:
			code = h.Code(i - gap)
		}
		next.set(i, code)
	}
	return next
}

// Profile is the payment history profile of a report of the month of the last close: the 24
// months before it, newest first.
func (h *History) Profile() string {
	b := make([]byte, profileMonths)
	for i := range b {
		b[i] = h.Code(i + 1).letter()
	}
	return string(b)
}

// monthsBetween is how many calendar months lie from the month of one day to that of another.
func monthsBetween(from, to civil.Date) int {
	y1, m1, _ := from.Split()
	y2, m2, _ := to.Split()
	return (y2-y1)*12 + m2 - m1
}
