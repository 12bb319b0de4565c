package intake

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"daybook/ledger/loan"
	"daybook/ledger/money"
)

func ratOf(v *big.Int, scale int) *big.Rat {
	d := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(v, d)
}

// halfEven rounds an exact fraction to an integer.
func halfEven(r *big.Rat) *big.Int {
	q, rest := new(big.Int).QuoRem(new(big.Int).Abs(r.Num()), r.Denom(), new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(r.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		q.Add(q, new(big.Int).And(q, big.NewInt(1)))
	}
	if r.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func wantAmount(exact *big.Rat, scale int) (int64, loan.Reason) {
	minor := new(big.Rat).Mul(exact, new(big.Rat).SetInt64(money.Pow10(scale)))
	switch {
	case !minor.IsInt():
		return 0, loan.AmountPrecision
	case new(big.Int).Abs(minor.Num()).Cmp(big.NewInt(int64(money.Max))) > 0:
		return 0, loan.AmountOverflow
	}
	return minor.Num().Int64(), loan.OK
}

// Decimals of every width and scale agree with exact fractions.
func TestDecimalsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200_000 {
		width := 1 + r.IntN(20)
		from, to := r.IntN(45), r.IntN(scaleMax+1)
		b := make([]byte, width)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		for i := range r.IntN(width + 1) { // sign extension: most real values are small
			b[i] = byte(int8(b[width-1]) >> 7)
		}
		v := bigInt(b)
		if n%2 == 0 { // trailing zeros
			v.Mul(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.IntN(20))), nil))
			b = unscaledBig(v, 40)
		}
		exact := ratOf(v, from)
		got, reason := amountBytes(b, from, to)
		if want, wantReason := wantAmount(exact, to); got != want || reason != wantReason {
			t.Fatalf("%v of scale %d as an amount of scale %d: got %d %s, want %d %s", v, from, to, got, reason.Code(), want, wantReason.Code())
		}
		if v.IsInt64() {
			if g, r := amountOf(v.Int64(), from, to); g != got || r != reason {
				t.Fatalf("%v of scale %d: %d %s as an integer, %d %s as bytes", v, from, g, r.Code(), got, reason.Code())
			}
		}
		rate, reason := rateBytes(b, from)
		want := halfEven(new(big.Rat).Mul(exact, new(big.Rat).SetInt64(1e9)))
		if reason == loan.OK && (!want.IsInt64() || rate != want.Int64()) || reason != loan.OK && want.IsInt64() && want.Int64() == int64(int32(want.Int64())) {
			t.Fatalf("%v of scale %d as a rate: got %d %s, want %v", v, from, rate, reason.Code(), want)
		}
	}
}

func unscaledBig(v *big.Int, width int) []byte {
	if v.Sign() < 0 {
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*width)))
	}
	return v.FillBytes(make([]byte, width))
}

// Floats are taken as the shortest decimals that read back as them.
func TestFloatsAreDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		v := math.Ldexp(r.Float64()-0.5, r.IntN(80)-30)
		if r.IntN(2) == 0 {
			v = float64(r.IntN(1e9)-5e8) / 100
		}
		exact, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'f', -1, 64))
		if !ok {
			t.Fatal(v)
		}
		micro := halfEven(new(big.Rat).Mul(exact, big.NewRat(1e6, 1)))
		want, wantReason := wantAmount(ratOf(micro, 6), 2)
		if math.Abs(v) > float64(money.Max) {
			want, wantReason = 0, loan.AmountOverflow
		}
		if got, reason := amountFloat(v, 64, 2); got != want || reason != wantReason {
			t.Fatalf("%v: got %d %s, want %d %s", v, got, reason.Code(), want, wantReason.Code())
		}
		rate, reason := rateFloat(v, 64)
		nano := halfEven(new(big.Rat).Mul(exact, big.NewRat(1e9, 1)))
		if math.Abs(v) < rateMax/1e9 && (reason != loan.OK || rate != nano.Int64()) {
			t.Fatalf("rate %v: got %d %s, want %v", v, rate, reason.Code(), nano)
		}
	}
}
