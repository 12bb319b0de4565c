package treat

import (
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// What a supervisor asks of what was done: it is counted, and decides nothing.

// PastReview counts the holds whose review date is over on the contact day, and which stand
// all the same.
func (d *Decider) PastReview() (n int) {
	for i := range d.k.holds {
		if h := &d.k.holds[i]; h.until == civil.None && h.review != civil.None && h.review <= d.on {
			n++
		}
	}
	return n
}

// Unreported counts the tasks of the last 92 days that nobody has reported and whose day is
// over, by channel.
func (d *Decider) Unreported(t *borrower.Treatment) (n [borrower.Channels]int) {
	for _, task := range t.Before(d.night) {
		if task.On > d.on-windowMax && !d.k.reported[task.Key] {
			n[task.Channel]++
		}
	}
	return n
}

// OutsideHours reports whether an attempt was made outside the hours of its channel, in any
// of the borrower's zones.
func (d *Decider) OutsideHours(channel borrower.Channel, at int64, r *borrower.Record) bool {
	if !Timed.Has(channel) {
		return false
	}
	if !d.k.zoneKnown {
		return true
	}
	for _, zone := range d.k.zones {
		on := d.Zones.Date(zone, at)
		open, close := d.hours(channel, on, r)
		if open >= close || at < d.Zones.Open(zone, on, open) || at >= d.Zones.Close(zone, on, close) {
			return true
		}
	}
	return false
}

// OverCap reports whether the contacts up to the day of an attempt are more than a cap
// allows; its days are those of all zones of the borrower.
func (d *Decider) OverCap(channel borrower.Channel, at int64) bool {
	return slices.ContainsFunc(d.k.zones, func(zone string) bool { return d.overCap(channel, d.Zones.Date(zone, at)) })
}

func (d *Decider) overCap(channel borrower.Channel, on civil.Date) bool {
	k := &d.k
	for i := range d.k.rules.Caps {
		c := &d.k.rules.Caps[i]
		if !c.Channels.Has(channel) || !c.Span.holds(on) {
			continue
		}
		over, known := k.over[overKey{i, on}]
		if !known {
			all, by := d.count(c, on)
			most := 0
			for _, n := range by { // in any order: the most counts
				most = max(most, n)
			}
			over = all+most > c.Max
			k.over[overKey{i, on}] = over
		}
		if over {
			return true
		}
	}
	return false
}

// An overKey is a cap on a day.
type overKey struct {
	at int // its place
	on civil.Date
}
