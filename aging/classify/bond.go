package classify

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Binder decides what a borrower's loans make of each other; it is one worker's.
type Binder struct {
	Set  *Set
	Late []int // indexes of the packs whose classes may be another loan's doing, or that go with them
	// Settled says by pack that no loan changes another's class or provision.
	Settled []bool
	On      civil.Date
	Codes   []uint16 // the book's code of each slot
	// Subjects are what products are to conditions, by the book's code.
	Subjects []Subject
	// Again says that the night was closed: holds stay as they are.
	Again bool
	// Keeps says that provisions stay as the last run left them.
	Keeps bool

	resting Resting
	before  *Bond
	loans   []Report
	told    []Told // of those that were asked for
	read    []bool // that they were
	failed  error
	members []Member
	states  []State

	bound [][]Bound
	arena []Bound // of bound
	holds []BorrowerHold
}

// A Bound is what was decided of one loan under a late pack.
type Bound struct {
	Posted
	Source int // loan that contagion comes from; below zero: none
}

// Bind decides about all loans of a borrower, of whom the book keeps the bond before. It
// returns, by late pack and loan, what each is now, and the holds to keep: both until the next call.
func (b *Binder) Bind(loans []Report, before *Bond) (bound [][]Bound, holds []BorrowerHold, err error) {
	b.begin(loans, before)
	b.states = b.Set.free(b.states)
	for i := range before.Holds {
		for slot, code := range b.Codes {
			if code == before.Holds[i].Code {
				b.states[slot] = before.Holds[i].State
			}
		}
	}
	b.arena = slices.Grow(b.arena[:0], len(b.Late)*len(loans))
	b.bound, b.holds = b.bound[:0], b.holds[:0]
	for k, pack := range b.Late {
		p := b.Set.Packs[pack]
		b.holdOf(p, loans)
		b.bound = append(b.bound, b.pack(p, k, loans))
	}
	for _, pack := range b.Late {
		p := b.Set.Packs[pack]
		for i := range p.Holds {
			if s := b.states[p.first+i]; p.Holds[i].OfBorrower && (s.Active || s.Left != civil.None) {
				b.holds = append(b.holds, BorrowerHold{b.Codes[p.first+i], s})
			}
		}
	}
	return b.bound, b.holds, b.failed
}

func (b *Binder) begin(loans []Report, before *Bond) {
	b.loans, b.before, b.failed = loans, before, nil
	for len(b.told) < len(loans) {
		b.told = append(b.told, Told{})
	}
	b.read = slices.Grow(b.read[:0], len(loans))[:len(loans)]
	clear(b.read)
}

// toldOf returns what is told of one of the loans: most are not asked for it.
func (b *Binder) toldOf(i int) *Told {
	l, t := &b.loans[i], &b.told[i]
	if b.read[i] {
		return t
	}
	b.read[i] = true
	subject := b.Subjects[l.Product]
	if !l.Resting {
		err := t.Read(l.Told, b.Set, b.On, subject)
		if err == nil {
			return t
		}
		b.failed = err
	}
	t.Rest(b.Set, Facts{On: b.On, DisbursedOn: l.Disbursed, Score: l.Score, Subject: subject, Bucket: l.Bucket})
	return t
}

// holdOf brings a borrower's holds under a pack to the close.
// Source: regulatory.md, section 4.2, scope: borrower.
func (b *Binder) holdOf(p *Pack, loans []Report) {
	asked := false
	for i := range loans {
		asked = asked || loans[i].Asks
	}
	for i := range p.Holds {
		slot := p.first + i
		s := &b.states[slot]
		if !p.Holds[i].OfBorrower || b.Again || !s.Active && !asked {
			continue
		}
		first, holds, when := civil.None, false, true
		for k := range loans {
			if !loans[k].Counts {
				continue
			}
			a := &b.toldOf(k).Asked[slot]
			if a.First != civil.None && (first == civil.None || a.First < first) {
				first = a.First
			}
			holds, when = holds || a.Holds, when && a.When
		}
		if first != civil.None && !s.Active {
			s.Active, s.Entered, s.Last = true, first, first
		}
		switch {
		case holds && s.Active:
			s.Last = b.On
		case s.Active && when: // what was entered since the last close may be left on this one
			*s = State{Entered: civil.None, Last: civil.None, Left: b.On}
		}
	}
}

// pack decides each loan's class under a pack, k-th of the late ones.
func (b *Binder) pack(p *Pack, k int, loans []Report) []Bound {
	from := len(b.arena)
	b.arena = b.arena[:from+len(loans)]
	out := b.arena[from:]
	if pack := b.Late[k]; len(b.Settled) > 0 && b.Settled[pack] {
		for i := range loans {
			own := &loans[i].Own[k]
			out[i] = Bound{Posted: Posted{Verdict: own.Verdict, Since: own.Since, Provision: own.Provision}, Source: -1}
		}
		return out
	}
	held := b.holdsAny(p)
	b.members = b.members[:0]
	for i := range loans {
		l, own := &loans[i], &loans[i].Own[k]
		m := Member{Loan: l.Loan, Own: own.Verdict, Currency: l.Currency, Total: l.Total, OnBook: l.OnBook, Counts: l.Counts, Applies: true}
		out[i] = Bound{Posted: Posted{Since: own.Since}, Source: -1}
		if held { // else it is what posting has decided
			t, states := b.heldBy(p, i)
			m.Own, out[i].Since = p.Decide(&t.Facts, states), civil.None
			if s := states[p.NonPerforming]; s.Active {
				out[i].Since = s.Entered
			}
		}
		if c := &p.Contagion; c.Applies != nil {
			t := b.toldOf(i)
			m.Applies = c.AppliesTo(&t.Facts, b.Set.Of(p, t.States))
		}
		b.members = append(b.members, m)
	}
	source := p.SpreadTo(b.members)
	for i := range loans {
		out[i].Verdict = b.members[i].Verdict
		if out[i].Rule == uint8(len(p.rules)-1) {
			out[i].Source = source
		}
		if out[i].Provision = loans[i].Own[k].Provision; held || out[i].Class != loans[i].Own[k].Class || b.Keeps {
			out[i].Provision = b.provide(p, k, i, out[i].Verdict, held)
		}
	}
	return out
}

// heldBy returns what is told of one of the loans, and its holds under a pack with those of the borrower.
func (b *Binder) heldBy(p *Pack, i int) (*Told, []State) {
	t := b.toldOf(i)
	states := b.Set.Of(p, t.States)
	for h := range p.Holds {
		if p.Holds[h].OfBorrower {
			states[h] = b.states[p.first+h]
		}
	}
	return t, states
}

// holdsAny reports whether a hold of the borrower's under a pack is, or was, entered.
func (b *Binder) holdsAny(p *Pack) bool {
	for h := range p.Holds {
		if s := &b.states[p.first+h]; p.Holds[h].OfBorrower && (s.Active || s.Left != civil.None) {
			return true
		}
	}
	return false
}

// provide returns the provision of the i-th loan of a class under a pack, k-th of the late ones.
func (b *Binder) provide(p *Pack, k, i int, v Verdict, held bool) int64 {
	l := &b.loans[i]
	own := &l.Own[k]
	switch {
	case p.Provision.Method == NoProvision || !l.OnBook:
		return own.Provision
	case b.Keeps:
		for i := range b.before.Overrides {
			if o := &b.before.Overrides[i]; o.Loan == l.Loan && int(o.Pack) == b.Late[k] {
				return o.Provision
			}
		}
		return own.Provision
	case p.Provision.Method == ExpectedLoss:
		return own.ByClass[v.Class]
	case l.Derived && !held, p.ratesByClass:
		return p.Provision.atRate(l, b.atRest(l.Product).classRates[k][v.Class])
	}
	t := b.toldOf(i)
	return p.Provision.atRate(l, p.Provision.rateOf(t.Facts, v.Class, b.Set.Of(p, t.States)))
}

// atRate returns what is provided for a loan at a rate.
func (v *Provision) atRate(l *Report, rate int64) int64 {
	base := l.Carrying
	if v.OfPrincipal {
		base = l.Principal
	}
	return money.MulDiv(base, rate, 1e9)
}
