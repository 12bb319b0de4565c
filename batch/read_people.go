package batch

import (
	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Rows of borrowers, and flags and contacts of theirs, go to the pass by borrower. Flags
// of a loan are kept with it, and contacts that name one go by its partition, which knows
// whose it is.

// dateOrNone returns a column's date, civil.None where there is none.
func dateOrNone(c *intake.Column, i int) civil.Date {
	if c.IsNull(i) {
		return civil.None
	}
	return dateAt(c, i)
}

func wordAt(c *intake.Column, i int) string { return string(c.Text(i)) }

// currencyAt returns the code of a currency that a row may leave out: -1 where it is
// left out.
func (n *plan) currencyAt(c *intake.Column, i int) (int, loan.Reason) {
	if c.IsNull(i) || len(c.Text(i)) == 0 {
		return -1, loan.OK
	}
	code := n.names.Currency(c.Text(i))
	if code < 0 {
		return -1, loan.WrongCurrency
	}
	return code, loan.OK
}

// money reads an amount of a row that may leave its currency out: in minor units of the
// currency's code or, where that is -1, with the digits that say it. What the policy has
// tonight decides nothing of the latter, so that the same row is the same on any night.
func (n *plan) money(c *intake.Column, i, currency int) (a money.Amount, digits int8, reason loan.Reason) {
	switch v := c.Int[i]; {
	case currency >= 0:
		reason = n.minor(&a, c, i, n.rules.Scale[currency])
		return a, borrower.MinorUnits, reason
	case v > int64(money.Max) || v < -int64(money.Max):
		return 0, 0, loan.AmountOverflow
	case c.Minor:
		return money.Amount(v), borrower.MinorUnits, loan.OK
	default:
		digits = int8(n.policy.Scale)
		for ; digits > 0 && v%10 == 0; digits-- {
			v /= 10
		}
		return money.Amount(v), digits, loan.OK
	}
}

// amountAt reads an amount that a row may leave out, in a currency that it may leave out.
// The currency is checked all the same.
func (n *plan) amountAt(amount, currency *intake.Column, i int) (has bool, a money.Amount, digits int8, reason loan.Reason) {
	code, reason := n.currencyAt(currency, i)
	if reason != loan.OK || amount.IsNull(i) {
		return false, 0, 0, reason
	}
	a, digits, reason = n.money(amount, i, code)
	return true, a, digits, reason
}

func (r *reader) borrowerRows(in *intake.Rows) error {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	return r.each(in, func(i int) (loan.Reason, error) {
		v := borrower.Record{
			AsOf: dateOrNone(col(intake.BorrowersAsOf), i), Jurisdiction: wordAt(col(intake.BorrowersJurisdiction), i),
			TimeZone: wordAt(col(intake.BorrowersTimeZone), i), SecondTimeZone: wordAt(col(intake.BorrowersSecondTimeZone), i),
			ContactFrom:  int16(intAt(col(intake.BorrowersContactFrom), i, borrower.NoTime)),
			ContactUntil: int16(intAt(col(intake.BorrowersContactUntil), i, borrower.NoTime)),
			Language:     wordAt(col(intake.BorrowersLanguage), i), Region: wordAt(col(intake.BorrowersRegion), i),
			BornOn: dateOrNone(col(intake.BorrowersBirthDate), i), Employment: wordAt(col(intake.BorrowersEmployment), i),
			Currency: wordAt(col(intake.BorrowersCurrency), i),
		}
		var reason loan.Reason
		v.HasAffordable, v.Affordable, v.Digits, reason = r.n.amountAt(col(intake.BorrowersAffordableAmount), col(intake.BorrowersCurrency), i)
		if reason != loan.OK {
			return reason, nil
		}
		return loan.OK, r.people.AddRecord(col(intake.BorrowersBorrowerID).Text(i), in.File.Index, in.First+int64(i), &v)
	})
}

func (r *reader) flagRows(in *intake.Rows) error {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	return r.each(in, func(i int) (loan.Reason, error) {
		f := borrower.Flag{
			Loan: wordAt(col(intake.FlagsLoanID), i), Name: wordAt(col(intake.FlagsFlag), i),
			From: dateAt(col(intake.FlagsValidFrom), i), Until: dateOrNone(col(intake.FlagsValidUntil), i),
		}
		if !borrower.KnownFlag(f.Name) {
			r.unknown[in.File.Index]++
		}
		if f.Loan == "" {
			return loan.OK, r.people.AddFlag(col(intake.FlagsBorrowerID).Text(i), in.File.Index, in.First+int64(i), &f)
		}
		hash := r.start(in, i, rows.FlagRow, col(intake.FlagsLoanID).Text(i))
		r.row = rows.AppendFlag(r.row, &f)
		return loan.OK, r.out.Add(hash, r.row)
	})
}

func (r *reader) contactRows(in *intake.Rows) error {
	return r.each(in, func(i int) (loan.Reason, error) {
		c, reason := r.contactRow(in, i)
		switch {
		case reason != loan.OK:
			return reason, nil
		}
		if c.Meaning() == borrower.Promise {
			r.people.SawPromise()
		}
		if c.Loan == "" {
			return loan.OK, r.people.AddContact(in.File.Index, in.First+int64(i), &c)
		}
		hash := r.start(in, i, rows.ContactRow, in.Columns[intake.ContactsLoanID].Text(i))
		r.row = rows.AppendContact(r.row, &c)
		return loan.OK, r.out.Add(hash, r.row)
	})
}

// contactRow reads row i of a contacts batch. One that names a task and nobody is that
// task's borrower's.
func (r *reader) contactRow(in *intake.Rows, i int) (c rows.ContactOf, reason loan.Reason) {
	col := func(c int) *intake.Column { return &in.Columns[c] }
	c.Borrower = col(intake.ContactsBorrowerID).Text(i)
	if len(c.Borrower) == 0 && len(col(intake.ContactsTaskKey).Text(i)) == 0 {
		return c, loan.UnknownTask
	}
	c.Contact = borrower.Contact{
		ID: wordAt(col(intake.ContactsContactID), i), TaskKey: wordAt(col(intake.ContactsTaskKey), i),
		Loan: wordAt(col(intake.ContactsLoanID), i), Kind: wordAt(col(intake.ContactsKind), i), At: col(intake.ContactsAt).Int[i],
		Channel: wordAt(col(intake.ContactsChannel), i), Outcome: wordAt(col(intake.ContactsOutcome), i),
		Currency: wordAt(col(intake.ContactsCurrency), i), PromisedOn: dateOrNone(col(intake.ContactsPromisedOn), i),
		Until: dateOrNone(col(intake.ContactsUntil), i), Reason: wordAt(col(intake.ContactsReason), i),
		Target: wordAt(col(intake.ContactsTargetID), i),
	}
	c.HasAmount, c.Amount, c.Digits, reason = r.n.amountAt(col(intake.ContactsAmount), col(intake.ContactsCurrency), i)
	if reason != loan.OK && c.Restrains() { // an amount means nothing to it: it is never lost
		c.HasAmount, c.Amount, c.Digits, reason = false, 0, 0, loan.OK
	}
	return c, reason
}
