package night

import (
	"cmp"
	"maps"
	"slices"

	"daybook/ledger/loan"
)

// An Accrued is what untouched loans of one product and currency accrued, and of one
// region where the rules are by region.
type Accrued struct {
	Product, Currency int // as the rules number them
	Region            int // as the book does; 0 where it is not told
	Totals            Totals
}

// A summing adds up what untouched loans accrue.
type summing struct {
	Summary [][]Totals            // by product and currency
	regions map[regionKey]*Totals // in its place, where rules are by region
}

func newSumming(r *Rules) *summing {
	s := &summing{Summary: make([][]Totals, len(r.Products))}
	for i := range s.Summary {
		s.Summary[i] = make([]Totals, len(r.Scale))
	}
	if r.ByRegion {
		s.regions = map[regionKey]*Totals{}
	}
	return s
}

type regionKey struct{ product, currency, region uint16 }

// totals returns where what a loan accrues is added up.
func (p *summing) totals(l *loan.Loan) *Totals {
	if p.regions == nil {
		return &p.Summary[l.Product][l.Currency]
	}
	k := regionKey{l.Product, l.Currency, l.Region}
	t := p.regions[k]
	if t == nil {
		t = new(Totals)
		p.regions[k] = t
	}
	return t
}

// TakeSummary hands over what untouched loans accrued, in the order of products,
// currencies and regions and without those of which none did, and leaves the summary empty.
func (p *summing) TakeSummary() (taken []Accrued) {
	for product := range p.Summary {
		for currency := range p.Summary[product] {
			if t := &p.Summary[product][currency]; *t != (Totals{}) {
				taken = append(taken, Accrued{Product: product, Currency: currency, Totals: *t})
				*t = Totals{}
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(p.regions), func(a, b regionKey) int {
		return cmp.Or(cmp.Compare(a.product, b.product), cmp.Compare(a.currency, b.currency), cmp.Compare(a.region, b.region))
	})
	for _, k := range keys {
		if t := p.regions[k]; *t != (Totals{}) {
			taken = append(taken, Accrued{int(k.product), int(k.currency), int(k.region), *t})
		}
	}
	clear(p.regions)
	return taken
}
