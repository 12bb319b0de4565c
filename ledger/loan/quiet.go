package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Quiet brings a loan to which nothing happens to the close of a day, and returns its
// figures then: what [Run.Start], [Run.Advance] and [Run.Close] do, for the loan that
// most are on most nights. All that has fallen due is met, the open instalment follows
// from the terms and is due later, and nothing but time passes. Of any other it changes
// nothing and reports false.
func Quiet(l *Loan, p *Product, day civil.Date) (f Figures, ok bool) {
	if l.Plan != nil || l.Credit != 0 || len(l.Charges) > 0 || len(l.Late.Items) > 0 || l.Off.Kind != 0 || day <= l.Open.From {
		return f, false
	}
	rules := p.at(day)
	if rules.DailyInterest || !settledRules(rules, l.Late.On) {
		return f, false
	}
	f.Earned, f.Fallen, f.Oldest, f.NextDueOn = l.Before[Interest], l.Before[Fee], civil.None, civil.None
	if c := l.Open; c.No <= l.Terms.Installments {
		due := l.Terms.DueOn(c.No)
		if due <= day {
			return f, false
		}
		principal, interest := l.Terms.dues(&c, due)
		f.NextDueOn, f.NextDueAmount = due, unmet(principal, l.Met[Principal]-l.Before[Principal])+
			unmet(interest, l.Met[Interest]-l.Before[Interest])+unmet(l.Terms.Fee, l.Met[Fee]-l.Before[Fee])
		if f.NextDueAmount == 0 {
			return f, false // met ahead: the one after it is next
		}
		f.Earned += money.Amount(money.MulDiv(int64(interest), int64(day-c.From), int64(due-c.From)))
	}
	f.Settled = f.NextDueOn == civil.None
	if rules.LateCharges.any() && day > l.Late.On {
		l.Late.On = day
	}
	f.Outstanding = l.owed(f.Earned, f.Fallen, l.Late.Fees, l.Late.Penalties)
	return f, true
}

// unmet returns what of a due amount is left, where so much more than before was met.
func unmet(due, met money.Amount) money.Amount { return due - min(max(met, 0), due) }

// settledRules reports whether no rules before those that hold have days left to count.
func settledRules(p *Product, counted civil.Date) bool {
	for ; p.Before != nil; p = p.Before {
		if p.Before.DailyInterest || p.Before.LateCharges.any() && counted < p.From-1 {
			return false
		}
	}
	return true
}
