package portfolio

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// An event is something that a payer, a bank or the lender does about one
// instalment. Its amount is a share of the instalment, known once there is
// reason to compute the schedule.
type event struct {
	kind    loan.Kind // repayment, reversal, fee or penalty
	part    uint8     // tells the events of one instalment apart
	target  uint8     // the part that a reversal reverses
	pieces  pieces    // of the instalment's total
	charges uint8     // how many of the instalment's charges a repayment covers besides
	on      civil.Date
	valueOn civil.Date
}

// pieces says how much of an instalment a repayment pays.
type pieces struct{ from, to uint8 } // hundredths: {0, 100} is the whole

var whole = pieces{0, 100}

// Events of an instalment happen from earliestBefore days before its due date
// to latestAfter days after it.
const (
	earliestBefore = 3
	latestAfter    = 75
)

// chargeAfter is how long after a due date a penalty is charged.
const chargeAfter = 10

// payments returns what happens about instalment k, due on a date, appended to
// dst: all of it, whenever it happens.
func (l *lender) payments(dst []event, c *contract, k int32, due civil.Date) []event {
	delay, parted := l.delay(c, k)
	if l.goneBy(c, due) {
		return l.charges(dst, c, k, due, latestAfter)
	}
	dst = l.charges(dst, c, k, due, delay)
	charged := uint8(len(dst))
	on := due + civil.Date(delay)
	if parted {
		d := l.draw(ofPart, c.index, int64(k))
		share := uint8(40 + d.below(50))
		rest := on + 3 + civil.Date(d.again().below(18))
		dst = append(dst, l.payment(c, k, 0, on, pieces{0, share}))
		return append(dst, l.payment(c, k, 1, rest, pieces{share, 100}))
	}
	first := l.payment(c, k, 0, on, whole)
	first.charges = charged
	dst = append(dst, first)
	if d := l.draw(ofDouble, c.index, int64(k)); d.perMille(3) {
		dst = append(dst, l.payment(c, k, 1, on+civil.Date(d.again().below(2)), whole))
	}
	return l.bounce(dst, c, k, first)
}

// delay returns how many days after the due date the payer pays, negative for
// early, and whether in two parts. Habits are the borrower's.
func (l *lender) delay(c *contract, k int32) (days int64, parted bool) {
	habit := l.draw(ofPayer, c.borrower, 0).below(1000)
	d := l.draw(ofDelay, c.index, int64(k))
	switch {
	case habit < 580: // direct debit
		return 0, false
	case habit < 780: // early
		return -d.below(earliestBefore + 1), false
	case habit < 900: // a little late, mostly within days
		return d.below(4) * d.again().below(4), false
	case habit < 945: // in parts, two times in five
		return 0, d.perMille(400)
	case habit < 985: // skips a month, one time in four
		if d.perMille(250) {
			return 31 + d.again().below(35), false
		}
		return d.again().below(3), false
	}
	return 5 + d.below(21), false // always late
}

// goneBy reports whether the payer has stopped paying for good. One loan in
// twenty-five stops in its first hundred days.
func (l *lender) goneBy(c *contract, due civil.Date) bool {
	return int64(due-c.terms.DisbursedOn) > 5+l.draw(ofGone, c.index, 0).below(2400)
}

// payment is a repayment on a day; one in seven reaches the lender the day
// after it was made.
func (l *lender) payment(c *contract, k int32, part uint8, on civil.Date, p pieces) event {
	e := event{kind: loan.KindRepayment, part: part, pieces: p, on: on, valueOn: on}
	if l.draw(ofValueDate, c.index, int64(k)<<8|int64(part)).perMille(140) {
		e.valueOn--
	}
	return e
}

// charges appends a service fee on the due date for a few instalments, and a
// penalty for some that are still unpaid ten days after it.
func (l *lender) charges(dst []event, c *contract, k int32, due civil.Date, delay int64) []event {
	d := l.draw(ofCharge, c.index, int64(k))
	if d.perMille(2) {
		dst = append(dst, event{kind: loan.KindFee, part: 10, on: due, valueOn: due})
	}
	if delay > chargeAfter && d.again().perMille(400) {
		on := due + chargeAfter
		dst = append(dst, event{kind: loan.KindPenalty, part: 11, on: on, valueOn: on})
	}
	return dst
}

// bounce appends the reversal of a payment that the bank takes back, and for
// most the payment that follows it.
func (l *lender) bounce(dst []event, c *contract, k int32, e event) []event {
	d := l.draw(ofBounce, c.index, int64(k))
	if !d.perMille(4) {
		return dst
	}
	on := e.on + 1 + civil.Date(d.again().below(3))
	dst = append(dst, event{kind: loan.KindReversal, part: 20, target: e.part, on: on, valueOn: on})
	if d.again().again().perMille(700) {
		again := l.payment(c, k, 2, on+2, whole)
		again.charges = e.charges
		dst = append(dst, again)
	}
	return dst
}
