package loan

import (
	"math/rand/v2"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// TestSimpleInterestAgainstDecimals: a payment meets what is earned up to its day, and
// principal with the rest; what is past due are level payments less what was paid,
// however early or late. The model knows no instalments, only sums.
func TestSimpleInterestAgainstDecimals(t *testing.T) {
	for seed := range 400 {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		terms := Terms{
			Principal: 5_000_00 + money.Amount(r.Int64N(1e8)), Rate: money.Rate(r.Int64N(300_000_000)), Installments: 36,
			DisbursedOn: civil.Of(2023+r.IntN(3), 1+r.IntN(12), 1+r.IntN(28)), Frequency: []Frequency{1, 1, -14}[r.IntN(3)],
			DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
		}
		terms.FirstDueOn = terms.DisbursedOn + 10 + civil.Date(r.IntN(30))
		terms.Level = new(Annuities).Level(&terms, Rounding{})
		product := &Product{Name: "simple", DailyInterest: true, SimpleInterest: true, Allocation: DefaultAllocation()}
		carried := r.IntN(2) == 0
		if carried {
			product.Allocation = []AllocationRule{{AboveDays: -1, Order: DefaultAllocation()[1].Order, InAdvance: NextInstallment}}
		}
		l := &Loan{ID: []byte("L"), Terms: terms}
		l.Begin(nil)
		var run Run
		run.Start(l, product, &Log{})
		runs := balanceRuns{t: t, terms: &terms, from: terms.DisbursedOn, balance: terms.Principal, over: dec(0, 0)}
		var interest, arrears, ahead money.Amount
		due := int32(1)
		day := terms.DisbursedOn
		for range 12 {
			for next := day + 1 + civil.Date(r.IntN(60)); day < next; day++ {
				if day+1 == terms.DueOn(due) {
					arrears += max(terms.Level-ahead, 0)
					ahead = max(ahead-terms.Level, 0)
					if !carried {
						ahead = 0
					}
					due++
				}
			}
			amount := 1 + money.Amount(r.Int64N(3*int64(terms.Level)))
			e := Event{Kind: KindRepayment, ValueDate: day, Amount: amount, ID: []byte(day.String())}
			if reason := run.Apply(&e); reason != OK {
				t.Fatal(reason.Code())
			}
			met := min(amount, runs.earned(day)-interest)
			interest += met
			if amount-met > runs.balance || due > terms.Installments {
				break
			}
			runs.at(day, runs.balance-(amount-met))
			inTime := max(amount-arrears, 0)
			arrears, ahead = max(arrears-amount, 0), ahead+inTime
			f := run.Close(day + 1)
			if l.Paid[Interest] != interest || l.PrincipalOwed() != runs.balance || l.Credit != 0 {
				t.Fatalf("seed %d, %s: interest paid %d, want %d; principal owed %d, want %d; credit %d", seed, day, l.Paid[Interest], interest,
					l.PrincipalOwed(), runs.balance, l.Credit)
			}
			if terms.DueOn(due) > day+1 && f.PastDue != arrears {
				t.Fatalf("seed %d, %s: %d is past due, want %d", seed, day, f.PastDue, arrears)
			}
		}
	}
}
