package book

import (
	"bytes"
	"fmt"

	"daybook/aging"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// LoanFlags walks the flags of loans, as the last night left them, beside facts in the order
// of the book.
type LoanFlags struct {
	s    *store.Scan
	more bool
}

// FlagsOf returns the flags of the loans of partitions [from, to).
func FlagsOf(b *store.Book, from, to int) (*LoanFlags, error) {
	s, err := b.Scan(store.LoanFlags, civil.None, from, to)
	if err != nil {
		return nil, err
	}
	return &LoanFlags{s, s.Next()}, nil
}

// Of returns the flags of the rows of a batch of facts, by row; nil where none has any.
func (l *LoanFlags) Of(f *aging.Facts) (flags map[int][]borrower.Flag, err error) {
	for i := 0; i < f.Rows && l.more; i++ {
		id := f.LoanID.Row(i)
		hash := store.Hash(id)
		for l.more && l.s.Before(hash, id) {
			l.more = l.s.Next()
		}
		if !l.more || !bytes.Equal(l.s.ID(), id) {
			continue
		}
		state, err := record.ReadBorrower(l.s.Record())
		if err != nil {
			return nil, fmt.Errorf("flags of loan %q: %w: run verify", id, err)
		}
		if flags == nil {
			flags = map[int][]borrower.Flag{}
		}
		flags[i] = state.Flags
	}
	return flags, l.s.Err()
}

// Close ends it.
func (l *LoanFlags) Close() error { return l.s.Close() }
