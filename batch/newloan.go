package batch

import (
	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// loanWords reads the columns of a loans row that have a fixed vocabulary; the
// product says what holds where the row names nothing.
func loanWords(rows *intake.Rows, i int, p *loan.Product, t *loan.Terms) (given int, reason loan.Reason) {
	t.Method, t.DayCount, t.Frequency = p.Method, p.DayCount, p.Frequency
	if s := rows.Columns[intake.LoansMethod].Text(i); len(s) > 0 {
		var ok bool
		if t.Method, ok = loan.ParseMethod(string(s)); !ok {
			return 0, loan.UnknownMethod
		}
		given |= givenMethod
	}
	if s := rows.Columns[intake.LoansDayCount].Text(i); len(s) > 0 {
		var err error
		if t.DayCount, err = civil.ParseDayCount(string(s)); err != nil {
			return 0, loan.UnknownDayCount
		}
		given |= givenDayCount
	}
	if s := rows.Columns[intake.LoansFrequency].Text(i); len(s) > 0 {
		var ok bool
		if t.Frequency, ok = loan.ParseFrequency(string(s)); !ok {
			return 0, loan.UnknownFrequency
		}
		given |= givenFrequency
	}
	return given, loan.OK
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
func (n *closing) minor(a *money.Amount, c *intake.Column, i int, scale int64) loan.Reason {
	units, misfit := money.Stated{Value: intAt(c, i, 0), Minor: c.Minor}.Units(scale)
	if misfit == money.Fits {
		*a = units
	}
	return loan.AmountReason(misfit)
}

// append writes the body of a loans row.
func (n *newLoan) append(b []byte) []byte {
	t := &n.terms
	for _, v := range [...]int64{
		int64(t.Principal), int64(t.Fee), int64(t.Rate), int64(t.DisbursedOn), int64(t.FirstDueOn), int64(t.Installments),
		int64(t.Frequency), int64(t.Method), int64(t.DayCount), int64(n.product), int64(n.currency), int64(n.openingScore),
		int64(n.given),
	} {
		b = appendInt(b, v)
	}
	b = appendText(b, n.borrower)
	return appendText(b, n.region)
}

// readNewLoan reads what append wrote.
func readNewLoan(b []byte, n *newLoan) error {
	d := body{b: b}
	n.terms = loan.Terms{
		Principal: money.Amount(d.int()), Fee: money.Amount(d.int()), Rate: money.Rate(d.int()),
		DisbursedOn: civil.Date(d.int()), FirstDueOn: civil.Date(d.int()), Installments: int32(d.int()),
		Frequency: loan.Frequency(d.int()), Method: loan.Method(d.int()), DayCount: civil.DayCount(d.int()),
	}
	n.product, n.currency, n.openingScore, n.given = int(d.int()), int(d.int()), int32(d.int()), int(d.int())
	n.borrower, n.region = d.text(), d.text()
	if d.bad {
		return errRow
	}
	return nil
}

// readInstallment reads the body of a schedules row; minor says whether its
// amounts are minor units.
func readInstallment(b []byte) (i loan.Installment, minor bool, err error) {
	d := body{b: b}
	i.No = int32(min(max(d.int(), 0), loan.InstallmentsMax+1))
	i.DueOn = civil.Date(d.int())
	minor = d.int() == 1
	i.Due[loan.Principal] = money.Amount(d.int())
	i.Due[loan.Interest] = money.Amount(d.int())
	i.Due[loan.Fee] = money.Amount(d.int())
	if d.bad {
		return i, false, errRow
	}
	return i, minor, nil
}
