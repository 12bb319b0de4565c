package loan

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// worthAt is what a plan is worth on its first day at a rate a year.
func worthAt(t *testing.T, plan []Installment, from civil.Date, e *apd.Decimal) *apd.Decimal {
	t.Helper()
	sum := dec(0, 0)
	for i := range plan {
		years := op(t, oracle.Quo, dec(int64(plan[i].DueOn-from), 0), dec(365, 0))
		growth := op(t, oracle.Pow, op(t, oracle.Add, dec(1, 0), e), years)
		sum = op(t, oracle.Add, sum, op(t, oracle.Quo, dec(int64(plan[i].Due[Principal]+plan[i].Due[Interest]), 0), growth))
	}
	return sum
}

// TestEarningsAgainstDecimals: what a plan has earned by each due date, by a rate that is
// found by halving in decimals, and evenly.
func TestEarningsAgainstDecimals(t *testing.T) {
	plans := 40
	if testing.Short() {
		plans = 5
	}
	for seed := range plans {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		from := civil.Of(2024, 1, 1+r.IntN(28))
		var plan []Installment
		day, principal, total := from, money.Amount(0), money.Amount(0)
		for k := range int32(1 + r.IntN(5)) {
			day += 20 + civil.Date(r.IntN(200))
			i := Installment{No: k + 1, DueOn: day}
			i.Due = [Fee + 1]money.Amount{money.Amount(r.IntN(3)) * money.Amount(r.IntN(900_000)), money.Amount(r.IntN(2)) * money.Amount(r.IntN(90_000)), 5}
			plan = append(plan, i)
		}
		plan[len(plan)-1].Due[Principal] += 1 + money.Amount(r.IntN(900_000))
		for i := range plan {
			principal += plan[i].Due[Principal]
			total += plan[i].Due[Interest]
		}
		low, high := dec(0, 0), dec(1000, 0)
		for range 80 {
			middle := op(t, oracle.Quo, op(t, oracle.Add, low, high), dec(2, 0))
			if worthAt(t, plan, from, middle).Cmp(dec(int64(principal), 0)) > 0 {
				low = middle
			} else {
				high = middle
			}
		}
		e := new(apd.Decimal)
		if _, err := oracle.Quantize(e, low, -15); err != nil {
			t.Fatal(err)
		}
		for _, w := range []Earning{EarnRate, EarnEven, EarnLine} {
			w.Earn(plan, from)
			cost, due, got, lines := dec(int64(principal), 0), money.Amount(0), money.Amount(0), money.Amount(0)
			before := from
			for i := range plan {
				it := &plan[i]
				years := op(t, oracle.Quo, dec(int64(it.DueOn-before), 0), dec(365, 0))
				growth := op(t, oracle.Pow, op(t, oracle.Add, dec(1, 0), e), years)
				pay := it.Due[Principal] + it.Due[Interest]
				cost = op(t, oracle.Sub, op(t, oracle.Mul, cost, growth), dec(int64(pay), 0))
				due, before, lines = due+pay, it.DueOn, lines+it.Due[Interest]
				got += it.Due[Interest] + it.More
				want := lines
				switch {
				case i == len(plan)-1:
					want = total
				case w == EarnRate:
					want = roundedTo(t, op(t, oracle.Add, op(t, oracle.Sub, cost, dec(int64(principal), 0)), dec(int64(due), 0)), HalfEven)
				case w == EarnEven:
					want = roundedTo(t, op(t, oracle.Quo, dec(int64(total)*int64(it.DueOn-from), 0), dec(int64(day-from), 0)), HalfEven)
				}
				if got != want {
					t.Fatalf("seed %d, %s: %d earned by %s, want %d; %+v", seed, w, got, it.DueOn, want, plan)
				}
			}
		}
	}
}

// TestPlansWithoutARate: what no rate discounts to its principal is earned line by line.
func TestPlansWithoutARate(t *testing.T) {
	day := civil.Of(2026, 1, 1)
	plan := []Installment{{No: 1, DueOn: day, Due: [Fee + 1]money.Amount{1000}}, {No: 2, DueOn: day + 31, Due: [Fee + 1]money.Amount{0, 50}}}
	if EarnRate.Earn(plan, day); plan[0].More != 0 || plan[1].More != 0 {
		t.Errorf("%+v", plan)
	}
	plan[0].Due[Principal], plan[1].Due[Principal] = 0, 1
	plan[1].Due[Interest] = 1e15 // within a month
	EarnRate.Earn(plan, day)
	if sum := plan[0].More + plan[1].More; sum != 0 {
		t.Errorf("%d is left: %+v", sum, plan)
	}
}
