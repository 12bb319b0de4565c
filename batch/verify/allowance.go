package verify

import (
	"sync"

	"daybook/aging"
	"daybook/batch/meet"
	"daybook/ledger"
	"daybook/reports"
)

// provisions is what the posted pack provides for the loans on the book, by code of currency,
// at the scale of the tape.
type provisions struct {
	mu   sync.Mutex
	sums []int64
}

// add adds up loans by what each is by itself.
func (p *provisions) add(post int, f *aging.Facts) {
	if post < 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range f.Rows {
		p.at(int(f.Codes[aging.Currency][i]), f.Amounts[int(aging.Provision)+post][i])
	}
}

func (p *provisions) at(currency int, amount int64) {
	for currency >= len(p.sums) {
		p.sums = append(p.sums, 0)
	}
	p.sums[currency] += amount
}

// allowance holds the account to what the posted pack provides, with what borrowers' loans
// make of each other.
func (v *verifier) allowance(p *provisions, moves []meet.ClassMove) {
	policy := v.view.Policy
	if policy.Post < 0 || v.view.Rules.Classes.Keeps {
		return
	}
	for i := range moves {
		if m := &moves[i]; m.Pack == policy.Post {
			p.at(int(m.Currency), m.After-m.Before)
		}
	}
	for c, scale := range v.view.Rules.Scale {
		p.at(c, 0)
		line := v.view.Night.Line(c, ledger.Allowance)
		if got, want := -line.Closing()*scale, p.sums[c]; got != want {
			currency := v.view.Names.Currencies[c]
			v.fault("allowance in %s is %s, and the loans are provided for with %s", currency, reports.Money(got, policy.Scale, currency),
				reports.Money(want, policy.Scale, currency))
		}
	}
}
