package intake

import (
	"bytes"
	"math"
	"strconv"

	"daybook/ledger/loan"
	"daybook/ledger/money"

	"github.com/parquet-go/parquet-go/format"
)

// floatDigits is what float money is rounded to before it must be whole minor
// units: it undoes what binary fractions do to 0.1.
const floatDigits = 6

// float returns a raw value as a float and the bits of its type.
func (l *leaf) float(raw int64) (v float64, size int) {
	if l.physical == format.Float {
		return float64(math.Float32frombits(uint32(raw))), 32
	}
	return math.Float64frombits(uint64(raw)), 64
}

// rounded returns |v| as whole units and a fraction of digits digits, rounded
// half-even from the shortest decimal that reads back as v: 0.24 as a FLOAT is
// 0.24, not 0.23999999463558197. |v| is at most 1e16.
func rounded(v float64, size, digits int) (whole, fraction int64) {
	v = math.Abs(v)
	if v < 1e-15 {
		return 0, 0
	}
	var buf [64]byte
	text := strconv.AppendFloat(buf[:0], v, 'f', -1, size)
	units, rest, _ := bytes.Cut(text, []byte{'.'})
	for _, c := range units {
		whole = whole*10 + int64(c-'0')
	}
	for i := range digits {
		fraction *= 10
		if i < len(rest) {
			fraction += int64(rest[i] - '0')
		}
	}
	if len(rest) > digits {
		rest = rest[digits:]
		up := rest[0] > '5' || rest[0] == '5' && (len(rest) > 1 || fraction&1 == 1)
		if up {
			fraction++
		}
	}
	if one := int64(pow10[digits]); fraction == one {
		whole, fraction = whole+1, 0
	}
	return whole, fraction
}

func amountFloat(v float64, size, scale int) (int64, loan.Reason) {
	switch {
	case math.Abs(v) > float64(money.Max): // infinite too
		return 0, loan.AmountOverflow
	}
	whole, fraction := rounded(v, size, floatDigits)
	cut := int64(pow10[floatDigits-scale])
	if fraction%cut != 0 {
		return 0, loan.AmountPrecision
	}
	one := int64(pow10[scale])
	if whole > int64(money.Max)/one {
		return 0, loan.AmountOverflow
	}
	a := whole*one + fraction/cut
	if a > int64(money.Max) {
		return 0, loan.AmountOverflow
	}
	if v < 0 {
		a = -a
	}
	return a, loan.OK
}

func rateFloat(v float64, size int) (int64, loan.Reason) {
	if math.Abs(v) > rateMax/1e9 {
		return 0, loan.RateOutOfRange
	}
	whole, fraction := rounded(v, size, 9)
	r := whole*1e9 + fraction
	if v < 0 {
		r = -r
	}
	return r, loan.OK
}
