package vendor

import (
	"time"

	"daybook/ledger/civil"
)

const daySeconds = 24 * 3600

// noon is when a day is taken that has no time: a letter came on it wherever one is.
const noon = 12 * 3600

// parseInstant reads a time as vendors write it: a date, with a time of day perhaps, and
// that with Z or an offset. It returns the microseconds of UTC where there is one, else
// those that the clocks of a place showed.
func parseInstant(s string) (micros int64, local, ok bool) {
	if len(s) < 10 {
		return 0, false, false
	}
	d, err := civil.Parse(s[:10])
	if err != nil {
		return 0, false, false
	}
	base := int64(d) * daySeconds
	if len(s) == 10 {
		return (base + noon) * 1e6, true, true
	}
	if s[10] != 'T' && s[10] != ' ' && s[10] != 't' {
		return 0, false, false
	}
	second, rest, ok := parseClock(s[11:])
	if !ok {
		return 0, false, false
	}
	micros, rest, ok = parseFraction(rest)
	if !ok {
		return 0, false, false
	}
	micros += (base + second) * 1e6
	if rest == "" {
		return micros, true, true
	}
	offset, ok := parseOffset(rest)
	return micros - offset*1e6, false, ok
}

// parseClock reads HH:MM or HH:MM:SS.
func parseClock(s string) (second int64, rest string, ok bool) {
	h, s, ok := twoDigits(s, 23)
	if !ok || len(s) < 3 || s[0] != ':' {
		return 0, s, false
	}
	m, s, ok := twoDigits(s[1:], 59)
	if !ok {
		return 0, s, false
	}
	if len(s) < 3 || s[0] != ':' {
		return h*3600 + m*60, s, true
	}
	sec, s, ok := twoDigits(s[1:], 59)
	return h*3600 + m*60 + sec, s, ok
}

func twoDigits(s string, most int64) (n int64, rest string, ok bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, s, false
	}
	n = int64(s[0]-'0')*10 + int64(s[1]-'0')
	return n, s[2:], n <= most
}

// parseFraction reads up to nine digits of a second, of which six count.
func parseFraction(s string) (micros int64, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	s = s[1:]
	n := 0
	for unit := int64(100_000); n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		micros += int64(s[n]-'0') * unit
		unit /= 10
	}
	return micros, s[n:], n > 0 && n <= 9
}

// parseOffset reads Z, +HH:MM, +HHMM or +HH.
func parseOffset(s string) (seconds int64, ok bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if s[0] == ' ' { // before an offset, as some exports have it
		s = s[1:]
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
	}
	h, rest, ok := twoDigits(s[1:], 14)
	if !ok {
		return 0, false
	}
	var m int64
	if rest != "" {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if m, rest, ok = twoDigits(rest, 59); !ok || rest != "" {
			return 0, false
		}
	}
	return sign * (h*3600 + m*60), true
}

// instantIn returns the instant at which a place's clocks show a local time: of an hour
// that they repeat the first one, and of one that they skip as if they had gone on, as the
// files of an inbox are read.
func instantIn(place *time.Location, local int64) int64 {
	const ahead = 3 * 3600 // more than clocks are ever changed by, less than between two changes
	second, rest := local/1e6, local%1e6
	if rest < 0 {
		second, rest = second-1, rest+1e6
	}
	offsetAt := func(at int64) int64 {
		_, offset := time.Unix(at, 0).In(place).Zone()
		return int64(offset)
	}
	first := second - offsetAt(second) // a good guess, by an offset some hours away
	before := second - offsetAt(first-ahead)
	after := second - offsetAt(first+ahead)
	if before == after || second-offsetAt(before) == before || second-offsetAt(after) != after {
		return before*1e6 + rest
	}
	return after*1e6 + rest
}
