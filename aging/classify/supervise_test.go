package classify

import (
	"testing"

	"daybook/ledger/civil"
)

// A band and a factor are reached on the day after the anniversary, and not on it.
func TestYearsAreReachedTheDayAfter(t *testing.T) {
	oldest := civil.Of(2024, 2, 29)
	for _, c := range []struct {
		on   civil.Date
		days int32
		want uint8
	}{
		{civil.Of(2024, 3, 30), 30, UpTo30}, {civil.Of(2024, 3, 31), 31, UpTo90}, {civil.Of(2024, 5, 29), 90, UpTo90}, {civil.Of(2024, 5, 30), 91, UpTo180},
		{civil.Of(2024, 8, 27), 180, UpTo180}, {civil.Of(2024, 8, 28), 181, UpToYear}, {civil.Of(2025, 2, 28), 365, UpToYear}, {civil.Of(2025, 3, 1), 366, UpTo2Years},
		{civil.Of(2026, 2, 28), 730, UpTo2Years}, {civil.Of(2026, 3, 1), 731, UpTo5Years}, {civil.Of(2029, 2, 28), 1826, UpTo5Years}, {civil.Of(2029, 3, 1), 1827, UpTo7Years},
		{civil.Of(2031, 2, 28), 2556, UpTo7Years}, {civil.Of(2031, 3, 1), 2557, Over7Years}, {civil.Of(2026, 3, 1), 180, UpTo180},
	} {
		if got := BandOf(c.on, c.days, oldest); got != c.want {
			t.Errorf("%s, %d days: band %d, want %d", c.on, c.days, got, c.want)
		}
	}
	b := Backstop{From: civil.Of(2019, 4, 26), Factors: []Factor{{"> 2", 24, 350_000_000}, {"> 3", 36, 1_000_000_000}}}
	since := civil.Of(2024, 2, 29)
	for _, c := range []struct {
		on, disbursed civil.Date
		want          uint8
	}{
		{civil.Of(2026, 2, 28), b.From, 0}, {civil.Of(2026, 3, 1), b.From, 1}, {civil.Of(2026, 3, 1), b.From - 1, 0},
		{civil.Of(2027, 2, 28), b.From, 1}, {civil.Of(2027, 3, 1), b.From, 2},
	} {
		if got := b.Years(c.on, c.disbursed, since); got != c.want {
			t.Errorf("%s, lent on %s: %d factors, want %d", c.on, c.disbursed, got, c.want)
		}
	}
	if got := b.Years(since+2000, b.From, civil.None); got != 0 {
		t.Errorf("a performing loan has reached %d factors", got)
	}
	if required, short := b.Require(1, 10_001, 3_000); required != 3_500 || short != 500 { // 3500.35
		t.Errorf("required %d, open %d", required, short)
	}
	if required, short := b.Require(2, 100, 101); required != 100 || short != 0 {
		t.Errorf("required %d, open %d", required, short)
	}
}
