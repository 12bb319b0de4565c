package batch

import (
	"bytes"
	"fmt"

	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

func (n *taken) loadReversedFiles() error {
	src, ok, err := n.book.Meta(record.MetaReversed)
	if err != nil || !ok {
		return err
	}
	if n.reversedFiles, err = record.ReadReversed(src); err != nil {
		return fmt.Errorf("the book's list of reversed files: %w", err)
	}
	return nil
}

// decideFileReversal finds the file or night that a digest names.
func (n *taken) decideFileReversal(s *special) (loan.Reason, error) {
	if s.valueDate > n.o.Date {
		return loan.ValueDateAfterBusinessDate, nil
	}
	id, digest := string(s.id), string(bytes.ToLower(s.target))
	for _, r := range n.reversedFiles {
		switch {
		case r.ID == id && r.Digest == digest:
			return loan.ExactDuplicate, nil
		case r.ID == id:
			return loan.ConflictingDuplicate, nil
		case r.Digest == digest:
			return loan.TargetAlreadyReversed, nil
		}
	}
	if n.rules.IsLocked(s.valueDate) {
		return loan.PeriodLocked, nil
	}
	found, reason, err := n.findFiles(digest)
	if err != nil || reason != loan.OK {
		return reason, err
	}
	for _, f := range found {
		f.ID = id
		n.reversedFiles = append(n.reversedFiles, f)
		n.reversing = append(n.reversing, f)
	}
	return loan.OK, nil
}

// A sentFile is a file or night of a digest, on every night that it came.
type sentFile struct {
	found []record.Reversed
	loans bool // a loan is not unbooked; it is written off or settled
}

// findFiles finds the file or night of a digest.
func (n *taken) findFiles(digest string) (found []record.Reversed, reason loan.Reason, err error) {
	if n.sentFiles == nil {
		if err := n.loadSentFiles(); err != nil {
			return nil, loan.OK, err
		}
	}
	sent := n.sentFiles[digest]
	switch {
	case sent == nil:
		return nil, loan.UnknownTarget, nil
	case sent.loans:
		return nil, loan.NotAllowedByPolicy, nil
	}
	return sent.found, loan.OK, nil
}

// loadSentFiles reads once what all nights were sent.
func (n *taken) loadSentFiles() error {
	nights, err := n.book.Nights()
	if err != nil {
		return err
	}
	n.sentFiles = map[string]*sentFile{}
	add := func(digest string, d civil.Date, file int, isLoans bool) {
		s := n.sentFiles[digest]
		if s == nil {
			s = &sentFile{}
			n.sentFiles[digest] = s
		}
		s.found = append(s.found, record.Reversed{Digest: digest, Night: d, File: file})
		s.loans = s.loans || isLoans
	}
	for _, d := range nights {
		r, err := book.Night(n.book, d)
		if err != nil {
			return err
		}
		add(r.InputsDigest, d, -1, false)
		for at, f := range r.Inputs {
			add(f.SHA256, d, at, f.Kind == intake.Loans.String() || f.Kind == intake.Schedules.String())
		}
	}
	return nil
}

// brought reports whether the file brought a held item.
func brought(f *record.Reversed, h *record.Held) bool {
	return h.ArrivedOn == f.Night && (f.File < 0 || f.File == h.File)
}

// returns reports whether the file's reversal sends a held item back: suspense still
// holds it. What its own loan took since is reversed there; what an adjustment
// released stands, as someone decided it.
func returns(f *record.Reversed, h *record.Held) bool { return h.By == nil && brought(f, h) }

// takeReturn sends an item back that a reversed file brought.
func (p *part) takeReturn(key loanKey, h *record.Held) {
	for i := range p.n.reversing {
		if f := &p.n.reversing[i]; returns(f, h) {
			h.By = []byte(f.ID)
			p.returns.add(key.id, h, nil)
		}
	}
}

// deriveHeldReversals adds a reversal for each payment of the hash range that a
// reversed file brought into suspense and its loan took on a later night.
func (p *part) deriveHeldReversals(q int, r rows.Range) error {
	s, err := p.n.book.Scan(store.Held, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		if !r.Has(s.Hash()) {
			continue
		}
		var h record.Held
		if err := h.Read(s.Item(), s.Record()); err != nil {
			return err
		}
		for i := range p.n.reversing {
			if f := &p.n.reversing[i]; h.Applied && brought(f, &h) {
				p.rows.Refs = append(p.rows.Refs, rows.Ref{Hash: s.Hash(), Row: derivedReversal(s.Hash(), s.ID(), f.ID, &loan.Event{ID: h.ID}, p.n.o.Date)})
			}
		}
	}
	return s.Err()
}

// deriveReversals adds a reversal for each event of the partition that a reversed
// file brought.
func (p *part) deriveReversals(q int, r rows.Range) error {
	if len(p.n.reversing) == 0 {
		return nil
	}
	if err := p.deriveHeldReversals(q, r); err != nil {
		return err
	}
	var page record.LoanNight
	for _, f := range p.n.reversing {
		s, err := p.n.book.Scan(store.Journal, f.Night, q, q+1)
		if err != nil {
			return err
		}
		for s.Next() {
			if !r.Has(s.Hash()) {
				continue
			}
			if err := page.Decode(s.Record(), f.Night); err != nil {
				s.Close()
				return fmt.Errorf("journal of %s, loan %q: %w", f.Night, s.ID(), err)
			}
			for i := range page.Events {
				e := &page.Events[i]
				if e.Kind != loan.KindBooking && e.Kind != loan.KindReversal && e.File != rows.NoFile && (f.File < 0 || int(e.File) == f.File) {
					p.rows.Refs = append(p.rows.Refs, rows.Ref{Hash: s.Hash(), Row: derivedReversal(s.Hash(), s.ID(), f.ID, e, p.n.o.Date)})
				}
			}
		}
		err = s.Err()
		s.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// derivedReversal makes the row of a reversal that a file's reversal stands for.
// Its id names both, so that it is applied once.
func derivedReversal(hash uint64, id []byte, by string, e *loan.Event, date civil.Date) []byte {
	b := rows.AppendHead(nil, hash, id, rows.DerivedRow, 0, 0)
	b = append(b, byte(loan.KindReversal), rows.EventMore, rows.NoCurrency)
	b = rows.AppendInt(b, int64(date))
	b = rows.AppendInt(b, 0)
	b = rows.AppendText(b, append(append([]byte(by), '/'), e.ID...))
	b = append(b, 0, 0)
	for _, v := range [...]int64{0, 0, -1, 0, 0} {
		b = rows.AppendInt(b, v)
	}
	b = rows.AppendText(b, e.ID)
	return rows.AppendText(b, nil)
}
