package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Scheduled returns how a loan stands to its schedule at the close of a day: what its
// instalments have met so far, by money or forgiven; what of them has fallen due, met or
// not; and how many fall due later and are not wholly met.
func (r *Run) Scheduled(day civil.Date) (met, due money.Amount, left int32) {
	r.nextDue(day) // instalments that are met ahead are made
	for c := range r.loan.Met {
		met += r.loan.Met[c]
	}
	due = met
	for i := range r.items {
		it := &r.items[i]
		switch unpaid := it.Unpaid(); {
		case it.DueOn <= day:
			due += unpaid
		default:
			due -= it.Total() - unpaid
			if unpaid > 0 {
				left++
			}
		}
	}
	switch {
	case r.product.DailyInterest:
		left = int32(len(r.ToCome()))
	case r.loan.Plan == nil:
		left += r.loan.Terms.Installments - (r.next.No - 1) // those that nothing has asked for
	}
	return met, due, left
}
