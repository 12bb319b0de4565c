package book

import (
	"context"
	"fmt"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// FactsMax is the most rows of facts that are gathered before they are written,
// so that a partition of any size takes the same memory. Where batches are cut
// shows in the bytes of what is published.
const FactsMax = 1 << 13

// LoanOf reads the loan that a scan stands on into l; its id stays the scan's. Codes
// that the dictionaries lack are an error.
func LoanOf(s *store.Scan, rules *night.Rules, l *loan.Loan) error { return LoanAhead(s, 0, rules, l) }

// LoanAhead is [LoanOf] the loan that is k further on in the scan's page: see [store.Scan.Ahead].
func LoanAhead(s *store.Scan, k int, rules *night.Rules, l *loan.Loan) error {
	if err := record.DecodeLoan(s.RecordInPageAhead(k), l); err != nil {
		return err
	}
	l.ID = s.IDAhead(k)
	return checkCodes(rules, l)
}

func checkCodes(rules *night.Rules, l *loan.Loan) error {
	if int(l.Product) >= len(rules.Products) || int(l.Currency) >= len(rules.Scale) {
		return fmt.Errorf("its record names product %d and currency %d, which the book's dictionaries lack", l.Product, l.Currency)
	}
	return nil
}

// EachFacts fills facts with the loans of partitions [from, to) as the last night
// left them, and calls fn for each batch, cut as the night cut it.
func (v *View) EachFacts(ctx context.Context, proc *night.Processor, from, to int, f *aging.Facts, fn func() error) error {
	f.Reset()
	flagsOf, end, err := v.FlagsBeside(ctx, from, to)
	if err != nil {
		return err
	}
	defer end()
	take := func(row int, l *loan.Loan) error {
		flags, err := flagsOf(l)
		if err != nil {
			return err
		}
		if row >= f.Rows {
			f.Grow(min(max(2*f.Rows, 1<<10), FactsMax))
		}
		proc.Restate(l, flags)
		proc.Fill(f, row, l, store.Hash(l.ID))
		return nil
	}
	return v.EachLoan(ctx, from, to, take, func(rows int) error {
		f.Grow(rows)
		err := fn()
		f.Reset()
		return err
	})
}

// EachLoan calls take with the loans of partitions [from, to) as the last night left them,
// each with its row of a batch, and flush with the rows of each batch that is full or the
// last, cut as the night cut it. A loan is valid until take returns.
func (v *View) EachLoan(ctx context.Context, from, to int, take func(row int, l *loan.Loan) error, flush func(rows int) error) error {
	s, err := v.Book.Scan(store.Loans, civil.None, from, to)
	if err != nil {
		return err
	}
	defer s.Close()
	finals, err := FinalsOf(v.Book, v.Night, from, to)
	if err != nil {
		return err
	}
	defer finals.Close()
	var l loan.Loan
	row := 0
	for s.Next() {
		err := LoanOf(s, &v.Rules, &l)
		if err == nil {
			err = finals.take(s.Hash(), &l)
		}
		if err == nil {
			err = take(row, &l)
		}
		if err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		if row++; row < FactsMax {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := flush(row); err != nil {
			return err
		}
		row = 0
	}
	if err := s.Err(); err != nil || row == 0 {
		return err
	}
	return flush(row)
}

// FlagsBeside returns a function that returns the flags of loans that packs read, which come
// in the order of partitions [from, to).
func (v *View) FlagsBeside(ctx context.Context, from, to int) (of func(l *loan.Loan) ([]classify.Flag, error), end func() error, err error) {
	if v.Rules.Classes == nil {
		return func(*loan.Loan) ([]classify.Flag, error) { return nil, nil }, func() error { return nil }, nil
	}
	borrowers, err := v.gather(ctx)
	if err != nil {
		return nil, nil, err
	}
	loans, err := FlagsOf(v.Book, from, to)
	if err != nil {
		return nil, nil, err
	}
	var list []classify.Flag
	return func(l *loan.Loan) ([]classify.Flag, error) {
		own, err := loans.of(store.Hash(l.ID), l.ID)
		list, _ = borrowers.Of(borrowers.Read(list[:0], own), l.Borrower)
		return list, err
	}, loans.Close, nil
}
