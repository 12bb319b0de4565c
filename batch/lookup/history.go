package lookup

import (
	"bytes"
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A HistoryView is one line of a loan's history: what an entry moved, and what the
// books carry after it. A line without an entry id is what the nights that did not touch
// the loan accrued; they post that in one sum for each product.
type HistoryView struct {
	EntryID      int64      `json:"entry_id,omitempty"`
	BusinessDate civil.Date `json:"business_date"`
	ValueDate    civil.Date `json:"value_date"`
	Kind         string     `json:"kind"`
	SourceID     string     `json:"source_id,omitempty"`
	Principal    string     `json:"principal"` // what each component of the balance rose by
	Interest     string     `json:"interest"`
	Fees         string     `json:"fees"`
	Penalties    string     `json:"penalties"`
	Credit       string     `json:"credit"`  // what the borrower's credit rose by
	Balance      string     `json:"balance"` // on the books after the line, interest in memo included, without the credit
}

// firstEntryID returns the id of a loan's first entry of a night: entries are
// numbered through their partition.
func (r *Reader) firstEntryID(d civil.Date, id []byte) (int64, error) {
	q := store.Partition(store.Hash(id))
	s, err := r.Book.Scan(store.Journal, d, q, q+1)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	next := book.EntryID(d, q, 1)
	var n record.LoanNight
	for s.Next() {
		if bytes.Equal(s.ID(), id) {
			return next, nil
		}
		if err := n.Decode(s.Record(), d); err != nil {
			return 0, fmt.Errorf("journal of %s, loan %q: %w: run verify", d, s.ID(), err)
		}
		next += int64(len(n.Entries))
	}
	return 0, s.Err()
}

// movement is what a line of the history moves.
type movement struct {
	debt   loan.Sums
	credit money.Amount
}

// movementOf sorts an entry's postings by the components of the debt. Suspended
// interest is on the books as well, on a memo account.
func movementOf(e *ledger.Entry) (m movement) {
	for _, p := range e.Postings {
		switch p.Role {
		case ledger.LoanPrincipal:
			m.debt[loan.Principal] += p.Amount
		case ledger.InterestReceivable, ledger.InterestInSuspense:
			m.debt[loan.Interest] += p.Amount
		case ledger.FeeReceivable:
			m.debt[loan.Fee] += p.Amount
		case ledger.PenaltyReceivable:
			m.debt[loan.Penalty] += p.Amount
		case ledger.BorrowerCredit:
			m.credit -= p.Amount
		}
	}
	return m
}

// A historian writes a loan's history line by line.
type historian struct {
	r       *Reader
	l       *loan.Loan
	lines   []HistoryView
	balance loan.Sums
}

// history returns the loan's life in lines. What nights accrued that have no
// entry of the loan is told before its next entry, and after the last one.
func (r *Reader) history(l *loan.Loan, pages []book.Page) ([]HistoryView, error) {
	h := &historian{r: r, l: l}
	for i := range pages {
		p := &pages[i]
		if i > 0 {
			before, err := r.Book.NightThrough(p.Date - 1)
			if err != nil {
				return nil, err
			}
			if before > pages[i-1].Date {
				h.untouched(before, book.Replay(&r.Rules, l, pages[:i], before, nil).OnBooksAt(before))
			}
		}
		id, err := r.firstEntryID(p.Date, l.ID)
		if err != nil {
			return nil, err
		}
		for _, k := range telling(p.Entries) {
			e := &p.Entries[k]
			h.add(HistoryView{
				EntryID: id + int64(k), BusinessDate: p.Date, ValueDate: e.ValueDate, Kind: e.Kind.String(), SourceID: string(e.Source),
			}, movementOf(e))
		}
	}
	h.untouched(r.Last(), book.OnBooks(l))
	return h.lines, nil
}

// telling returns the indexes of a night's entries in the order in which they are
// told: accruals, which the night posts last, before what they were paid with.
func telling(entries []ledger.Entry) []int {
	rank := func(k int) int {
		switch entries[k].Kind {
		case ledger.Booking:
			return 0
		case ledger.Accrual, ledger.LateCharge, ledger.NonAccrual:
			return 1
		}
		return 2
	}
	order := make([]int, len(entries))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	return order
}

func (h *historian) add(v HistoryView, m movement) {
	text := func(a money.Amount) string { return h.r.Text(h.l.Currency, a) }
	for c := range m.debt {
		h.balance[c] += m.debt[c]
	}
	v.Principal, v.Interest, v.Fees = text(m.debt[loan.Principal]), text(m.debt[loan.Interest]), text(m.debt[loan.Fee])
	v.Penalties, v.Credit, v.Balance = text(m.debt[loan.Penalty]), text(m.credit), text(h.balance.Total())
	h.lines = append(h.lines, v)
}

// untouched adds what brings the balance to what it is at the close of a night.
func (h *historian) untouched(night civil.Date, sums loan.Sums) {
	var m movement
	for c := range sums {
		m.debt[c] = sums[c] - h.balance[c]
	}
	if m.debt != (loan.Sums{}) {
		h.add(HistoryView{BusinessDate: night, ValueDate: night, Kind: ledger.AccrualTotals.String()}, m)
	}
}
