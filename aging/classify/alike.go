package classify

import (
	"slices"

	"daybook/ledger/civil"
)

// Decided is what packs say of a loan, by pack: its classes, and at which rates it is provided for, in
// billionths, where that is by rates.
type Decided struct {
	Verdicts [PacksMax]Verdict
	Rates    [PacksMax]int64
}

// decide looks at the rows of all packs.
func (s *Set) decide(f *Facts, states []State) (d Decided) {
	for i, pack := range s.Packs {
		of := s.Of(pack, states)
		v := pack.Decide(f, of)
		d.Verdicts[i] = v
		if pack.Provision.Method == Rates {
			d.Rates[i] = pack.Provision.rateOf(*f, v.Class, of)
		}
	}
	return d
}

// A likeness is all that conditions can read of a loan without flags, measures and active holds, where none
// asks for its score or its months on the book. Many loans of a night are alike.
type likeness struct {
	on                         civil.Date
	days, delinquent, material int32
	subject                    Subject
	bucket                     uint8
	unpaidDue                  bool
}

// likenessOf returns what a loan is like; ok is false where there is more to it.
func likenessOf(f *Facts, states []State) (l likeness, ok bool) {
	if len(f.Flags) > 0 || f.Measures > 0 || anyActive(states) {
		return l, false
	}
	return likeness{f.On, f.Days, f.Delinquent, f.Material, f.Subject, f.Bucket, f.UnpaidDue}, true
}

func anyActive(states []State) bool {
	for i := range states {
		if states[i].Active {
			return true
		}
	}
	return false
}

// place is where it is remembered.
func (l *likeness) place() int {
	h := uint32(l.days)*0x9E3779B1 ^ uint32(l.material)*0x85EBCA77 ^ uint32(l.delinquent)*0xC2B2AE3D ^ uint32(l.subject.Product)*0x27D4EB2F ^ uint32(l.bucket)
	return int(h >> (32 - memoryBits))
}

const memoryBits = 10

// A memory is what was decided under a set of the last loans of some likenesses; it is one worker's.
type memory struct {
	set     *Set
	borrows []int
	decided []decidedAlike
	passed  []passedAlike
}

type decidedAlike struct {
	likeness
	known bool
	Decided
}

// A passedAlike is a day that leaves a loan without active holds so, and of which borrower-wide holds ask
// nothing; when says what of them would be left, as [Ask.When], by their order.
type passedAlike struct {
	likeness
	known bool
	when  uint64
}

func newMemory(s *Set) *memory {
	m := &memory{set: s}
	if s.alikeAtClose {
		m.decided = make([]decidedAlike, 1<<memoryBits)
	}
	for _, p := range s.Packs {
		for i := range p.Holds {
			if p.Holds[i].OfBorrower {
				m.borrows = append(m.borrows, p.first+i)
			}
		}
	}
	if s.alikeByDay && len(m.borrows) <= 64 {
		m.passed = make([]passedAlike, 1<<memoryBits)
	}
	return m
}

// memoriesMax is of how many sets a machine has a memory: a life that is told anew goes through those of all its days.
const memoriesMax = 16

// remembering returns the memory of the machine's set.
func (m *Machine) remembering() *memory {
	if n := len(m.memories); n > 0 && m.memories[m.last].set == m.Set {
		return m.memories[m.last]
	}
	m.last = slices.IndexFunc(m.memories, func(x *memory) bool { return x.set == m.Set })
	if m.last < 0 {
		if len(m.memories) == memoriesMax {
			m.memories = m.memories[1:]
		}
		m.memories, m.last = append(m.memories, newMemory(m.Set)), len(m.memories)
	}
	return m.memories[m.last]
}

// Decide decides about a loan as it stands at the close: what it is set to until the next call.
func (m *Machine) Decide() *Decided {
	mem := m.remembering()
	l, ok := likenessOf(&m.facts, m.Standing.States)
	if !ok || mem.decided == nil {
		m.decided = m.Set.decide(&m.facts, m.Standing.States)
		return &m.decided
	}
	x := &mem.decided[l.place()]
	if !x.known || x.likeness != l {
		*x = decidedAlike{l, true, m.Set.decide(&m.facts, m.Standing.States)}
	}
	return &x.Decided
}

// holdsPass brings all holds to the close of the day.
func (m *Machine) holdsPass(d *Day, lastUnmet civil.Date) {
	mem := m.remembering()
	l, ok := likenessOf(&m.facts, m.Standing.States)
	if !ok || mem.passed == nil {
		m.eachHold(d, lastUnmet)
		return
	}
	x := &mem.passed[l.place()]
	if x.known && x.likeness == l {
		for i, slot := range mem.borrows {
			m.Asked[slot].Holds, m.Asked[slot].When = false, x.when>>i&1 != 0
		}
		return
	}
	m.eachHold(d, lastUnmet)
	m.remember(mem, x, l)
}

// remember notes a day that has left the loan's holds as they were.
func (m *Machine) remember(mem *memory, x *passedAlike, l likeness) {
	if anyActive(m.Standing.States) {
		return
	}
	when := uint64(0)
	for i, slot := range mem.borrows {
		a := &m.Asked[slot]
		if a.Holds {
			return
		}
		when |= uint64(bit(a.When, 1)) << i
	}
	*x = passedAlike{l, true, when}
}

// knowAlike works out whether loans that are alike need be looked at but once: at the close, and day by day.
func (s *Set) knowAlike() {
	s.alikeAtClose, s.alikeByDay = true, true
	asks := func(c *Condition) bool { return c.asks(Score) || c.asks(MonthsOnBook) }
	for _, p := range s.Packs {
		p.eachAtClose(func(c *Condition) { s.alikeAtClose = s.alikeAtClose && !asks(c) })
		for i := range p.Holds {
			h := &p.Holds[i]
			s.alikeByDay = s.alikeByDay && !slices.ContainsFunc(h.Enter, asks) && !slices.ContainsFunc(h.Until, func(u Until) bool { return asks(u.When) })
		}
	}
}
