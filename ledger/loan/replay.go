package loan

import (
	"bytes"
	"cmp"
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A History is what earlier nights did to one loan, gathered from the journal:
// its events, and what was posted for each. It is reused from loan to loan.
type History struct {
	Booking Event // the loan's own, with an explicit plan where it has one
	Events  []Event
	posted  []posted
}

// posted is all that was posted for one event, or for credit applied on one day
// (then the source is empty), on whatever night.
type posted struct {
	source    []byte
	valueDate civil.Date
	seen      bool
	sums      [ledger.Roles]money.Amount
}

// Reset empties the history and keeps its memory.
func (h *History) Reset() { h.Booking, h.Events, h.posted = Event{}, h.Events[:0], h.posted[:0] }

// HasInstallment reports whether an explicit instalment is one that the loan was
// booked or restructured with.
func (h *History) HasInstallment(i *Installment) bool {
	in := func(plan []Installment) bool {
		k := int(i.No) - 1
		return k >= 0 && k < len(plan) && plan[k].DueOn == i.DueOn && plan[k].Due == i.Due
	}
	for e := range h.Events {
		if in(h.Events[e].Plan) {
			return true
		}
	}
	return in(h.Booking.Plan)
}

// Post adds a posted entry. Accruals are not an event's and are left out: they
// follow from the schedule.
func (h *History) Post(e ledger.Entry) {
	if !e.Kind.OfEvent() {
		return
	}
	h.posted = append(h.posted, posted{source: e.Source, valueDate: e.ValueDate})
	p := &h.posted[len(h.posted)-1]
	for _, x := range e.Postings {
		p.sums[x.Role] += x.Amount
	}
}

func (p *posted) compare(source []byte, valueDate civil.Date) int {
	if c := bytes.Compare(p.source, source); c != 0 {
		return c
	}
	return cmp.Compare(p.valueDate, valueDate)
}

// gather sorts what was posted and adds up what has one key.
func (h *History) gather() {
	slices.SortFunc(h.posted, func(a, b posted) int { return a.compare(b.source, b.valueDate) })
	kept := h.posted[:0]
	for _, p := range h.posted {
		if n := len(kept); n > 0 && kept[n-1].compare(p.source, p.valueDate) == 0 {
			for r := range p.sums {
				kept[n-1].sums[r] += p.sums[r]
			}
			continue
		}
		kept = append(kept, p)
	}
	h.posted = kept
}

// take returns what was posted under a key and marks it as dealt with.
func (h *History) take(source []byte, valueDate civil.Date) (sums [ledger.Roles]money.Amount, found bool) {
	i, ok := slices.BinarySearchFunc(h.posted, source, func(p posted, s []byte) int { return p.compare(s, valueDate) })
	if !ok || h.posted[i].seen {
		return sums, false
	}
	h.posted[i].seen = true
	return h.posted[i].sums, true
}

// Difference appends to dst what must be posted so that everything posted for
// the loan's events comes to what the replayed log says: an entry of its own
// kind where nothing was posted before, a correction where it differs, and a
// reversal where the event no longer stands. Entries name the value date and the
// event they concern.
func (h *History) Difference(replayed, dst *Log) {
	h.gather()
	for i := range replayed.Len() {
		e := replayed.Entry(i)
		before, found := h.take(e.Source, e.ValueDate)
		if !found {
			dst.begin(e.Kind, e.ValueDate, e.Source, e.Origin)
			dst.postings = append(dst.postings, e.Postings...)
			continue
		}
		for r := range before {
			before[r] = -before[r]
		}
		for _, p := range e.Postings {
			before[p.Role] += p.Amount
		}
		dst.difference(ledger.Correction, e.ValueDate, e.Source, &before)
	}
	for i := range h.posted {
		p := &h.posted[i]
		if p.seen {
			continue
		}
		for r := range p.sums {
			p.sums[r] = -p.sums[r]
		}
		kind := ledger.Reversal
		if len(p.source) == 0 {
			kind = ledger.Correction
		}
		dst.difference(kind, p.valueDate, p.source, &p.sums)
	}
}

// difference adds an entry of the sums that are not zero, if there are any.
func (g *Log) difference(kind ledger.EntryKind, valueDate civil.Date, source []byte, sums *[ledger.Roles]money.Amount) {
	if *sums == ([ledger.Roles]money.Amount{}) {
		return
	}
	g.begin(kind, valueDate, source, nil)
	for r := range sums {
		g.post(ledger.Role(r), sums[r])
	}
}

// Again applies an event that an earlier night applied: it stands, whatever
// tonight's events have changed before it. What it can no longer fund becomes
// debt.
func (r *Run) Again(e *Event) Reason {
	r.forced = true
	defer func() { r.forced = false }()
	return r.Apply(e)
}

// Replay runs the loan's life again from its beginning: the events, in their
// order, that stand. Whatever it posts goes to the log.
func (r *Run) Replay(l *Loan, p *Product, plan []Installment, log *Log) {
	charges := l.Charges[:0]
	l.Life = l.newborn(plan)
	l.Charges = charges
	r.Start(l, p, log)
}
