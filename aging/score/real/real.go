// Package real has the exponential and the logarithm in pure Go, so that a probability, a
// half-life and an index of stability have the same bits on every machine. Those of the
// package math are written in assembly for some machines, and where a product is added to
// something the compiler may round once instead of twice; here each product is converted
// before it is added, which the language forbids to fuse. It is pure.
package real

import (
	"math"
	"math/big"
)

// steps is how many powers of 2 from 1 to below 2 there are in the table.
const steps = 128

// A power is 2 to the power of j/steps as the sum of two floats.
type power struct{ high, low float64 }

var powers = tabulate()

// tabulate computes the powers by square roots, to far more digits than two floats hold.
func tabulate() (table [steps]power) {
	const bits = 200
	root := new(big.Float).SetPrec(bits).SetInt64(2)
	for n := 1; n < steps; n *= 2 {
		root.Sqrt(root)
	}
	x := new(big.Float).SetPrec(bits).SetInt64(1)
	for j := range table {
		p := &table[j]
		p.high, _ = x.Float64()
		p.low, _ = new(big.Float).SetPrec(bits).Sub(x, big.NewFloat(p.high)).Float64()
		x.Mul(x, root)
	}
	return table
}

// ln 2 as the sum of two floats; the first has so few bits that a whole number of up to 20
// bits times it is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Exp returns e to the power of x, off by at most 0.51 units in the last place: +Inf above
// 709.78, 0 below -745.13, NaN of NaN. Results below 2^-1022 are rounded twice.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 709.782712893384:
		return math.Inf(1)
	case x < -745.1332191019412:
		return 0
	}
	n := math.Floor(float64(x*(steps/math.Ln2)) + 0.5)
	k := int(n)
	// r = x - n·ln2/steps, within ln2/(2·steps): the first difference is exact.
	high := x - float64(n*(ln2High/steps))
	low := float64(n * (ln2Low / steps))
	r := high - low
	low += r - high // what the difference lost, taken from the result below
	q := float64(r*(1.0/120)) + 1.0/24
	q = float64(r*q) + 1.0/6
	q = float64(r*q) + 0.5
	q = float64(float64(r*r)*q) - low + r // e^r - 1
	p := &powers[k&(steps-1)]
	y := p.high + (float64(p.high*q) + p.low)
	return math.Ldexp(y, k>>7)
}

// Ln returns the natural logarithm of x, off by less than one unit in the last place: -Inf of
// 0, NaN of what is negative. The method is that of FreeBSD's e_log.c.
func Ln(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	f, exponent := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f *= 2
		exponent--
	}
	f--
	k := float64(exponent)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := float64(s4*1.531383769920937332e-01) + 2.222219843214978396e-01
	t1 = float64(s4*t1) + 3.999999999940941908e-01
	t1 = float64(s4 * t1)
	t2 := float64(s4*1.479819860511658591e-01) + 1.818357216161805012e-01
	t2 = float64(s4*t2) + 2.857142874366239149e-01
	t2 = float64(s4*t2) + 6.666666666666735130e-01
	t2 = float64(s2 * t2)
	half := float64(0.5 * float64(f*f))
	inner := float64(s*float64(half+float64(t1+t2))) + float64(k*ln2Low)
	return float64(k*ln2High) - ((half - inner) - f)
}

// Decay returns round(10^9 · 2^(-1/days)), by which what is left after a day is found in
// billionths: after that many days it is half. Days are 1 or more.
func Decay(days int32) int64 {
	return int64(math.RoundToEven(1e9 * Exp(-math.Ln2/float64(days))))
}
