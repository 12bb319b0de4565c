package batch

import (
	"errors"
	"fmt"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// put writes the loan's new record, its journal entry and its facts.
func (p *part) put(key loanKey, in *night.Input, r *night.Result) error {
	l := &p.loan
	if p.proc.ReAged(l) {
		if err := p.listReAges(key, in, r); err != nil {
			return err
		}
	}
	entered := l.LastEntryOn
	if r.Touched {
		if err := p.post(key, in, r); err != nil {
			return err
		}
	}
	termed := in.Booked || r.Redisbursed
	passed := false
	if r.Passed {
		p.loanRecord, passed = record.AppendPassed(p.loanRecord[:0], p.loans.Record(), l)
	}
	if !passed {
		p.loanRecord = record.AppendLoan(p.loanRecord[:0], l)
	}
	if err := p.build.Add(store.Loans, key.hash, key.id, nil, p.loanRecord); err != nil {
		return err
	}
	at := &p.result.positions[l.Currency]
	at.Add(l, r.Receivables)
	row := len(p.facts.LoanID.Offsets) - 1
	if row < 0 {
		row = 0
	}
	if row >= p.facts.Rows {
		p.facts.Grow(min(max(2*p.facts.Rows, 1<<10), book.FactsMax))
	}
	p.proc.Fill(&p.facts, row, l, key.hash)
	if termed {
		p.termed = append(p.termed, row)
	}
	if p.accounts != nil {
		if err := p.account(key, in, r, entered); err != nil {
			return err
		}
	}
	if len(p.telling) > 0 {
		if p.flagged == nil {
			p.flagged = map[int][]borrower.Flag{}
		}
		p.flagged[row] = p.telling
	}
	if row+1 == book.FactsMax {
		return p.flushFacts()
	}
	return nil
}

// post writes the loan's journal entry, into the book and into the published
// journal.
func (p *part) post(key loanKey, in *night.Input, r *night.Result) error {
	l := in.Loan
	p.applied = p.applied[:0]
	if in.Booked {
		p.booking = loan.Event{
			Kind: loan.KindBooking, ValueDate: l.Terms.DisbursedOn, Amount: l.Terms.Principal, ID: key.id, Plan: in.Plan,
		}
		p.applied = append(p.applied, &p.booking)
	}
	for _, i := range r.Applied {
		p.applied = append(p.applied, &p.events[i])
	}
	if len(r.Applied) > 0 {
		if err := p.tellBorrower(in, r); err != nil {
			return err
		}
	}
	if p.n.policy.Reconciliation.Stated {
		for _, e := range p.applied {
			if e.Kind == loan.KindReversal {
				r.Log.NameReversal(e.Target, e.ID)
			}
		}
	}
	p.blob = record.AppendLoanNight(p.blob[:0], l.LastEntryOn, l.Currency, p.applied, r.Log)
	if r.Redisbursed {
		record.NoteRedisbursed(p.blob)
	}
	l.LastEntryOn = p.n.o.Date
	return p.enter(key, l.Currency, p.blob, r.Log)
}

// enter adds entries to the book's journal and their lines to the published one.
func (p *part) enter(key loanKey, currency uint16, blob []byte, log *loan.Log) error {
	if err := p.build.Add(store.Journal, key.hash, key.id, nil, blob); err != nil {
		return err
	}
	for i := range log.Len() {
		e := log.Entry(i)
		p.result.gl.Add(int(currency), &e)
		if p.entryID&(book.EntriesMax-1) == book.EntriesMax-1 {
			return fmt.Errorf("a partition has %d entries in one night, as many as there are numbers for", book.EntriesMax)
		}
		p.entryID++
		p.result.entries++
		p.lines.AppendEntry(p.entryID, key.id, currency, &e, p.n.rules.Scale[currency])
	}
	if p.lines.Rows() >= book.FactsMax {
		return p.flushLines()
	}
	return nil
}

// flushFacts writes the gathered facts to the tape and adds them to the reports.
func (p *part) flushFacts() error {
	rows := max(len(p.facts.LoanID.Offsets)-1, 0)
	if rows == 0 {
		return nil
	}
	p.facts.Grow(rows)
	batch := reports.Batch{Facts: &p.facts, Words: p.words, Scale: p.n.policy.Scale}
	if err := errors.Join(p.tape.Write(batch), p.contracts.Write(batch, p.termed, p.n.allContracts)); err != nil {
		return err
	}
	p.termed = p.termed[:0]
	if err := p.builder.Add(batch); err != nil {
		return err
	}
	if p.scores != nil { // else the scores are not known yet
		if err := errors.Join(p.scores.Write(&p.facts), p.watch.Add(batch)); err != nil {
			return err
		}
	}
	err := p.toBorrowers.AddFacts(p.number, p.tapeRows, &p.facts, p.flagged)
	clear(p.flagged)
	p.tapeRows += int64(rows)
	p.facts.Reset()
	return err
}

// flushLines writes the gathered lines of the journal.
func (p *part) flushLines() error {
	if p.lines.Rows() == 0 {
		return nil
	}
	p.result.postings += int64(p.lines.Rows())
	if err := errors.Join(p.journal.Write(&p.lines), p.leaves.AddJournal(&p.journalFormat, &p.lines)); err != nil {
		return err
	}
	p.lines.Reset()
	return nil
}
