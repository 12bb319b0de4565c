// Package civil has dates without a clock or a time zone. A Date is a count
// of days, so that days past due is one subtraction. It is pure.
package civil

import (
	"fmt"
	"math"
)

// Date is the number of days since 1970-01-01 in the proleptic Gregorian
// calendar. [None] stands for no date.
type Date int32

// None is the absent date; it sorts before every other date.
const None Date = math.MinInt32

// The first and last date that an input may carry: years 1900 to 9999.
const (
	Min Date = -25567
	Max Date = 2932896
)

// The calendar is counted in years from March, so that the leap day comes last, by
// multiplications instead of divisions (Neri and Schneider, "Euclidean affine functions
// and their application to calendar algorithms", 2022). It holds for the years 1 to
// 9999; others are brought there by whole eras of 400 years.
const (
	eraYears = 400
	eraDays  = 146097
	dayZero  = 719468 // of 1970-01-01, from 0000-03-01
)

// Of returns the date of a year, a month from 1 to 12 and a day of that month.
func Of(year, month, day int) Date {
	eras := 0
	if year < 1 || year > 9999 {
		eras = (year - 1) / eraYears
		if year < 1 {
			eras = (year - eraYears) / eraYears
		}
		year -= eras * eraYears
	}
	y, m := uint32(year), uint32(month)
	if month <= 2 {
		y, m = y-1, m+12
	}
	century := y / 100
	days := 1461*y/4 - century + century/4 + (979*m-2919)/32
	return Date(int(days) + day - 1 - dayZero + eras*eraDays)
}

// Split returns the year, month (1 to 12) and day of the month.
func (d Date) Split() (year, month, day int) {
	n, eras := int(d)+dayZero, 0
	if n < 0 || d > Max {
		eras = n / eraDays
		if n < 0 {
			eras = (n - eraDays + 1) / eraDays
		}
		n -= eras * eraDays
	}
	n1 := 4*uint32(n) + 3
	century := n1 / eraDays
	n2 := n1%eraDays | 3
	p2 := 2939745 * uint64(n2)
	ofYear := uint32(p2) / 2939745 / 4
	n3 := 2141*ofYear + 197913
	year, month = int(100*century+uint32(p2>>32))+eras*eraYears, int(n3>>16)
	if ofYear >= 306 {
		year, month = year+1, month-12
	}
	return year, month, int(n3&0xFFFF/2141) + 1
}

// Weekday returns the day of the week, from 0, a Sunday, to 6.
func (d Date) Weekday() int { return ((int(d)+thursday)%7 + 7) % 7 }

// thursday is the day of the week of 1970-01-01.
const thursday = 4

// Leap reports whether a year has 366 days.
func Leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysIn returns the number of days of a month (1 to 12).
func DaysIn(year, month int) int {
	switch month {
	case 2:
		if Leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// AddMonths returns the date n months later that has the given day of the
// month, or the month's last day where it is shorter. The day is passed, not
// taken from d, so that 31 Jan, 28 Feb, 31 Mar does not drift to the 28th.
func (d Date) AddMonths(n, day int) Date {
	y, m, _ := d.Split()
	return MonthDay(y, m-1+n, day)
}

// Later returns the date so many months on: on its day of the month, or on the month's last
// one where that is earlier.
func (d Date) Later(months int) Date {
	_, _, day := d.Split()
	return d.AddMonths(months, day)
}

// MonthDay returns the given day, or the month's last one, of the month that lies
// m0 months after January of a year.
func MonthDay(y, m0, day int) Date {
	y += m0 / 12
	m0 %= 12
	if m0 < 0 {
		m0 += 12
		y--
	}
	if last := DaysIn(y, m0+1); day > last {
		day = last
	}
	return Of(y, m0+1, day)
}

// MonthEnd returns the last day of the date's month.
func (d Date) MonthEnd() Date {
	y, m, _ := d.Split()
	return Of(y, m, DaysIn(y, m))
}

// String returns the date as 2006-01-02, and "" for [None].
func (d Date) String() string {
	if d == None {
		return ""
	}
	return string(d.Append(make([]byte, 0, 10)))
}

// Append appends the date as 2006-01-02, and nothing for [None].
func (d Date) Append(b []byte) []byte {
	if d == None {
		return b
	}
	y, m, day := d.Split()
	if y < 0 || y > 9999 {
		return fmt.Appendf(b, "%d-%02d-%02d", y, m, day)
	}
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// Parse reads a date written as 2006-01-02.
func Parse(s string) (Date, error) {
	bad := fmt.Errorf("%q is not a date like 2026-11-23", s)
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return None, bad
	}
	n := func(s string) int {
		v := 0
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				return -1
			}
			v = v*10 + int(s[i]-'0')
		}
		return v
	}
	y, m, d := n(s[:4]), n(s[5:7]), n(s[8:])
	if y < 0 || m < 1 || m > 12 || d < 1 || d > DaysIn(y, m) {
		return None, bad
	}
	return Of(y, m, d), nil
}

// MarshalText writes the date as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = None
		return nil
	}
	v, err := Parse(string(b))
	*d = v
	return err
}
