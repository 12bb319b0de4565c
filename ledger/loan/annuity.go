package loan

import (
	"math/big"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Rounding says how an instalment of principal and interest is rounded: to a multiple
// of a number of minor units, half-even, up or down. The zero value is half-even to one.
type Rounding struct {
	Mode     RoundingMode
	Multiple money.Amount // 0 means one minor unit
}

// A RoundingMode is a direction of rounding.
type RoundingMode uint8

// The modes.
const (
	HalfEven RoundingMode = iota
	Up
	Down
	RoundingModes // how many there are
)

// Annuities computes level payments and remembers the factors behind them. It
// belongs to one worker. The zero value is ready to use.
type Annuities struct {
	factors map[annuityKey]*big.Int
}

type annuityKey struct {
	rate         money.Rate
	installments int32
	frequency    Frequency
	dayCount     civil.DayCount
	disbursed    civil.Date // 0 with first where the dates make no difference
	first        civil.Date
	grace        Grace
}

// factorBits is the precision of a cached factor: with 1,200 periods and
// amounts below 2^50 the error of a payment stays below 2^-160 minor units.
const factorBits = 256

// Level returns the level payment A = P / Σ Π 1/(1 + r_j), rounded once. It is
// exact: a result too near to a tie for the fixed-point factor is computed again
// in rationals.
func (a *Annuities) Level(t *Terms, r Rounding) money.Amount {
	if t.Method != Annuity {
		return 0
	}
	unit := max(r.Multiple, 1)
	if t.Rate == 0 {
		return roundRat(big.NewRat(int64(t.Principal), int64(t.Installments-t.Grace.Principal)), r.Mode, unit)
	}
	x := new(big.Int).Mul(big.NewInt(int64(t.Principal)), a.factor(t))
	den := new(big.Int).Lsh(big.NewInt(int64(unit)), factorBits)
	q, rem := new(big.Int).QuoRem(x, den, new(big.Int))
	// Ties, and whole multiples for up and down, are at a remainder of 0 or half.
	margin := new(big.Int).Lsh(big.NewInt(1), factorBits-100)
	twice := new(big.Int).Lsh(rem, 1)
	near := func(y *big.Int) bool {
		return new(big.Int).Abs(new(big.Int).Sub(twice, y)).Cmp(margin) <= 0
	}
	if near(new(big.Int)) || near(den) || near(new(big.Int).Lsh(den, 1)) {
		return roundRat(t.exactLevel(), r.Mode, unit)
	}
	n := q.Int64()
	if r.Mode == Up || r.Mode == HalfEven && twice.Cmp(den) > 0 {
		n++
	}
	return money.Amount(n) * unit
}

// factor returns 1/Σ Π 1/(1 + r_j) as a fixed-point number.
func (a *Annuities) factor(t *Terms) *big.Int {
	key := annuityKey{t.Rate, t.Installments, t.Frequency, t.DayCount, t.DisbursedOn, t.FirstDueOn, t.Grace}
	if t.DayCount == civil.Thirty360 && t.Frequency > 0 && t.firstIsRegular() {
		key.disbursed, key.first = 0, 0
	}
	if f, ok := a.factors[key]; ok {
		return f
	}
	one := new(big.Int).Lsh(big.NewInt(1), factorBits)
	v, sum := new(big.Int).Set(one), new(big.Int)
	from := t.DueOn(t.Grace.Principal)
	num, den := new(big.Int), new(big.Int)
	for k := t.Grace.Principal + 1; k <= t.Installments; k++ {
		due := t.DueOn(k)
		if k > t.Grace.Free {
			y := t.fraction(k, from, due)
			// 1/(1 + rate·y) = D / (D + rate·num) with D = 10^9·den.
			den.Mul(big.NewInt(int64(money.RateOne)), big.NewInt(y.Den))
			num.Mul(big.NewInt(int64(t.Rate)), big.NewInt(y.Num))
			num.Add(num, den)
			v.Quo(v.Mul(v, den), num)
		}
		sum.Add(sum, v)
		from = due
	}
	f := new(big.Int).Quo(new(big.Int).Lsh(one, factorBits), sum)
	if a.factors == nil || len(a.factors) >= factorsMax {
		a.factors = make(map[annuityKey]*big.Int)
	}
	a.factors[key] = f
	return f
}

// factorsMax bounds the cache: 65,536 factors are about 16 MB.
const factorsMax = 1 << 16

// exactLevel returns the level payment before rounding.
func (t *Terms) exactLevel() *big.Rat {
	grace := t.Grace.Principal
	return t.levelBy(int(t.Installments-grace), func(i int) civil.Fraction {
		k := grace + 1 + int32(i)
		if k <= t.Grace.Free {
			return noInterest
		}
		return t.fraction(k, t.DueOn(k-1), t.DueOn(k))
	})
}

// noInterest is the length of a period that bears none.
var noInterest = civil.Fraction{Num: 0, Den: 1}

// levelBy returns the payment that pays the principal over n periods, which are so long.
func (t *Terms) levelBy(n int, length func(i int) civil.Fraction) *big.Rat {
	one := big.NewRat(1, 1)
	v, sum := big.NewRat(1, 1), new(big.Rat)
	for i := range n {
		y := length(i)
		rate := new(big.Rat).Mul(big.NewRat(int64(t.Rate), int64(money.RateOne)), big.NewRat(y.Num, y.Den))
		v.Quo(v, rate.Add(rate, one))
		sum.Add(sum, v)
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt64(int64(t.Principal)), sum)
}

// roundRat rounds a positive rational to a multiple of unit.
func roundRat(x *big.Rat, mode RoundingMode, unit money.Amount) money.Amount {
	den := new(big.Int).Mul(x.Denom(), big.NewInt(int64(unit)))
	q, rem := new(big.Int).QuoRem(x.Num(), den, new(big.Int))
	n := q.Int64()
	switch cmp := rem.Lsh(rem, 1).Cmp(den); {
	case mode == Up && rem.Sign() > 0, mode == HalfEven && (cmp > 0 || cmp == 0 && n&1 == 1):
		n++
	}
	return money.Amount(n) * unit
}

// levelOver is the level payment of the terms' principal over given instalments,
// whose dates may be any.
func (t *Terms) levelOver(items []Installment, r Rounding, m *DueDates) money.Amount {
	level := t.levelBy(len(items), func(i int) civil.Fraction {
		if t.free(items[i].No) {
			return noInterest
		}
		return m.spanUnmoved(t, items, i, m.begins(t, &items[i]))
	})
	return roundRat(level, r.Mode, max(r.Multiple, 1))
}
