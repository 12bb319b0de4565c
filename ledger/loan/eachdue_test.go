package loan

import (
	"math/rand/v2"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// The principal that is still to fall due is that of the schedule, less what was paid ahead of it,
// whether or not the run has generated some of it before.
func TestEachDueIsTheSchedule(t *testing.T) {
	type due struct {
		on        civil.Date
		principal money.Amount
	}
	var annuities Annuities
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 9))
		terms, rounding := randomTerms(r)
		terms.RoundedBy(&annuities, rounding)
		l := &Loan{ID: []byte("L"), Terms: terms}
		l.Begin(nil)
		all := terms.Schedule(nil)
		l.Met[Principal] = money.Amount(r.Int64N(int64(terms.Principal) + 1))
		after := terms.DisbursedOn + civil.Date(r.IntN(int(all[len(all)-1].DueOn-terms.DisbursedOn)+9))
		most := 1 + r.IntN(len(all)+2)

		var want []due
		before := money.Amount(0)
		for _, i := range all {
			paid := min(max(l.Met[Principal]-before, 0), i.Due[Principal])
			if before += i.Due[Principal]; i.DueOn > after && len(want) < most {
				want = append(want, due{i.DueOn, i.Due[Principal] - paid})
			}
		}
		for generated := range 2 {
			var run Run
			run.Start(l, &Product{}, &Log{})
			for range generated * r.IntN(len(all)+1) {
				run.generate()
			}
			var got []due
			run.EachDue(after, func(on civil.Date, principal money.Amount) bool {
				got = append(got, due{on, principal})
				return len(got) < most
			})
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %v, want %v of %+v after %v", seed, got, want, terms, after)
			}
		}
	}
}
