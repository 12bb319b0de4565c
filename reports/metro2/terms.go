package metro2

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Period is how often an account is paid: every so many months, every so many days, so
// many times a month, or, where all are zero, once.
type Period struct {
	Months, Days, PerMonth int
}

// Frequency is the letter of the period: M, W, B, Q, P for once; M for any other.
func (p Period) Frequency() byte {
	switch p {
	case Period{}:
		return 'P'
	case Period{Days: 7}:
		return 'W'
	case Period{Days: 14}:
		return 'B'
	case Period{Months: 3}:
		return 'Q'
	}
	return 'M'
}

// Monthly is a payment of a period brought to a month, in whole units, cut off: 52 weeks are twelve months, and so are 26
// fortnights; of other numbers of days 365. What is paid once is the payment itself.
func (p Period) Monthly(payment money.Amount, digits int) int64 {
	times, of := int64(1), int64(1)
	switch {
	case p.Days == 7:
		times, of = 52, 12
	case p.Days == 14:
		times, of = 26, 12
	case p.Days > 0:
		times, of = 365, 12*int64(p.Days)
	case p.PerMonth > 0:
		times = int64(p.PerMonth)
	case p.Months > 0:
		of = int64(p.Months)
	}
	// The greatest amount times 365 is within 64 bits.
	return max(int64(payment), 0) * times / (of * money.Pow10(digits))
}

// Duration is how long an account runs from its opening to its last due date: months rounded up, years for a
// mortgage (M), REV for a revolving account (R); never below one, and 999 above it.
func Duration(portfolio byte, opened, lastDue civil.Date) string {
	if portfolio == 'R' {
		return "REV"
	}
	_, _, dayOfMonth := opened.Split()
	months := max(monthsBetween(opened, lastDue), 0)
	if opened.AddMonths(months, dayOfMonth) < lastDue {
		months++
	}
	if portfolio == 'M' {
		months = (months + 11) / 12
	}
	return fmt.Sprintf("%03d", min(max(months, 1), 999))
}
