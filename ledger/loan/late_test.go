package loan

import (
	"math/rand/v2"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// TestLateFeesDoNotDependOnTheOrder: whether late fees are met before instalments or after
// them, the same instalments cost one: none is late for what a fee took (16 CFR 444.4).
func TestLateFeesDoNotDependOnTheOrder(t *testing.T) {
	fee := LateCharges{FixedFee: FixedFee{Amount: 700, Component: Fee, WaitDays: 5}}
	first := &Product{Name: "first", LateCharges: fee, Allocation: []AllocationRule{{AboveDays: -1, Order: [Components]Component{Penalty, Fee, Interest, Principal}}}}
	last := &Product{Name: "last", LateCharges: fee, Allocation: []AllocationRule{{AboveDays: -1, Order: [Components]Component{Interest, Principal, Fee, Penalty}, Vertical: true}}}
	charged := 0
	for seed := range 500 {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		terms := Terms{Principal: 120_000, Installments: 12, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Frequency: 1, Method: Method(r.IntN(2)), DayCount: civil.Act365F}
		terms.Level = new(Annuities).Level(&terms, Rounding{})
		var events []Event
		for day := terms.DisbursedOn; day < civil.Of(2027, 3, 1); day += 1 + civil.Date(r.IntN(40)) {
			e := Event{Kind: KindRepayment, ID: []byte(day.String()), ValueDate: day, Amount: []money.Amount{10_000, 10_000, 1 + money.Amount(r.IntN(25_000))}[r.IntN(3)], Rate: -1}
			if due := terms.DueOn(1 + int32(r.IntN(12))); due > day && r.IntN(2) == 0 {
				e.ValueDate, day = due, due // in time
			}
			events = append(events, e)
		}
		fees := func(p *Product) money.Amount {
			l := &Loan{ID: []byte("L"), Terms: terms}
			l.Begin(nil)
			var run Run
			run.Start(l, p, &Log{})
			for i := range events {
				if reason := run.Apply(&events[i]); reason != OK {
					t.Fatal(reason.Code())
				}
			}
			run.Advance(civil.Of(2027, 6, 1))
			return l.Late.Fees
		}
		got, want := fees(first), fees(last)
		if got != want {
			t.Fatalf("seed %d: late fees first come to %d, last to %d: %+v", seed, got, want, events)
		}
		charged += int(want / 700)
	}
	if charged < 500 {
		t.Errorf("%d late fees in 500 lives: hardly any", charged)
	}
}
