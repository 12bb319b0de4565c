package batch

import (
	"errors"
	"fmt"

	"daybook/batch/book"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// enterLoan makes the loan's journal entry, where the night did anything to it.
func (p *part) enterLoan() error {
	l, in, r := &p.loan, &p.in, p.done
	if p.proc.ReAged(l) {
		if err := p.listReAges(p.key, in, r); err != nil {
			return err
		}
	}
	p.entered = l.LastEntryOn
	if !r.Touched {
		return nil
	}
	p.applied = p.applied[:0]
	if in.Booked {
		p.booking = loan.Event{
			Kind: loan.KindBooking, ValueDate: l.Terms.DisbursedOn, Amount: l.Terms.Principal, ID: p.key.id, Plan: in.Plan,
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
	p.entry = record.AppendLoanNight(p.entry[:0], l.LastEntryOn, l.Currency, p.applied, r.Log)
	if r.Redisbursed {
		record.NoteRedisbursed(p.entry)
	}
	l.LastEntryOn = p.n.o.Date
	return nil
}

// keepEntry adds the loan's entry to the book's journal.
func (p *part) keepEntry() error {
	if !p.done.Touched {
		return nil
	}
	return p.build.Add(store.Journal, p.key.hash, p.key.id, nil, p.entry)
}

// enterLines adds the lines of the loan's entries to the published journal.
func (p *part) enterLines() error {
	if !p.done.Touched {
		return nil
	}
	return p.enter(p.key.id, p.loan.Currency, p.done.Log)
}

// enter adds the lines of entries to the published journal.
func (p *part) enter(id []byte, currency uint16, log *loan.Log) error {
	for i := range log.Len() {
		e := log.Entry(i)
		p.result.gl.Add(int(currency), &e)
		if p.entryID&(book.EntriesMax-1) == book.EntriesMax-1 {
			return fmt.Errorf("a partition has %d entries in one night, as many as there are numbers for", book.EntriesMax)
		}
		p.entryID++
		p.result.entries++
		p.lines.AppendEntry(p.entryID, id, currency, &e, p.n.rules.Scale[currency])
	}
	if p.lines.Rows() >= book.FactsMax {
		return p.flushLines()
	}
	return nil
}

// keepLoan writes the loan into the book.
func (p *part) keepLoan() error {
	passed := false
	if p.done.Passed {
		p.record, passed = record.AppendPassed(p.record[:0], p.known, &p.loan)
	}
	if !passed {
		p.record = record.AppendLoan(p.record[:0], &p.loan)
	}
	return p.build.Add(store.Loans, p.key.hash, p.key.id, nil, p.record)
}

// fillFacts adds the loan to the night's facts.
func (p *part) fillFacts() error {
	l, in, r := &p.loan, &p.in, p.done
	at := &p.result.positions[l.Currency]
	at.Add(l, r.Receivables)
	row := max(len(p.facts.LoanID.Offsets)-1, 0)
	if row >= p.facts.Rows {
		p.facts.Grow(min(max(2*p.facts.Rows, 1<<10), book.FactsMax))
	}
	p.proc.Fill(&p.facts, row, l, p.key.hash)
	if in.Booked || r.Redisbursed {
		p.termed = append(p.termed, row)
	}
	if p.accounts != nil {
		if err := p.account(p.key, in, r, p.entered); err != nil {
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
