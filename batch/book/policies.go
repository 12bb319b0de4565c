package book

import (
	"fmt"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// EncodePolicies writes a set as a book keeps it.
func EncodePolicies(s *policy.Set) []byte {
	var list []string
	for _, p := range s.Policies() {
		list = append(list, string(p.Canonical))
	}
	return record.EncodePolicies(list)
}

// Policies returns the policies of a book; the built-in one where there is
// none yet, or no book.
func Policies(b *store.Book) (*policy.Set, error) {
	var src []byte
	var ok bool
	var err error
	if b != nil {
		src, ok, err = b.Meta(record.MetaPolicies)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		p, err := policy.Builtin(policy.Default)
		if err != nil {
			return nil, err
		}
		return policy.NewSet(p)
	}
	list, err := record.ParsePolicies(src)
	if err != nil {
		return nil, fmt.Errorf("the policies stored in the book: %w", err)
	}
	policies := make([]*policy.Policy, len(list))
	for i := range list {
		if policies[i], err = policy.Parse([]byte(list[i]), "the book's policy"); err != nil {
			return nil, fmt.Errorf("the policies stored in the book: %w", err)
		}
	}
	return policy.NewSet(policies...)
}

// Policy returns the policy that the book's last night closed with, or that
// the book was made with.
func Policy(b *store.Book) (*policy.Policy, error) {
	s, err := Policies(b)
	if err != nil {
		return nil, err
	}
	last, err := Last(b)
	if err != nil {
		return nil, err
	}
	if last == nil {
		return s.At(civil.Max), nil
	}
	return s.At(last.Date), nil
}

// ProductsAt returns the products of the policy that holds on a date, each with
// the rules that held before.
func ProductsAt(s *policy.Set, d civil.Date) []loan.Product {
	now := s.At(d)
	earlier := map[string]*loan.Product{}
	for _, p := range s.Policies() {
		if p == now {
			break
		}
		for i := range p.Products {
			x := p.Products[i]
			x.From, x.Before, x.TierFrom = p.EffectiveFrom, earlier[x.Name], tierStarts(p)
			earlier[x.Name] = &x
		}
	}
	list := make([]loan.Product, len(now.Products))
	for i := range list {
		list[i] = now.Products[i]
		list[i].From, list[i].Before, list[i].TierFrom = now.EffectiveFrom, earlier[list[i].Name], tierStarts(now)
	}
	return list
}

// tierStarts are the days past due from which each classification tier begins.
func tierStarts(p *policy.Policy) []int32 {
	list := make([]int32, len(p.Aging.Tiers))
	for i, t := range p.Aging.Tiers {
		list[i] = t.From
	}
	return list
}
