package batch

import (
	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// loanWords reads the columns of a loans row that have a fixed vocabulary; the
// product says what holds where the row names nothing.
func loanWords(in *intake.Rows, i int, p *loan.Product, t *loan.Terms) (given int, reason loan.Reason) {
	t.Method, t.DayCount, t.Frequency, t.Grace = p.Method, p.DayCount, p.Frequency, p.Grace
	if s := in.Columns[intake.LoansMethod].Text(i); len(s) > 0 {
		var ok bool
		if t.Method, ok = loan.ParseMethod(string(s)); !ok {
			return 0, loan.UnknownMethod
		}
		given |= rows.GivenMethod
	}
	if s := in.Columns[intake.LoansDayCount].Text(i); len(s) > 0 {
		var err error
		if t.DayCount, err = civil.ParseDayCount(string(s)); err != nil {
			return 0, loan.UnknownDayCount
		}
		given |= rows.GivenDayCount
	}
	if s := in.Columns[intake.LoansFrequency].Text(i); len(s) > 0 {
		var ok bool
		if t.Frequency, ok = loan.ParseFrequency(string(s)); !ok {
			return 0, loan.UnknownFrequency
		}
		given |= rows.GivenFrequency
	}
	return given | graceGiven(in, i, &t.Grace), loan.OK
}

// graceGiven reads the grace that a loans row states; what it can't be is left to
// [loan.Terms.Check].
func graceGiven(in *intake.Rows, i int, g *loan.Grace) (given int) {
	columns := [...]int{intake.LoansPrincipalGrace, intake.LoansInterestGrace, intake.LoansInterestFree}
	for k, part := range g.Parts() {
		if c := &in.Columns[columns[k]]; !c.IsNull(i) {
			*part = int32(min(max(c.Int[i], -1), loan.InstallmentsMax+1))
			given |= rows.GivenPrincipalGrace << k
		}
	}
	return given
}

// rateAt returns an annual rate, or one that no loan may have.
func rateAt(c *intake.Column, i int) money.Rate {
	v := c.Int[i]
	if v < 0 || v > int64(10*money.RateOne) {
		return -1
	}
	return money.Rate(v)
}

// minor reads an amount in minor units of a currency, which has scale units of
// the policy's scale in one.
func (n *plan) minor(a *money.Amount, c *intake.Column, i int, scale int64) loan.Reason {
	units, misfit := money.Stated{Value: intAt(c, i, 0), Minor: c.Minor}.Units(scale)
	if misfit == money.Fits {
		*a = units
	}
	return loan.AmountReason(misfit)
}
