package loan

import (
	"math/big"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An Earning says how the interest of a plan that comes with its instalments is earned.
type Earning uint8

// The ways.
const (
	EarnRate Earning = iota // by the plan's own rate over its life (IFRS 9 5.4.1, ASC 310-20)
	EarnEven                // evenly over the days of the plan
	EarnLine                // that of each line within its own period
	Earnings                // how many there are
)

var earningNames = [Earnings]string{"rate", "even", "line"}

func (w Earning) String() string { return earningNames[w] }

// ParseEarning reads the earned column of schedules.
func ParseEarning(s string) (Earning, bool) {
	for w, name := range earningNames {
		if name == s {
			return Earning(w), true
		}
	}
	return 0, false
}

// Earn sets what each instalment of a plan, from a day on, earns in its period beyond
// the interest that falls due with it. In all they earn what falls due.
func (w Earning) Earn(plan []Installment, from civil.Date) {
	total := money.Amount(0)
	for i := range plan {
		plan[i].More = 0
		total += plan[i].Due[Interest]
	}
	if w == EarnLine || total == 0 {
		return
	}
	by := earnedEvenly(plan, from, total)
	if w == EarnRate {
		if by = earnedByRate(plan, from); by == nil {
			return // no rate discounts it to what was lent
		}
	}
	before := money.Amount(0)
	for i := range plan {
		earned := by(i)
		if i == len(plan)-1 {
			earned = total
		}
		plan[i].More = earned - before - plan[i].Due[Interest]
		before = earned
	}
}

// earnedEvenly is what is earned by the due date of each instalment, evenly by days.
func earnedEvenly(plan []Installment, from civil.Date, total money.Amount) func(i int) money.Amount {
	days := int64(plan[len(plan)-1].DueOn - from)
	return func(i int) money.Amount {
		if days == 0 {
			return total
		}
		return money.Amount(money.MulDiv(int64(total), int64(plan[i].DueOn-from), days))
	}
}

// precision in bits is that of what follows: 1e-15 of a rate is 50 bits, and a life has some
// thousand products.
const precision = 256

func float(x int64) *big.Float { return new(big.Float).SetPrec(precision).SetInt64(x) }

// earnedByRate is what is earned by the due date of each instalment by the plan's own
// rate e, the root of P = sum of (p + i) / (1 + e)^(d/365), to 15 decimals: the amortised
// cost grows by it and falls by what is due. It is called in the order of the plan; nil
// where there is no rate.
func earnedByRate(plan []Installment, from civil.Date) func(i int) money.Amount {
	daily := dailyFactor(plan, from)
	if daily == nil {
		return nil
	}
	cost, due := float(0), float(0)
	for i := range plan {
		cost.Add(cost, float(int64(plan[i].Due[Principal])))
	}
	lent := new(big.Float).Copy(cost)
	day := from
	return func(i int) money.Amount {
		it := &plan[i]
		pay := float(int64(it.Due[Principal] + it.Due[Interest]))
		cost.Mul(cost, power(daily, int64(it.DueOn-day)))
		cost.Sub(cost, pay)
		due.Add(due, pay)
		day = it.DueOn
		x := new(big.Float).SetPrec(precision).Sub(cost, lent)
		return money.Amount(nearest(x.Add(x, due)))
	}
}

// dailyFactor is (1 + e)^(1/365), or nil where there is no e.
func dailyFactor(plan []Installment, from civil.Date) *big.Float {
	v := discount(plan, from)
	if v == nil {
		return nil
	}
	// e to 15 decimals, and the 365th root of 1 + e again.
	year := new(big.Float).SetPrec(precision).Quo(float(1), power(v, 365))
	scale := float(1_000_000_000_000_000)
	e := new(big.Float).SetPrec(precision).Sub(year, float(1))
	rounded := new(big.Float).SetPrec(precision).SetInt(nearestInt(e.Mul(e, scale)))
	year.Add(float(1), rounded.Quo(rounded, scale))
	x := new(big.Float).SetPrec(precision).Quo(float(1), v)
	for range 8 { // e is off by less than 1e-15: each step doubles the digits that are right
		below := power(x, 364)
		off := new(big.Float).SetPrec(precision).Mul(below, x)
		off.Sub(off, year)
		x.Sub(x, off.Quo(off, below.Mul(below, float(365))))
	}
	return x
}

// discount is the daily discount factor by which the plan is worth its principal, or nil.
// What it is worth rises with the factor, and ever more so: Newton's steps from 1, where it
// is worth all that falls due, come down to the root and never pass it.
func discount(plan []Installment, from civil.Date) *big.Float {
	principal := money.Amount(0)
	for i := range plan {
		principal += plan[i].Due[Principal]
	}
	v, least := float(1), new(big.Float).SetMantExp(float(1), -200)
	for range stepsMax {
		worth, slope := float(0), float(0)
		at, day := float(1), int64(0)
		for i := range plan {
			d := int64(plan[i].DueOn - from)
			at.Mul(at, power(v, d-day))
			day = d
			part := new(big.Float).SetPrec(precision).Mul(at, float(int64(plan[i].Due[Principal]+plan[i].Due[Interest])))
			worth.Add(worth, part)
			slope.Add(slope, part.Mul(part, float(d)))
		}
		if slope.Sign() <= 0 {
			return nil
		}
		slope.Quo(slope, v)
		worth.Sub(worth, float(int64(principal)))
		step := worth.Quo(worth, slope)
		v.Sub(v, step)
		if v.Sign() <= 0 {
			return nil
		}
		if step.Abs(step).Cmp(least) < 0 {
			return v
		}
	}
	return nil
}

// stepsMax bounds Newton's steps: beyond it a plan grows a principal by e^500.
const stepsMax = 500

// power is x^n, n at least 0.
func power(x *big.Float, n int64) *big.Float {
	p, b := float(1), new(big.Float).Copy(x)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p.Mul(p, b)
		}
		b.Mul(b, b)
	}
	return p
}

// nearestInt rounds half-even to a whole number.
func nearestInt(x *big.Float) *big.Int {
	n, _ := x.Int(nil) // towards zero
	rest := new(big.Float).SetPrec(precision).Sub(x, new(big.Float).SetPrec(precision).SetInt(n))
	sign := int64(rest.Sign())
	if c := rest.Abs(rest).Cmp(big.NewFloat(0.5)); c > 0 || c == 0 && n.Bit(0) == 1 {
		n.Add(n, big.NewInt(sign))
	}
	return n
}

func nearest(x *big.Float) int64 { return nearestInt(x).Int64() }

// deferred is the interest that was earned before item first, or left to be earned where it
// is below zero, and that falls due with it and those after it.
func (r *Run) deferred(first int) (interest money.Amount) {
	for i := first; i < len(r.items); i++ {
		interest -= r.items[i].More
	}
	return interest
}

// unpaidInterest is what is not met of the interest that fell due before item first.
func (r *Run) unpaidInterest(first int) (interest money.Amount) {
	for i := range r.items[:first] {
		interest += r.items[i].Due[Interest] - r.items[i].Paid[Interest]
	}
	return interest
}

// dueBy is the interest that item first has earned by a day in its period, and what the
// item is due if all that is earned by then falls due with it: that of the periods before
// too, and less where they asked for more than was earned, as far as it is not met. What
// they asked for beyond is unearned.
func (r *Run) dueBy(first int, day civil.Date) (earned, due, unearned money.Amount) {
	if first == len(r.items) {
		return 0, 0, 0
	}
	it := &r.items[first]
	it.Paid[Interest] += r.takeAhead(first, day)
	earned = r.payoffInterest(first, day)
	open := earned + r.deferred(first)
	due = max(open, min(earned, max(it.Paid[Interest]-it.Extra[Interest], 0)))
	return earned, due, due - open
}

// takeAhead takes from the items after first what was met of interest that is earned by a
// day and falls due with them: where it falls due with the first of them now, it is that
// one's.
func (r *Run) takeAhead(first int, day civil.Date) (met money.Amount) {
	earned := r.open(day)
	for i := range r.items {
		it := &r.items[i]
		if i > first {
			part := max(min(it.Paid[Interest], it.owed(Interest, day, earned))-it.Extra[Interest], 0)
			it.Paid[Interest] -= part
			met += part
		}
		earned -= it.own()
	}
	return met
}

// open is the interest that was earned by the close of a day and did not fall due before
// the first item: the items ask for it in their order.
func (r *Run) open(day civil.Date) money.Amount {
	interest := r.deferred(0)
	for i := range r.items {
		interest += r.items[i].Earned(day)
	}
	return interest
}
