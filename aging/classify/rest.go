package classify

import "daybook/ledger/civil"

// AtRest is what packs say of the loans of a product that are at rest.
type AtRest struct {
	Decided

	known      bool
	verdicts   []byte    // of a binder's late packs, as a report has them
	classRates [][]int64 // by late pack and class: at which rate a loan of that class would be provided for
}

// A Resting works out once a product what packs say of its loans at rest, where each of them is
// [Pack.Plain] and the set does not watch them; it is one worker's.
type Resting struct {
	Set      *Set
	On       civil.Date
	Subjects []Subject // by the book's code of a product

	list   []AtRest
	states []State
}

// Of returns what packs say of the loans of a product, by the book's code.
func (r *Resting) Of(product uint16) *AtRest {
	if r.list == nil {
		r.list = make([]AtRest, len(r.Subjects))
	}
	x := &r.list[product]
	if !x.known {
		r.learn(product, x)
	}
	return x
}

func (r *Resting) learn(product uint16, x *AtRest) {
	r.states = r.Set.free(r.states)
	x.Decided = r.Set.decide(&Facts{On: r.On, Subject: r.Subjects[product]}, r.states)
	x.known = true
}

// ratesOf returns at which rate a pack provides for the loans of a product, by their class; nothing where it does not by rates.
func (r *Resting) ratesOf(p *Pack, product uint16) (rates []int64) {
	if p.Provision.Method != Rates {
		return nil
	}
	f := Facts{On: r.On, Subject: r.Subjects[product]}
	for class := range p.Classes {
		rates = append(rates, p.Provision.rateOf(f, uint8(class), r.Set.Of(p, r.states)))
	}
	return rates
}
