package reconcile

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// loansNamed returns the loans that the book had on the date whose ids are among references
// that are asked for, two of each at most.
func (r *run) loansNamed(ctx context.Context, asks []uint64) (map[uint64][]string, error) {
	named := map[uint64][]string{}
	if len(asks) == 0 {
		return named, nil
	}
	type found struct {
		ref uint64
		id  string
	}
	parts := make([][]found, store.Partitions)
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(max(r.o.Workers, runtime.GOMAXPROCS(0)))
	for q := range parts {
		g.Go(reports.Guarded(func() error {
			if err := reading.Err(); err != nil {
				return err
			}
			s, err := r.book.Scan(store.Loans, civil.None, q, q+1)
			if err != nil {
				return err
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
					return fmt.Errorf("loan %s: %w", s.ID(), err)
				}
				if l.BookedOn <= r.o.Date { // the date may be run again after other nights
					parts[q] = append(parts[q], found{ref, string(s.ID())})
				}
			}
			return s.Err()
		}))
	}
	if err := g.Wait(); err != nil {
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
