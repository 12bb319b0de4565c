package batch

import (
	"bytes"
	"fmt"
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	bookrecord "daybook/ledger/record"
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

// A lifeNight is what one night did to a loan.
type lifeNight struct {
	bookrecord.LoanNight
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
	s, err := r.book.Scan(store.Journal, d, q, q+1)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	next := entryID(d, q, 1)
	var n bookrecord.LoanNight
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

// A life is a loan run again from its booking, by the events of its first nights.
type life struct {
	loan.Loan
	run  loan.Run
	log  loan.Log
	past []loan.Installment // met, and left behind by a settlement or a restructuring

	events []*loan.Event
}

// replay runs a loan's life again as the nights of the pages have left it, up to
// the close of a day; a trace, where there is one, notes each step.
func (r *reviving) replay(l *loan.Loan, pages []lifeNight, day civil.Date, trace *loan.Trace) *life {
	v := &life{}
	r.replayInto(v, l, pages, day, trace)
	return v
}

// replayInto is replay into a life whose memory is used again.
func (r *reviving) replayInto(v *life, l *loan.Loan, pages []lifeNight, day civil.Date, trace *loan.Trace) {
	charges := v.Charges[:0] // the state's own are not touched
	v.Loan, v.past = *l, v.past[:0]
	v.Charges = charges
	v.run.Trace, v.run.Past = trace, &v.past
	v.log.Reset()
	var plan []loan.Installment
	events := v.events[:0]
	var reversed map[string]bool
	for i := range pages {
		for k := range pages[i].Events {
			switch e := &pages[i].Events[k]; e.Kind {
			case loan.KindBooking:
				plan = e.Plan
			case loan.KindReversal:
				if reversed == nil {
					reversed = map[string]bool{}
				}
				reversed[string(e.Target)] = true
			default:
				events = append(events, e)
			}
		}
	}
	v.events = events
	slices.SortFunc(events, (*loan.Event).Compare)
	v.run.Replay(&v.Loan, &r.rules.Products[l.Product], plan, &v.log)
	for _, e := range events {
		if !reversed[string(e.ID)] {
			v.run.Again(e)
		}
	}
	v.run.Advance(day)
}

// items returns all instalments of the life, paid or not, those that an event
// has put in the place of others, and those still to come.
func (v *life) items() []loan.Installment {
	v.run.Oldest(civil.Max) // makes those to come
	plan := append(slices.Clone(v.past), v.run.Items()...)
	if v.Off.Kind != 0 || v.Changed != nil || v.Plan != nil {
		return plan
	}
	last := int32(0)
	if n := len(plan); n > 0 {
		last = plan[n-1].No
	}
	for _, i := range v.Terms.Schedule(nil) {
		if i.No > last {
			plan = append(plan, i) // of daily interest: as if all is paid on its day
		}
	}
	return plan
}

// onBooks is what the books carry of a loan at its last close: its receivables,
// and interest that is kept in memo.
func onBooks(l *loan.Loan) loan.Sums {
	s := l.Receivables()
	s[loan.Interest] += l.Suspended
	return s
}

// onBooksAt is the same at the close of a night that the life was run up to.
func (v *life) onBooksAt(night civil.Date) loan.Sums {
	f := v.run.Close(night)
	v.Earned, v.Fallen, v.LateFees, v.LatePenalties, v.Suspended = f.Earned, f.Fallen, v.Late.Fees, v.Late.Penalties, 0
	if v.Off.Kind == loan.KindChargeOff {
		v.Suspended = max(f.Outstanding[loan.Interest], 0)
	}
	return onBooks(&v.Loan)
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
func (r *Reader) history(l *loan.Loan, pages []lifeNight) ([]HistoryView, error) {
	h := &historian{r: r, l: l}
	for i := range pages {
		p := &pages[i]
		if k, _ := slices.BinarySearch(r.nights, p.date); i > 0 && r.nights[k-1] > pages[i-1].date {
			before := r.nights[k-1]
			h.untouched(before, r.replay(l, pages[:i], before, nil).onBooksAt(before))
		}
		id, err := r.firstEntryID(p.date, l.ID)
		if err != nil {
			return nil, err
		}
		for _, k := range telling(p.Entries) {
			e := &p.Entries[k]
			h.add(HistoryView{
				EntryID: id + int64(k), BusinessDate: p.date, ValueDate: e.ValueDate, Kind: e.Kind.String(), SourceID: string(e.Source),
			}, movementOf(e))
		}
	}
	h.untouched(r.Last(), onBooks(l))
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
	text := func(a money.Amount) string { return h.r.text(h.l.Currency, a) }
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
