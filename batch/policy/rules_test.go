package policy

import (
	"reflect"
	"slices"
	"testing"

	"daybook/ledger/civil"
)

// Whatever the date, each value date on or before it meets the rules of the policy
// that held then: the chain of a product is the set, read by date.
func TestRulesAtAreThoseOfTheirDate(t *testing.T) {
	s, err := NewSet(
		parse(t, "name: a\nscore: {initial: 500}"),
		parse(t, "name: b\neffective_from: 2026-05-01\nproducts: {default: {non_accrual_from_days: 61}, new: {card: true}}"),
		parse(t, `
name: c
effective_from: 2026-07-01
products: {default: {non_accrual_from_days: 31}, new: {card: true}}
aging: {grace_days: 3}
classification: {tiers: [{name: good, from: 0}, {name: bad, from: 60}], non_performing_from: bad}
score: {initial: 700}
`))
	if err != nil {
		t.Fatal(err)
	}
	dates := []civil.Date{civil.Of(2026, 1, 1), civil.Of(2026, 4, 30), civil.Of(2026, 5, 1), civil.Of(2026, 6, 30), civil.Of(2026, 7, 1), civil.Of(2027, 1, 1)}
	for _, date := range dates {
		rules, want := s.RulesAt(date), s.At(date)
		if !reflect.DeepEqual(rules.Aging, want.Aging) || !reflect.DeepEqual(rules.Score, want.Score) {
			t.Errorf("on %s ageing and score are not those of policy %s", date, want.Name)
		}
		if len(rules.Products) != len(want.Products) {
			t.Errorf("on %s there are %d products, want %d", date, len(rules.Products), len(want.Products))
		}
		for i := range rules.Products {
			for _, day := range dates {
				x := &rules.Products[i]
				for x.Before != nil && day < x.From {
					x = x.Before
				}
				then := s.At(min(day, date))
				k, ok := then.Product(x.Name)
				if !ok { // a product that there was not yet holds as its first policy has it
					then = s.At(civil.Of(2026, 5, 1))
					k, _ = then.Product(x.Name)
				}
				var tiers []int32
				for _, tier := range then.Aging.Tiers {
					tiers = append(tiers, tier.From)
				}
				if x.NonAccrualFromDays != then.Products[k].NonAccrualFromDays || !slices.Equal(x.TierFrom, tiers) {
					t.Errorf("on %s the product %s of %s is not as policy %s has it", date, x.Name, day, then.Name)
				}
			}
		}
	}
}
