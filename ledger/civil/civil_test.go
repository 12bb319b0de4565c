package civil

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDateAgainstTime(t *testing.T) {
	for d := Min; d <= Max; d += 97 {
		want := time.Unix(int64(d)*86400, 0).UTC()
		y, m, day := d.Split()
		if y != want.Year() || m != int(want.Month()) || day != want.Day() {
			t.Fatalf("%d splits into %d-%d-%d, want %s", d, y, m, day, want.Format(time.DateOnly))
		}
		if got := d.Weekday(); got != int(want.Weekday()) {
			t.Fatalf("%s is day %d of the week, want %s", d, got, want.Weekday())
		}
		if got := Of(y, m, day); got != d {
			t.Fatalf("%d-%d-%d is day %d, want %d", y, m, day, got, d)
		}
		if got := d.String(); got != want.Format(time.DateOnly) {
			t.Fatalf("%d is written %s, want %s", d, got, want.Format(time.DateOnly))
		}
	}
}

func TestParse(t *testing.T) {
	for _, x := range []struct {
		in string
		ok bool
	}{
		{"2024-02-29", true}, {"2023-02-29", false}, {"2026-11-31", false}, {"2026-13-01", false}, {"2026-1-01", false},
		{"20261123", false}, {"2026-11-23 ", false}, {"", false}, {"-026-11-23", false}, {"1900-01-01", true},
	} {
		d, err := Parse(x.in)
		if (err == nil) != x.ok {
			t.Errorf("parse %q: %v, %v", x.in, d, err)
		}
		if err == nil && d.String() != x.in {
			t.Errorf("%q came back as %s", x.in, d)
		}
	}
}

func TestAddMonthsKeepsTheDay(t *testing.T) {
	// Seed-date arithmetic: 31 January, 28 February, 31 March.
	seed := Of(2026, 1, 31)
	want := []string{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"}
	for n, w := range want {
		if got := seed.AddMonths(n, 31).String(); got != w {
			t.Errorf("%d months after %s is %s, want %s", n, seed, got, w)
		}
	}
	if got := Of(2024, 1, 31).AddMonths(1, 31).String(); got != "2024-02-29" {
		t.Errorf("a leap year's February ends on %s", got)
	}
	if got := Of(2026, 1, 31).AddMonths(-2, 31).String(); got != "2025-11-30" {
		t.Errorf("two months back is %s", got)
	}
}

func TestFractions(t *testing.T) {
	for _, x := range []struct {
		count    DayCount
		from, to string
		num, den int64
	}{
		{Act365F, "2026-01-01", "2026-02-01", 31, 365},
		{Act360, "2026-01-01", "2026-02-01", 31, 360},
		{ActAct, "2023-12-01", "2024-02-01", 31*366 + 31*365, 365 * 366},
		{ActAct, "2024-01-01", "2024-03-01", 60, 366},
		{Thirty360, "2026-01-31", "2026-02-28", 28, 360},
		{Thirty360, "2026-01-30", "2026-03-31", 60, 360},
		{Thirty360, "2026-02-28", "2026-03-31", 33, 360},
	} {
		from, _ := Parse(x.from)
		to, _ := Parse(x.to)
		if got := x.count.Fraction(from, to); got.Num*x.den != x.num*got.Den {
			t.Errorf("%s from %s to %s is %d/%d, want %d/%d", x.count, x.from, x.to, got.Num, got.Den, x.num, x.den)
		}
	}
}

func TestActActAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Date(rapid.IntRange(0, 30000).Draw(t, "from"))
		b := a + Date(rapid.IntRange(0, 4000).Draw(t, "days"))
		leap, other := LeapDays(a, b)
		if leap+other != int64(b-a) {
			t.Fatalf("%s to %s: %d + %d days, want %d", a, b, leap, other, b-a)
		}
	})
}
