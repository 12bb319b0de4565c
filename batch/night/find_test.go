package night

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// eventsThatMayNotHold are events of every kind, of which many are refused: above
// what there is, of targets that are none or were reversed, twice.
func eventsThatMayNotHold(r *rand.Rand, t *loan.Terms, night civil.Date, ids *int) (events []loan.Event) {
	kinds := []loan.Kind{
		loan.KindRepayment, loan.KindRepayment, loan.KindRepayment, loan.KindRefund, loan.KindSettle, loan.KindWaiver, loan.KindPrepay,
		loan.KindRecovery, loan.KindReversal, loan.KindChargeback, loan.KindGoodwill, loan.KindFee, loan.KindPause, loan.KindChargeOff,
	}
	for range 3 + r.IntN(20) {
		e := loan.Event{Kind: kinds[r.IntN(len(kinds))], ValueDate: t.DisbursedOn + civil.Date(r.IntN(int(night-t.DisbursedOn)+2))}
		if e.Kind == loan.KindChargeOff && r.IntN(5) > 0 {
			e.Kind = loan.KindRefund
		}
		*ids++
		e.ID = fmt.Appendf(nil, "E%d", *ids-r.IntN(2)*r.IntN(min(*ids, 3)))
		e.Amount = 1 + money.Amount(r.IntN(30000))
		if e.Kind != loan.KindRepayment {
			e.Rate = -1
		}
		if e.Kind.NamesEarlier() {
			e.Target = fmt.Appendf(nil, "E%d", 1+r.IntN(*ids+2))
		}
		switch e.Kind {
		case loan.KindPrepay:
			e.Choice = loan.Choice(r.IntN(3))
		case loan.KindWaiver:
			e.Component = loan.Component(1 + r.IntN(3))
		case loan.KindPause:
			e.Until = e.ValueDate + civil.Date(r.IntN(9))
		}
		events = append(events, e)
	}
	return events
}

// TestManyEventsAsFew: how events are found, and whether the life is run again for
// each that does not hold or goes on without it, changes neither an outcome nor a
// byte of the record or the journal.
func TestManyEventsAsFew(t *testing.T) {
	oldIndex, oldReruns := indexMin, rerunsMax
	defer func() { indexMin, rerunsMax = oldIndex, oldReruns }()
	first, seeds := seedsToTry(300)
	refused := 0
	for name, product := range products() {
		for seed := first; seed < first+seeds; seed++ {
			var want *tinyBook
			var wantOutcomes [][]loan.Reason
			for _, setting := range [][2]int{{1 << 30, 1 << 30}, {0, 1 << 30}, {1 << 30, 0}, {0, 1}} {
				indexMin, rerunsMax = setting[0], setting[1]
				r := rand.New(rand.NewPCG(uint64(seed), 11))
				terms := loan.Terms{
					Principal: 100000, DisbursedOn: civil.Of(2026, 1, 10), Installments: 6, Rate: 120_000_000, Frequency: 1,
					Method: loan.Method(r.IntN(2)), DayCount: civil.Act365F,
				}
				terms.FirstDueOn = terms.DisbursedOn.AddMonths(1, 15)
				terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
				b := &tinyBook{t: t, product: product, journal: map[civil.Date][]byte{}, last: civil.None}
				var outcomes [][]loan.Reason
				ids, night := 0, terms.DisbursedOn
				for range 4 {
					night += 1 + civil.Date(r.IntN(40))
					outcomes = append(outcomes, b.close(night, &terms, eventsThatMayNotHold(r, &terms, night, &ids)))
				}
				if want == nil {
					want, wantOutcomes = b, outcomes
					for _, list := range outcomes {
						refused += len(list) - len(slices.DeleteFunc(slices.Clone(list), func(x loan.Reason) bool { return x != loan.OK }))
					}
					continue
				}
				if !reflect.DeepEqual(outcomes, wantOutcomes) {
					t.Fatalf("%s seed %d, index from %d, %d reruns: outcomes are\n%v, want\n%v", name, seed, setting[0], setting[1], outcomes, wantOutcomes)
				}
				if !reflect.DeepEqual(b.journal, want.journal) || string(b.record) != string(want.record) {
					t.Fatalf("%s seed %d, index from %d, %d reruns: other records: %+v, want %+v", name, seed, setting[0], setting[1], b.life(), want.life())
				}
			}
		}
	}
	if refused < 1000 {
		t.Errorf("only %d events were refused", refused)
	}
}
