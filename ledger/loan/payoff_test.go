package loan

import (
	"math/rand/v2"
	"testing"

	"daybook/ledger/civil"
)

// TestPayoffsAgainstDecimals: the interest of a loan that ends within a period, by
// formula: under 30/360 by the contract's days on the balance that the period earns on,
// at most the period's; else evenly by days; and what falls due by then beside it.
func TestPayoffsAgainstDecimals(t *testing.T) {
	product := &Product{Name: "p", Allocation: DefaultAllocation()}
	for seed := range 600 {
		r := rand.New(rand.NewPCG(uint64(seed), 6))
		terms, rounding := randomTerms(r)
		terms.Installments, terms.Grace = min(terms.Installments, 12), Grace{}
		if terms.Method == Capitalized {
			terms.Method = InterestOnly
		}
		terms.Level = new(Annuities).Level(&terms, rounding)
		items := terms.Schedule(nil)
		k := r.IntN(len(items))
		it := &items[k]
		day := it.From + civil.Date(r.IntN(int(it.DueOn-it.From)))
		balance := terms.Principal
		for i := range k {
			balance -= items[i].Due[Principal]
		}
		var run Run
		again := func() *Run {
			l := &Loan{ID: []byte("L"), Terms: terms}
			l.Begin(nil)
			run.Start(l, product, &Log{})
			for i := range k {
				if items[i].Total() > 0 {
					run.Apply(&Event{Kind: KindRepayment, ID: []byte(items[i].DueOn.String()), ValueDate: items[i].DueOn, Amount: items[i].Total()})
				}
			}
			run.Advance(day)
			return &run
		}
		want := roundedTo(t, op(t, oracle.Quo, dec(int64(it.Due[Interest])*int64(day-it.From), 0), dec(int64(it.DueOn-it.From), 0)), HalfEven)
		if terms.DayCount == civil.Thirty360 && day > it.From {
			base := balance
			if terms.Method == Flat {
				base = terms.Principal
			}
			want = min(roundedTo(t, op(t, oracle.Mul, rateOf(t, &terms, it.From, day, 0), dec(int64(base), 0)), HalfEven), it.Due[Interest])
		}
		p := PayoffOn(day, again)
		if p.Owed != (Sums{Principal: balance, Interest: want}) || p.Amount != balance+want || p.Fee != 0 {
			t.Fatalf("seed %d, %s in the period from %s: %+v, want %d and interest %d; %+v", seed, day, it.From, p, balance, want, terms)
		}
		again().payOff(day, p.Amount)
		if f := run.Close(day); f.Outstanding != (Sums{}) || run.loan.Credit != 0 {
			t.Fatalf("seed %d: %v is owed after the payoff, credit %d", seed, f.Outstanding, run.loan.Credit)
		}
	}
}
