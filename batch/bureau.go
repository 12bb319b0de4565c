package batch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/bureau"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports"
	"daybook/reports/lists"
	"daybook/reports/metro2"
	"daybook/reports/spill"
)

// The file of the credit bureaus: on the first close on or after a month's end each loan that
// is processed leaves its account, and when all are there the file is written.

// A bureauNight is what such a night gathers.
type bureauNight struct {
	products []policy.BureauAccount // by the book's code
	accounts *bureau.Gathering
	faults   *spill.Sorter
	flags    map[string][]string // that borrowers have and the file tells of
}

// guardBureau sees before the night is worked that its file can be written.
func (n *plan) guardBureau() error {
	x := n.policy.Bureau
	if n.apart != nil {
		return nil
	}
	if n.o.Metro2Names != "" {
		if x == nil {
			return errors.New("names for the bureaus' file were given, and the policy asks for none: see reports.metro2")
		}
		r, _, err := bureau.Open(n.o.Metro2Names)
		if err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	if x != nil && x.Secret && len(n.o.QueueKey) == 0 && n.isMonthly() {
		return errors.New("reports.metro2.account is hmac: the numbers of accounts are made with the secret of --queue-key, which was not given")
	}
	return nil
}

// prepareBureau readies the night for the file; nil where it writes none.
func (n *taken) prepareBureau(ctx context.Context) (*bureauNight, error) {
	x := n.policy.Bureau
	if x == nil || n.apart != nil || !n.isMonthly() {
		return nil, nil // a night that is only compared writes no names
	}
	lender := &bureau.Lender{Identification: x.Identification, Header: metro2.Header{
		Innovis: x.Innovis, Equifax: x.Equifax, Experian: x.Experian, TransUnion: x.TransUnion,
		Name: x.Name, Address: x.Address, Telephone: x.Telephone, Activity: n.o.Date, Created: n.o.Date,
	}}
	if x.Secret {
		lender.Secret = n.o.QueueKey
	}
	n.rules.Accounts = true
	b := &bureauNight{products: n.bureauAccounts(), accounts: bureau.Gather(n.runsDir(), n.o.Memory, lender), faults: n.sorter("metro2_faults", 128)}
	n.sorters = append(n.sorters, b.accounts)
	var err error
	b.flags, err = book.HeldFlags(ctx, n.book, n.workers(), n.rules.Previous, n.o.Date, n.eachFlag, toldToBureaus)
	return b, err
}

// toldToBureaus reports whether the file tells of a flag.
func toldToBureaus(name string) bool { return name == "transferred" || strings.HasPrefix(name, "m2_") }

// account leaves the account of the loan at hand; entered is the night of its last journal
// entry before tonight's.
func (p *part) account(key loanKey, in *night.Input, r *night.Result, entered civil.Date) error {
	l := &p.loan
	now := l.LastEntryOn
	l.LastEntryOn = entered // what is read of its past is that of earlier nights
	a, err := p.proc.Account(in, func() (*loan.History, error) { return p.pastOf(in) })
	if l.LastEntryOn = now; err != nil {
		return err
	}
	s := p.segment(l, r, &a)
	return p.accounts.Add(key.id, l.Borrower, &s)
}

// segment makes the record of a loan.
// Source: regulatory.md, section 8, Metro 2.
func (p *part) segment(l *loan.Loan, r *night.Result, a *night.Account) (s metro2.Segment) {
	f, terms, on := &r.Figures, l.InForce(), p.n.o.Date
	digits := p.n.digits(l.Currency)
	whole := func(x money.Amount) int64 { return metro2.Whole(x, digits) }
	flags := book.Held(nil, p.telling, on, toldToBureaus)
	flags = append(flags, p.n.bureau.flags[string(l.Borrower)]...)
	account := p.n.bureau.products[l.Product]

	s.Portfolio, s.Type = account.Portfolio, account.Type
	s.HighestCredit = whole(l.Disbursed())
	if s.Portfolio == 'R' {
		s.CreditLimit = s.HighestCredit
	}
	s.Duration = metro2.Duration(s.Portfolio, l.Terms.DisbursedOn, a.LastDue)
	var period metro2.Period
	if terms.Installments > 1 {
		period.Months, period.Days, period.PerMonth = terms.Frequency.Every()
	}
	s.Frequency = period.Frequency()

	s.Paid = whole(a.Paid)
	s.Status = metro2.StatusOf(&metro2.Condition{
		DaysPastDue: int(f.DaysPastDue), Settled: r.Status.PaidInFull(), ChargedOff: l.Off.Kind != 0, Recovered: l.Off.IsRecovered(), Flags: flags,
	})
	if !s.Status.IsFinal() {
		s.Scheduled = period.Monthly(f.NextDueAmount, digits)
	}
	before := metro2.StepOf(int(a.Before))
	if a.Before == night.WasOff {
		before = metro2.ChargedOffCode
	}
	s.Rating = metro2.RatingOf(s.Status, before)
	s.Profile = p.profile(l, f.DaysPastDue)
	s.Comment, s.Compliance = metro2.Comments(flags)
	s.Balance = whole(money.Amount(metro2.BalanceOf(s.Status, int64(f.Outstanding.Total()), int64(l.Credit), int64(l.Off.Amount), int64(l.Off.Recovered))))
	s.PastDue = whole(money.Amount(metro2.PastDueOf(s.Status, int64(a.Arrears))))
	s.ChargedOff = whole(money.Amount(metro2.ChargedOffOf(s.Status, int64(l.Off.Amount))))

	s.Reported, s.Opened, s.Information, s.Closed, s.LastPaid = on, l.Terms.DisbursedOn, on, civil.None, l.LastPaidOn
	if s.Status.IsFinal() {
		s.Information, s.Closed = a.MetOn, a.MetOn
	}
	s.FirstDelinquency = metro2.FirstDelinquencyOf(s.Status, s.Rating, a.FirstDelinquency)
	s.Born = civil.None
	return s
}

// profile is the 24 months before the night's, newest first.
func (p *part) profile(l *loan.Loan, daysPastDue int32) string {
	var h metro2.History
	last := civil.None
	if p.hasClosed {
		h, last = p.closed, p.n.months.frame.On
	}
	h = h.Close(last, p.n.o.Date, l.Terms.DisbursedOn, monthCode(l, daysPastDue))
	return h.Profile()
}

// monthCode is what the month of a close is in the profile, as that close leaves the loan.
func monthCode(l *loan.Loan, daysPastDue int32) metro2.Code {
	switch {
	case l.Off.Kind != 0:
		return metro2.ChargedOffCode
	case aging.LoanStatus(l.LastStatus).PaidInFull():
		return metro2.StepOf(0)
	}
	return metro2.StepOf(int(daysPastDue))
}

// bureauAccounts is what loans are to the bureaus, by the book's code of their product.
func (n *taken) bureauAccounts() (list []policy.BureauAccount) {
	for _, name := range n.names.Products {
		account := policy.BureauAccount{Portfolio: 'I', Type: "01"} // of a product that the policy has no more
		if i := slices.IndexFunc(n.policy.Products, func(p loan.Product) bool { return p.Name == name }); i >= 0 {
			account = n.policy.Bureau.Accounts[i]
		}
		list = append(list, account)
	}
	return list
}

// digits is how many minor digits a currency of the book has.
func (n *taken) digits(currency uint16) int {
	digits := n.policy.Scale
	for m := n.rules.Scale[currency]; m > 1; m /= 10 {
		digits--
	}
	return digits
}

// writeBureau writes the bureaus' file, and what is not in it or not as it was given.
func (n *met) writeBureau(ctx context.Context, _ *reports.Page) ([]reports.Output, error) {
	b := n.bureau
	if b == nil {
		return nil, nil
	}
	dir := filepath.Join(n.staging, "regulatory")
	w := b.faults.Writer(1)
	var rec []byte
	file, err := b.accounts.Write(ctx, dir, n.o.Metro2Names, func(loan []byte, what string) error {
		rec = lists.AppendMetro2Fault(rec[:0], loan, what)
		return w.Add(rec)
	})
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("the bureaus' file: %w", err)
	}
	outs, err := lists.WriteMetro2Faults(ctx, dir, n.form, n.o.Date, b.faults)
	return append(outs, file), err
}
