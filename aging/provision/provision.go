// Package provision reckons what is to be provided for a loan: a share of a base, or the
// loss that is to be expected, all in integers. It is pure.
//
// Source: regulatory.md, section 5.
package provision

import (
	"math/bits"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// One is a rate, a probability or a weight of 100 %, in billionths.
const One = 1_000_000_000

// discountOne is a discount factor of 1.
const discountOne = 1_000_000_000_000

// yearDays is the days of a year that a rate is of.
const yearDays = 365

// AtRate returns a share of a base, rounded half-even; rate is in billionths.
func AtRate(base money.Amount, rate int64) money.Amount {
	return money.Amount(money.MulDiv(int64(base), rate, One))
}

// A Scenario is what one course of things does to a row of probabilities: its weight, its
// loss given default, and the probability that a loan has defaulted, by days from the
// business date, all in billionths.
type Scenario struct {
	Weight, LGD int64
	Curve       *Curve
}

// A Curve is the probability that a loan has defaulted by a day: F of the contract. It is
// of one business date, one row of annual probabilities and one factor.
type Curve struct {
	from   civil.Date
	yearly []int64      // S by year
	starts []civil.Date // A by year
	days   []int32      // F by days from the business date, for the first years
}

// tabledYears are the years whose days are worked out beforehand: most loans end in them.
const tabledYears = 6

// NewCurve returns the curve for annual probabilities of default, in billionths, of which
// the last goes on, times a factor, from a business date. It reaches so many years.
func NewCurve(from civil.Date, annual []int64, factor int64, years int) *Curve {
	c := &Curve{from: from, yearly: []int64{One}, starts: []civil.Date{from}}
	_, _, day := from.Split()
	for k := 1; k <= years; k++ {
		h := min(One, money.MulDiv(annual[min(k, len(annual))-1], factor, One))
		c.yearly = append(c.yearly, money.MulDiv(c.yearly[k-1], One-h, One))
		c.starts = append(c.starts, from.AddMonths(12*k, day))
	}
	c.days = make([]int32, int(c.starts[min(years, tabledYears)]-from)+1)
	for i := range c.days {
		c.days[i] = int32(c.reckon(from + civil.Date(i)))
	}
	return c
}

// Year returns the day a number of years after the business date.
func (c *Curve) Year(k int) civil.Date { return c.starts[k] }

// At returns the probability that a loan has defaulted by a day after the business date, or
// on it.
func (c *Curve) At(t civil.Date) int64 {
	if i := int(t - c.from); i < len(c.days) {
		return int64(c.days[i])
	}
	return c.reckon(t)
}

func (c *Curve) reckon(t civil.Date) int64 {
	k := min(int(t-c.from)/365+1, len(c.starts)-1) // at or behind the year that the day is in
	for k > 1 && c.starts[k-1] >= t {
		k--
	}
	f0, f1 := One-c.yearly[k-1], One-c.yearly[k]
	return f0 + money.MulDiv(f1-f0, int64(t-c.starts[k-1]), int64(c.starts[k]-c.starts[k-1]))
}

// A Due is principal that falls due on a day and is unpaid.
type Due struct {
	On        civil.Date
	Principal money.Amount
}

// A Loan is what the expected loss of a loan follows from.
type Loan struct {
	Base  money.Amount // exposure at default today
	Rate  int64        // a year, in billionths
	Dues  []Due        // after the business date, in their order; none: one year
	Scope Scope
}

// A Scope is how far expected loss looks.
type Scope uint8

// The scopes.
const (
	TwelveMonths Scope = iota
	Lifetime
	Impaired
)

// Expected returns the expected loss of a loan. Default is at the end of a period.
func Expected(l *Loan, scenarios []Scenario) money.Amount {
	if l.Base <= 0 || len(scenarios) == 0 {
		return 0
	}
	if l.Scope == Impaired {
		var sum wide
		for i := range scenarios {
			sum.addProduct(uint64(scenarios[i].Weight)*uint64(scenarios[i].LGD), 0, uint64(l.Base))
		}
		return money.Amount(sum.divided(9, 9))
	}
	year := scenarios[0].Curve.Year(1)
	from, exposure, discount := scenarios[0].Curve.from, l.Base, uint64(discountOne)
	var loss [scenariosMax]wide // by scenario, without weight and LGD
	var before [scenariosMax]int64
	dues := l.Dues
	if len(dues) == 0 {
		dues = []Due{{On: year}}
	}
	for i := range dues {
		on, last := dues[i].On, false
		if l.Scope == TwelveMonths && on >= year {
			on, last = year, true
		}
		discount = discounted(discount, l.Rate, int64(on-from))
		hi, lo := bits.Mul64(uint64(exposure), discount)
		for s := range scenarios {
			f := scenarios[s].Curve.At(on)
			loss[s].addProduct(lo, hi, uint64(f-before[s]))
			before[s] = f
		}
		from, exposure = on, max(exposure-dues[i].Principal, 0)
		if last || exposure == 0 {
			break
		}
	}
	var sum wide
	for s := range scenarios {
		sum.addScaled(&loss[s], uint64(scenarios[s].Weight)*uint64(scenarios[s].LGD))
	}
	return money.Amount(sum.divided(13, 13, 13))
}

// scenariosMax is the most scenarios of a pack.
const scenariosMax = 16

// ScenariosMax is the most scenarios of a pack.
const ScenariosMax = scenariosMax

// YearsMax is the furthest that a due date may lie ahead, in years.
const YearsMax = 120

// discounted brings a discount factor so many days on, at a rate a year in billionths.
func discounted(d uint64, rate, days int64) uint64 {
	const year = yearDays * One
	by := uint64(year + rate*days)
	// The quotient, up to a few units, and what it lacks: less than a word, so that the low
	// words tell it.
	q := uint64(float64(d) * (float64(year) / float64(by)))
	r := int64(d*year - q*by)
	for r < 0 {
		q, r = q-1, r+int64(by)
	}
	for r >= int64(by) {
		q, r = q+1, r-int64(by)
	}
	if half := int64(by) - r; r > half || r == half && q&1 == 1 {
		q++
	}
	return q
}

// A wide is a number of 256 bits, the lowest word first.
type wide [4]uint64

// addProduct adds (hi, lo) × x.
func (w *wide) addProduct(lo, hi, x uint64) {
	h0, l0 := bits.Mul64(lo, x)
	h1, l1 := bits.Mul64(hi, x)
	m, c := bits.Add64(h0, l1, 0)
	h1 += c
	w[0], c = bits.Add64(w[0], l0, 0)
	w[1], c = bits.Add64(w[1], m, c)
	w[2], c = bits.Add64(w[2], h1, c)
	w[3] += c // a word that no loss of a loan comes to the end of
}

// addScaled adds v × x.
func (w *wide) addScaled(v *wide, x uint64) {
	var p wide
	var carry uint64
	for i := range v {
		h, l := bits.Mul64(v[i], x)
		var c uint64
		p[i], c = bits.Add64(l, carry, 0)
		carry = h + c
	}
	if carry != 0 {
		panic("provision: internal error: a loss above 256 bits")
	}
	w.add(p)
}

func (w *wide) add(v wide) {
	var c uint64
	for i := range w {
		w[i], c = bits.Add64(w[i], v[i], c)
	}
	if c != 0 {
		panic("provision: internal error: a loss above 256 bits")
	}
}

// divided returns the number divided by ten to each of the powers, in turn, and rounded
// half-even once.
func (w *wide) divided(powers ...int) int64 {
	n := *w
	above, below, half := false, false, false // of one half: rests of the last division and of those before
	for i, p := range powers {
		d := uint64(money.Pow10(p))
		var r uint64
		for k := len(n) - 1; k >= 0; k-- {
			n[k], r = bits.Div64(r, n[k], d)
		}
		if i < len(powers)-1 {
			below = below || r != 0
			continue
		}
		above, half = r > d/2, r == d/2
	}
	if n[1] != 0 || n[2] != 0 || n[3] != 0 || n[0] > 1<<62 {
		panic("provision: internal error: a loss that no loan can have")
	}
	if above || half && (below || n[0]&1 == 1) {
		n[0]++
	}
	return int64(n[0])
}
