package classify

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/civil"
)

// Counters are what the days of a life come to, up to one of them.
// Source: regulatory.md, section 2.
type Counters struct {
	MaterialSince   civil.Date // first of the run of days in material arrears; civil.None outside one
	LastLate        civil.Date // last day with days past due; civil.None without one
	DelinquentSince civil.Date // first of the run of days that are 30 or more past due; civil.None outside one
	LastUnmet       civil.Date // last due date not wholly met at its own close; civil.None without one
	Worst           int32      // most days past due
}

// newborn are the counters of a loan before its first day.
func newborn() Counters {
	return Counters{MaterialSince: civil.None, LastLate: civil.None, DelinquentSince: civil.None, LastUnmet: civil.None}
}

// Clean returns the first day of the run of days without days past due that ends on a day,
// civil.None where that day has some.
func (c *Counters) Clean(on, disbursedOn civil.Date) civil.Date {
	switch c.LastLate {
	case civil.None:
		return disbursedOn
	case on:
		return civil.None
	}
	return c.LastLate + 1
}

// Material is how many days the run of days in material arrears that ends on a day has.
func (c *Counters) Material(on civil.Date) int32 {
	if c.MaterialSince == civil.None {
		return 0
	}
	return int32(on-c.MaterialSince) + 1
}

// Cures are counted at closes, as reported: a loan whose bucket was not the first at the
// last close and is the first at this one, active at both.
type Cures struct {
	Count  int32
	On     civil.Date // of the last; civil.None without one
	Bucket uint8      // that it was cured from
	// Relapsed says that it has been more than 30 days past due at a close since.
	Relapsed bool
}

// A State is what a hold is in.
type State struct {
	Active  bool
	Entered civil.Date // while active
	Last    civil.Date // last day an entering condition held; while active
	Left    civil.Date // the day it was last left; civil.None: never
}

// free is the state of a hold that was never entered.
var free = State{Entered: civil.None, Last: civil.None, Left: civil.None}

// A Standing is what is kept of a loan between nights: counters, and the loan's own holds by
// their slots in a [Set]. A loan on which nothing ever happened but that it was paid in time
// has none: its bytes are empty.
type Standing struct {
	Counters
	Cures
	// Bad are the months of the history, newest first as bits from the lowest, in which the
	// loan was a bad debt: history_24m has no code of its own for it.
	Bad    uint32
	States []State
}

// Begin makes it that of a newborn loan under a set.
func (s *Standing) Begin(set *Set) {
	s.Counters, s.Cures, s.Bad = newborn(), Cures{On: civil.None}, 0
	s.States = set.free(s.States)
}

// AtRest reports whether no hold is active.
func (s *Standing) AtRest() bool {
	for i := range s.States {
		if s.States[i].Active {
			return false
		}
	}
	return true
}

// UnchangedSince reports whether the days after one, up to another, have left no trace: on
// that day the standing was what it is now.
func (s *Standing) UnchangedSince(from civil.Date) bool {
	if s.LastLate > from || s.LastUnmet > from || s.MaterialSince > from || s.DelinquentSince > from {
		return false
	}
	for i := range s.States {
		if x := &s.States[i]; x.Left > from || x.Active && (x.Entered > from || x.Last > from) {
			return false
		}
	}
	return true
}

// The bits that say what of a standing is written.
const (
	hasMaterial = 1 << iota
	hasLate
	hasDelinquent
	hasUnmet
	hasCures
	hasBad
	hasStates
)

// Append writes the standing: nothing for that of a loan that was always paid in time. Days
// are counted from a base. Codes are what the book calls the set's slots by.
func (s *Standing) Append(b []byte, base civil.Date, codes []uint16) []byte {
	n := 0
	for i := range s.States {
		if s.States[i].Active || s.States[i].Left != civil.None {
			n++
		}
	}
	has := bit(s.MaterialSince != civil.None, hasMaterial) | bit(s.LastLate != civil.None, hasLate) |
		bit(s.DelinquentSince != civil.None, hasDelinquent) | bit(s.LastUnmet != civil.None, hasUnmet) |
		bit(s.Cures.Count > 0, hasCures) | bit(s.Bad != 0, hasBad) | bit(n > 0, hasStates)
	if has == 0 {
		return b
	}
	b = append(b, has)
	b = appendDay(b, s.MaterialSince, base)
	if s.LastLate != civil.None {
		b = binary.AppendUvarint(appendDay(b, s.LastLate, base), uint64(s.Worst))
	}
	b = appendDay(appendDay(b, s.DelinquentSince, base), s.LastUnmet, base)
	if s.Cures.Count > 0 {
		b = binary.AppendUvarint(appendDay(b, s.Cures.On, base), uint64(s.Cures.Count)<<1|uint64(bit(s.Cures.Relapsed, 1)))
		b = append(b, s.Cures.Bucket)
	}
	if s.Bad != 0 {
		b = binary.AppendUvarint(b, uint64(s.Bad))
	}
	if n == 0 {
		return b
	}
	b = binary.AppendUvarint(b, uint64(n))
	for i := range s.States {
		x := &s.States[i]
		if !x.Active && x.Left == civil.None {
			continue
		}
		b = binary.AppendUvarint(b, uint64(codes[i])<<2|uint64(bit(x.Active, 1))|uint64(bit(x.Left != civil.None, 2)))
		if x.Active {
			b = appendDay(appendDay(b, x.Entered, base), x.Last, base)
		}
		b = appendDay(b, x.Left, base)
	}
	return b
}

func bit(is bool, b byte) byte {
	if is {
		return b
	}
	return 0
}

// appendDay appends a day, and nothing where there is none.
func appendDay(b []byte, d, base civil.Date) []byte {
	if d == civil.None {
		return b
	}
	return binary.AppendVarint(b, int64(d)-int64(base))
}

var errStanding = errors.New("what is kept of a loan's classes is damaged")

// A reader reads what Append wrote.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) day(is bool, base civil.Date) civil.Date {
	if !is {
		return civil.None
	}
	x := r.int()
	if x < -1<<23 || x > 1<<23 {
		r.bad, r.b = true, nil
	}
	if r.bad {
		return civil.None
	}
	return base + civil.Date(x)
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

// Read reads what [Standing.Append] wrote. slots has the slot of each code, below zero for a
// hold that the set has not.
func (s *Standing) Read(b []byte, base civil.Date, set *Set, slots []int) error {
	s.Begin(set)
	if len(b) == 0 {
		return nil
	}
	r := reader{b: b}
	has := r.byte()
	s.MaterialSince = r.day(has&hasMaterial != 0, base)
	if s.LastLate = r.day(has&hasLate != 0, base); s.LastLate != civil.None {
		s.Worst = int32(r.uint())
	}
	s.DelinquentSince, s.LastUnmet = r.day(has&hasDelinquent != 0, base), r.day(has&hasUnmet != 0, base)
	if has&hasCures != 0 {
		s.Cures.On = r.day(true, base)
		count := r.uint()
		s.Cures.Count, s.Cures.Relapsed, s.Cures.Bucket = int32(count>>1), count&1 != 0, r.byte()
	}
	if has&hasBad != 0 {
		s.Bad = uint32(r.uint())
	}
	if has&hasStates != 0 {
		for range r.uint() {
			x := free
			head := r.uint()
			if x.Active = head&1 != 0; x.Active {
				x.Entered, x.Last = r.day(true, base), r.day(true, base)
			}
			x.Left = r.day(head&2 != 0, base)
			code := head >> 2
			if r.bad || code >= uint64(len(slots)) {
				return errStanding
			}
			if slot := slots[code]; slot >= 0 {
				s.States[slot] = x
			}
		}
	}
	if r.bad || len(r.b) != 0 {
		return errStanding
	}
	return nil
}
