package intake

import (
	"encoding/binary"
	"time"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

const (
	daySeconds  = 86400
	firstSecond = int64(civil.Min) * daySeconds
	lastSecond  = (int64(civil.Max)+1)*daySeconds - 1

	// The Julian day of 1970-01-01, from which INT96 timestamps count.
	julianEpoch = 2440588
)

// floorDiv rounds towards the past.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// int96 returns a timestamp's seconds and nanoseconds.
func int96(b []byte) (seconds, nanos int64) {
	n := int64(binary.LittleEndian.Uint64(b))
	days := int64(int32(binary.LittleEndian.Uint32(b[8:]))) - julianEpoch
	s := floorDiv(n, 1e9)
	return days*daySeconds + s, n - s*1e9
}

// A zone says how far a place's clocks are from UTC. It remembers the last
// stretch between two changes: nearly every row of a file falls in one.
type zone struct {
	location    *time.Location
	offset      int64
	since, till int64 // seconds; empty at first
}

func (z *zone) offsetAt(second int64) int64 {
	if second >= z.since && second < z.till {
		return z.offset
	}
	t := time.Unix(second, 0).In(z.location)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	z.offset, z.since, z.till = int64(offset), start.Unix(), end.Unix()
	if start.IsZero() {
		z.since = firstSecond - daySeconds
	}
	if end.IsZero() {
		z.till = lastSecond + daySeconds
	}
	return z.offset
}

// dateAt returns the date of a second.
func (z *zone) dateAt(second int64, local bool) (int64, loan.Reason) {
	if second < firstSecond-daySeconds || second > lastSecond+daySeconds {
		return 0, loan.DateOutOfRange
	}
	if !local {
		second += z.offsetAt(second)
	}
	d := floorDiv(second, daySeconds)
	if d < int64(civil.Min) || d > int64(civil.Max) {
		return 0, loan.DateOutOfRange
	}
	return d, loan.OK
}

// micros returns an instant in microseconds.
func micros(second, nanos int64) (int64, loan.Reason) {
	if second < firstSecond || second > lastSecond {
		return 0, loan.DateOutOfRange
	}
	return second*1e6 + nanos/1e3, loan.OK
}

// instantText reads RFC 3339; without an offset it is UTC, and a blank may
// stand for the T.
func instantText(b []byte) (int64, loan.Reason) {
	var buf [40]byte
	if len(b) < len("2006-01-02T15:04:05") || len(b) >= len(buf) {
		return 0, loan.DateOutOfRange
	}
	s := append(buf[:0], b...)
	if s[10] == ' ' {
		s[10] = 'T'
	}
	if c := s[len(s)-1]; c != 'Z' && c != 'z' && s[len(s)-6] != '+' && s[len(s)-6] != '-' {
		s = append(s, 'Z')
	}
	var t time.Time
	if t.UnmarshalText(s) != nil {
		return 0, loan.DateOutOfRange
	}
	return micros(t.Unix(), int64(t.Nanosecond()))
}
