package portfolio

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A contract is one loan of the lender.
type contract struct {
	index    int64
	borrower int64
	bookedOn civil.Date
	terms    loan.Terms // Level is not set
}

// contract returns loan i.
func (l *lender) contract(i int64) contract {
	c := contract{index: i, borrower: l.borrower(i), bookedOn: l.bookedOn(i)}
	if l.o.Profile == Retail {
		c.terms = l.retailTerms(i, c.bookedOn)
	} else {
		c.terms = l.benchTerms(i, c.bookedOn)
	}
	return c
}

// A family is a product of the retail lender as its customers know it.
type family struct {
	share        int64 // of a hundred loans
	method       loan.Method
	dayCount     civil.DayCount
	frequencies  []loan.Frequency
	installments []int32
	rates        []money.Rate
	fees         []money.Amount // per instalment
	unit         money.Amount   // principal is a multiple of it
	units        int64          // at most so many
}

const percent = money.RateOne / 100

// families are the products: instalment credit, equal principal, flat-rate
// merchant credit with fees, salary advances, bullet loans, and pay-in-parts.
var families = []family{
	{38, loan.Annuity, civil.Thirty360, []loan.Frequency{1}, []int32{6, 12, 12, 18, 24, 36},
		[]money.Rate{72 * percent / 10, 1095 * percent / 100, 144 * percent / 10, 18 * percent, 24 * percent}, []money.Amount{0}, 100_00, 800},
	{12, loan.Annuity, civil.Act365F, []loan.Frequency{1, 1, 1, -14}, []int32{12, 24},
		[]money.Rate{99 * percent / 10, 156 * percent / 10, 216 * percent / 10}, []money.Amount{0}, 500_00, 300},
	{13, loan.EqualPrincipal, civil.Act365F, []loan.Frequency{1}, []int32{12, 24, 36},
		[]money.Rate{45 * percent / 10, 68 * percent / 10, 12 * percent}, []money.Amount{0}, 1000_00, 300},
	{12, loan.Flat, civil.Thirty360, []loan.Frequency{1, 1, -14}, []int32{6, 10, 12},
		[]money.Rate{6 * percent, 84 * percent / 10, 12 * percent}, []money.Amount{0, 3_00, 5_50}, 100_00, 150},
	{8, loan.LumpSum, civil.Act360, []loan.Frequency{1}, []int32{1},
		[]money.Rate{18 * percent, 24 * percent}, []money.Amount{0, 0, 8_00}, 100_00, 50},
	{6, loan.InterestOnly, civil.ActAct, []loan.Frequency{1, 1, 3}, []int32{3, 6, 12},
		[]money.Rate{48 * percent / 10, 9 * percent}, []money.Amount{0}, 5000_00, 100},
	{11, loan.Zero, civil.Thirty360, []loan.Frequency{1, 1, -14, -7}, []int32{3, 4, 6},
		[]money.Rate{0}, []money.Amount{0, 0, 2_00}, 10_00, 600},
}

// retailTerms returns the terms of loan i of the retail lender.
func (l *lender) retailTerms(i int64, bookedOn civil.Date) loan.Terms {
	f := l.family(i)
	term := l.draw(ofTerm, i, 0)
	t := loan.Terms{
		Rate:         pick(l.draw(ofRate, i, 0), f.rates),
		Fee:          pick(l.draw(ofFee, i, 0), f.fees),
		Installments: pick(term, f.installments),
		Frequency:    pick(term.again(), f.frequencies),
		Method:       f.method,
		DayCount:     f.dayCount,
	}
	// Small loans are far more common than large ones: the square of an even draw.
	u := l.draw(ofPrincipal, i, 0).below(1 << 20)
	t.Principal = f.unit * money.Amount(3+u*u>>20*f.units>>20)
	t.DisbursedOn = bookedOn - l.age(i, &t)
	t.FirstDueOn = l.firstDue(i, &t)
	return t
}

func (l *lender) family(i int64) *family {
	n := l.draw(ofProduct, i, 0).below(100)
	for j := range families {
		if n -= families[j].share; n < 0 {
			return &families[j]
		}
	}
	panic("portfolio: internal error: families do not sum to 100")
}

// age returns the days from disbursement to the night that brings the loan. A
// new loan has none. Of the back book most are of the last half year and inside
// their term; one in six is older, up to 14 months.
func (l *lender) age(i int64, t *loan.Terms) civil.Date {
	if i >= int64(l.o.Loans) {
		return 0
	}
	d := l.draw(ofAge, i, 0)
	term := int64(t.Installments) * int64(days(t.Frequency))
	if d.perMille(180) {
		return civil.Date(d.again().below(min(425, term+60)))
	}
	return civil.Date(d.again().below(min(180, term)))
}

// days is about the length of a period.
func days(f loan.Frequency) int {
	if f < 0 {
		return int(-f)
	}
	return 30 * int(f)
}

// paydays are the days of the month on which salaries come and instalments fall
// due; 31 stands for the month's last day.
var paydays = []int{5, 10, 10, 15, 15, 20, 25, 28, 31}

// firstDue returns the first due date: one period after disbursement for most,
// the next payday but one week for the others (a stub), and two to five weeks
// later for a salary advance.
func (l *lender) firstDue(i int64, t *loan.Terms) civil.Date {
	d := l.draw(ofPayday, i, 0)
	_, _, day := t.DisbursedOn.Split()
	switch {
	case t.Method == loan.LumpSum:
		return t.DisbursedOn + 14 + civil.Date(d.below(22))
	case t.Frequency < 0:
		return t.DisbursedOn + civil.Date(-t.Frequency)
	case d.perMille(400):
		return t.DisbursedOn.AddMonths(int(t.Frequency), day)
	}
	payday := pick(d.again(), paydays)
	due := t.DisbursedOn.AddMonths(int(t.Frequency)-1, payday)
	for due < t.DisbursedOn+10 {
		due = due.AddMonths(1, payday)
	}
	return due
}

// regions are the provinces of the borrowers, by their codes (GB/T 2260).
var regions = []string{"440000", "440000", "370000", "410000", "320000", "320000", "510000", "130000", "430000", "330000",
	"330000", "340000", "420000", "350000", "310000", "110000", "500000", "610000", "210000", "450000"}

func (l *lender) region(borrower int64) string { return pick(l.draw(ofRegion, borrower, 0), regions) }

// openingScore returns the score that the loan opens with: about 400 to 800.
func (l *lender) openingScore(borrower int64) int32 {
	d := l.draw(ofScore, borrower, 0)
	return int32(400 + d.below(201) + d.again().below(201))
}
