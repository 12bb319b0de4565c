package batch

import (
	"bytes"
	"fmt"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/store"
)

// An AsOf is a loan at the close of an earlier day.
type AsOf struct {
	Loan    *loan.Loan
	Figures loan.Figures
	Events  []loan.Event // that stand, in the order of the loan's life
	Log     *loan.Log    // what they post
	Items   []loan.Installment
}

// LoanAsOf returns a loan as it stood at the close of a day: with all that is
// known now of the time up to it or, with knownThen, with only what nights up to
// it had brought. It replays the loan's life from the journal.
func (r *Reader) LoanAsOf(id []byte, day civil.Date, knownThen bool) (*AsOf, error) {
	rec, ok, err := r.book.Loan(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the book has no loan %q", id)
	}
	l := &loan.Loan{ID: id}
	if err := store.DecodeLoan(bytes.Clone(rec), l); err != nil {
		return nil, fmt.Errorf("loan %q: %w", id, err)
	}
	if day < l.Terms.DisbursedOn || knownThen && day < l.BookedOn {
		return nil, fmt.Errorf("loan %q was disbursed on %s and came into the book on %s: it has no balances on %s",
			id, l.Terms.DisbursedOn, l.BookedOn, day)
	}
	if int(l.Product) >= len(r.rules.Products) {
		return nil, fmt.Errorf("loan %q: its product is not in the book's dictionaries", id)
	}
	h := &loan.History{}
	if err := r.gather(l, h); err != nil {
		return nil, err
	}
	reversed := map[string]bool{}
	for i := range h.Events {
		if e := &h.Events[i]; e.Kind == loan.KindReversal && (!knownThen || e.ArrivedOn <= day) {
			reversed[string(e.Target)] = true
		}
	}
	a := &AsOf{Loan: l, Log: &loan.Log{}}
	for _, e := range h.Events {
		if e.Kind != loan.KindReversal && !reversed[string(e.ID)] && e.ValueDate <= day && (!knownThen || e.ArrivedOn <= day) {
			a.Events = append(a.Events, e)
		}
	}
	slices.SortFunc(a.Events, func(x, y loan.Event) int { return x.Compare(&y) })
	var run loan.Run
	run.Replay(l, &r.rules.Products[l.Product], h.Booking.Plan, a.Log)
	for i := range a.Events {
		run.Again(&a.Events[i])
	}
	run.Advance(day)
	a.Figures = run.Close(day)
	a.Items = run.Items()
	return a, nil
}

// gather gathers a loan's journal entries, following their chain.
func (r *Reader) gather(l *loan.Loan, h *loan.History) error {
	read := r.book.NewJournalReader()
	defer read.Close()
	for night := l.LastEntryOn; night != civil.None; {
		blob, ok, err := read.Entry(night, store.Hash(l.ID), l.ID)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("loan %q: the journal of %s lacks the entry that its history names: run verify", l.ID, night)
		}
		var n store.LoanNight
		if err := n.Decode(bytes.Clone(blob), night); err != nil {
			return fmt.Errorf("loan %q, journal of %s: %w", l.ID, night, err)
		}
		for i := range n.Events {
			if n.Events[i].Kind == loan.KindBooking {
				h.Booking = n.Events[i]
			} else {
				h.Events = append(h.Events, n.Events[i])
			}
		}
		for _, e := range n.Entries {
			h.Post(e)
		}
		night = n.Previous
	}
	return nil
}
