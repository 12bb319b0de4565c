package lookup

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"daybook/aging"
	"daybook/aging/treat"
	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// A BorrowerView says what the last night decided about a borrower, and why.
type BorrowerView struct {
	BorrowerID   string     `json:"borrower_id"`
	AsOf         civil.Date `json:"as_of"`
	Policy       string     `json:"policy"`
	PolicyDigest string     `json:"policy_digest"`
	LoansInBook  int        `json:"loans_in_book"`
	*treat.Explanation
}

// Borrower decides about a borrower as the last night did, from the book alone, and says why.
func (r *Reader) Borrower(ctx context.Context, id string) (*BorrowerView, error) {
	if r.Night.Queue == nil {
		return nil, book.NotFound("the night of %s was closed by %s, which kept nothing of what it did about borrowers: close a night with this release first", r.Last(), r.Night.Software)
	}
	state, done, known, err := r.known([]byte(id))
	if err != nil {
		return nil, err
	}
	loans, err := r.loansOf(ctx, []byte(id))
	if err != nil {
		return nil, err
	}
	if !known && len(loans) == 0 {
		return nil, r.unknownBorrower(id)
	}
	treatment := publish.Treatment(r.Last(), r.Policy, r.Names, &r.Rules, nil) // a form is for writing
	single := treatment.Single()
	if err := r.tell(single, loans); err != nil {
		return nil, err
	}
	return &BorrowerView{
		BorrowerID: id, AsOf: r.Last(), Policy: r.Night.PolicyName, PolicyDigest: r.Night.PolicyDigest, LoansInBook: len(loans),
		Explanation: single.Explain([]byte(id), &state, &done),
	}, nil
}

// known returns what the book keeps of a borrower.
func (r *Reader) known(id []byte) (state borrower.State, done borrower.Treatment, known bool, err error) {
	done = borrower.NoTreatment()
	rec, isKnown, err := r.Book.Find(store.Borrowers, id)
	if err == nil && isKnown {
		state, err = record.ReadBorrower(rec)
	}
	if err != nil {
		return state, done, false, fmt.Errorf("borrower %q: %w: run verify", id, err)
	}
	rec, isTreated, err := r.Book.Find(store.Treatments, id)
	if err == nil && isTreated {
		done, err = record.ReadTreatment(rec)
	}
	if err != nil {
		return state, done, false, fmt.Errorf("treatment of borrower %q: %w: run verify", id, err)
	}
	return state, done, isKnown || isTreated, nil
}

// unknownBorrower is the error of a borrower of whom the book has nothing: where the id is
// that of a loan, it says whose.
func (r *Reader) unknownBorrower(id string) error {
	l, ok, err := r.View.Loan([]byte(id))
	switch {
	case err != nil:
		return err
	case ok:
		return book.NotFound("the book has no borrower %q; the loan of that id is of the borrower %q", id, l.Borrower)
	}
	return book.NotFound("the book has no borrower %q", id)
}

// loansOf returns the ids of a borrower's loans, ascending: the book has no list of them, so
// that all loans are looked at, by several goroutines.
func (r *Reader) loansOf(ctx context.Context, id []byte) (ids [][]byte, err error) {
	const width = 8 // partitions at once
	g, ctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), store.Partitions/width) {
		g.Go(reports.Guarded(func() error {
			for q := int(next.Add(width)) - width; q < store.Partitions; q = int(next.Add(width)) - width {
				err := r.EachLoan(ctx, q, q+width, func(_ int, l *loan.Loan) error {
					if owns(id, l) {
						mu.Lock()
						ids = append(ids, bytes.Clone(l.ID))
						mu.Unlock()
					}
					return nil
				}, func(int) error { return ctx.Err() })
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	err = g.Wait()
	slices.SortFunc(ids, bytes.Compare)
	return ids, err
}

// owns reports whether a loan is a borrower's: one that names none is known by its own id.
func owns(id []byte, l *loan.Loan) bool { return bytes.Equal(l.Debtor(), id) }

// tell tells of loans what the night's tape says of them, with their flags.
func (r *Reader) tell(single *meet.Single, ids [][]byte) error {
	proc := night.NewProcessor(&r.Rules)
	var f aging.Facts
	for _, id := range ids {
		l, ok, err := r.View.Loan(id)
		if err == nil && !ok {
			err = fmt.Errorf("loan %q can't be found: run verify", id)
		}
		if err != nil {
			return err
		}
		f.Reset()
		f.Grow(1)
		packFlags, err := r.PackFlags(l)
		if err != nil {
			return err
		}
		proc.Restate(l, packFlags)
		proc.Fill(&f, 0, l, store.Hash(l.ID))
		flags, err := r.flagsOf(id)
		if err != nil {
			return err
		}
		if err := single.Tell(&f, 0, flags); err != nil {
			return fmt.Errorf("loan %q: %w", id, err)
		}
	}
	return nil
}

// flagsOf returns the flags of a loan.
func (r *Reader) flagsOf(id []byte) ([]borrower.Flag, error) {
	rec, ok, err := r.Book.Find(store.LoanFlags, id)
	if err != nil || !ok {
		return nil, err
	}
	state, err := record.ReadBorrower(rec)
	if err != nil {
		return nil, fmt.Errorf("flags of loan %q: %w: run verify", id, err)
	}
	return state.Flags, nil
}
