package real

import (
	"math"
	"math/big"
	"testing"
)

// bigExp returns e to the power of x by its series, with 300 bits.
func bigExp(x float64) *big.Float {
	const bits = 300
	f := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	r := f(x)
	r.Quo(r, f(1024))
	sum, term := f(1), f(1)
	for i := 1; i < 60; i++ {
		term.Mul(term, r)
		term.Quo(term, f(float64(i)))
		sum.Add(sum, term)
	}
	for range 10 {
		sum.Mul(sum, sum)
	}
	return sum
}

// off returns by how many units in the last place a float is off.
func off(got float64, want *big.Float) float64 {
	d := new(big.Float).SetPrec(300).Sub(big.NewFloat(got), want)
	ulp := math.Nextafter(math.Abs(got), math.Inf(1)) - math.Abs(got)
	x, _ := d.Quo(d, big.NewFloat(ulp)).Float64()
	return math.Abs(x)
}

// sample returns numbers that look random, from below to above.
func sample(n int, from, to float64) []float64 {
	list, seed := make([]float64, n), uint64(1)
	for i := range list {
		seed = seed*6364136223846793005 + 1442695040888963407
		list[i] = from + (to-from)*float64(seed>>11)/(1<<53)
	}
	return list
}

func TestExp(t *testing.T) {
	worst := 0.0
	list := append(sample(20000, -3, 3), sample(5000, -700, 700)...)
	list = append(list, 0, 1, -1, 1e-9, -1e-9, 1e-300, math.Ln2, -math.Ln2, math.Ln2/256, 709.7, -708)
	for _, x := range list {
		d := off(Exp(x), bigExp(x))
		if worst = max(worst, d); d > 0.51 {
			t.Errorf("Exp(%v) = %v is off by %.3f units in the last place", x, Exp(x), d)
		}
	}
	t.Logf("worst: %.4f units in the last place", worst)
	for _, x := range []struct{ of, want float64 }{
		{0, 1}, {math.Inf(1), math.Inf(1)}, {math.Inf(-1), 0}, {710, math.Inf(1)}, {-746, 0}, {math.Copysign(0, -1), 1},
	} {
		if got := Exp(x.of); got != x.want {
			t.Errorf("Exp(%v) = %v, want %v", x.of, got, x.want)
		}
	}
	if got := Exp(-745); got <= 0 || got > 1e-323 {
		t.Errorf("Exp(-745) = %v", got)
	}
	if !math.IsNaN(Exp(math.NaN())) {
		t.Error("Exp(NaN) is a number")
	}
}

// The logarithm is right where the exponential of it leads back: e^(Ln x) = x.
func TestLn(t *testing.T) {
	for _, x := range append(sample(20000, 0.01, 30), 1, 2, 0.5, 1e-300, 1e300, 5e-324, math.Nextafter(1, 2), math.Nextafter(1, 0)) {
		got := Ln(x)
		back := bigExp(got)
		// ln x - got = ln(x/back), which is x/back - 1 for what is so near.
		d := new(big.Float).SetPrec(300).Quo(big.NewFloat(x), back)
		d.Sub(d, big.NewFloat(1))
		miss, _ := d.Float64()
		ulp := math.Nextafter(math.Abs(got), math.Inf(1)) - math.Abs(got)
		if math.Abs(miss) > ulp {
			t.Errorf("Ln(%v) = %v is off by %.3f units in the last place", x, got, math.Abs(miss)/ulp)
		}
	}
	if Ln(1) != 0 || !math.IsInf(Ln(0), -1) || !math.IsNaN(Ln(-1)) || !math.IsNaN(Ln(math.NaN())) || !math.IsInf(Ln(math.Inf(1)), 1) {
		t.Error("the logarithm of a bound is wrong")
	}
}

// Every half-life that a policy may state is rounded as the exact value is: r is right when
// (r-½)^days · 2 <= 10^9^days < (r+½)^days · 2, by powers of whole numbers.
func TestDecay(t *testing.T) {
	for _, x := range []struct {
		days int32
		want int64
	}{{1, 500000000}, {2, 707106781}, {90, 992327946}, {365, 998102769}} {
		if got := Decay(x.days); got != x.want {
			t.Errorf("Decay(%d) = %d, want %d", x.days, got, x.want)
		}
	}
	for days := int32(1); days <= 36500; days++ {
		if days > 300 && days%487 != 0 && days != 36500 {
			continue
		}
		r := Decay(days)
		if doubled(2*r-1, days).Cmp(target(days)) > 0 || doubled(2*r+1, days).Cmp(target(days)) <= 0 {
			t.Errorf("Decay(%d) = %d is not the nearest", days, r)
		}
	}
}

func raised(x int64, n int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(x), big.NewInt(int64(n)), nil)
}

// doubled returns 2·x^n.
func doubled(x int64, n int32) *big.Int { return new(big.Int).Lsh(raised(x, n), 1) }

// target returns (2·10^9)^n.
func target(n int32) *big.Int { return raised(2_000_000_000, n) }
