package portfolio

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// The bench's two profiles have terms whose every instalment is a closed formula
// that SQL can state exactly: monthly, 30/360, a regular first period, principal
// in equal parts. Nobody is more than 90 days past due, so one allocation rule
// of the default policy holds for all.

// benchTerms returns the terms of loan i of the bench's lender.
func (l *lender) benchTerms(i int64, bookedOn civil.Date) loan.Terms {
	d := l.draw(ofTerm, i, 0)
	t := loan.Terms{
		Rate:         pick(l.draw(ofRate, i, 0), []money.Rate{72, 84, 96, 108, 1095, 120, 132, 144, 156, 168, 180, 216, 240}),
		Installments: pick(d, []int32{6, 9, 12, 18, 24, 36}),
		Frequency:    loan.Monthly,
		Method:       pick(l.draw(ofProduct, i, 0), []loan.Method{loan.Flat, loan.Flat, loan.EqualPrincipal, loan.EqualPrincipal, loan.Zero}),
		DayCount:     civil.Thirty360,
	}
	switch {
	case t.Method == loan.Zero:
		t.Rate = 0
	case t.Rate == 1095: // 10.95 %, the others in tenths of a per cent
		t.Rate = 1095 * percent / 100
	default:
		t.Rate *= percent / 10
	}
	if d.again().perMille(200) {
		t.Fee = 5_00
	}
	u := l.draw(ofPrincipal, i, 0).below(1 << 20)
	t.Principal = 100_00 * money.Amount(10+u*u>>20*1990>>20)
	t.DisbursedOn = l.benchDisbursed(i, bookedOn)
	_, _, day := t.DisbursedOn.Split()
	if l.allAtOnce(i) {
		_, _, day = l.fullNight().Split()
	}
	t.FirstDueOn = t.DisbursedOn.AddMonths(1, day)
	return t
}

// fullNight is the night on which everyone pays: the second.
func (l *lender) fullNight() civil.Date { return l.o.FirstNight + 1 }

// allAtOnce reports whether an instalment of the loan falls due on the night on
// which everyone pays: 85 % do there.
func (l *lender) allAtOnce(i int64) bool {
	return l.o.Profile == Everyone && l.draw(ofPayday, i, 0).perMille(850)
}

// benchDisbursed returns a date up to 75 days before the first night, so that
// due dates spread over the days to the 28th.
func (l *lender) benchDisbursed(i int64, bookedOn civil.Date) civil.Date {
	d := l.draw(ofAge, i, 0)
	if l.allAtOnce(i) {
		_, _, day := l.fullNight().Split()
		return l.fullNight().AddMonths(-1-int(d.below(2)), day)
	}
	on := bookedOn - civil.Date(d.below(76))
	if y, m, day := on.Split(); day > 28 {
		on = civil.Of(y, m, 28)
	}
	return on
}

// benchPayments appends what happens about instalment k.
func (l *lender) benchPayments(dst []event, c *contract, k int32, due civil.Date) []event {
	if l.o.Profile == Everyone && k == l.fullNightInstallment(&c.terms) {
		return l.benchPayment(dst, c, k, l.fullNight())
	}
	d := l.draw(ofDelay, c.index, int64(k))
	switch u := d.below(1000); {
	case u < 760:
		return l.benchPayment(dst, c, k, due)
	case u < 840:
		return l.benchPayment(dst, c, k, due-1-civil.Date(d.again().below(earliestBefore)))
	case u < 985 && l.o.Profile == Ordinary: // in the days after the first night
		return l.benchPayment(dst, c, k, max(due, l.o.FirstNight)+1+civil.Date(d.again().below(5)))
	}
	return dst
}

// fullNightInstallment is the instalment that the loan pays on the night on
// which everyone does: the last one due by then, or the first.
func (l *lender) fullNightInstallment(t *loan.Terms) int32 {
	k := firstDueFrom(t, l.fullNight()+1) - 1
	return min(max(k, 1), t.Installments)
}

// benchPayment appends a payment on a day: of a half for 2 % and twice for 1 %.
func (l *lender) benchPayment(dst []event, c *contract, k int32, on civil.Date) []event {
	e := event{kind: loan.KindRepayment, pieces: whole, on: on, valueOn: on}
	d := l.draw(ofPart, c.index, int64(k))
	switch u := d.below(1000); {
	case u < 20:
		e.pieces.to = 50
	case u < 30:
		dst = append(dst, e)
		e.part = 1
	}
	return append(dst, e)
}
