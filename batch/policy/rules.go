package policy

import (
	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// Rules are what a set of policies says on one date of all that is dated: what a
// loan's life meets by value date, and what a night decides by its own. A new kind of
// dated rule is a field here.
type Rules struct {
	Products []loan.Product // by name, each with the rules that held before
	Aging    aging.Rules
	Score    score.Points
}

// RulesAt returns the rules that hold on a date.
func (s *Set) RulesAt(date civil.Date) Rules {
	now := s.At(date)
	return Rules{Products: s.productsAt(now), Aging: now.Aging, Score: now.Score}
}

// A Past is what policies said of days before those of another.
type Past struct {
	Until civil.Date // the last of them
	Aging aging.Rules
	Score score.Points
}

// Before returns what the policies before that of a date said, the oldest first.
func (s *Set) Before(date civil.Date) (list []Past) {
	now := s.At(date)
	for i, p := range s.policies {
		if p == now {
			break
		}
		list = append(list, Past{s.policies[i+1].EffectiveFrom - 1, p.Aging, p.Score})
	}
	return list
}

// ScoredByBorrower reports whether the scores of a date are finished borrower by borrower: its policy
// asks for that, or promises of days before it have points.
func (s *Set) ScoredByBorrower(date civil.Date) bool {
	now := s.At(date)
	if now.Score.Scoring == nil || now.Score.ByBorrower() {
		return now.Score.ByBorrower()
	}
	for _, x := range s.Before(date) {
		if x.Score.Promises() {
			return true
		}
	}
	return false
}

// productsAt returns the products of one of the policies, each with the rules that
// held before.
func (s *Set) productsAt(now *Policy) []loan.Product {
	earlier := map[string]*loan.Product{}
	for _, p := range s.policies {
		if p == now {
			break
		}
		for i := range p.Products {
			x := p.dated(i, earlier)
			earlier[x.Name] = &x
		}
	}
	list := make([]loan.Product, len(now.Products))
	for i := range list {
		list[i] = now.dated(i, earlier)
	}
	return list
}

// dated returns a product with the first date that its rules hold for, those of the
// policies before, and the tiers that its policy goes by.
func (p *Policy) dated(i int, earlier map[string]*loan.Product) loan.Product {
	x := p.Products[i]
	x.From, x.Before = p.EffectiveFrom, earlier[x.Name]
	x.TierFrom = make([]int32, len(p.Aging.Tiers))
	for k, t := range p.Aging.Tiers {
		x.TierFrom[k] = t.From
	}
	return x
}
