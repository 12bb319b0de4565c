package classify

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Set is the packs of a policy in its order. It is never changed.
type Set struct {
	Packs []*Pack
	slots int  // of all packs' holds
	watch bool // an entering condition may hold for a loan at rest: every loan's days are looked at

	alikeAtClose, alikeByDay bool // loans that are alike need be looked at but once
}

// HoldsMax is the most holds of one pack, PacksMax the most packs of a policy.
const (
	HoldsMax = 32
	PacksMax = 8
)

// NewSet makes a set of packs.
func NewSet(packs []*Pack) *Set {
	s := &Set{}
	for _, p := range packs {
		q := *p
		q.first = s.slots
		s.slots += len(q.Holds)
		s.Packs = append(s.Packs, &q)
		for h := range q.Holds {
			for _, c := range q.Holds[h].Enter {
				if c.mayHoldAtRest() {
					s.watch = true
				}
			}
		}
	}
	s.knowAlike()
	return s
}

// Holds returns what the slots of the set are called: PACK.HOLD, in their order.
func (s *Set) Holds() []string {
	var names []string
	for _, p := range s.Packs {
		for i := range p.Holds {
			names = append(names, p.Name+"."+p.Holds[i].Name)
		}
	}
	return names
}

// Watches reports whether even a loan at rest must be looked at each day.
func (s *Set) Watches() bool { return s.watch }

// Of returns the states of a pack's holds.
func (s *Set) Of(p *Pack, states []State) []State { return states[p.first : p.first+len(p.Holds)] }

// free makes every hold of the set one that was never entered, in the memory of others.
func (s *Set) free(states []State) []State {
	states = states[:0]
	for range s.slots {
		states = append(states, free)
	}
	return states
}

// unasked makes every borrower-wide hold ask nothing, in the memory of others.
func (s *Set) unasked(asked []Ask) []Ask {
	asked = asked[:0]
	for range s.slots {
		asked = append(asked, Ask{First: civil.None})
	}
	return asked
}

// A Materiality is what arrears must exceed, in both, to be material: an amount in minor
// units of the loan's currency, and a share of the principal outstanding in billionths.
// Source: Reg. (EU) 2018/171, art. 1 and 2.
type Materiality struct {
	Amount int64
	Share  int64
}

// Material reports whether arrears exceed both. What is compared is exact.
func (m *Materiality) Material(pastDue, principal money.Amount) bool {
	if int64(pastDue) <= m.Amount {
		return false
	}
	if m.Share == 0 || principal <= 0 {
		return true
	}
	return exceeds(int64(pastDue), int64(principal), m.Share)
}

// A Day is a loan's day at its close, up to Through if those after it are the same.
type Day struct {
	On, Through  civil.Date
	DaysPastDue  int32
	Delinquent   int32
	PastDue      money.Amount
	Principal    money.Amount // outstanding
	UnpaidDue    bool
	Unmet        bool // an instalment that falls due on the day is not wholly met
	Materiality  Materiality
	Measures     int32
	MeasureOn    civil.Date
	MeasureFirst civil.Date
	Bucket       uint8
	NthDue       func(after civil.Date, n int) civil.Date // n-th due date after a day, under the terms in force
}

// A Machine steps a loan's standing from day to day; it is one worker's working memory.
type Machine struct {
	Set      *Set
	Standing Standing
	Flags    []Flag // of the loan and of its borrower
	Subject
	DisbursedOn civil.Date
	// Since is the last close: from the day after it on, what borrower-wide holds ask of the
	// loan is noted in Asked, by slot.
	Since civil.Date
	Asked []Ask

	facts    Facts
	decided  Decided
	memories []*memory // of the last sets
	last     int       // of them
}

// An Ask is what a borrower-wide hold asks of one loan at a close.
type Ask struct {
	First civil.Date // first day since the last close on which an entering condition held; civil.None: none
	Holds bool       // one holds on the close
	When  bool       // and what it is left by holds on the close
}

// Begin takes up a loan, whose standing, flags and subject the caller has set.
func (m *Machine) Begin() { m.Asked = m.Set.unasked(m.Asked) }

// Asking reports whether a borrower-wide hold asks something of the loan.
func (m *Machine) Asking() bool {
	for i := range m.Asked {
		if m.Asked[i].First != civil.None || m.Asked[i].Holds {
			return true
		}
	}
	return false
}

// Facts returns what conditions read on the day that the machine has come to.
func (m *Machine) Facts() *Facts { return &m.facts }

// Step goes on by a day, or as many as it stands for.
func (m *Machine) Step(d *Day) {
	m.step(d, d.On)
	for t := d.On + 1; t <= d.Through; t++ {
		if m.resting(d) {
			m.facts.On = d.Through
			return
		}
		m.step(d, t)
	}
}

// resting reports whether a day that is as the one before cannot change anything.
func (m *Machine) resting(d *Day) bool {
	return !m.Set.watch && len(m.Flags) == 0 && d.Measures == 0 && d.DaysPastDue == 0 && !d.UnpaidDue && d.PastDue == 0 && m.Standing.AtRest()
}

func (m *Machine) step(d *Day, t civil.Date) {
	s, f := &m.Standing, &m.facts
	before := s.LastUnmet // a due date before the day
	s.count(d, t)
	*f = Facts{
		On: t, DisbursedOn: m.DisbursedOn, Days: d.DaysPastDue, Delinquent: d.Delinquent, UnpaidDue: d.UnpaidDue, Measures: d.Measures,
		MeasureOn: d.MeasureOn, MeasureFirstDue: d.MeasureFirst, Flags: m.Flags, Subject: m.Subject, Bucket: d.Bucket,
	}
	f.Material = s.Material(t)
	m.holdsPass(d, before)
}

// eachHold looks at all holds.
func (m *Machine) eachHold(d *Day, lastUnmet civil.Date) {
	for _, p := range m.Set.Packs {
		states := m.Set.Of(p, m.Standing.States)
		for i := range p.Holds {
			if h := &p.Holds[i]; h.OfBorrower {
				m.ask(p, h, i, states)
			} else {
				m.move(h, i, states, d, lastUnmet)
			}
		}
	}
}

// count brings the counters to the close of a day.
func (c *Counters) count(d *Day, t civil.Date) {
	if d.DaysPastDue > 0 {
		c.LastLate, c.Worst = t, max(c.Worst, d.DaysPastDue)
	}
	switch late := d.DaysPastDue >= 30; {
	case !late:
		c.DelinquentSince = civil.None
	case c.DelinquentSince == civil.None:
		c.DelinquentSince = t
	}
	switch material := d.PastDue > 0 && d.Materiality.Material(d.PastDue, d.Principal); {
	case !material:
		c.MaterialSince = civil.None
	case c.MaterialSince == civil.None:
		c.MaterialSince = t
	}
	if d.Unmet && t == d.On {
		c.LastUnmet = t
	}
}

// enters reports whether an entering condition of a hold holds.
func (m *Machine) enters(h *Hold, self int, states []State) bool {
	for _, c := range h.Enter {
		if c.holds(&m.facts, states, self) {
			return true
		}
	}
	return false
}

// ask notes what a borrower-wide hold asks of the loan.
func (m *Machine) ask(p *Pack, h *Hold, i int, states []State) {
	a := &m.Asked[p.first+i]
	a.Holds = m.enters(h, i, states)
	if a.Holds && a.First == civil.None && m.facts.On > m.Since {
		a.First = m.facts.On
	}
	a.When = len(h.Until) > 0 && h.Until[0].When.holds(&m.facts, states, i)
}

// move moves a hold of the loan's own to the close of the day.
// Source: regulatory.md, section 4.2.
func (m *Machine) move(h *Hold, i int, states []State, d *Day, lastUnmet civil.Date) {
	s, t := &states[i], m.facts.On
	if m.enters(h, i, states) {
		if s.Last = t; !s.Active {
			s.Active, s.Entered = true, t
		}
		return
	}
	if !s.Active {
		return
	}
	for k := range h.Until {
		u := &h.Until[k]
		if !u.Applies.holds(&m.facts, states, i) {
			continue
		}
		if u.When.holds(&m.facts, states, i) && t >= m.earliest(u, s, states, d.NthDue, lastUnmet) {
			*s = State{Entered: civil.None, Last: civil.None, Left: t}
		}
		return
	}
}

// earliest returns the first day on which a hold may be left.
func (m *Machine) earliest(u *Until, s *State, states []State, nthDue func(civil.Date, int) civil.Date, lastUnmet civil.Date) civil.Date {
	if len(u.From) == 0 {
		return civil.None
	}
	from := civil.None
	for _, x := range u.From {
		from = max(from, m.fromDay(x, s, states, lastUnmet))
	}
	if from == civil.None {
		return civil.None // there is none of them
	}
	e := max(from, from+civil.Date(u.Days))
	if u.Months > 0 {
		e = max(e, from.Later(u.Months))
	}
	if u.Periods > 0 {
		e = max(e, nthDue(from, u.Periods))
	}
	return e
}

// fromDay returns the day that a period counts from, civil.None where there is none.
func (m *Machine) fromDay(x From, s *State, states []State, lastUnmet civil.Date) civil.Date {
	f := &m.facts
	switch x.Kind {
	case FromQuiet:
		return s.Last + 1
	case FromClean:
		if clean := m.Standing.Clean(f.On, m.DisbursedOn); clean != civil.None {
			return clean
		}
		return f.On + 1
	case FromEntered:
		return s.Entered
	case FromMeasure:
		return measured(f, f.MeasureOn)
	case FromMeasureFirstDue:
		return measured(f, f.MeasureFirstDue)
	case FromLastLateDue:
		return lastUnmet
	case FromLeft:
		return states[x.Hold].Left
	}
	panic(fmt.Sprintf("classify: internal error: day %d to count from", x.Kind))
}

func measured(f *Facts, d civil.Date) civil.Date {
	if f.Measures == 0 {
		return civil.None
	}
	return d
}
