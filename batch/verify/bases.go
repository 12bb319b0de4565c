package verify

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// bases reads a partition's month bases: each is of a loan that was in the book by the close
// that they are of, and none is there without such a close.
func (v *verifier) bases(q int) error {
	last := v.history[len(v.history)-1]
	s, err := v.b.Scan(store.Bases, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	more := s.Next()
	if last.BaseDate == nil {
		if more {
			v.fault("month bases, partition %02x: the night of %s knows of none", q, last.Date)
		}
		return s.Err()
	}
	loans, err := v.b.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer loans.Close()
	var x record.Base
	for ; more; more = s.Next() {
		if err := x.Read(s.Record(), v.basePacks); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		if !loans.Reach(s.Hash(), s.ID()) {
			v.fault("month base of loan %q: the book's loans do not have it", s.ID())
		}
	}
	if err := s.Err(); err != nil {
		return err
	}
	return loans.Err()
}
