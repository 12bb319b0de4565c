package civil

import "fmt"

// A DayCount says how long a period is as a fraction of a year.
type DayCount uint8

// The day counts, by the names of ISDA 2006 section 4.16.
const (
	Thirty360 DayCount = iota // 30/360
	Act365F                   // ACT/365F
	Act360                    // ACT/360
	ActAct                    // ACT/ACT (ISDA)
	DayCounts                 // how many there are
)

var dayCountNames = [DayCounts]string{"30/360", "ACT/365F", "ACT/360", "ACT/ACT"}

func (c DayCount) String() string { return dayCountNames[c] }

// ParseDayCount reads a day count by its name.
func ParseDayCount(s string) (DayCount, error) {
	for i, n := range dayCountNames {
		if n == s {
			return DayCount(i), nil
		}
	}
	return 0, fmt.Errorf("day count %q is not one of %v", s, dayCountNames)
}

// A Fraction is an exact, unreduced share of a year: Num / Den, Den > 0.
type Fraction struct{ Num, Den int64 }

// Fraction returns the length of the period from one date to another, later
// or equal, as a fraction of a year. A regular period of whole months under
// 30/360 is m/12 exactly; that is for the caller to know, see loan.Terms.
func (c DayCount) Fraction(from, to Date) Fraction {
	switch c {
	case Act365F:
		return Fraction{int64(to - from), 365}
	case Act360:
		return Fraction{int64(to - from), 360}
	case ActAct:
		return actAct(from, to)
	}
	y1, m1, d1 := from.Split()
	y2, m2, d2 := to.Split()
	if d1 == 31 {
		d1 = 30
	}
	if d2 == 31 && d1 == 30 {
		d2 = 30
	}
	return Fraction{int64(360*(y2-y1) + 30*(m2-m1) + d2 - d1), 360}
}

// actAct counts days in leap years over 366 and the others over 365.
func actAct(from, to Date) Fraction {
	leap, other := LeapDays(from, to)
	switch {
	case leap == 0:
		return Fraction{other, 365}
	case other == 0:
		return Fraction{leap, 366}
	}
	return Fraction{leap*365 + other*366, 365 * 366}
}

// LeapDays returns the days from one date to another that lie in leap years, and
// the others.
func LeapDays(from, to Date) (leap, other int64) {
	y1, _, _ := from.Split()
	y2, _, _ := to.Split()
	for y := y1; y <= y2; y++ {
		a, b := max(from, Of(y, 1, 1)), min(to, Of(y+1, 1, 1))
		if Leap(y) {
			leap += int64(b - a)
		} else {
			other += int64(b - a)
		}
	}
	return leap, other
}
