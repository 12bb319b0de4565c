package batch

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"

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

// livesOf does so for the loans of a slice of the partition's hashes.
func (v *verifier) livesOf(ctx context.Context, q int, in func(hash uint64) bool) error {
	pages := map[string][]lifeNight{}
	for _, r := range v.history {
		if err := v.pagesOf(r.Date, q, in, pages); err != nil {
			return err
		}
	}
	s, err := v.b.Loans(q, q+1)
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
		if err := store.DecodeLoan(s.Record(), &l); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		l.ID = s.ID()
		if int(l.Product) >= len(v.books.rules.Products) {
			return fmt.Errorf("loan %q: product %d is not in the dictionaries", s.ID(), l.Product)
		}
		if p := pages[string(l.ID)]; len(p) > 0 { // without entries it is named already
			v.life(&l, p)
		}
	}
	return s.Err()
}

// pagesOf gathers what one night did to the loans of a slice.
func (v *verifier) pagesOf(d civil.Date, q int, in func(hash uint64) bool, pages map[string][]lifeNight) error {
	s, err := v.b.Journal(d, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		if !in(s.Hash()) {
			continue
		}
		p := lifeNight{date: d}
		if err := p.Decode(bytes.Clone(s.Record()), d); err != nil {
			return fmt.Errorf("journal of %s, loan %q: %w", d, s.ID(), err)
		}
		if len(p.Events) > 0 {
			p.Entries = nil
			pages[string(s.ID())] = append(pages[string(s.ID())], p)
		}
	}
	return s.Err()
}

// life runs one loan again and compares.
func (v *verifier) life(l *loan.Loan, pages []lifeNight) {
	last := v.history[len(v.history)-1].Date
	again := v.books.replay(l, pages, last, nil)
	differ := func(what string, state, life money.Amount) {
		if state != life {
			v.fault("loan %q: %s is %s in its state and %s by its life", l.ID, what, state.Text(0), life.Text(0))
		}
	}
	state, life := onBooks(l), again.onBooksAt(last)
	for c := range loan.Components {
		differ(c.String(), state[c], life[c])
	}
	differ("credit", l.Credit, again.Credit)
}
