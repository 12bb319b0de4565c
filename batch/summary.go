package batch

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/reports"
)

// The accruals of loans that nothing touched are posted as one entry for each
// product and currency, provable from the loans' records.

func (n *taken) newSummary() [][]night.Totals {
	s := make([][]night.Totals, len(n.rules.Products))
	for i := range s {
		s[i] = make([]night.Totals, len(n.rules.Scale))
	}
	return s
}

// addSummary adds what a part's loans accrued.
func (n *posted) addSummary(accrued []night.Accrued) {
	for i := range accrued {
		to := &n.summary[accrued[i].Product][accrued[i].Currency]
		for k := range to {
			for r, amount := range accrued[i].Totals[k] {
				to[k][r] += amount
			}
		}
		n.addRegion(&accrued[i])
	}
}

// A summaryPoster posts the entries that belong to no loan: into the GL, the
// published journal, the book, and the journal's root. It holds few of them, as
// refused money may be as much as a night brings.
type summaryPoster struct {
	n      *posted
	number int
	lines  *publish.Summary
	piece  []byte
	pieces int
	root   hash.Hash
	log    loan.Log // of one move
}

// postSummary posts what untouched loans accrued, then money that went into
// suspense with the summary, then money that went back to its payer, and then what brings
// the allowance to what is provided.
func (n *posted) postSummary(ctx context.Context) (err error) {
	s := summaryPoster{n: n, root: n.record.RootHash(), lines: publish.NewSummary(n.staging, n.o.Date, n.journalFormat())}
	leaves := n.newLeaves()
	s.lines.Leaves = &leaves
	defer func() {
		if err != nil {
			s.lines.Abort()
		}
	}()
	for p := range n.summary {
		for c := range n.summary[p] {
			var log loan.Log
			for k, kind := range night.SummaryKinds {
				if n.summary[p][c][k] == ([ledger.Roles]money.Amount{}) {
					continue
				}
				log.Begin(kind, n.o.Date, []byte(n.names.Products[p]))
				for role, amount := range n.summary[p][c][k] {
					log.Post(ledger.Role(role), amount)
				}
			}
			if log.Len() > 0 {
				if err := s.post(c, &log); err != nil {
					return err
				}
			}
		}
	}
	if err := n.holds.Each(ctx, func(rec []byte) error { return s.move(rec, ledger.Hold, 1) }); err != nil {
		return err
	}
	if err := n.returns.Each(ctx, func(rec []byte) error { return s.move(rec, ledger.Release, -1) }); err != nil {
		return err
	}
	if err := n.postProvisions(&s); err != nil {
		return err
	}
	return s.end()
}

// post posts entries of one currency.
func (s *summaryPoster) post(currency int, log *loan.Log) error {
	n := s.n
	for i := range log.Len() {
		e := log.Entry(i)
		if e.Sum() != 0 {
			panic("batch: internal error: a summary entry of " + string(e.Source) + " is off by " + e.Sum().Text(0))
		}
		s.number++
		n.gl.Add(currency, &e)
		n.record.Entries++
		n.record.Postings += int64(len(e.Postings))
		if err := s.lines.Add(s.number, uint16(currency), &e, n.rules.Scale[currency]); err != nil {
			return err
		}
	}
	s.piece = record.AppendSummary(s.piece, uint16(currency), log)
	if len(s.piece) < summaryPieceMax {
		return nil
	}
	return s.cut()
}

// summaryPieceMax is where the book's value of the summary is cut. Tests make it
// smaller.
var summaryPieceMax = 1 << 20

// cut hands a piece of the summary to the build.
func (s *summaryPoster) cut() error {
	s.root.Write(s.piece) // never fails
	err := s.n.build.PutSmall(record.SectionSummary, book.SummaryPiece(s.pieces), s.piece)
	s.pieces++
	s.piece = s.piece[:0]
	return err
}

func (s *summaryPoster) end() error {
	if len(s.piece) > 0 || s.pieces == 0 {
		if err := s.cut(); err != nil {
			return err
		}
	}
	s.n.record.Root = hex.EncodeToString(s.root.Sum(nil))
	outputs, err := s.lines.Close()
	s.n.outputs = append(s.n.outputs, outputs...)
	err = errors.Join(err, s.lines.Leaves.Close())
	s.n.leaves = append(s.n.leaves, s.lines.Leaves.Leaves...)
	return errors.Join(err, s.n.keepRegions())
}

// journalFormat says what the codes of the published journal stand for.
func (n *plan) journalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: n.policy.Chart, Currencies: n.names.Currencies, Scale: n.policy.Scale, Form: n.form}
}
