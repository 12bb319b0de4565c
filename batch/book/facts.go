package book

import (
	"context"
	"fmt"

	"daybook/aging"
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
func LoanOf(s *store.Scan, rules *night.Rules, l *loan.Loan) error {
	if err := record.DecodeLoan(s.Record(), l); err != nil {
		return err
	}
	l.ID = s.ID()
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
	s, err := v.Book.Scan(store.Loans, civil.None, from, to)
	if err != nil {
		return err
	}
	defer s.Close()
	f.Reset()
	var l loan.Loan
	row := 0
	flush := func() error {
		if row == 0 {
			return nil
		}
		f.Grow(row)
		err := fn()
		f.Reset()
		row = 0
		return err
	}
	for s.Next() {
		if err := LoanOf(s, &v.Rules, &l); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		if row >= f.Rows {
			f.Grow(min(max(2*f.Rows, 1<<10), FactsMax))
		}
		proc.Restate(&l)
		proc.Fill(f, row, &l)
		if row++; row == FactsMax {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := s.Err(); err != nil {
		return err
	}
	return flush()
}
