package verify

import (
	"context"
	"fmt"
	"math/bits"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// sliceLoans is how many loans are run again from the journal at once: a dozen
// events each come to some 100 MB a worker. Tests make it smaller.
var sliceLoans = 1 << 15

// lives proves every loan of a partition by itself: its life is run again from its
// booking, by the events that the journal has of it, and must end in the principal,
// interest, fees, penalties and credit of its state. The interest of nights that did
// not touch it stands in no entry of its own, so the entries alone can't tell.
func (v *verifier) lives(ctx context.Context, q int) error {
	loans := v.history[len(v.history)-1].Partitions[q].Loans
	bits := bits.Len(uint(max(loans-1, 0) / sliceLoans))
	for slice := range 1 << bits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.livesOf(ctx, q, func(hash uint64) bool { return bits == 0 || int(hash<<8>>(64-bits)) == slice }); err != nil {
			return err
		}
	}
	return nil
}

// A lifeReader runs the loans of a slice again, in memory that it uses from loan to
// loan.
type lifeReader struct {
	v      *verifier
	nights map[string][]rawNight
	bytes  []byte // of the nights: what no longer fits a block begins another
	pages  []book.Page
	life   book.Life
}

// A rawNight is what one night did to a loan, as the journal has it.
type rawNight struct {
	date   civil.Date
	record []byte
}

// livesOf does so for the loans of a slice of the partition's hashes.
func (v *verifier) livesOf(ctx context.Context, q int, in func(hash uint64) bool) error {
	r := &lifeReader{v: v, nights: map[string][]rawNight{}}
	for _, n := range v.history {
		if err := r.gather(n.Date, q, in); err != nil {
			return err
		}
	}
	s, err := v.b.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	var l loan.Loan
	for count := 0; s.Next(); count++ {
		if count%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !in(s.Hash()) {
			continue
		}
		if err := book.LoanOf(s, &v.view.Rules, &l); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		if err := r.compare(&l); err != nil {
			return err
		}
	}
	return s.Err()
}

// blockSize is what the journal's records are gathered in: one allocation for some
// thousand of them.
const blockSize = 1 << 18

// gather keeps what one night did to the loans of a slice.
func (r *lifeReader) gather(d civil.Date, q int, in func(hash uint64) bool) error {
	s, err := r.v.b.Scan(store.Journal, d, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		if !in(s.Hash()) {
			continue
		}
		rec := s.Record()
		if cap(r.bytes)-len(r.bytes) < len(rec) {
			r.bytes = make([]byte, 0, max(blockSize, len(rec)))
		}
		from := len(r.bytes)
		r.bytes = append(r.bytes, rec...)
		r.nights[string(s.ID())] = append(r.nights[string(s.ID())], rawNight{d, r.bytes[from:len(r.bytes):len(r.bytes)]})
	}
	return s.Err()
}

// compare runs one loan again and compares its state with how that ends.
func (r *lifeReader) compare(l *loan.Loan) error {
	nights := r.nights[string(l.ID)]
	for len(r.pages) < len(nights) {
		r.pages = append(r.pages, book.Page{})
	}
	pages := r.pages[:len(nights)]
	for i, n := range nights {
		pages[i].Date = n.date
		if err := pages[i].Decode(n.record, n.date); err != nil {
			return fmt.Errorf("journal of %s, loan %q: %w", n.date, l.ID, err)
		}
	}
	if len(pages) == 0 { // it is named already
		return nil
	}
	last := r.v.history[len(r.v.history)-1].Date
	r.life.Replay(&r.v.view.Rules, l, pages, last, nil)
	differ := func(what string, state, life money.Amount) {
		if state != life {
			r.v.fault("loan %q: %s is %s in its state and %s by its life", l.ID, what, state.Text(0), life.Text(0))
		}
	}
	state, life := book.OnBooks(l), r.life.OnBooksAt(last)
	for c := range loan.Components {
		differ(c.String(), state[c], life[c])
	}
	differ("credit", l.Credit, r.life.Credit)
	return nil
}
