package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// settlement is what it takes to settle on a day, and the fee in it.
func (r *Run) settlement(day civil.Date) (need, fee money.Amount) {
	l := r.loan
	r.reach(day)
	notDue := l.PrincipalOwed()
	for i := range r.items {
		if it := &r.items[i]; it.DueOn <= day {
			notDue -= it.Due[Principal] - it.Paid[Principal]
		}
	}
	owed := r.owedEnded(day)
	notDue = min(notDue, max(owed.Total(), 0)) // interest paid ahead of being earned pays it first
	s := &r.product.Settle
	if s.Rate > 0 && (s.FreeAfterMonths < 0 || !aged(l.Terms.DisbursedOn, day, s.FreeAfterMonths)) {
		fee = money.Amount(money.MulDiv(int64(notDue), int64(s.Rate), int64(money.RateOne)))
	}
	return owed.Total() + fee, fee
}

// owedEnded is what is owed if the loan ends on a day.
func (r *Run) owedEnded(day civil.Date) Sums {
	l := r.loan
	earned := r.earned(day)
	if !r.product.DailyInterest && l.Terms.DayCount == civil.Thirty360 {
		for r.generate() { // the balance of the period is what falls due from its end on
		}
		for i := range r.items {
			if it := &r.items[i]; it.From < day && day < it.DueOn {
				earned += r.payoffInterest(i, day) - it.Earned(day)
			}
		}
	}
	return l.owed(earned, r.fallen(day), l.Late.Fees, l.Late.Penalties)
}

// payoffInterest is the interest of item i that is owed if its balance is paid on a day:
// under 30/360 that of the contract's days since the period began, at most the period's
// (a payoff letter names a thirtieth of a month's interest for each day).
func (r *Run) payoffInterest(i int, day civil.Date) money.Amount {
	it, t := &r.items[i], r.loan.InForce()
	if !r.byDayCount(i, day) {
		return it.Earned(day)
	}
	return min(t.periodInterest(r.earnsOn(i), t.DayCount.Fraction(it.From, day)), it.own()+it.More)
}

// earnsOn is the balance that the period of item i earns on.
func (r *Run) earnsOn(i int) (base money.Amount) {
	if t := r.loan.InForce(); t.Method == Flat {
		return t.Principal
	}
	for k := i; k < len(r.items); k++ {
		base += r.items[k].Due[Principal] - r.items[k].Extra[Principal]
	}
	return base
}

// byDayCount reports whether the contract's days within the period of item i say what
// is owed of its interest. They don't where that is not the rate's, as of a plan that
// came with the loan, or of a period that a pause made longer: it is earned evenly. The
// rest of a period after a prepayment may be a unit off.
func (r *Run) byDayCount(i int, day civil.Date) bool {
	it, t := &r.items[i], r.loan.InForce()
	if it.More != 0 && t.Grace.Interest == 0 || r.product.DailyInterest || t.DayCount != civil.Thirty360 || day <= it.From || day >= it.DueOn {
		return false
	}
	off := it.own() + it.More - t.periodInterest(r.earnsOn(i), r.moves(t).span(t, r.items, i, it.From))
	return -1 <= off && off <= 1
}

// accrued is the interest that item i has earned by a day.
func (r *Run) accrued(i int, day civil.Date) money.Amount { return r.items[i].Earned(day) }

// A Payoff is what ends a loan on a day.
type Payoff struct {
	Owed   Sums         // of each component, before any credit
	Fee    money.Amount // for settling early, beside the fees owed
	Credit money.Amount // of the borrower, which counts
	Amount money.Amount // of a repayment with which a settle of the day ends the loan
	Off    Off          // of a loan that is out of the books then: nothing ends it, and Amount is 0
}

// PayoffOn returns what ends a loan on a day. again gives the loan as it is at the close
// of the day, as often as it is asked for one: it is paid off and settled on trial, as by
// two events of that day, so that what the payoff says the settlement takes, whatever
// the rule for money in advance makes of it before.
func PayoffOn(day civil.Date, again func() *Run) (p Payoff) {
	r := again()
	r.product = r.latest.at(day)
	p.Owed, p.Credit = r.owedEnded(day), r.loan.Credit
	if p.Off = r.loan.Off; p.Off.Kind != 0 {
		return p
	}
	need, fee := r.settlement(day)
	p.Fee, p.Amount = fee, max(need-p.Credit, 0)
	amount, settles := p.Amount, false
	for range payoffTries {
		if amount <= 0 {
			break
		}
		over := again().payOff(day, amount)
		if over >= 0 && (!settles || amount < p.Amount) {
			p.Amount, settles = amount, true
		}
		if over == 0 {
			break
		}
		amount -= over
	}
	if p.Amount > 0 { // a rule that pays principal ahead leaves less of it to settle
		p.Fee = p.Amount + p.Credit - p.Owed.Total()
	}
	return p
}

// payoffTries bounds the trials: most loans need one, and a rule for money in advance
// with a fee for settling a few, as each pays some of the fee's own base.
const payoffTries = 16

// payOff pays an amount and settles the loan, and returns what of the amount is over, or
// below zero what is missing.
func (r *Run) payOff(day civil.Date, amount money.Amount) (over money.Amount) {
	pay := Event{Kind: KindRepayment, ID: []byte("payoff"), ValueDate: day, Amount: amount, Rate: -1}
	settle := Event{Kind: KindSettle, ID: []byte("settle"), ValueDate: day, Rate: -1}
	r.Apply(&pay)
	if need, _ := r.settlement(day); need > r.loan.Credit {
		return r.loan.Credit - need
	}
	r.Apply(&settle)
	return r.loan.Credit
}
