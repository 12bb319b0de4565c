package batch

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
)

// treatment is what tonight's borrowers are treated by.
func (n *posted) treatment() meet.Treatment {
	t := publish.Treatment(n.o.Date, n.policy, n.names, &n.rules, n.form)
	t.OwnerOf = n.ownerOf
	if n.people.Holds() {
		t.Ledger = func() meet.Ledger { return &earlier{n: n.taken, journal: n.book.NewJournalReader()} }
	}
	return t
}

// ownerOf returns whose a loan was when the night began; empty where there was none.
func (n *taken) ownerOf(id string) (string, error) {
	rec, ok, err := n.book.Find(store.Loans, []byte(id))
	if err != nil || !ok {
		return "", err
	}
	var l loan.Loan
	if err := record.DecodeLoan(rec, &l); err != nil {
		return "", fmt.Errorf("loan %q: %w: run verify", id, err)
	}
	if len(l.Borrower) == 0 {
		return id, nil
	}
	return string(l.Borrower), nil
}

// An earlier is what earlier nights posted to loans.
type earlier struct {
	n       *taken
	journal *store.JournalReader
	pages   []book.Page
}

// Moves calls fn with the repayments of a loan, and what took them back, from a night on.
func (e *earlier) Moves(id string, since civil.Date, fn func(m *rows.Move)) error {
	rec, ok, err := e.n.book.Find(store.Loans, []byte(id))
	if err != nil || !ok {
		return err
	}
	var l loan.Loan
	if err := record.DecodeLoan(bytes.Clone(rec), &l); err != nil {
		return fmt.Errorf("loan %q: %w: run verify", id, err)
	}
	l.ID = []byte(id)
	if e.pages, err = book.PagesSince(e.journal, &l, since, e.pages[:0]); err != nil {
		return err
	}
	for i := range e.pages {
		for k := range e.pages[i].Events {
			if m, ok := moveOf(&e.pages[i].Events[k], l.ID, l.Currency); ok {
				fn(&m)
			}
		}
	}
	return nil
}

// Close gives up what it reads with.
func (e *earlier) Close() error {
	e.journal.Close()
	return nil
}

// moveOf returns the money of an event that promises are held to, or what it takes back.
func moveOf(e *loan.Event, id []byte, currency uint16) (m rows.Move, ok bool) {
	m = rows.Move{Loan: id, ID: e.ID, Target: e.Target, Currency: currency, ValueDate: e.ValueDate, Amount: e.Amount}
	switch e.Kind {
	case loan.KindRepayment, loan.KindPrepay, loan.KindRecovery, loan.KindRelease:
		m.Kind = rows.Repaid
	case loan.KindReversal:
		m.Kind = rows.Undone
	case loan.KindChargeback:
		m.Kind = rows.Charged
	default:
		return m, false
	}
	return m, true
}

// offerReason is what the reasons of adjustments begin with that book an offer.
var offerReason = []byte("offer:")

// tellBorrower tells the pass by borrower what the night did to a loan that it asks for: its
// money, where promises are held to it, and offers that were taken.
func (p *part) tellBorrower(in *night.Input, r *night.Result) error {
	l := in.Loan
	owner := l.Borrower
	if len(owner) == 0 {
		owner = l.ID
	}
	holds, offered := p.n.people.Holds(), false
	for _, i := range r.Applied {
		e := &p.events[i]
		offered = offered || bytes.HasPrefix(e.Reason, offerReason)
		if !holds {
			continue
		}
		if m, ok := moveOf(e, l.ID, l.Currency); ok {
			if err := p.toBorrowers.AddMove(owner, &m); err != nil {
				return err
			}
		}
	}
	if offered {
		return p.toBorrowers.AddOffered(owner)
	}
	return nil
}

// writeQueue writes the collection queue and what follows from it, and hands to the build
// what was done about borrowers.
func (n *met) writeQueue(ctx context.Context, page *reports.Page) ([]reports.Output, error) {
	night := &record.Queue{NightKey: queue.NightKey(n.o.QueueKey, n.o.Date), KeyID: queue.KeyID(n.o.QueueKey), Promises: n.borrowers.Promises}
	treatment := n.treatment()
	o, err := publish.QueueOptions(&treatment, n.policy, night, n.workers())
	if err != nil {
		return nil, err
	}
	o.Sink = func() queue.Sink { return n.borrowers.Sink(n.workers(), n.o.Date) }
	o.Beside = func(ctx context.Context) error {
		return n.borrowers.Export(ctx, &meet.Options{Workers: n.workers(), Book: n.book, Build: n.build, Scoring: n.scoring(), Treatment: treatment})
	}
	before := len(n.borrowers.Digests)
	outputs, places, err := n.borrowers.Queue(o).Write(ctx, filepath.Join(n.staging, "queue"))
	if err != nil {
		return nil, err
	}
	n.addDigests(n.borrowers.Digests[before:])
	n.record.Queue = night
	page.Queue = n.queueTotals(places, outputs)
	page.Control.Queue = n.queueControl(places)
	compliance := slices.Clone(places)
	compliance.Merge(n.borrowers.Places)
	for i := range compliance { // of loans the codes alone were counted
		if c := &compliance[i]; c.Place == queue.PlaceWithheld && c.Code != "" {
			c.Rule, c.Citation = c.Code, n.policy.Collections.Cite(c.Jurisdiction, c.Code)
		}
	}
	n.compliance = []*reports.Table{queue.ComplianceTable(compliance, n.policy.Scale)}
	more, err := reports.WriteRegulatory(filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, n.compliance)
	return append(outputs, more...), err
}

// queueTotals is the queue in figures, for the page: of the candidates by what they became,
// of the others and of what was reported by reason.
func (n *met) queueTotals(places queue.Places, outputs []reports.Output) (t reports.QueueTotals) {
	for i := range places {
		s := &places[i]
		switch s.Place {
		case queue.PlaceTask:
			t.Tasks += s.Borrowers
			t.Loans += s.Loans
			t.Add(s.Channel, s.Currency, s.Borrowers, s.PastDue)
		case queue.PlaceBelow:
			t.BelowCapacity += s.Borrowers
		}
	}
	for i := range n.borrowers.Control {
		switch s := &n.borrowers.Control[i]; s.Place {
		case queue.PlaceSuppressed:
			t.Suppressed += s.Borrowers
		case queue.PlaceNotDue:
			t.NotDue += s.Borrowers
		}
	}
	for i := range n.borrowers.Places {
		addReason(&t, &n.borrowers.Places[i])
	}
	for i := range outputs {
		switch filepath.Base(outputs[i].Path) {
		case "promises.parquet":
			t.Promises.Watched = outputs[i].Rows
		case "offers.parquet":
			t.OffersMade = outputs[i].Rows
		}
	}
	return t
}

// addReason adds what was counted for a reason to the page's figures.
func addReason(t *reports.QueueTotals, s *queue.PlaceSum) {
	switch {
	case s.Place == queue.PlaceSuppressed:
		t.AddReason(s.Code, s.Rule, s.Channel, s.Borrowers)
	case s.Place != queue.PlaceReported:
	case s.Code == "promises_kept":
		t.Promises.Kept += s.Borrowers
	case s.Code == "promises_partly_kept":
		t.Promises.PartlyKept += s.Borrowers
	case s.Code == "promises_broken":
		t.Promises.Broken += s.Borrowers
	case s.Code == "offers_taken":
		t.OffersTaken += s.Borrowers
	}
}

// queueControl ties who is where to the tape: by currency, loans past due and what is past
// due of them.
func (n *met) queueControl(places queue.Places) (list []reports.QueueControl) {
	all := slices.Clone(places)
	all.Merge(n.borrowers.Control)
	for _, currency := range n.names.Currencies {
		c := reports.QueueControl{Currency: currency}
		var loans, pastDue, reminded int64 // of the tape
		for place := range queue.PlaceReported {
			x := reports.QueuePlace{Currency: currency, Place: place.String()}
			var amount int64
			for i := range all {
				s := &all[i]
				if s.Place != place || s.Currency != currency {
					continue
				}
				x.Borrowers, x.Loans, amount = x.Borrowers+s.Borrowers, x.Loans+s.Loans, amount+s.PastDue
				if s.Reminder {
					c.Reminders.Borrowers, c.Reminders.Loans, reminded = c.Reminders.Borrowers+s.Borrowers, c.Reminders.Loans+s.Loans, reminded+s.PastDue
				}
			}
			x.PastDue = reports.Money(amount, n.policy.Scale, currency)
			loans, pastDue = loans+x.Loans, pastDue+amount
			c.Places = append(c.Places, x)
		}
		loans, pastDue = loans-c.Reminders.Loans, pastDue-reminded
		c.Reminders.PastDue = reports.Money(reminded, n.policy.Scale, currency)
		var tape queue.PlaceSum
		if i := slices.IndexFunc(n.borrowers.Tape, func(s queue.PlaceSum) bool { return s.Currency == currency }); i >= 0 {
			tape = n.borrowers.Tape[i]
		}
		c.TapeLoans, c.TapePastDue = tape.Loans, reports.Money(tape.PastDue, n.policy.Scale, currency)
		c.Tied = tape.Loans == loans && tape.PastDue == pastDue
		list = append(list, c)
	}
	return list
}

// proveQueue stops a night in which somebody past due is nowhere, or twice.
func proveQueue(list []reports.QueueControl) error {
	for i := range list {
		if c := &list[i]; !c.Tied {
			return fmt.Errorf("internal error: the queue does not tie to the tape in %s, nothing was closed: the tape has %d loans past due and %s, the queue %+v",
				c.Currency, c.TapeLoans, c.TapePastDue, c.Places)
		}
	}
	return nil
}

// lend gives the pass by borrower the memory that the rows left, and has it hold promises to
// the night's money, where there are any.
func (n *taken) lend() {
	n.people.Lend(n.scatter.Unused())
	if n.people.HasPromises() || n.last != nil && n.last.Queue != nil && n.last.Queue.Promises > 0 {
		n.people.HoldPromises()
	}
}
