package treat

import (
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A Window is when a channel may be used on a day: instants [Earliest, Latest), in
// microseconds since 1970; both are 0 of a channel without hours.
type Window struct{ Earliest, Latest int64 }

// hours returns the local hours of a timed channel on a day, before zones: pack, policy and
// the borrower's own. They are empty where it is closed.
func (d *Decider) hours(channel borrower.Channel, on civil.Date, r *borrower.Record) (open, close int16) {
	rules := d.k.rules
	open, close = 0, DayMinutes
	within := func(h *Hours) { open, close = max(open, h.Open), min(close, h.Close) }
	day, lawful, own, today := on.Weekday(), false, false, false
	for i := range rules.Law {
		if h := &rules.Law[i]; h.Channels.Has(channel) && h.Span.holds(on) {
			lawful = true
			within(h)
		}
	}
	for i := range rules.Own {
		h := &rules.Own[i]
		if !h.Channels.Has(channel) {
			continue
		}
		if own = true; h.Days[day] {
			today = true
			within(h)
		}
	}
	if own && !today || !own && !lawful {
		return 0, 0
	}
	if d.isHoliday(channel, on) {
		return 0, 0
	}
	if r != nil && r.ContactFrom != borrower.NoTime {
		open = max(open, r.ContactFrom)
	}
	if r != nil && r.ContactUntil != borrower.NoTime {
		close = min(close, r.ContactUntil)
	}
	return open, close
}

// isHoliday reports whether the policy closes a channel on a day.
func (d *Decider) isHoliday(channel borrower.Channel, on civil.Date) bool {
	h := &d.k.rules.Holidays
	_, is := slices.BinarySearch(h.Dates, on)
	return is && h.Channels.Has(channel)
}

// common returns when local hours of a day are in all of the borrower's zones.
func (d *Decider) common(on civil.Date, open, close int16) (w Window, ok bool) {
	w.Earliest, w.Latest = d.interval(d.k.zones[0], on, open, close)
	for _, zone := range d.k.zones[1:] {
		earliest, latest := d.interval(zone, on, open, close)
		w.Earliest, w.Latest = max(w.Earliest, earliest), min(w.Latest, latest)
	}
	return w, w.Earliest < w.Latest
}

// window returns when a channel that nothing blocks may be used on a day.
func (d *Decider) window(channel borrower.Channel, on civil.Date, r *borrower.Record) Window {
	if !Timed.Has(channel) {
		return Window{}
	}
	open, close := d.hours(channel, on, r)
	w, _ := d.common(on, open, close)
	return w
}

// An hoursKey is local hours of a day somewhere.
type hoursKey struct {
	zone        string
	on          civil.Date
	open, close int16
}

// intervalsMax is how many intervals are remembered.
const intervalsMax = 1 << 10

// intervals are those that were asked for: the last apart, as nearly all ask for the same.
type intervals struct {
	known map[hoursKey][2]int64
	last  hoursKey
	at    [2]int64 // the last
}

// newIntervals returns none: no day opens before its first minute.
func newIntervals() intervals {
	return intervals{known: map[hoursKey][2]int64{}, last: hoursKey{open: -1}}
}

// interval returns the instants of local hours.
func (d *Decider) interval(zone string, on civil.Date, open, close int16) (earliest, latest int64) {
	key, m := hoursKey{zone, on, open, close}, &d.intervals
	if key != m.last {
		at, ok := m.known[key]
		if !ok {
			at = [2]int64{d.Zones.Open(zone, on, open), d.Zones.Close(zone, on, close)}
			if len(m.known) >= intervalsMax {
				clear(m.known)
			}
			m.known[key] = at
		}
		m.last, m.at = key, at
	}
	return m.at[0], m.at[1]
}

// startOf returns the instant at which an untimed channel may be used on a day.
func (d *Decider) startOf(on civil.Date) int64 {
	earliest, _ := d.interval(d.k.home, on, 0, DayMinutes)
	return earliest
}
