package meet

import (
	"time"

	"daybook/ledger/civil"
)

// Known reports whether the database has a zone, spelled as there.
func (z *Zones) Known(name string) bool { return z.zone(name) != nil }

// location returns a zone; the policy's own where the name is not known, as it may be
// spelled without a slash.
func (z *Zones) location(name string) *time.Location {
	if zone := z.zone(name); zone != nil {
		return zone
	}
	return z.home
}

// Date returns the local date of an instant.
func (z *Zones) Date(name string, at int64) civil.Date {
	y, m, d := time.UnixMicro(at).In(z.location(name)).Date()
	return civil.Of(y, int(m), d)
}

// Offset returns how many seconds a place is ahead of UTC at an instant.
func (z *Zones) Offset(name string, at int64) int {
	_, offset := time.UnixMicro(at).In(z.location(name)).Zone()
	return offset
}

// Open returns the instant at which something opens at a minute of a local day: of two the
// second, and in a gap its end.
func (z *Zones) Open(name string, on civil.Date, minute int16) int64 {
	_, last := instants(z.location(name), on, minute)
	return last
}

// Close returns the instant at which it closes: of two the first, and in a gap its begin.
func (z *Zones) Close(name string, on civil.Date, minute int16) int64 {
	first, _ := instants(z.location(name), on, minute)
	return first
}

// instants returns the first and the last instant at which a clock shows a minute of a day:
// where it never does, both are that of the change.
func instants(zone *time.Location, on civil.Date, minute int16) (first, last int64) {
	wall := int64(on)*86400 + int64(minute)*60 // as if it were UTC
	// Clocks change by less than a day, and no two changes are within a day of each other
	// that concern one minute: the offsets a day before and after are all there are.
	_, before := time.Unix(wall-86400, 0).In(zone).Zone()
	_, after := time.Unix(wall+86400, 0).In(zone).Zone()
	shows := func(offset int) (at int64, ok bool) {
		at = wall - int64(offset)
		_, is := time.Unix(at, 0).In(zone).Zone()
		return at, is == offset
	}
	a, isA := shows(before)
	b, isB := shows(after)
	switch {
	case isA && isB:
		return min(a, b) * 1e6, max(a, b) * 1e6
	case isA:
		return a * 1e6, a * 1e6
	case isB:
		return b * 1e6, b * 1e6
	}
	at := change(zone, wall-86400-int64(before), wall+86400-int64(after)) * 1e6
	return at, at
}

// change returns the first second after one instant, up to another, at which the offset is
// another than at the first.
func change(zone *time.Location, from, to int64) int64 {
	_, offset := time.Unix(from, 0).In(zone).Zone()
	for from+1 < to {
		mid := from + (to-from)/2
		if _, at := time.Unix(mid, 0).In(zone).Zone(); at == offset {
			from = mid
		} else {
			to = mid
		}
	}
	return to
}
