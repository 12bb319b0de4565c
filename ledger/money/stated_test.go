package money

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestStatedUnits(t *testing.T) {
	for _, x := range []struct {
		stated Stated
		scale  int64
		want   Amount
		misfit Misfit
	}{
		{Stated{1234, false}, 1, 1234, Fits},
		{Stated{1234, true}, 1, 1234, Fits},
		{Stated{1200, false}, 100, 12, Fits}, // yen beside a currency of two digits
		{Stated{12, true}, 100, 12, Fits},
		{Stated{1234, false}, 100, 0, TooPrecise},
		{Stated{-1200, false}, 100, -12, Fits},
		{Stated{-1234, false}, 100, 0, TooPrecise},
		{Stated{0, false}, 1000, 0, Fits},
		{Stated{int64(Max), false}, 100, Max / 100, Fits},
		{Stated{int64(Max) + 100, false}, 100, Max/100 + 1, TooLarge},
		{Stated{int64(Max) / 100, true}, 100, Max / 100, Fits},
		{Stated{int64(Max)/100 + 1, true}, 100, Max/100 + 1, TooLarge},
		{Stated{int64(Max) + 1, true}, 1, Max + 1, TooLarge},
	} {
		if got, misfit := x.stated.Units(x.scale); got != x.want || misfit != x.misfit {
			t.Errorf("%+v at %d: %d, %d, want %d, %d", x.stated, x.scale, got, misfit, x.want, x.misfit)
		}
	}
}

// Both ways to state an amount come to the same units, and an amount that fits is at
// the shared scale what it was.
func TestStatedWaysAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := Pow10(rapid.IntRange(0, 4).Draw(t, "digits"))
		units := rapid.Int64Range(-2*int64(Max)/scale, 2*int64(Max)/scale).Draw(t, "units")
		rest := rapid.Int64Range(0, scale-1).Draw(t, "rest")
		minor, fine := Stated{units, true}, Stated{units * scale, false}
		a, why := minor.Units(scale)
		b, same := fine.Units(scale)
		if a != b || why != same || minor.AtScale(scale) != fine.AtScale(scale) {
			t.Fatalf("%d units at %d: %d, %d in minor units, %d, %d at scale", units, scale, a, why, b, same)
		}
		large := new(big.Int).Mul(big.NewInt(units), big.NewInt(scale)).Cmp(big.NewInt(int64(Max))) > 0
		if (why == TooLarge) != large {
			t.Fatalf("%d units at %d: %d, but above the largest: %v", units, scale, why, large)
		}
		if _, why := (Stated{units*scale + rest, false}).Units(scale); (why == TooPrecise) != (rest != 0) {
			t.Fatalf("%d units and %d parts of %d: %d", units, rest, scale, why)
		}
	})
}
