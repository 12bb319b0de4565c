package intake

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A remainder says what a division by a power of ten left.
type remainder uint8

const (
	nothing remainder = iota
	belowHalf
	half
	aboveHalf
)

var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// amountOf returns an unscaled decimal of scale from as an amount of scale to.
func amountOf(v int64, from, to int) (int64, loan.Reason) {
	neg, u := v < 0, uint64(v)
	if neg {
		u = -u
	}
	return amount128(neg, 0, u, from, to)
}

func amount128(neg bool, hi, lo uint64, from, to int) (int64, loan.Reason) {
	q, rem, ok := rescale(hi, lo, from, to)
	switch {
	case rem != nothing:
		return 0, loan.AmountPrecision
	case !ok || q > uint64(money.Max):
		return 0, loan.AmountOverflow
	case neg:
		return -int64(q), loan.OK
	}
	return int64(q), loan.OK
}

// rateMax is above every rate that a later check lets through (10), and far
// below overflow.
const rateMax = 1e15

// rate128 rounds half-even to billionths.
func rate128(neg bool, hi, lo uint64, from int) (int64, loan.Reason) {
	q, rem, ok := rescale(hi, lo, from, 9)
	if !ok || q > rateMax {
		return 0, loan.RateOutOfRange
	}
	if rem == aboveHalf || rem == half && q&1 == 1 {
		q++
	}
	if neg {
		return -int64(q), loan.OK
	}
	return int64(q), loan.OK
}

// rescale returns hi:lo × 10^(to−from), cut to an integer, and what was cut
// off; not ok if it does not fit.
func rescale(hi, lo uint64, from, to int) (q uint64, rem remainder, ok bool) {
	k := from - to
	if k <= 0 {
		if hi != 0 || -k >= len(pow10) {
			return 0, nothing, hi == 0 && lo == 0
		}
		over, q := bits.Mul64(lo, pow10[-k])
		return q, nothing, over == 0
	}
	sticky := false
	for k > 19 {
		var r uint64
		hi, lo, r = div128(hi, lo, pow10[19])
		sticky = sticky || r != 0
		k -= 19
		if hi == 0 && lo == 0 {
			break
		}
	}
	if hi == 0 && lo == 0 { // far below half a unit
		if sticky {
			return 0, belowHalf, true
		}
		return 0, nothing, true
	}
	d := pow10[k]
	hi, lo, r := div128(hi, lo, d)
	switch {
	case r > d/2, r == d/2 && sticky:
		rem = aboveHalf
	case r == d/2:
		rem = half
	case r > 0 || sticky:
		rem = belowHalf
	}
	return lo, rem, hi == 0
}

func div128(hi, lo, d uint64) (qhi, qlo, r uint64) {
	qhi, r = bits.Div64(0, hi, d)
	qlo, r = bits.Div64(r, lo, d)
	return qhi, qlo, r
}

// magnitude reads a big-endian two's complement integer of any width; not ok
// if it takes more than 128 bits.
func magnitude(b []byte) (neg bool, hi, lo uint64, ok bool) {
	if len(b) == 0 {
		return false, 0, 0, true
	}
	neg = b[0]&0x80 != 0
	var fill byte
	if neg {
		fill = 0xff
	}
	for len(b) > 16 {
		if b[0] != fill || (b[1]^fill)&0x80 != 0 {
			return neg, 0, 0, false
		}
		b = b[1:]
	}
	if len(b) == 16 {
		hi, lo = binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	} else {
		if neg {
			hi, lo = ^uint64(0), ^uint64(0)
		}
		for _, c := range b {
			hi, lo = hi<<8|lo>>56, lo<<8|uint64(c)
		}
	}
	if neg {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return neg, hi, lo, true
}

// bigInt reads what magnitude reads, however wide: the rare path.
func bigInt(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// amountBytes returns a decimal's bytes as an amount.
func amountBytes(b []byte, from, to int) (int64, loan.Reason) {
	if neg, hi, lo, ok := magnitude(b); ok {
		return amount128(neg, hi, lo, from, to)
	}
	v := bigInt(b)
	if from > to {
		d := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(from-to)), nil)
		r := new(big.Int)
		if v.QuoRem(v, d, r); r.Sign() != 0 {
			return 0, loan.AmountPrecision
		}
	}
	if !v.IsInt64() || from <= to {
		return 0, loan.AmountOverflow
	}
	return amountOf(v.Int64(), to, to)
}

// rateBytes returns a decimal's bytes as a rate. A rate of more than 128 bits
// is cut to them: its digits lie far beyond a billionth, or it is far above 10.
func rateBytes(b []byte, from int) (int64, loan.Reason) {
	if neg, hi, lo, ok := magnitude(b); ok {
		return rate128(neg, hi, lo, from)
	}
	v := bigInt(b)
	neg := v.Sign() < 0
	v.Abs(v)
	for ; v.BitLen() > 128 && from > 0; from-- {
		v.Quo(v, big.NewInt(10))
	}
	if v.BitLen() > 128 {
		return 0, loan.RateOutOfRange
	}
	lo := new(big.Int).And(v, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return rate128(neg, v.Rsh(v, 64).Uint64(), lo, from)
}
