package score

import (
	"encoding/binary"
	"math/bits"

	"daybook/ledger/civil"
)

// Million is what the balance of an adjustment is counted in: millionths of a point.
const Million = 1_000_000

const billion = 1_000_000_000

// An Adjustment is what an event of one kind does to a score.
type Adjustment struct {
	Points    int32
	PerBucket []int32 // of BucketEntered instead: by the bucket entered
	CapMonth  int32   // most points a calendar month, given or taken; 0: no limit
	// Decay is what a day leaves of the points, in billionths (see the policy's
	// half_life_days); 0: all of them, for ever.
	Decay int64
}

// Adjustments are what events do to a score, by kind. Each kind has a balance of points,
// which is a function of the days of a life and what happened on each: at the close of a
// day, first what was there decays, then the day's events are added.
type Adjustments [Reasons]Adjustment

// AdjustmentsOf are what events do where only points say it: no limits, and nothing fades.
func AdjustmentsOf(p *Points) (a Adjustments) {
	for r, each := range p.Each {
		a[r].Points = each
	}
	a[BucketEntered].PerBucket = p.PerBucket
	return a
}

// A Balance is where the adjustments of a loan stand at the close of a day. The zero value
// is that of the night that booked the loan.
type Balance struct {
	Q    [Reasons]int64 // millionths of a point, by kind
	Used [Reasons]int64 // of them, those added in the calendar month of the day
}

// Counts are the events of one day, by kind; of BucketEntered the points of the buckets
// entered, as [Adjustment.Entered] adds them up. A count is negative where a day took back
// what an earlier one gave, as a chargeback does.
type Counts [Reasons]int32

// CountsOf returns the counts of what happened to a loan.
func (a *Adjustments) CountsOf(e *Events) (n Counts) {
	n[OnTime], n[Early], n[WeekLate], n[Late] = e.OnTime, e.Early, e.WeekLate, e.Late
	n[SettledInFull], n[ChargedOff] = e.Settled, e.ChargedOff
	n[BucketEntered] = a[BucketEntered].Entered(e.From, e.To)
	if e.From > 0 && e.To == 0 {
		n[Cured] = 1
	}
	return n
}

// Entered returns the points of entering the buckets after one up to another.
func (a *Adjustment) Entered(from, to uint8) (points int32) {
	for b := int(from) + 1; b <= int(to); b++ {
		if b < len(a.PerBucket) {
			points += a.PerBucket[b]
		}
	}
	return points
}

// Pass brings a balance from the close of a day to that of a later one, between which
// nothing happened. It costs nothing for a kind without half-life, and otherwise at most
// as many steps as days until all points are gone.
func (a *Adjustments) Pass(b *Balance, from, to civil.Date) {
	newMonth := !sameMonth(from, to)
	for k := range a {
		if newMonth {
			b.Used[k] = 0
		}
		if r := a[k].Decay; r != 0 {
			b.Q[k] = decay(b.Q[k], r, int(to-from))
		}
	}
}

// Add adds the events of a day to a balance that was brought to it, without what exceeds
// the limit of the month: the points added in a month stay within it on either side of 0.
func (a *Adjustments) Add(b *Balance, n *Counts) {
	for k := range a {
		if n[k] == 0 {
			continue
		}
		x := &a[k]
		add := int64(n[k]) * int64(x.Points) * Million
		if Reason(k) == BucketEntered {
			add = int64(n[k]) * Million
		}
		if limit := int64(x.CapMonth) * Million; limit > 0 {
			// A limit that is new this month may be passed already: then nothing is added.
			add = min(max(add, min(-limit-b.Used[k], 0)), max(limit-b.Used[k], 0))
		}
		b.Q[k] += add
		b.Used[k] += add
	}
}

// decay returns sign(q) · ⌊|q| · r / 10^9⌋, as often as there are days.
func decay(q, r int64, days int) int64 {
	negative := q < 0
	size := uint64(q)
	if negative {
		size = -size
	}
	for ; days > 0 && size > 0; days-- {
		high, low := bits.Mul64(size, uint64(r)) // r is below a billion: so is high
		size, _ = bits.Div64(high, low, billion)
	}
	if negative {
		return -int64(size)
	}
	return int64(size)
}

// Moves returns the whole points of each kind: those of a balance, towards 0.
func (b *Balance) Moves() (m Moves) {
	for k, q := range b.Q {
		m[k] = int32(q / Million)
	}
	return m
}

// Sum returns all points together.
func (m *Moves) Sum() (sum int64) {
	for _, x := range m {
		sum += int64(x)
	}
	return sum
}

// sameMonth reports whether two days lie in one calendar month.
func sameMonth(a, b civil.Date) bool {
	y1, m1, _ := a.Split()
	y2, m2, _ := b.Split()
	return y1 == y2 && m1 == m2
}

// Append writes a balance as a book keeps it: of each kind that has any the number, with 128
// added where some were added this month, the millionths, and those of the month. Of one
// without any there is nothing.
func (b *Balance) Append(to []byte) []byte {
	for k, q := range b.Q {
		used := b.Used[k]
		switch {
		case used != 0:
			to = binary.AppendVarint(binary.AppendVarint(append(to, byte(k)|hasUsed), q), used)
		case q != 0:
			to = binary.AppendVarint(append(to, byte(k)), q)
		}
	}
	return to
}

const hasUsed = 1 << 7

// Read reads what Append wrote; false where it is damaged.
func (b *Balance) Read(from []byte) bool {
	*b = Balance{}
	number := func(to *int64) bool {
		v, n := binary.Varint(from)
		if n > 0 {
			*to, from = v, from[n:]
		}
		return n > 0
	}
	for last := -1; len(from) > 0; {
		k := int(from[0] &^ hasUsed)
		used := from[0]&hasUsed != 0
		if from = from[1:]; k <= last || k >= int(Reasons) || !number(&b.Q[k]) || used && !number(&b.Used[k]) {
			return false
		}
		last = k
	}
	return true
}
