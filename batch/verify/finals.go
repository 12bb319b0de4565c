package verify

import (
	"errors"
	"fmt"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/store"
)

// finals proves a partition's scores where they are finished borrower by borrower: each loan has one, none
// is there of another, and each is what its card or model, and the points of its events and promises,
// come to by what was known of the borrower.
func (v *verifier) finals(q int) (err error) {
	finals, err := book.FinalsOf(v.b, v.view.Night, q, q+1)
	if err != nil {
		return err
	}
	loans, err := v.b.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return errors.Join(err, finals.Close())
	}
	defer func() { err = errors.Join(err, finals.Close(), loans.Close()) }()
	if !v.view.Rules.ByBorrower {
		if book.HasFinals(v.view.Night) {
			v.fault("final scores, partition %02x: the policy of %s has none", q, v.view.Night.Date)
		}
		return nil
	}
	proc := night.NewProcessor(&v.view.Rules)
	var l loan.Loan
	found := 0
	for loans.Next() {
		if err := book.LoanOf(loans, &v.view.Rules, &l); err != nil {
			return fmt.Errorf("loan %q: %w", loans.ID(), err)
		}
		f, err := finals.Of(loans.Hash(), loans.ID())
		if err != nil {
			return fmt.Errorf("loan %q: %w", loans.ID(), err)
		}
		if f == nil {
			v.fault("loan %q: no score was made of it", loans.ID())
			continue
		}
		found++
		proc.Restate(&l, nil)
		if want, ok := proc.Finished(&l, f); !ok {
			v.fault("loan %q: the points of its events are damaged", loans.ID())
		} else if want != f.Score {
			v.fault("loan %q: its score is %d, its card and events come to %d", loans.ID(), f.Score, want)
		}
	}
	if kept := v.view.Night.Partitions[q].Finals; found < kept {
		v.fault("final scores, partition %02x: %d are of no loan", q, kept-found)
	}
	return loans.Err()
}
