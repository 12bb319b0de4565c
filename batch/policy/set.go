package policy

import (
	"cmp"
	"fmt"
	"slices"

	"daybook/ledger/civil"
)

// A Set is the policies of a book by the date from which each holds, until the
// next one's. A replay takes the rule of its value date from it. A book stores
// each policy's Canonical form; parsed, they make the set again. It is never
// changed.
type Set struct {
	policies []*Policy // by EffectiveFrom
}

// A SetError is that of a policy that is right by itself, and cannot follow or stand beside the others of its book.
type SetError struct{ what string }

func (e *SetError) Error() string { return e.what }

func setError(format string, args ...any) error { return &SetError{fmt.Sprintf(format, args...)} }

// NewSet makes a set. The first policy holds for all dates before it too.
func NewSet(policies ...*Policy) (*Set, error) {
	if len(policies) == 0 {
		return nil, fmt.Errorf("a set of policies needs at least one")
	}
	list := slices.SortedFunc(slices.Values(policies), func(a, b *Policy) int {
		return cmp.Compare(a.EffectiveFrom, b.EffectiveFrom)
	})
	for i := 1; i < len(list); i++ {
		if list[i].EffectiveFrom == list[i-1].EffectiveFrom {
			return nil, setError("policies %q and %q hold from the same date, %s", list[i-1].Name, list[i].Name, begins(list[i]))
		}
		if err := list[i].follows(list[i-1]); err != nil {
			return nil, err
		}
	}
	s := &Set{list}
	for _, p := range list {
		if s.ScoredByBorrower(p.EffectiveFrom) {
			if pack := p.asksScore(); pack != "" {
				return nil, setError("policy %q from %s has scores that are finished borrower by borrower, and its pack %s asks for the score, which is not known then: %s",
					p.Name, begins(p), pack, "leave out the one or the other")
			}
		}
	}
	return s, nil
}

// asksScore returns the name of a pack that asks for the score, if there is one.
func (p *Policy) asksScore() string {
	for _, x := range p.Packs {
		if x.AsksScore() {
			return x.Name
		}
	}
	return ""
}

// At returns the policy that holds on a date.
func (s *Set) At(date civil.Date) *Policy {
	i := len(s.policies) - 1
	for i > 0 && s.policies[i].EffectiveFrom > date {
		i--
	}
	return s.policies[i]
}

// Policies returns the policies in the order of their dates.
func (s *Set) Policies() []*Policy { return slices.Clone(s.policies) }

// With returns the set with the policy that a night brings. Without
// effective_from it holds from that night on, unless its rules are those in
// force already. The rules of closed nights do not change: a date before the
// night is refused, unless the set has the same rules from that date.
func (s *Set) With(p *Policy, night civil.Date) (*Set, error) {
	if p.EffectiveFrom == civil.None {
		if s.At(night).Digest == p.Digest {
			return s, nil
		}
		p = p.from(night)
	}
	list := slices.Clone(s.policies)
	i, found := slices.BinarySearchFunc(list, p.EffectiveFrom, func(x *Policy, d civil.Date) int {
		return cmp.Compare(x.EffectiveFrom, d)
	})
	switch {
	case found && list[i].Digest == p.Digest:
		return s, nil
	case p.EffectiveFrom < night:
		return nil, setError("policy %q is effective from %s, before tonight, %s: the rules of closed nights do not change",
			p.Name, p.EffectiveFrom, night)
	case found:
		list[i] = p
	default:
		list = slices.Insert(list, i, p)
	}
	return NewSet(list...)
}

// follows refuses a policy after which the book could not go on: its amounts would
// be of another unit, or its loans without rules or with interest that their past
// was not kept for.
func (p *Policy) follows(old *Policy) error {
	if p.Scale != old.Scale {
		return setError("policy %q from %s keeps amounts with %d digits after the point, the book has %d: its currencies must not change that",
			p.Name, begins(p), p.Scale, old.Scale)
	}
	for _, x := range old.Products {
		i, ok := p.Product(x.Name)
		if !ok {
			return setError("policy %q from %s leaves out the product %q, which loans may have", p.Name, begins(p), x.Name)
		}
		if now := &p.Products[i]; now.DailyInterest != x.DailyInterest || now.SimpleInterest != x.SimpleInterest {
			return setError("policy %q from %s changes how the product %q earns interest, which loans may have: make it a product of another name",
				p.Name, begins(p), x.Name)
		}
	}
	for _, code := range old.Currencies {
		if !slices.Contains(p.Currencies, code) {
			return setError("policy %q from %s leaves out the currency %s, which loans may have", p.Name, begins(p), code)
		}
	}
	return nil
}

func begins(p *Policy) string {
	if p.EffectiveFrom == civil.None {
		return "the beginning"
	}
	return p.EffectiveFrom.String()
}
