package reconcile

import (
	"context"
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A namedLoan is a loan whose id is among references that are asked for.
type namedLoan struct {
	ref uint64
	id  string
}

// loansNamed returns the loans that the book had on the date whose ids are among references
// that are asked for, two of each at most.
func (r *run) loansNamed(ctx context.Context, asks []uint64) (map[uint64][]string, error) {
	named := map[uint64][]string{}
	if len(asks) == 0 {
		return named, nil
	}
	parts := make([][]namedLoan, store.Partitions)
	err := book.EachPartition(ctx, r.o.Workers, func(_ context.Context, _, q int) error {
		return reports.Guarded(func() (err error) {
			parts[q], err = r.namedOf(q, asks)
			return err
		})()
	})
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		for _, f := range part {
			if len(named[f.ref]) < 2 {
				named[f.ref] = append(named[f.ref], f.id)
			}
		}
	}
	return named, nil
}

// namedOf returns those of a partition.
func (r *run) namedOf(q int, asks []uint64) (found []namedLoan, err error) {
	s, err := r.book.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var b []byte
	for s.Next() {
		var ref uint64
		var ok bool
		if b, ref, ok = match.LoanRef(b, string(s.ID()), r.policy.MinimumReference); !ok {
			continue
		}
		if _, asked := slices.BinarySearch(asks, ref); !asked {
			continue
		}
		var l loan.Loan
		if err := record.DecodeLoan(s.Record(), &l); err != nil {
			return nil, fmt.Errorf("loan %s: %w", s.ID(), err)
		}
		if l.BookedOn <= r.o.Date { // the date may be run again after other nights
			found = append(found, namedLoan{ref, string(s.ID())})
		}
	}
	return found, s.Err()
}
