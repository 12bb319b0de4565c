package lookup

import (
	"context"
	"errors"
	"fmt"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
)

// accrued are the columns of accruals that have an amount, by the kind of entry and the
// account that the amount moved.
var accrued = [...]struct {
	name string
	kind ledger.EntryKind
	role ledger.Role
}{
	{"interest", ledger.Accrual, ledger.InterestReceivable},
	{"fees", ledger.Accrual, ledger.FeeReceivable},
	{"penalties", ledger.Accrual, ledger.PenaltyReceivable},
	{"late_fees", ledger.LateCharge, ledger.FeeReceivable},
	{"late_penalties", ledger.LateCharge, ledger.PenaltyReceivable},
	{"non_accrual", ledger.NonAccrual, ledger.InterestReceivable},
	{"suspended", ledger.NonAccrual, ledger.InterestInSuspense},
}

// AccrualColumns returns the columns of [Reader.EachAccrual], without rows. Amounts are
// what the night moved the account by; posted says where the journal has them: by an entry
// of the loan's own, or in the totals of its product and currency.
func (r *Reader) AccrualColumns() []reports.Column {
	columns := []reports.Column{
		{Name: "business_date", Kind: reports.Date}, {Name: "loan_id", Kind: reports.Text},
		{Name: "product", Kind: reports.Coded, Names: r.Words[aging.Product]},
		{Name: "currency", Kind: reports.Coded, Names: r.Words[aging.Currency]},
		{Name: "posted", Kind: reports.Coded, Names: aging.Dictionary{"own", "totals"}},
	}
	for _, a := range accrued {
		columns = append(columns, reports.Column{Name: a.name, Kind: reports.Amount, Digits: r.Policy.Scale})
	}
	return columns
}

// An accruer works out what the last night accrued for each loan.
type accruer struct {
	*Reader
	before  *book.View // the night before, or nil
	proc    *night.Processor
	life    book.Life
	run     loan.Run
	log     loan.Log
	pages   []book.Page
	journal *store.JournalReader
}

// EachAccrual calls fn with what the last night accrued loan by loan, batch by batch in
// the order of the book; a batch is valid until fn returns. With the entries of a loan it
// is all that moved the loan's receivables that night, so that the journal ties to the tape
// for each loan.
func (r *Reader) EachAccrual(ctx context.Context, fn func([]reports.Column) error) error {
	a, err := r.newAccruer()
	if err != nil {
		return err
	}
	defer a.journal.Close()
	columns := r.AccrualColumns()
	take := func(_ int, l *loan.Loan) error { return a.add(columns, l) }
	return r.EachLoan(ctx, 0, store.Partitions, take, func(int) error {
		err := fn(columns)
		columns = r.AccrualColumns()
		return err
	})
}

// newAccruer makes an accruer, whose journal is to be closed.
func (r *Reader) newAccruer() (*accruer, error) {
	a := &accruer{Reader: r, proc: night.NewProcessor(&r.Rules), journal: r.Book.NewJournalReader()}
	if previous := r.Night.Previous; previous != civil.None {
		var err error
		if a.before, err = book.At(r.Book, previous); err != nil {
			return nil, errors.Join(err, a.journal.Close())
		}
	}
	return a, nil
}

// accrued returns the interest that the last night accrued for a loan.
func (r *Reader) accrued(l *loan.Loan) (money.Amount, error) {
	a, err := r.newAccruer()
	if err != nil {
		return 0, err
	}
	amounts, err := a.totals(l, l.LastEntryOn == a.Last())
	return amounts[0], errors.Join(err, a.journal.Close())
}

// add adds a loan's row.
func (a *accruer) add(c []reports.Column, l *loan.Loan) error {
	own := l.LastEntryOn == a.Last()
	amounts, err := a.totals(l, own)
	if err != nil {
		return err
	}
	posted := uint16(1)
	if own {
		posted = 0
	}
	c[0].Days = append(c[0].Days, a.Last())
	c[1].Texts.Append(l.ID)
	c[2].Codes, c[3].Codes, c[4].Codes = append(c[2].Codes, l.Product), append(c[3].Codes, l.Currency), append(c[4].Codes, posted)
	for i := range accrued {
		c[5+i].Ints = append(c[5+i].Ints, int64(amounts[i])*a.Rules.Scale[l.Currency])
	}
	return nil
}

// totals returns a loan's amounts in the order of accrued.
func (a *accruer) totals(l *loan.Loan, own bool) (amounts [len(accrued)]money.Amount, err error) {
	switch {
	case own:
		return a.posted(l)
	case a.before == nil:
		return amounts, nil
	case a.plain(l):
		a.run.Start(l, &a.Rules.Products[l.Product], &a.log)
		interest, fees := a.run.Accrued(a.before.Night.Date)
		amounts[0], amounts[1] = l.Earned-interest, l.Fallen-fees
		return amounts, nil
	}
	return a.again(l)
}

// posted reads the amounts from the entries of the loan's own.
func (a *accruer) posted(l *loan.Loan) (amounts [len(accrued)]money.Amount, err error) {
	p := book.Page{}
	blob, ok, err := a.journal.Entry(a.Last(), store.Hash(l.ID), l.ID)
	if err == nil && !ok {
		err = fmt.Errorf("the journal lacks the entry that the loan's history names: run verify")
	}
	if err != nil {
		return amounts, err
	}
	if err := p.Decode(blob, a.Last()); err != nil {
		return amounts, err
	}
	for _, e := range p.Entries {
		for _, x := range e.Postings {
			for i, k := range accrued {
				if e.Kind == k.kind && x.Role == k.role {
					amounts[i] += x.Amount
				}
			}
		}
	}
	return amounts, nil
}

// plain reports whether a loan's state alone says what it had earned at the last close but
// one: nothing costs or ends but interest and fees, and no instalment is left behind since.
func (a *accruer) plain(l *loan.Loan) bool {
	last := a.before.Night.Date
	p := &a.Rules.Products[l.Product]
	return !p.DailyInterest && (p.Before == nil || p.From <= last) && l.Off.Kind == 0 && l.Suspended == 0 && l.Credit == 0 &&
		len(l.Late.Items) == 0 && l.Open.From <= last
}

// again runs the loan's life up to the close before, and that night once more.
func (a *accruer) again(l *loan.Loan) (amounts [len(accrued)]money.Amount, err error) {
	last := a.before.Night.Date
	if a.pages, err = book.Pages(a.journal, l, a.pages[:0]); err != nil {
		return amounts, err
	}
	rules := a.before.Rules
	a.life.Replay(&rules, l, a.pages, last, nil)
	then := &a.life.Loan
	f := a.life.Run.Close(last)
	then.Earned, then.Fallen, then.LateFees, then.LatePenalties, then.Suspended = f.Earned, f.Fallen, then.Late.Fees, then.Late.Penalties, 0
	product := &rules.Products[l.Product]
	for product.Before != nil && product.From > last {
		product = product.Before
	}
	if product.NonAccrual(then, f.DaysPastDue) {
		then.Suspended = max(f.Outstanding[loan.Interest], 0)
	}
	a.proc.Process(&night.Input{Loan: then})
	for _, sum := range a.proc.TakeSummary() {
		for i, k := range accrued {
			amounts[i] += sum.Totals.At(k.kind, k.role)
		}
	}
	return amounts, nil
}
