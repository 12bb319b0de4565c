package provision

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// half rounds a fraction half-even, in whole numbers of any size.
func half(num, den *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	switch twice := new(big.Int).Lsh(r, 1); twice.Cmp(den) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

func n(x int64) *big.Int { return big.NewInt(x) }

func times(a ...*big.Int) *big.Int {
	p := n(1)
	for _, x := range a {
		p.Mul(p, x)
	}
	return p
}

func addYears(d civil.Date, k int) civil.Date {
	_, _, day := d.Split()
	return d.AddMonths(12*k, day)
}

// naiveDefault is F(t) of the contract, from its words.
func naiveDefault(b civil.Date, annual []int64, factor int64, t civil.Date) *big.Int {
	one := n(One)
	s := n(One)
	for k := 1; ; k++ {
		h := half(times(n(annual[min(k, len(annual))-1]), n(factor)), one)
		if h.Cmp(one) > 0 {
			h = one
		}
		next := half(times(s, new(big.Int).Sub(one, h)), one)
		from, to := addYears(b, k-1), addYears(b, k)
		if t <= to {
			f0, f1 := new(big.Int).Sub(one, s), new(big.Int).Sub(one, next)
			part := half(times(new(big.Int).Sub(f1, f0), n(int64(t-from))), n(int64(to-from)))
			return f0.Add(f0, part)
		}
		s = next
	}
}

type naiveScenario struct{ weight, pd, lgd int64 }

// naiveExpected is the loss of the contract, from its words.
func naiveExpected(b civil.Date, l *Loan, annual []int64, lgd int64, scenarios []naiveScenario) int64 {
	total := new(big.Int)
	for _, s := range scenarios {
		loss := half(times(n(lgd), n(s.lgd)), n(One))
		if loss.Cmp(n(One)) > 0 {
			loss = n(One)
		}
		if l.Scope == Impaired {
			total.Add(total, times(n(s.weight), loss, n(int64(l.Base))))
			continue
		}
		dues := l.Dues
		year := addYears(b, 1)
		if len(dues) == 0 {
			dues = []Due{{On: year}}
		}
		e, ead, d, before, last := new(big.Int), n(int64(l.Base)), n(1_000_000_000_000), n(0), b
		for _, due := range dues {
			on, end := due.On, false
			if l.Scope == TwelveMonths && on >= year {
				on, end = year, true
			}
			by := new(big.Int).Add(n(365*One), times(n(l.Rate), n(int64(on-last))))
			d = half(times(d, n(365*One)), by)
			f := naiveDefault(b, annual, s.pd, on)
			e.Add(e, times(new(big.Int).Sub(f, before), ead, d))
			before, last = f, on
			if ead.Sub(ead, n(int64(due.Principal))).Sign() < 0 {
				ead = n(0)
			}
			if end {
				break
			}
		}
		total.Add(total, times(n(s.weight), loss, e))
	}
	power := int64(18)
	if l.Scope != Impaired {
		power = 39
	}
	return half(total, new(big.Int).Exp(n(10), n(power), nil)).Int64()
}

// TestExpectedIsTheContracts holds the loss to the contract's words in whole numbers of any
// size.
func TestExpectedIsTheContracts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 39))
	for range 3000 {
		b := civil.Of(2020+r.IntN(9), 1+r.IntN(12), 1+r.IntN(28)) + civil.Date(r.IntN(4))
		annual := make([]int64, 1+r.IntN(4))
		for i := range annual {
			annual[i] = r.Int64N(One + 1)
		}
		lgd := r.Int64N(One + 1)
		var scenarios []naiveScenario
		left := int64(One)
		for left > 0 && len(scenarios) < 4 {
			w := r.Int64N(left + 1)
			if len(scenarios) == 3 {
				w = left
			}
			scenarios, left = append(scenarios, naiveScenario{w, r.Int64N(3 * One), r.Int64N(2 * One)}), left-w
		}
		l := Loan{Base: money.Amount(r.Int64N(1 << (1 + r.IntN(49)))), Rate: r.Int64N(4 * One / 10), Scope: Scope(r.IntN(3))}
		due, owed := b, l.Base
		for range r.IntN(40) {
			due += civil.Date(1 + r.IntN(95))
			p := min(money.Amount(r.Int64N(int64(l.Base)/8+2)), owed)
			owed -= p
			l.Dues = append(l.Dues, Due{due, p})
		}
		var given []Scenario
		for _, s := range scenarios {
			given = append(given, Scenario{Weight: s.weight, LGD: min(One, money.MulDiv(lgd, s.lgd, One)), Curve: NewCurve(b, annual, s.pd, YearsMax)})
		}
		if got, want := int64(Expected(&l, given)), naiveExpected(b, &l, annual, lgd, scenarios); got != want {
			t.Fatalf("%s: %+v with PD %v, LGD %d, %+v: %d, want %d", b, l, annual, lgd, scenarios, got, want)
		}
	}
}

// A curve is the same on days that are worked out beforehand and behind them.
func TestCurveAt(t *testing.T) {
	b := civil.Of(2024, 2, 29)
	c := NewCurve(b, []int64{15_000_000, 20_000_000}, 1_400_000_000, YearsMax)
	for _, days := range []int{0, 1, 365, 366, 367, 11_000, 12_000, 40_000} {
		day := b + civil.Date(days)
		if got, want := c.At(day), naiveDefault(b, []int64{15_000_000, 20_000_000}, 1_400_000_000, max(day, b)); days > 0 && got != want.Int64() {
			t.Errorf("on day %d: %d, want %d", days, got, want)
		}
	}
}

// A quotient that a float brings near is exact.
func TestDiscounted(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 12))
	for range 200_000 {
		d, rate, days := uint64(r.Int64N(discountOne+1)), r.Int64N(10*One+1), r.Int64N(40_000)
		want := half(times(new(big.Int).SetUint64(d), n(yearDays*One)), new(big.Int).Add(n(yearDays*One), times(n(rate), n(days))))
		if got := discounted(d, rate, days); got != want.Uint64() {
			t.Fatalf("%d at %d over %d days: %d, want %d", d, rate, days, got, want)
		}
	}
}
