package batch

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// The model's dates and counters.

func pmYMD(y, m, d int) int32 {
	return int32(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func pmSplit(t int32) (y, m, d int) {
	x := time.Unix(int64(t)*86400, 0).UTC()
	return x.Year(), int(x.Month()), x.Day()
}

// pmAddMonths clamps to the month's end.
func pmAddMonths(t int32, n int) int32 {
	y, m, d := pmSplit(t)
	last := pmYMD(y, m+n+1, 1) - 1
	return min(pmYMD(y, m+n, 1)+int32(d)-1, last)
}

// pmWholeMonths is the greatest n with addMonths(from, n) ≤ to.
func pmWholeMonths(from, to int32) int64 {
	n := 0
	for pmAddMonths(from, n+1) <= to {
		n++
	}
	return int64(n)
}

// pmMonth numbers the calendar months.
func pmMonth(t int32) int {
	y, m, _ := pmSplit(t)
	return 12*y + m - 1
}

func pmDay8(t int32) string {
	if t == pmNone {
		return ""
	}
	y, m, d := pmSplit(t)
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// pmBucket is the bucket of the built-in policy.
func pmBucket(delinquent int32) string {
	return naiveBand(delinquent, "C", 1, "M1", 31, "M2", 61, "M3", 91, "M4", 121, "M5", 151, "M6", 181, "M7")
}

// isMaterial: past due above the amount and above the share of principal, both strictly.
func (m *pmPolicy) isMaterial(l *pmLife, t int32) bool {
	d := l.day(t)
	if d.pastDue <= m.amount[l.currency] {
		return false
	}
	// Asked of each day before a day again and again: both sides times the denominator, in 128 bits.
	dueHigh, dueLow := bits.Mul64(uint64(d.pastDue), m.share.Denom().Uint64())
	shareHigh, shareLow := bits.Mul64(uint64(d.principal), m.share.Num().Uint64())
	return dueHigh > shareHigh || dueHigh == shareHigh && dueLow > shareLow
}

func (m *pmPolicy) materialDays(l *pmLife, b int32) (n int64) {
	for t := b; t >= l.disbursed && m.isMaterial(l, t); t-- {
		n++
	}
	return n
}

// runSince is the first day of the run of days up to b that a test holds on, or pmNone.
func (l *pmLife) runSince(b int32, holds func(d *pmDay) bool) int32 {
	since := pmNone
	for t := b; t >= l.disbursed && holds(l.day(t)); t-- {
		since = t
	}
	return since
}

func (l *pmLife) cleanSince(b int32) int32 {
	return l.runSince(b, func(d *pmDay) bool { return d.dpd == 0 })
}

// counters are the columns of section 2 that are functions of the life.
func (m *pmPolicy) counters(l *pmLife, b int32) map[string]string {
	worst, lastLate := int32(0), pmNone
	for t := l.disbursed; t <= b; t++ {
		worst = max(worst, l.day(t).dpd)
		if l.day(t).dpd > 0 {
			lastLate = t
		}
	}
	row := map[string]string{
		"material_days": fmt.Sprint(m.materialDays(l, b)), "worst_days_past_due": fmt.Sprint(worst), "clean_since": pmDay8(l.cleanSince(b)),
		"first_delinquency_on":   pmDay8(l.runSince(b, func(d *pmDay) bool { return d.dpd >= 30 })),
		"months_since_last_late": "", "measure_on": "", "measures": "0",
	}
	if lastLate != pmNone {
		row["months_since_last_late"] = fmt.Sprint(pmWholeMonths(lastLate, b))
	}
	n := 0
	for _, x := range l.measures {
		if x.on <= b {
			n++
		}
	}
	row["measures"] = fmt.Sprint(n)
	if x, is := l.measure(b); is {
		row["measure_on"] = pmDay8(x.on)
	}
	return row
}

// pmHistoryCounters are the columns that are read off the 24 months.
func pmHistoryCounters(history string) map[string]string {
	code := func(c byte) int { return max(strings.IndexByte("01234567", c), 0) }
	row := map[string]string{}
	for _, months := range []int{3, 6, 12, 24} {
		worst := 0
		for i := range months {
			worst = max(worst, code(history[i]))
		}
		row[fmt.Sprintf("worst_%dm", months)] = fmt.Sprint(worst)
	}
	for days, least := range map[int]int{30: 2, 60: 3, 90: 4} {
		n := 0
		for i := range 24 {
			if code(history[i]) >= least {
				n++
			}
		}
		row[fmt.Sprintf("times_%d", days)] = fmt.Sprint(n)
	}
	return row
}

// pmStatusOf is the character of a close: what its flags say, else what the life says; late
// says that an earlier close of the month found the loan late.
func pmStatusOf(l *pmLife, b int32, late bool) byte {
	d := l.day(b)
	for i, flag := range []string{"bad_debt", "settled_by_assets", "paid_by_guarantor"} {
		for k := range l.flags {
			if f := &l.flags[k]; f.name == flag && f.on(b) {
				return "BZD"[i]
			}
		}
	}
	switch {
	case d.status == "written_off":
		return 'G'
	case d.met:
		return 'C'
	case d.dpd > 0:
		return "1234567"[min((d.dpd-1)/30, 6)]
	case late: // whether or not anything is due by the contract yet: new terms may be before it
		return 'M'
	case l.firstDue > b:
		return '*'
	}
	return 'N'
}
