package batch

import (
	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

func dateAt(c *intake.Column, i int) civil.Date { return civil.Date(c.Int[i]) }

// adjustments scatters adjustments; their columns are checked as far as the
// kind says.
func (r *reader) adjustments(rows *intake.Rows) error {
	loans, amounts := &rows.Columns[intake.AdjustmentsLoanID], &rows.Columns[intake.AdjustmentsAmount]
	for i := range rows.N {
		amount := intAt(amounts, i, 0)
		if rows.Fault[i] == loan.AmountOverflow || rows.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		r.tallies[rows.File.Index].in.add(amount)
		r.see(rows, i, intake.AdjustmentsValueDate)
		if rows.Fault[i] != loan.OK {
			r.reject(rows, i, rows.Fault[i], amount)
			continue
		}
		kind, ok := loan.ParseKind(rows.Columns[intake.AdjustmentsKind].Text(i))
		if !ok {
			r.reject(rows, i, loan.UnknownKind, amount)
			continue
		}
		component, choice, frequency, reason := adjustmentWords(rows, i)
		if reason != loan.OK && kind.BringsMoney() {
			component = badWordOf(reason) // its money is for the partition to hold
		} else if reason != loan.OK {
			r.reject(rows, i, reason, amount)
			continue
		}
		if isSpecial(kind, rows.Columns[intake.AdjustmentsTargetID].Text(i)) {
			r.special(newSpecial(rows, i, kind, choice, amount))
			continue
		}
		hash := r.start(rows, i, eventRow, loans.Text(i))
		r.row = appendAdjustment(r.row, kind, component, choice, frequency, rows, i)
		if err := r.out.add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}

// adjustmentWords reads an adjustment's columns that have a fixed vocabulary.
func adjustmentWords(rows *intake.Rows, i int) (c loan.Component, ch loan.Choice, f loan.Frequency, reason loan.Reason) {
	var ok bool
	if s := rows.Columns[intake.AdjustmentsComponent].Text(i); len(s) > 0 {
		if c, ok = loan.ParseComponent(string(s)); !ok {
			return 0, 0, 0, loan.UnknownComponent
		}
	}
	if s := rows.Columns[intake.AdjustmentsChoice].Text(i); len(s) > 0 {
		if ch, ok = loan.ParseChoice(string(s)); !ok {
			return 0, 0, 0, loan.UnknownChoice
		}
	}
	if s := rows.Columns[intake.AdjustmentsFrequency].Text(i); len(s) > 0 {
		if f, ok = loan.ParseFrequency(string(s)); !ok {
			return 0, 0, 0, loan.UnknownFrequency
		}
	}
	return c, ch, f, loan.OK
}

// schedules scatters explicit instalments with the loans that they belong to.
func (r *reader) schedules(rows *intake.Rows) error {
	col := func(c int) *intake.Column { return &rows.Columns[c] }
	for i := range rows.N {
		r.tallies[rows.File.Index].in.add(0)
		if rows.Fault[i] != loan.OK {
			r.reject(rows, i, rows.Fault[i], 0)
			continue
		}
		hash := r.start(rows, i, scheduleRow, col(intake.SchedulesLoanID).Text(i))
		b := appendInt(r.row, col(intake.SchedulesNumber).Int[i])
		b = appendInt(b, col(intake.SchedulesDueOn).Int[i])
		minor := int64(0)
		if col(intake.SchedulesPrincipal).Minor {
			minor = 1
		}
		b = appendInt(b, minor)
		b = appendInt(b, col(intake.SchedulesPrincipal).Int[i])
		b = appendInt(b, col(intake.SchedulesInterest).Int[i])
		b = appendInt(b, intAt(col(intake.SchedulesFee), i, 0))
		r.row = b
		if err := r.out.add(hash, b); err != nil {
			return err
		}
	}
	return nil
}

// loans scatters new loans. What follows from the row alone is checked here;
// what needs the book, where the loan's partition is worked.
func (r *reader) loans(rows *intake.Rows) error {
	col := func(c int) *intake.Column { return &rows.Columns[c] }
	principal := col(intake.LoansPrincipal)
	for i := range rows.N {
		currency := r.n.names.currency(col(intake.LoansCurrency).Text(i))
		amount := r.n.atScale(principal, i, currency)
		if rows.Fault[i] == loan.AmountOverflow || rows.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		r.tallies[rows.File.Index].in.add(amount)
		r.see(rows, i, intake.LoansDisbursedOn)
		if rows.Fault[i] != loan.OK {
			r.reject(rows, i, rows.Fault[i], amount)
			continue
		}
		row, reason := r.loanRow(rows, i, currency)
		if len(r.regions) > codesMax {
			return tooManyRegions(len(r.regions))
		}
		if reason != loan.OK {
			r.reject(rows, i, reason, amount)
			continue
		}
		hash := r.start(rows, i, loanRow, col(intake.LoansLoanID).Text(i))
		r.row = row.append(r.row)
		if err := r.out.add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}

// A newLoan is a loans row whose words are understood.
type newLoan struct {
	terms        loan.Terms
	product      int
	currency     int
	openingScore int32
	given        int // which of the columns that may be null are not
	borrower     []byte
	region       []byte
}

// Columns of a loans row for which, where they are null, the product or the policy
// says what holds.
const (
	givenMethod = 1 << iota
	givenDayCount
	givenFrequency
	givenScore
)

// loanRow reads row i of a loans batch.
func (r *reader) loanRow(rows *intake.Rows, i, currency int) (n newLoan, reason loan.Reason) {
	col := func(c int) *intake.Column { return &rows.Columns[c] }
	product := r.n.names.product(col(intake.LoansProduct).Text(i))
	switch {
	case currency < 0:
		return n, loan.WrongCurrency
	case product < 0:
		return n, loan.UnknownProduct
	}
	p := &r.n.rules.Products[product]
	n = newLoan{product: product, currency: currency, borrower: col(intake.LoansBorrowerID).Text(i)}
	t := &n.terms
	if n.given, reason = loanWords(rows, i, p, t); reason != loan.OK {
		return n, reason
	}
	scale := r.n.rules.Scale[currency]
	if reason = r.n.minor(&t.Principal, col(intake.LoansPrincipal), i, scale); reason != loan.OK {
		return n, reason
	}
	if reason = r.n.minor(&t.Fee, col(intake.LoansFeePerInstallment), i, scale); reason != loan.OK {
		return n, reason
	}
	t.DisbursedOn = dateAt(col(intake.LoansDisbursedOn), i)
	t.FirstDueOn = dateAt(col(intake.LoansFirstDueOn), i)
	count := col(intake.LoansInstallments).Int[i]
	if count < 1 || count > loan.InstallmentsMax {
		return n, loan.InstallmentsOutOfRange
	}
	t.Installments = int32(count)
	t.Rate = rateAt(col(intake.LoansAnnualRate), i)
	if reason = t.Check(r.n.o.Date, scale); reason != loan.OK {
		return n, reason
	}
	if p.Ceiling > 0 && t.Rate > p.Ceiling {
		return n, loan.CeilingExceeded
	}
	n.openingScore = r.n.rules.Score.Initial
	if c := col(intake.LoansOpeningScore); !c.IsNull(i) {
		n.openingScore = int32(min(max(c.Int[i], -1<<20), 1<<20))
		n.given |= givenScore
	}
	if n.region = col(intake.LoansRegion).Text(i); len(n.region) > 0 && !r.n.names.hasRegion(n.region) && !r.regions[string(n.region)] {
		r.regions[string(n.region)] = true
	}
	return n, loan.OK
}
