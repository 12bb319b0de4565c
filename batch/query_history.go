package batch

import (
	"bytes"
	"fmt"
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// A HistoryView is one line of a loan's history: what an entry moved, and what is
// owed after it. A line without an entry id is what the nights that did not touch
// the loan accrued; they post that in one sum for each product.
type HistoryView struct {
	EntryID      int64      `json:"entry_id,omitempty"`
	BusinessDate civil.Date `json:"business_date"`
	ValueDate    civil.Date `json:"value_date"`
	Kind         string     `json:"kind"`
	SourceID     string     `json:"source_id,omitempty"`
	Principal    string     `json:"principal"` // what each component of the debt rose by
	Interest     string     `json:"interest"`
	Fees         string     `json:"fees"`
	Penalties    string     `json:"penalties"`
	Credit       string     `json:"credit"` // what the borrower's credit rose by
	Owed         string     `json:"owed"`   // after the line, without the credit
}

// A lifeNight is what one night did to a loan.
type lifeNight struct {
	store.LoanNight
	date civil.Date
}

// pages returns what every night did to a loan, oldest first, following the chain
// of its journal entries.
func (r *Reader) pages(l *loan.Loan) ([]lifeNight, error) {
	journal := r.book.NewJournalReader()
	defer journal.Close()
	var list []lifeNight
	for d := l.LastEntryOn; d != civil.None; {
		blob, ok, err := journal.Entry(d, store.Hash(l.ID), l.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("loan %q: the journal of %s lacks the entry that its history names: run verify", l.ID, d)
		}
		p := lifeNight{date: d}
		if err := p.Decode(bytes.Clone(blob), d); err != nil {
			return nil, fmt.Errorf("loan %q, journal of %s: %w: run verify", l.ID, d, err)
		}
		if p.Previous >= d {
			return nil, fmt.Errorf("loan %q, journal of %s: its chain does not go back in time: run verify", l.ID, d)
		}
		list = append(list, p)
		d = p.Previous
	}
	slices.Reverse(list)
	return list, nil
}

// firstEntryID returns the id of a loan's first entry of a night: entries are
// numbered through their partition.
func (r *Reader) firstEntryID(d civil.Date, id []byte) (int64, error) {
	q := store.Partition(store.Hash(id))
	s, err := r.book.Journal(d, q, q+1)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	next := entryID(d, q, 1)
	var n store.LoanNight
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

// movementOf sorts an entry's postings by what the borrower owes. Suspended
// interest is owed as well, on a memo account.
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
	plan    []loan.Installment
	lines   []HistoryView
	owed    money.Amount
	accrued movement // interest and fees, by entries and by lines without one
}

// history returns the loan's life in lines.
func (r *Reader) history(l *loan.Loan, plan []loan.Installment, pages []lifeNight) ([]HistoryView, error) {
	h := &historian{r: r, l: l, plan: plan}
	for i := range pages {
		p := &pages[i]
		if k, _ := slices.BinarySearch(r.nights, p.date); i > 0 && k > 0 {
			h.untouched(r.nights[k-1])
		}
		id, err := r.firstEntryID(p.date, l.ID)
		if err != nil {
			return nil, err
		}
		for k := range p.Entries {
			e := &p.Entries[k]
			m := movementOf(e)
			if e.Kind == ledger.Accrual {
				h.accrue(m)
			}
			h.add(HistoryView{
				EntryID: id + int64(k), BusinessDate: p.date, ValueDate: e.ValueDate, Kind: e.Kind.String(), SourceID: string(e.Source),
			}, m)
		}
	}
	h.sinceThen()
	return h.lines, nil
}

func (h *historian) add(v HistoryView, m movement) {
	text := func(a money.Amount) string { return h.r.text(h.l.Currency, a) }
	h.owed += m.debt.Total()
	v.Principal, v.Interest, v.Fees = text(m.debt[loan.Principal]), text(m.debt[loan.Interest]), text(m.debt[loan.Fee])
	v.Penalties, v.Credit, v.Owed = text(m.debt[loan.Penalty]), text(m.credit), text(h.owed)
	h.lines = append(h.lines, v)
}

func (h *historian) accrue(m movement) {
	h.accrued.debt[loan.Interest] += m.debt[loan.Interest]
	h.accrued.debt[loan.Fee] += m.debt[loan.Fee]
}

// untouched adds what the nights up to one accrued without an entry of the loan:
// its schedule says how much was earned by then.
func (h *historian) untouched(night civil.Date) {
	var m movement
	for i := range h.plan {
		m.debt[loan.Interest] += h.plan[i].Earned(night)
		if h.plan[i].DueOn <= night {
			m.debt[loan.Fee] += h.plan[i].Due[loan.Fee]
		}
	}
	h.addUntouched(night, m)
}

// sinceThen adds what the nights after the loan's last entry accrued, up to what
// its state says.
func (h *historian) sinceThen() {
	var m movement
	m.debt[loan.Interest], m.debt[loan.Fee] = h.l.Earned, h.l.Fallen
	h.addUntouched(h.r.Last(), m)
}

// addUntouched adds a line of what was accrued by a night and not yet told.
func (h *historian) addUntouched(night civil.Date, m movement) {
	m.debt[loan.Interest] -= h.accrued.debt[loan.Interest]
	m.debt[loan.Fee] -= h.accrued.debt[loan.Fee]
	if m.debt == (loan.Sums{}) {
		return
	}
	h.accrue(m)
	h.add(HistoryView{BusinessDate: night, ValueDate: night, Kind: ledger.AccrualTotals.String()}, m)
}
