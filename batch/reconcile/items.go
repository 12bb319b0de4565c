package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

func isHold(x *match.Item) bool { return x.Kind == ledger.Hold }

// A released is money that has left suspense: the id that it was held under.
type released struct{ sourceID, currency string }

// A part is what one partition has.
type part struct {
	items    []*match.Item
	released []released
}

// gather reads the cash items of the nights that have been closed since the last run, each
// night's by partition, and last what belongs to no loan.
func (r *run) gather(ctx context.Context) (nights [][]part, err error) {
	dates, err := r.book.NightsIn(max(r.state.ItemsTo+1, r.state.From), r.o.Date)
	if err != nil {
		return nil, err
	}
	for _, d := range dates {
		parts, err := r.gatherNight(ctx, d)
		if err != nil {
			return nil, err
		}
		nights = append(nights, parts)
	}
	return nights, nil
}

// collect adds what was gathered to what is open.
func (r *run) collect(nights [][]part) {
	r.nothing = r.nothing && len(nights) == 0
	gone, n := map[released]bool{}, 0
	for _, parts := range nights {
		for i := range parts {
			n += len(parts[i].items)
		}
	}
	r.state.items = slices.Grow(r.state.items, n)
	for _, parts := range nights {
		for i := range parts {
			for _, x := range parts[i].items {
				r.state.of(x.Currency).Items++
			}
			r.state.items = append(r.state.items, parts[i].items...)
			for _, x := range parts[i].released {
				gone[x] = true
			}
		}
	}
	r.state.release(gone)
	r.state.ItemsTo = r.o.Date
}

func (r *run) gatherNight(ctx context.Context, d civil.Date) ([]part, error) {
	parts := make([]part, store.Partitions+1)
	err := book.EachPartition(ctx, r.o.Workers, func(ctx context.Context, _, q int) error {
		return reports.Guarded(func() error {
			p := &parts[q]
			return book.EachLoanNight(ctx, r.book, d, q, q+1, func(id int64, loanID []byte, n *record.LoanNight) error {
				for i := range n.Entries {
					p.add(r.item(d, id+int64(i), loanID, n.Currency, &n.Entries[i]), n)
				}
				return nil
			})
		})()
	})
	if err != nil {
		return nil, err
	}
	last := &parts[store.Partitions]
	err = book.EachSummaryEntry(r.book, d, func(number int, currency uint16, e *ledger.Entry) error {
		last.add(r.item(d, book.EntryID(d, book.SummaryPartition, number), nil, currency, e), nil)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("summary of %s: %w", d, err)
	}
	return parts, nil
}

// item is what an entry moved on the account of cash.
func (r *run) item(d civil.Date, id int64, loanID []byte, currency uint16, e *ledger.Entry) *match.Item {
	var amount money.Amount
	for _, p := range e.Postings {
		if p.Role == ledger.CashClearing {
			amount += p.Amount
		}
	}
	if amount == 0 {
		return nil
	}
	var o ledger.Origin
	if e.Origin != nil {
		o = *e.Origin
	}
	// The texts of an item share one allocation.
	var b strings.Builder
	b.Grow(len(e.Source) + len(loanID) + len(o.Channel) + len(o.Reference))
	for _, t := range [...][]byte{e.Source, loanID, o.Channel, o.Reference} {
		b.Write(t)
	}
	all, at := b.String(), 0
	text := func(t []byte) string {
		at += len(t)
		return all[at-len(t) : at]
	}
	return &match.Item{
		EntryID: id, BusinessDate: d, ValueDate: e.ValueDate, Kind: e.Kind, SourceID: text(e.Source), LoanID: text(loanID),
		Channel: text(o.Channel), Reference: text(o.Reference), Currency: r.view.Names.Currencies[currency], Amount: amount,
	}
}

// add adds an item, unless it is none, and what it releases.
func (p *part) add(x *match.Item, n *record.LoanNight) {
	if x == nil {
		return
	}
	p.items = append(p.items, x)
	if x.Kind != ledger.Release {
		return
	}
	p.released = append(p.released, released{x.SourceID, x.Currency})
	if n == nil {
		return
	}
	// A release that an adjustment asked for has the adjustment's id, and names what was held.
	i := slices.IndexFunc(n.Events, func(e loan.Event) bool { return e.Kind.Releases() && string(e.ID) == x.SourceID })
	if i >= 0 {
		p.released = append(p.released, released{string(n.Events[i].Target), x.Currency})
	}
}
