package loan

import (
	"math/big"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// Money that is spread meets each instalment to come by the same part, rounded half-even;
// the last of them takes the remainder.
func TestSpreadIsRoundedHalfEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "installments")
		amount := money.Amount(rapid.Int64Range(1, 1_000_000).Draw(t, "amount"))
		l := &Loan{ID: []byte("L"), Terms: Terms{
			Principal: 2_000_000 * money.Amount(n), DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Installments: int32(n), Frequency: 1, Method: Zero,
		}}
		p := &Product{Allocation: []AllocationRule{{AboveDays: -1, Order: [Components]Component{Penalty, Fee, Interest, Principal}, InAdvance: Spread}}}
		l.Begin(nil)
		var run Run
		run.Start(l, p, new(Log))
		if reason := run.Apply(&Event{Kind: KindRepayment, ID: []byte("P"), ValueDate: civil.Of(2026, 1, 10), Amount: amount}); reason != OK {
			t.Fatal(reason.Code())
		}
		quotient := new(big.Rat).SetFrac64(int64(amount), int64(n))
		part := money.Amount(new(big.Int).Quo(quotient.Num(), quotient.Denom()).Int64())
		switch rest := new(big.Rat).Sub(quotient, new(big.Rat).SetInt64(int64(part))); rest.Cmp(big.NewRat(1, 2)) {
		case 1:
			part++
		case 0:
			part += part % 2
		}
		left := amount
		for i, it := range run.Items() {
			want := min(part, left)
			if i == n-1 {
				want = left
			}
			if left -= want; it.Paid[Principal] != want {
				t.Fatalf("%d over %d: instalment %d gets %d, want %d", amount, n, i+1, it.Paid[Principal], want)
			}
		}
	})
}
