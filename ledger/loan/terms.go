// Package loan is one instalment loan to the cent and the day: its terms and
// schedule, the events of its life in their order, how money is allocated to
// what is due, and what that moves in the ledger. It is pure: no clock, no I/O,
// no randomness; amounts are whole minor units and every rounding is half-even
// unless a product says otherwise.
package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Component is a part of what is owed.
type Component uint8

// The components.
const (
	Principal Component = iota
	Interest
	Fee
	Penalty
	Components // how many there are
)

// components has the name of each component and its accounts.
var components = [Components]struct {
	name       string
	receivable ledger.Role // carries what is owed of it
	waived     ledger.Role // debited when it is forgiven: its income, or for principal the expense of the loss
	off        ledger.Role // debited with what of it leaves the books
}{
	Principal: {"principal", ledger.LoanPrincipal, ledger.ImpairmentExpense, ledger.Allowance},
	Interest:  {"interest", ledger.InterestReceivable, ledger.InterestIncome, ledger.InterestIncome},
	Fee:       {"fee", ledger.FeeReceivable, ledger.FeeIncome, ledger.FeeIncome},
	Penalty:   {"penalty", ledger.PenaltyReceivable, ledger.PenaltyIncome, ledger.PenaltyIncome},
}

func (c Component) String() string { return components[c].name }

// Receivable returns the account that carries what is owed of a component.
func (c Component) Receivable() ledger.Role { return components[c].receivable }

// ParseComponent reads a component by its name.
func ParseComponent(s string) (Component, bool) {
	for c := range Components {
		if components[c].name == s {
			return c, true
		}
	}
	return 0, false
}

// A Method says how a loan is repaid.
type Method uint8

// The methods.
const (
	Annuity        Method = iota // level payment (等额本息)
	EqualPrincipal               // 等额本金
	InterestOnly                 // bullet principal (先息后本)
	LumpSum                      // one payment of principal and interest (一次性还本付息)
	Flat                         // interest on the original principal
	Zero                         // no interest
	Capitalized                  // bullet whose interest is added to principal on its dates
	Methods                      // how many there are
)

var methodNames = [Methods]string{"annuity", "equal_principal", "interest_only", "lump_sum", "flat", "zero", "capitalized"}

func (m Method) String() string { return methodNames[m] }

// ParseMethod reads a method by its name.
func ParseMethod(s string) (Method, bool) {
	for m, n := range methodNames {
		if n == s {
			return Method(m), true
		}
	}
	return 0, false
}

// InstallmentsMax is the most instalments of a loan.
const InstallmentsMax = 1200

// Terms are a loan's contract: what its schedule is a pure function of.
type Terms struct {
	Principal    money.Amount
	Level        money.Amount // the annuity's payment, rounded as the product says; for other methods 0, see [Terms.parts]
	Fee          money.Amount // fee that falls due with each instalment
	Rate         money.Rate   // a year
	DisbursedOn  civil.Date
	FirstDueOn   civil.Date
	Installments int32
	Frequency    Frequency
	Method       Method
	DayCount     civil.DayCount
	Grace        Grace    // at the start
	Rounding     Rounding // of instalments that have no level payment; the zero value: none
}

// Check returns why the terms are not a loan's, or OK. The businessDate is that of
// the night that books the loan; scale is how many units of the published columns a
// minor unit of its currency has.
func (t *Terms) Check(businessDate civil.Date, scale int64) Reason {
	sumMax := SumMax / money.Amount(scale)
	switch {
	case t.Principal <= 0:
		return AmountNotPositive
	case t.Fee < 0:
		return AmountNotPositive
	case t.Principal > money.Max || t.Fee > money.Max:
		return AmountOverflow
	case t.DisbursedOn > businessDate:
		return DisbursedAfterBusinessDate
	case t.FirstDueOn <= t.DisbursedOn:
		return FirstDueNotAfterDisbursement
	case t.Installments < 1 || t.Installments > InstallmentsMax:
		return InstallmentsOutOfRange
	case t.Method == LumpSum && t.Installments != 1:
		return InstallmentsOutOfRange
	case t.Rate < 0 || t.Rate > 10*money.RateOne:
		return RateOutOfRange
	case t.Method == Zero && t.Rate != 0:
		return RateOutOfRange
	case t.DueOn(t.Installments) > civil.Max:
		return DateOutOfRange
	case !t.Grace.Fits(t.Installments):
		return GraceOutOfRange
	case t.interestAbove(sumMax), t.capitalAbove(sumMax), t.Fee*money.Amount(t.Installments) > sumMax:
		return AmountOverflow
	}
	return OK
}

// SumMax bounds what interest or fees of one loan may come to over its term, and
// what its events may, in units of the published columns, so that its balances fit
// every one of them.
const SumMax = 100 * money.Max

// interestAbove reports whether interest on the whole principal over the whole term
// could leave the range that sums of amounts are safe in.
func (t *Terms) interestAbove(sumMax money.Amount) bool {
	years := int64(t.DueOn(t.Installments)-t.DisbursedOn)/360 + 1
	yearly := money.MulDiv(int64(t.Principal), int64(t.Rate), int64(money.RateOne))
	return yearly > int64(sumMax)/years
}

// capitalAbove reports whether principal that interest is added to could.
func (t *Terms) capitalAbove(sumMax money.Amount) bool {
	if t.Method != Capitalized {
		return false
	}
	for c := t.start(); c.No <= t.Installments; {
		_, interest := t.dues(&c, t.DueOn(c.No))
		if c.Balance > sumMax-interest {
			return true
		}
		c.pass(t, t.DueOn(c.No), 0, interest)
	}
	return false
}

// periodInterest returns balance × rate × fraction of a year, rounded.
func (t *Terms) periodInterest(balance money.Amount, y civil.Fraction) money.Amount {
	if t.Rate == 0 || balance == 0 {
		return 0
	}
	return money.Amount(money.MulMulDiv(int64(balance), int64(t.Rate), y.Num, int64(money.RateOne)*y.Den))
}
