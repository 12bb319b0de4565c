// Package money has exact amounts and rates. An Amount is an integer count of
// minor units; nothing here is a float. It is pure.
package money

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Amount is an integer count of a currency's minor units.
type Amount int64

// Max is the largest magnitude of an amount that an input may carry: ten
// trillion units of a currency with two digits. Sums of 9,000 of them fit.
const Max Amount = 1e15

// Rate is a rate a year in billionths: 0.24 (24 %) is 240,000,000.
type Rate int64

// RateOne is the rate of 100 %.
const RateOne Rate = 1e9

// MulDiv returns a × b ÷ c rounded half-even. a and b may be negative, c is
// positive. It panics when the result does not fit: limits on inputs make that
// impossible, so it is a broken invariant.
func MulDiv(a, b, c int64) int64 {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs(a), abs(b))
	return signed(divRound(hi, lo, uint64(c)), neg)
}

// MulMulDiv returns a × b × c ÷ d rounded half-even, for a, b, c ≥ 0 whose
// product is below 2^128, and d > 0.
func MulMulDiv(a, b, c, d int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h1, l1 := bits.Mul64(lo, uint64(c))
	h2, l2 := bits.Mul64(hi, uint64(c))
	sum, carry := bits.Add64(h1, l2, 0)
	if h2 != 0 || carry != 0 {
		panic("money: internal error: product above 128 bits")
	}
	return signed(divRound(sum, l1, uint64(d)), false)
}

func divRound(hi, lo, d uint64) uint64 {
	if hi >= d {
		panic("money: internal error: quotient above 64 bits")
	}
	q, r := bits.Div64(hi, lo, d)
	if half := d - r; r > half || r == half && q&1 == 1 {
		q++
	}
	return q
}

func abs(a int64) uint64 {
	if a < 0 {
		return uint64(-a)
	}
	return uint64(a)
}

func signed(u uint64, neg bool) int64 {
	if u > 1<<63-1 {
		panic("money: internal error: amount above 63 bits")
	}
	if neg {
		return -int64(u)
	}
	return int64(u)
}

// Append appends the amount as a plain decimal with the given digits after
// the point: 12345 with 2 digits is 123.45.
func (a Amount) Append(b []byte, digits int) []byte {
	u := abs(int64(a))
	if a < 0 {
		b = append(b, '-')
	}
	if digits == 2 { // as most currencies have
		minor := u % 100
		return append(strconv.AppendUint(b, u/100, 10), '.', byte('0'+minor/10), byte('0'+minor%10))
	}
	var buf [24]byte
	i := len(buf)
	for n := 0; u > 0 || n <= digits; n++ {
		if n == digits && digits > 0 {
			i--
			buf[i] = '.'
		}
		i--
		buf[i] = byte('0' + u%10)
		u /= 10
	}
	return append(b, buf[i:]...)
}

// Text returns the amount as a plain decimal with the given digits.
func (a Amount) Text(digits int) string { return string(a.Append(nil, digits)) }

// Append appends the rate as a plain decimal without trailing zeros: 0.24.
func (r Rate) Append(b []byte) []byte {
	b = Amount(r).Append(b, 9)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

func (r Rate) String() string { return string(r.Append(nil)) }

// ParseDecimal reads a plain decimal as an integer of the given digits after
// the point; a value that needs more digits is an error.
func ParseDecimal(s string, digits int) (int64, error) {
	t, neg := s, false
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		neg, t = t[0] == '-', t[1:]
	}
	var v uint64
	seen, point, frac := false, false, 0
	for i := range len(t) {
		c := t[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is not a decimal number", s)
		}
		seen = true
		if point && frac == digits {
			if c != '0' {
				return 0, fmt.Errorf("%q has more than %d digits after the point", s, digits)
			}
			continue
		}
		if v > (1<<63-10)/10 {
			return 0, fmt.Errorf("%q is too large", s)
		}
		v = v*10 + uint64(c-'0')
		if point {
			frac++
		}
	}
	if !seen {
		return 0, fmt.Errorf("%q is not a decimal number", s)
	}
	for ; frac < digits; frac++ {
		if v > (1<<63-10)/10 {
			return 0, fmt.Errorf("%q is too large", s)
		}
		v *= 10
	}
	return signed(v, neg), nil
}

// Pow10 returns ten to the n, for 0 ≤ n ≤ 18.
func Pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
