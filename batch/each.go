package batch

import (
	"context"
	"fmt"

	"daybook/aging"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	bookrecord "daybook/ledger/record"
	"daybook/ledger/store"
)

// EachFacts fills facts with the loans of partitions [from, to) as the last night
// left them, and calls fn for each batch, cut as the night cut it.
func EachFacts(ctx context.Context, b *store.Book, proc *night.Processor, from, to int, f *aging.Facts, fn func() error) error {
	s, err := b.Scan(store.Loans, civil.None, from, to)
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
		if err := bookrecord.DecodeLoan(s.Record(), &l); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		l.ID = s.ID()
		if row >= f.Rows {
			f.Grow(min(max(2*f.Rows, 1<<10), factsMax))
		}
		proc.Restate(&l)
		proc.Fill(f, row, &l)
		if row++; row == factsMax {
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

// EachEntry calls fn with the journal entries of a night in partitions
// [from, to), in their order; last says that the loan has no further one.
func EachEntry(ctx context.Context, b *store.Book, d civil.Date, from, to int,
	fn func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error) error {
	var n bookrecord.LoanNight
	for q := from; q < to; q++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := b.Scan(store.Journal, d, q, q+1)
		if err != nil {
			return err
		}
		id := entryID(d, q, 0)
		for s.Next() {
			if err := n.Decode(s.Record(), d); err != nil {
				s.Close()
				return fmt.Errorf("journal of %s, loan %q: %w", d, s.ID(), err)
			}
			for i := range n.Entries {
				id++
				if err := fn(id, s.ID(), n.Currency, &n.Entries[i], i == len(n.Entries)-1); err != nil {
					s.Close()
					return err
				}
			}
		}
		err = s.Err()
		s.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
