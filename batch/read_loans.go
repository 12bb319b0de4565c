package batch

import (
	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

func dateAt(c *intake.Column, i int) civil.Date { return civil.Date(c.Int[i]) }

// adjustments scatters adjustments; their columns are checked as far as the
// kind says.
func (r *reader) adjustments(in *intake.Rows) error {
	loans, amounts := &in.Columns[intake.AdjustmentsLoanID], &in.Columns[intake.AdjustmentsAmount]
	for i := range in.N {
		amount := intAt(amounts, i, 0)
		if in.Fault[i] == loan.AmountOverflow || in.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		r.tallies[in.File.Index].in.add(amount)
		r.see(in, i, intake.AdjustmentsValueDate)
		if in.Fault[i] != loan.OK {
			r.reject(in, i, in.Fault[i], amount)
			continue
		}
		kind, ok := loan.ParseKind(in.Columns[intake.AdjustmentsKind].Text(i))
		if !ok {
			r.reject(in, i, loan.UnknownKind, amount)
			continue
		}
		component, choice, frequency, reason := adjustmentWords(kind, in, i)
		if reason != loan.OK && kind.BringsMoney() {
			component = badWordOf(reason) // its money is for the partition to hold
		} else if reason != loan.OK {
			r.reject(in, i, reason, amount)
			continue
		}
		if isSpecial(kind, in.Columns[intake.AdjustmentsTargetID].Text(i)) {
			r.special(newSpecial(in, i, kind, choice, amount))
			continue
		}
		hash := r.start(in, i, rows.EventRow, loans.Text(i))
		r.row = appendAdjustment(r.row, kind, component, choice, frequency, in, i)
		if err := r.out.Add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}

// adjustmentWords reads an adjustment's columns that have a fixed vocabulary.
func adjustmentWords(kind loan.Kind, in *intake.Rows, i int) (c loan.Component, ch loan.Choice, f loan.Frequency, reason loan.Reason) {
	var ok bool
	if s := in.Columns[intake.AdjustmentsComponent].Text(i); len(s) > 0 {
		if c, ok = loan.ParseComponent(string(s)); !ok {
			return 0, 0, 0, loan.UnknownComponent
		}
	} else if kind == loan.KindWaiver {
		return 0, 0, 0, loan.UnknownComponent
	}
	if s := in.Columns[intake.AdjustmentsChoice].Text(i); len(s) > 0 {
		if ch, ok = loan.ParseChoice(string(s)); !ok {
			return 0, 0, 0, loan.UnknownChoice
		}
	}
	if s := in.Columns[intake.AdjustmentsFrequency].Text(i); len(s) > 0 {
		if f, ok = loan.ParseFrequency(string(s)); !ok {
			return 0, 0, 0, loan.UnknownFrequency
		}
	}
	return c, ch, f, loan.OK
}

// schedules scatters explicit instalments with the loans that they belong to.
func (r *reader) schedules(in *intake.Rows) error {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	return r.each(in, func(i int) (loan.Reason, error) {
		earned := loan.EarnRate
		if s := col(intake.SchedulesEarned).Text(i); len(s) > 0 {
			var ok bool
			if earned, ok = loan.ParseEarning(string(s)); !ok {
				return loan.UnknownEarned, nil
			}
		}
		hash := r.start(in, i, rows.ScheduleRow, col(intake.SchedulesLoanID).Text(i))
		b := rows.AppendInt(r.row, col(intake.SchedulesNumber).Int[i])
		b = rows.AppendInt(b, col(intake.SchedulesDueOn).Int[i])
		minor := int64(0)
		if col(intake.SchedulesPrincipal).Minor {
			minor = 1
		}
		b = rows.AppendInt(b, minor)
		b = rows.AppendInt(b, col(intake.SchedulesPrincipal).Int[i])
		b = rows.AppendInt(b, col(intake.SchedulesInterest).Int[i])
		b = rows.AppendInt(b, intAt(col(intake.SchedulesFee), i, 0))
		r.row = rows.AppendInt(b, int64(earned))
		return loan.OK, r.out.Add(hash, r.row)
	})
}

// loans scatters new loans. What follows from the row alone is checked here;
// what needs the book, where the loan's partition is worked.
func (r *reader) loans(in *intake.Rows) error {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	principal := col(intake.LoansPrincipal)
	for i := range in.N {
		currency := r.n.names.Currency(col(intake.LoansCurrency).Text(i))
		amount := r.n.atScale(principal, i, currency)
		if in.Fault[i] == loan.AmountOverflow || in.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		r.tallies[in.File.Index].in.add(amount)
		r.see(in, i, intake.LoansDisbursedOn)
		if in.Fault[i] != loan.OK {
			r.reject(in, i, in.Fault[i], amount)
			continue
		}
		row, reason := r.loanRow(in, i, currency)
		if len(r.regions) > book.CodesMax {
			return book.TooManyRegions(len(r.regions))
		}
		if reason != loan.OK {
			r.reject(in, i, reason, amount)
			continue
		}
		hash := r.start(in, i, rows.LoanRow, col(intake.LoansLoanID).Text(i))
		r.row = row.Append(r.row)
		if err := r.out.Add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}

// loanRow reads row i of a loans batch.
func (r *reader) loanRow(in *intake.Rows, i, currency int) (n rows.NewLoan, reason loan.Reason) {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	product := r.n.names.Product(col(intake.LoansProduct).Text(i))
	switch {
	case currency < 0:
		return n, loan.WrongCurrency
	case product < 0:
		return n, loan.UnknownProduct
	}
	p := &r.n.rules.Products[product]
	n = rows.NewLoan{Product: product, Currency: currency, Borrower: col(intake.LoansBorrowerID).Text(i)}
	t := &n.Terms
	if n.Given, reason = loanWords(in, i, p, t); reason != loan.OK {
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
	if p.DailyInterest && (t.Grace.Interest > 0 || t.Method == loan.Capitalized) {
		return n, loan.NotAllowedByPolicy
	}
	if p.Ceiling > 0 && t.Rate > p.Ceiling {
		return n, loan.CeilingExceeded
	}
	n.OpeningScore = r.n.rules.Score.Initial
	if c := col(intake.LoansOpeningScore); !c.IsNull(i) {
		n.OpeningScore = r.n.rules.Score.Within(int32(min(max(c.Int[i], -1<<20), 1<<20)))
		n.Given |= rows.GivenScore
	}
	if n.Region = col(intake.LoansRegion).Text(i); len(n.Region) > 0 && !r.n.names.HasRegion(n.Region) && !r.regions[string(n.Region)] {
		r.regions[string(n.Region)] = true
	}
	return n, loan.OK
}
