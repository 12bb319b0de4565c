package classify

import (
	"math/bits"
	"slices"

	"daybook/ledger/civil"
)

// A Verdict is a loan's class under a pack, by number, and the rule that gave it.
type Verdict struct{ Class, Rule uint8 }

// RulesMax is the most rules of a pack, contagion among them; ClassesMax the most classes.
const (
	RulesMax   = 250
	ClassesMax = 64
)

// Decide returns the class of a loan: by the first row that holds of the first table that
// applies. States are the pack's holds at the close of the day.
func (p *Pack) Decide(f *Facts, states []State) Verdict {
	for t := range p.Tables {
		table := &p.Tables[t]
		if !table.Applies.holds(f, states, -1) {
			continue
		}
		for r := range table.Rows {
			if row := &table.Rows[r]; row.holdsOn(f, states) {
				return Verdict{uint8(row.Class), uint8(row.index)}
			}
		}
	}
	panic("classify: internal error: no table of pack " + p.Name + " applies")
}

func (r *Row) holdsOn(f *Facts, states []State) bool {
	return (r.From <= f.On) && (r.Until == civil.None || f.On < r.Until) && r.When.holds(f, states, -1)
}

// RateOf returns the row of a provision's rates for a loan of a class, by its index; below
// zero where there is none.
func RateOf(rows []Rated, f *Facts, states []State) int {
	return slices.IndexFunc(rows, func(r Rated) bool { return r.When.holds(f, states, -1) })
}

// rateOf returns at which rate a provision by rates provides for a loan of a class.
func (v *Provision) rateOf(f Facts, class uint8, states []State) int64 {
	f.Class = class
	return v.Rates[RateOf(v.Rates, &f, states)].Rate
}

// AnnualOf returns the row of probabilities of default for a loan of a class, likewise.
func AnnualOf(rows []Annual, f *Facts, states []State) int {
	return slices.IndexFunc(rows, func(r Annual) bool { return r.When.holds(f, states, -1) })
}

// exceeds reports whether an amount is more than a share, in billionths, of another. All are
// above zero.
func exceeds(amount, of, share int64) bool {
	h1, l1 := bits.Mul64(uint64(amount), 1e9)
	h2, l2 := bits.Mul64(uint64(of), uint64(share))
	return h1 > h2 || h1 == h2 && l1 > l2
}

// A Member is one of a borrower's loans as contagion sees it.
type Member struct {
	Loan     uint64  // hash of its id, by which one of several is chosen
	Own      Verdict // by the rows
	Verdict          // with contagion
	Currency uint16
	Total    int64 // outstanding
	OnBook   bool
	Counts   bool // active, quarantined or charged off
	Applies  bool // contagion may reach it
}

// AppliesTo reports whether contagion may reach a loan.
func (c *Contagion) AppliesTo(f *Facts, states []State) bool { return c.Applies.holds(f, states, -1) }

// Spread gives each of a borrower's loans its class with contagion. It returns which of them
// is the source, below zero where nothing spreads: of several of the worst class the one with
// the least hash, so that it does not matter in which order they come.
// Source: regulatory.md, section 4.2, contagion.
func (p *Pack) SpreadTo(loans []Member) (source int) {
	source = -1
	for i := range loans {
		loans[i].Verdict = loans[i].Own
	}
	switch c := &p.Contagion; {
	case c.Spread:
		source = p.spreadWorst(loans)
	case c.Over > 0:
		source = p.spreadOver(loans)
	}
	return source
}

func (p *Pack) spreadWorst(loans []Member) (source int) {
	source = -1
	for i := range loans {
		l := &loans[i]
		if !l.Counts {
			continue
		}
		if source < 0 || l.Own.Class > loans[source].Own.Class || l.Own.Class == loans[source].Own.Class && l.Loan < loans[source].Loan {
			source = i
		}
	}
	for i := range loans {
		if l := &loans[i]; l.Counts && l.Applies && l.Own.Class < loans[source].Own.Class {
			l.Verdict = Verdict{loans[source].Own.Class, uint8(len(p.rules) - 1)}
		}
	}
	return source
}

func (p *Pack) spreadOver(loans []Member) (source int) {
	source = -1
	if !slices.ContainsFunc(loans, func(l Member) bool { return l.OnBook && p.Classes[l.Own.Class].NonPerforming }) {
		return source
	}
	shares := map[uint16]share{}
	for i := range loans {
		l := &loans[i]
		if !l.OnBook {
			continue
		}
		s, known := shares[l.Currency]
		if !known {
			s.first = -1
		}
		s.all += l.Total
		if p.Classes[l.Own.Class].NonPerforming {
			if s.bad += l.Total; s.first < 0 || l.Loan < loans[s.first].Loan {
				s.first = i
			}
		}
		shares[l.Currency] = s
	}
	for i := range loans {
		l := &loans[i]
		if !l.OnBook || !l.Applies || int(l.Own.Class) >= p.Contagion.AtLeast {
			continue
		}
		if s := shares[l.Currency]; s.bad > 0 && exceeds(s.bad, max(s.all, 1), p.Contagion.Over) {
			l.Verdict, source = Verdict{uint8(p.Contagion.AtLeast), uint8(len(p.rules) - 1)}, s.first
		}
	}
	return source
}

// A share is what a borrower owes on the book in a currency, what of it is in non-performing
// classes, and the first of those loans.
type share struct {
	bad, all int64
	first    int // by hash
}
