package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// OfferedTerms are those of a plan that a borrower may be offered: a principal over n
// monthly instalments at a rate a year, the first a month after a day, as an annuity
// whatever the contract's method is.
func OfferedTerms(principal money.Amount, rate money.Rate, from civil.Date, n int, dayCount civil.DayCount) Terms {
	return Terms{
		Principal: principal, Rate: rate, DisbursedOn: from, FirstDueOn: from.Later(1),
		Installments: int32(n), Frequency: Monthly, Method: Annuity, DayCount: dayCount,
	}
}

// LevelPlan is the schedule of [OfferedTerms], rounded half-even to the minor unit: level
// principal where the rate is 0.
func (a *Annuities) LevelPlan(t Terms) []Installment {
	t.RoundedBy(a, Rounding{})
	return t.Schedule(make([]Installment, 0, t.Installments))
}

// ReducedPlan is the schedule of [OfferedTerms] with first instalments that pay no more
// than most[k] of principal and new interest: their principal is what is left of it. The
// others are the annuity of the principal that is left, on the same grid of dates. ok is
// false where a principal would be below zero, or no principal or instalment is left for
// the others.
func (a *Annuities) ReducedPlan(t Terms, most []money.Amount) (plan []Installment, ok bool) {
	if len(most) >= int(t.Installments) {
		return nil, false
	}
	c := t.start()
	for k := range most {
		i := Installment{No: c.No, From: c.From, DueOn: t.DueOn(c.No)}
		i.Due[Interest] = t.periodInterest(c.Balance, t.fraction(c.No, c.From, i.DueOn))
		i.Due[Principal] = min(c.Balance, most[k]-i.Due[Interest])
		if i.Due[Principal] < 0 {
			return nil, false
		}
		c.pass(&t, i.DueOn, i.Due[Principal], i.Due[Interest])
		plan = append(plan, i)
	}
	if c.Balance <= 0 {
		return nil, false
	}
	// A grace of so many instalments leaves the level payment to the others.
	t.Principal, t.Grace.Principal = c.Balance, int32(len(most))
	t.RoundedBy(a, Rounding{})
	for {
		var i Installment
		if !t.next(&c, &i, t.DueOn(c.No)) {
			return plan, true
		}
		plan = append(plan, i)
	}
}

// OwedPart is what instalment k of n, from 1, asks for of an amount that is owed already:
// round(amount·k/n) less what those before it ask for.
func OwedPart(amount money.Amount, k, n int) money.Amount {
	upTo := func(k int) int64 { return money.MulDiv(int64(amount), int64(k), int64(n)) }
	return money.Amount(upTo(k) - upTo(k-1))
}

// SpreadOwed makes what is owed of a component fall due with the instalments of a plan, to
// each its part. It is not earned again.
func SpreadOwed(plan []Installment, c Component, amount money.Amount) {
	for i := range plan {
		plan[i].owe(c, OwedPart(amount, i+1, len(plan)))
	}
}
