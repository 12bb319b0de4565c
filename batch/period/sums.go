package period

import (
	"context"
	"fmt"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/reports"
)

// A month is the nights of a period, and all before and after them.
type month struct {
	view    *book.View // of the night that ends it
	nights  []*record.Night
	first   int          // of nights: the first of the period
	last    int          // and the last: what is behind it tells only what has left suspense since
	locked  []civil.Date // what was locked when each night was closed
	workers int
}

// A rollKey is one figure of the roll-forward.
type rollKey struct {
	currency uint16
	product  uint16 // one more than its code; 0: of no product
	measure  measure
	column   column
}

// A priorKey is an account in the month that entries of a later, locked one concern.
type priorKey struct {
	month    civil.Date // its first day
	currency uint16
	role     ledger.Role
}

// A priorSum is what was posted to it.
type priorSum struct{ debits, credits, entries int64 }

// A leftKey is money that left suspense after the period.
type leftKey struct {
	loan     string // of the loan that took what waited for it; "" where an adjustment released it
	source   string
	currency uint16
	amount   int64
	returned bool // to its payer
}

// Sums are what the journal comes to.
type sums struct {
	roll  map[rollKey]int64
	prior map[priorKey]*priorSum
	left  map[leftKey]int
}

func newSums() sums {
	return sums{map[rollKey]int64{}, map[priorKey]*priorSum{}, map[leftKey]int{}}
}

// collect adds up the journal, partitions at once. Of each loan two numbers are in memory
// while its partition is read.
func (m *month) collect(ctx context.Context) (*sums, error) {
	all := make([]sums, max(m.workers, 1))
	for i := range all {
		all[i] = newSums()
	}
	err := book.EachPartition(ctx, len(all), func(ctx context.Context, worker, q int) error {
		return reports.Guarded(func() error { return m.partition(ctx, q, &all[worker]) })()
	})
	if err != nil {
		return nil, err
	}
	total := &all[0]
	for i := range all[1:] {
		total.merge(&all[1+i])
	}
	for i, n := range m.nights {
		err := book.EachSummaryEntry(m.view.Book, n.Date, func(_ int, currency uint16, e *ledger.Entry) error {
			product, _ := m.view.Names.SummaryProduct(e)
			return m.entry(total, i, "", currency, uint16(product+1), e)
		})
		if err != nil {
			return nil, fmt.Errorf("summary of %s: %w", n.Date, err)
		}
	}
	return total, nil
}

func (s *sums) merge(o *sums) {
	for k, v := range o.roll {
		s.roll[k] += v
	}
	for k, v := range o.prior {
		p := s.priorOf(k)
		p.debits, p.credits, p.entries = book.Sum(p.debits, v.debits), book.Sum(p.credits, v.credits), p.entries+v.entries
	}
	for k, v := range o.left {
		s.left[k] += v
	}
}

func (s *sums) priorOf(k priorKey) *priorSum {
	p := s.prior[k]
	if p == nil {
		p = &priorSum{}
		s.prior[k] = p
	}
	return p
}

// partition adds one partition of all nights.
func (m *month) partition(ctx context.Context, q int, s *sums) error {
	codes, err := book.LoanCodesOf(ctx, m.view.Book, q)
	if err != nil {
		return err
	}
	for i, n := range m.nights {
		if n.Partitions[q].Entries == 0 {
			continue
		}
		err := book.EachLoanNight(ctx, m.view.Book, n.Date, q, q+1, func(_ int64, id []byte, page *record.LoanNight) error {
			product := uint16(0)
			code, known := codes.Of(id)
			if known {
				product = code.Product + 1
			}
			for k := range page.Entries {
				e := &page.Entries[k]
				if !known && e.Kind != ledger.Hold {
					return fmt.Errorf("journal of %s, loan %q: the book has no such loan: run verify", n.Date, id)
				}
				if err := m.entry(s, i, string(id), page.Currency, product, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// entry adds an entry of a night.
func (m *month) entry(s *sums, at int, loanID string, currency, product uint16, e *ledger.Entry) error {
	if int(currency) >= len(m.view.Names.Currencies) && at <= m.last {
		return fmt.Errorf("journal of %s: currency %d is not in the dictionaries: run verify", m.nights[at].Date, currency)
	}
	if at > m.last {
		s.leave(loanID, currency, e)
		return nil
	}
	for _, p := range e.Postings {
		x := measureOf[p.Role]
		if x == noMeasure {
			continue
		}
		k := rollKey{currency: currency, product: product, measure: x, column: opening}
		if !measures[x].byProduct {
			k.product = 0
		}
		if at >= m.first {
			k.column = columnOf(e.Kind, p)
		}
		s.roll[k] += measures[x].sign * int64(p.Amount)
	}
	if at >= m.first && e.ValueDate <= m.locked[at] {
		s.priorEntry(currency, e)
	}
	return nil
}

// priorEntry adds an entry that concerns a period that was locked when it was posted.
func (s *sums) priorEntry(currency uint16, e *ledger.Entry) {
	year, month, _ := e.ValueDate.Split()
	k := priorKey{month: civil.Of(year, month, 1), currency: currency}
	seen := 0
	for _, p := range e.Postings {
		k.role = p.Role
		x := s.priorOf(k)
		x.debits, x.credits = book.Sum(x.debits, max(int64(p.Amount), 0)), book.Sum(x.credits, max(-int64(p.Amount), 0))
		if bit := 1 << p.Role; seen&bit == 0 { // an entry may post to an account more than once
			seen |= bit
			x.entries++
		}
	}
}

// leave notes money that left suspense after the period.
func (s *sums) leave(loanID string, currency uint16, e *ledger.Entry) {
	if e.Kind != ledger.Release {
		return
	}
	for _, p := range e.Postings {
		if p.Role != ledger.UnappliedReceipts {
			continue
		}
		k := leftKey{source: string(e.Source), currency: currency, amount: int64(p.Amount), returned: loanID == ""}
		s.left[k]++
		if loanID != "" {
			k.loan = loanID
			s.left[k]++
		}
	}
}
