package money

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// halfEven rounds a rational half-even, the plain way.
func halfEven(x *big.Rat) *big.Int {
	two := big.NewInt(2)
	q, r := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	cmp := new(big.Int).Mul(new(big.Int).Abs(r), two).Cmp(x.Denom())
	if cmp > 0 || cmp == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(x.Sign())))
	}
	return q
}

func TestMulDivIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(-1e15, 1e15).Draw(t, "a")
		b := rapid.Int64Range(-1e9, 1e9).Draw(t, "b")
		c := rapid.Int64Range(1e6, 1e15).Draw(t, "c")
		want := halfEven(new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(c)))
		if got := MulDiv(a, b, c); got != want.Int64() {
			t.Fatalf("%d × %d ÷ %d is %d, want %d", a, b, c, got, want)
		}
	})
}

func TestMulMulDivIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1e15).Draw(t, "a")
		b := rapid.Int64Range(0, 1e10).Draw(t, "b")
		c := rapid.Int64Range(0, 2e6).Draw(t, "c")
		d := rapid.Int64Range(133590e9, 133590e10).Draw(t, "d")
		x := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want := halfEven(new(big.Rat).SetFrac(x.Mul(x, big.NewInt(c)), big.NewInt(d)))
		if got := MulMulDiv(a, b, c, d); got != want.Int64() {
			t.Fatalf("%d × %d × %d ÷ %d is %d, want %d", a, b, c, d, got, want)
		}
	})
}

func TestTiesGoToEven(t *testing.T) {
	for _, x := range []struct{ a, b, c, want int64 }{
		{1, 1, 2, 0}, {3, 1, 2, 2}, {5, 1, 2, 2}, {7, 1, 2, 4}, {-1, 1, 2, 0}, {-3, 1, 2, -2}, {1, -5, 2, -2}, {0, 9, 4, 0},
	} {
		if got := MulDiv(x.a, x.b, x.c); got != x.want {
			t.Errorf("%d × %d ÷ %d is %d, want %d", x.a, x.b, x.c, got, x.want)
		}
	}
}

func TestOverflowIsAPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a quotient above 64 bits went through")
		}
	}()
	MulDiv(1<<62, 1<<62, 1)
}

func TestText(t *testing.T) {
	for _, x := range []struct {
		a      Amount
		digits int
		want   string
	}{
		{0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {12345, 2, "123.45"}, {-100, 2, "-1.00"}, {7, 0, "7"}, {0, 0, "0"},
		{1234, 3, "1.234"}, {-1 << 63, 2, "-92233720368547758.08"},
	} {
		if got := x.a.Text(x.digits); got != x.want {
			t.Errorf("%d with %d digits is %s, want %s", int64(x.a), x.digits, got, x.want)
		}
	}
	if got := Rate(240_000_000).String(); got != "0.24" {
		t.Errorf("24 %% is %s", got)
	}
	if got := (2 * RateOne).String(); got != "2" {
		t.Errorf("200 %% is %s", got)
	}
}

func TestParseDecimal(t *testing.T) {
	for _, x := range []struct {
		in     string
		digits int
		want   int64
		ok     bool
	}{
		{"12.34", 2, 1234, true}, {"12.340", 2, 1234, true}, {"12.345", 2, 0, false}, {"-0.01", 2, -1, true}, {"7", 2, 700, true},
		{".5", 2, 50, true}, {"", 2, 0, false}, {".", 2, 0, false}, {"1e3", 2, 0, false}, {"99999999999999999999", 2, 0, false},
		{"1.2.3", 2, 0, false}, {"+3", 0, 3, true},
	} {
		got, err := ParseDecimal(x.in, x.digits)
		if (err == nil) != x.ok || got != x.want {
			t.Errorf("%q with %d digits is %d, %v", x.in, x.digits, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(-1e17, 1e17).Draw(t, "amount"))
		digits := rapid.IntRange(0, 4).Draw(t, "digits")
		if back, err := ParseDecimal(a.Text(digits), digits); err != nil || Amount(back) != a {
			t.Fatalf("%s came back as %d, %v", a.Text(digits), back, err)
		}
	})
}

func TestDigits(t *testing.T) {
	for code, want := range map[string]int{"CNY": 2, "EUR": 2, "USD": 2, "INR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "CLF": 4} {
		if got, ok := Digits(code); !ok || got != want {
			t.Errorf("%s has %d digits, %v, want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "XXX", "XAU", "cny", "RMB"} {
		if _, ok := Digits(code); ok {
			t.Errorf("%q passes for a currency", code)
		}
	}
}
