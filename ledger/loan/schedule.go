package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An Installment is one line of a schedule: what falls due on a date, and what
// of it was met. Due and Paid are indexed by component; penalties are never
// part of an instalment.
type Installment struct {
	No    int32 // from 1
	From  civil.Date
	DueOn civil.Date
	Due   [Fee + 1]money.Amount
	Paid  [Fee + 1]money.Amount // met: paid, or waived
	// Extra is the part of Due that was owed before and came back, by a
	// chargeback, a refund without funds or a restructuring: it is not earned
	// again.
	Extra [Fee + 1]money.Amount
	// More is what the period earns beyond the interest that falls due with it, or less
	// where it is below zero: of a plan that is not earned line by line.
	More money.Amount
}

// Total returns all that falls due with the instalment.
func (i *Installment) Total() money.Amount { return i.Due[Principal] + i.Due[Interest] + i.Due[Fee] }

// Unpaid returns what of the instalment is not met.
func (i *Installment) Unpaid() money.Amount {
	return i.Total() - i.Paid[Principal] - i.Paid[Interest] - i.Paid[Fee]
}

// Earned returns the part of the instalment's interest earned at the close of a
// day: evenly over the calendar days of its period.
func (i *Installment) Earned(day civil.Date) money.Amount {
	interest := i.Due[Interest] - i.Extra[Interest] + i.More
	switch {
	case day >= i.DueOn:
		return interest
	case day <= i.From:
		return 0
	}
	return money.Amount(money.MulDiv(int64(interest), int64(day-i.From), int64(i.DueOn-i.From)))
}

// owed returns what of a component of the instalment is owed at the close of a day,
// paid or not: before its due date what came back, and of its interest what is earned, of
// all that those before it do not ask for.
func (i *Installment) owed(c Component, day civil.Date, earned money.Amount) money.Amount {
	switch {
	case c == Principal, day >= i.DueOn:
		return i.Due[c]
	case c == Interest:
		return i.Extra[c] + min(max(earned, 0), i.own())
	}
	return i.Extra[c]
}

// own is the interest of the instalment that no other asked for before.
func (i *Installment) own() money.Amount { return i.Due[Interest] - i.Extra[Interest] }

// A Cursor walks a schedule that follows from the terms: it stands before
// instalment No, with the principal that is not yet scheduled.
type Cursor struct {
	No      int32 // the next instalment
	From    civil.Date
	Balance money.Amount
}

// start is the cursor before the first instalment.
func (t *Terms) start() Cursor { return Cursor{No: 1, From: t.DisbursedOn, Balance: t.Principal} }

// next fills in the next instalment, which is due on a date, and advances the
// cursor; false at the end.
func (t *Terms) next(c *Cursor, i *Installment, due civil.Date) bool {
	if c.No > t.Installments {
		return false
	}
	*i = Installment{No: c.No, From: c.From, DueOn: due}
	i.Due[Principal], i.Due[Interest] = t.dues(c, due)
	i.Due[Fee] = t.Fee
	c.pass(t, due, i.Due[Principal], i.Due[Interest])
	return true
}

// pass moves the cursor past an instalment that was due on a date.
func (c *Cursor) pass(t *Terms, due civil.Date, principal, interest money.Amount) {
	if t.Method == Capitalized && c.No < t.Installments {
		c.Balance += interest
	}
	c.No, c.From, c.Balance = c.No+1, due, c.Balance-principal
}

// dues returns the principal and interest of the instalment at the cursor, which is due
// on a date.
func (t *Terms) dues(c *Cursor, due civil.Date) (principal, interest money.Amount) {
	if t.Rate != 0 && c.No > t.Grace.Free {
		interest = t.periodInterest(t.base(c.Balance), t.fraction(c.No, c.From, due))
	}
	return t.principalPart(c, interest), interest
}

// base is what a period earns interest on, beside the balance.
func (t *Terms) base(balance money.Amount) money.Amount {
	if t.Method == Flat {
		return t.Principal
	}
	return balance
}

// principalPart returns the principal of the instalment at the cursor. The last
// one takes what rounding left.
func (t *Terms) principalPart(c *Cursor, interest money.Amount) money.Amount {
	if c.No == t.Installments {
		return c.Balance
	}
	whole, parts := t.parts()
	return min(t.part(c.No, t.Level, whole, parts, interest), c.Balance)
}

// Schedule appends the instalments that follow from the terms to dst. For an
// annuity the Level must have been set, see [Annuities.Level].
func (t *Terms) Schedule(dst []Installment) []Installment {
	c := t.start()
	for {
		var i Installment
		if !t.next(&c, &i, t.DueOn(c.No)) {
			return dst
		}
		dst = append(dst, i)
	}
}
