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

// instantOf returns the second at which the place's clocks show a local time, both
// counted from 1970: of an hour that they repeat the first one, and of an hour that
// they skip as if they had gone on unchanged.
func (z *zone) instantOf(local int64) int64 {
	const far = 2 * daySeconds // further apart than any two offsets
	if second := local - z.offset; second-far >= z.since && second < z.till {
		return second
	}
	offset := z.offsetAt(local - far)
	for local-offset >= z.till {
		next := z.offsetAt(z.till)
		if local-next < z.since {
			break // skipped
		}
		offset = next
	}
	return local - offset
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

// instantText reads RFC 3339 with its offset; a blank may stand for the T.
func instantText(b []byte) (int64, loan.Reason) {
	var buf [40]byte
	if len(b) < len("2006-01-02T15:04:05Z") || len(b) > len(buf) {
		return 0, loan.DateOutOfRange
	}
	s := append(buf[:0], b...)
	if s[10] == ' ' || s[10] == 't' {
		s[10] = 'T'
	}
	if last := &s[len(s)-1]; *last == 'z' {
		*last = 'Z'
	}
	var t time.Time
	if t.UnmarshalText(s) != nil {
		return 0, loan.DateOutOfRange
	}
	return micros(t.Unix(), int64(t.Nanosecond()))
}

// clockText reads a time of day, "HH:MM" from 00:00 to 23:59, as minutes.
func clockText(b []byte) (int64, loan.Reason) {
	if len(b) != len("15:04") || b[2] != ':' {
		return 0, loan.BadHours
	}
	for _, i := range []int{0, 1, 3, 4} {
		if b[i] < '0' || b[i] > '9' {
			return 0, loan.BadHours
		}
	}
	hour, minute := 10*int64(b[0]-'0')+int64(b[1]-'0'), 10*int64(b[3]-'0')+int64(b[4]-'0')
	if hour > 23 || minute > 59 {
		return 0, loan.BadHours
	}
	return hour*60 + minute, loan.OK
}
