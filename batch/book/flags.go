package book

import (
	"context"
	"fmt"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// LoanFlags walks the flags of loans, as the last night left them, beside facts in the order
// of the book.
type LoanFlags struct{ s *store.Scan }

// FlagsOf returns the flags of the loans of partitions [from, to).
func FlagsOf(b *store.Book, from, to int) (*LoanFlags, error) {
	s, err := b.Scan(store.LoanFlags, civil.None, from, to)
	if err != nil {
		return nil, err
	}
	return &LoanFlags{s}, nil
}

// Of returns the flags of the rows of a batch of facts, by row; nil where none has any.
func (l *LoanFlags) Of(f *aging.Facts) (flags map[int][]borrower.Flag, err error) {
	for i := 0; i < f.Rows && l.s.More(); i++ {
		id := f.LoanID.Row(i)
		has, err := l.of(store.Hash(id), id)
		if err != nil {
			return nil, err
		}
		if len(has) == 0 {
			continue
		}
		if flags == nil {
			flags = map[int][]borrower.Flag{}
		}
		flags[i] = has
	}
	return flags, l.s.Err()
}

// Close ends it.
func (l *LoanFlags) Close() error { return l.s.Close() }

// of returns the flags of a loan; the loans come in the order of the book.
func (l *LoanFlags) of(hash uint64, id []byte) ([]borrower.Flag, error) {
	if !l.s.Reach(hash, id) {
		return nil, l.s.Err()
	}
	state, err := record.ReadBorrower(l.s.Record())
	if err != nil {
		return nil, fmt.Errorf("flags of loan %q: %w: run verify", id, err)
	}
	return state.Flags, nil
}

// gather gathers the flags of borrowers that packs read, once.
func (v *View) gather(ctx context.Context) (*Flagged, error) {
	err := v.Gather(ctx, 1)
	return v.flagged, err
}

// Gather readies the view for [View.FlagsBeside] with a number of workers.
func (v *View) Gather(ctx context.Context, workers int) error {
	v.once.Do(func() {
		v.flagged, v.failed = FlaggedOf(ctx, v.Book, FlagBits(v.Rules.Classes), workers, v.Night.Date, noRows)
	})
	return v.failed
}

func noRows(context.Context, int, func(string, borrower.Flag)) error { return nil }

// PackFlags returns the flags of a loan and of its borrower that packs read.
func (v *View) PackFlags(l *loan.Loan) (list []classify.Flag, err error) {
	if v.Rules.Classes == nil {
		return nil, nil
	}
	f := Flagged{bits: FlagBits(v.Rules.Classes)}
	for _, of := range []struct {
		space store.Space
		id    []byte
	}{{store.LoanFlags, l.ID}, {store.Borrowers, l.Borrower}} {
		if len(of.id) == 0 {
			continue
		}
		rec, ok, err := v.Book.Find(of.space, of.id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		flags, err := record.BorrowerFlags(rec)
		if err != nil {
			return nil, fmt.Errorf("flags of loan %q: %w: run verify", l.ID, err)
		}
		list = f.Read(list, flags)
	}
	return list, nil
}
