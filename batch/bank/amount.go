package bank

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// parseAmount reads a decimal with the given point (0: there is none) as minor units of a
// currency with the given digits. misfit says what it is instead of one, or nothing.
func parseAmount(b []byte, point byte, digits int) (amount money.Amount, misfit string) {
	number, negative := b, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		number, negative = b[1:], b[0] == '-'
	}
	some, behind, fraction := false, false, 0
	for _, c := range number {
		switch {
		case c == point && point != 0 && !behind:
			behind = true
		case c < '0' || c > '9':
			return 0, "is no amount"
		case behind && fraction == digits:
			if some = true; c != '0' {
				return 0, "has more digits after the point than its currency"
			}
		default:
			some = true
			if amount = amount*10 + money.Amount(c-'0'); amount > money.Max {
				return 0, "is too large"
			}
			if behind {
				fraction++
			}
		}
	}
	if !some {
		return 0, "is no amount"
	}
	for ; fraction < digits; fraction++ {
		if amount *= 10; amount > money.Max {
			return 0, "is too large"
		}
	}
	if negative {
		amount = -amount
	}
	return amount, ""
}

// parseCount reads an integer that is no amount: a control total, or a number of records.
func parseCount(b []byte) (n int64, ok bool) {
	number, negative := b, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		number, negative = b[1:], b[0] == '-'
	}
	for _, c := range number {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > int64(sumMax) {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	return n, len(number) > 0
}

// number reads digits; -1 is none.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// date returns the date of a year, month and day as written, if there is one.
func date(year, month, day int) (civil.Date, bool) {
	if year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > civil.DaysIn(year, month) {
		return civil.None, false
	}
	return civil.Of(year, month, day), true
}

// isoDate reads 2006-01-02, behind which a time or a zone may stand: the date is as
// written, wherever that was.
func isoDate(b []byte) (civil.Date, bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return civil.None, false
	}
	if len(b) > 10 && b[10] != 'T' && b[10] != 'Z' && b[10] != '+' && b[10] != '-' {
		return civil.None, false
	}
	return date(number(b[:4]), number(b[5:7]), number(b[8:10]))
}

// shortDate reads 060102.
func shortDate(b []byte) (civil.Date, bool) {
	if len(b) != 6 {
		return civil.None, false
	}
	year := number(b[:2])
	switch {
	case year < 0:
		return civil.None, false
	case year < 80:
		year += 2000
	default:
		year += 1900
	}
	return date(year, number(b[2:4]), number(b[4:6]))
}

// nearest returns the date of a month and day, of the year that puts it nearest another.
func nearest(month, day int, other civil.Date) (near civil.Date, ok bool) {
	year, _, _ := other.Split()
	for y := year - 1; y <= year+1; y++ {
		d, exists := date(y, month, day)
		if exists && (!ok || max(d-other, other-d) < max(near-other, other-near)) {
			near, ok = d, true
		}
	}
	return near, ok
}
