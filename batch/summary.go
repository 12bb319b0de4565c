package batch

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"path/filepath"

	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
)

// The accruals of loans that nothing touched are posted as one entry for each
// product and currency, provable from the loans' records.

func (n *closing) newSummary() [][]night.Totals {
	s := make([][]night.Totals, len(n.rules.Products))
	for i := range s {
		s[i] = make([]night.Totals, len(n.rules.Scale))
	}
	return s
}

func (n *closing) addSummary(o [][]night.Totals) {
	for p := range o {
		for c := range o[p] {
			for k := range o[p][c] {
				for r := range o[p][c][k] {
					n.summary[p][c][k][r] += o[p][c][k][r]
				}
			}
		}
	}
}

// summaryPartition stands in the entry ids of summary entries where others have
// their partition.
const summaryPartition = store.Partitions

// A summaryPoster posts the entries that belong to no loan: into the GL, the
// published journal, the book, and the journal's root. It holds few of them, as
// refused money may be as much as a night brings.
type summaryPoster struct {
	n      *closing
	number int
	lines  summaryLines
	piece  []byte
	pieces int
	root   hash.Hash
	log    loan.Log // of one move
}

// postSummary posts what untouched loans accrued, then money that went into
// suspense with the summary, then money that went back to its payer.
func (n *closing) postSummary(ctx context.Context) (err error) {
	s := summaryPoster{n: n, root: n.record.rootHash(), lines: newSummaryLines(n.staging, n.o.Date, n.journalFormat())}
	defer func() {
		if err != nil {
			s.lines.abort()
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
		n.gl.add(currency, &e)
		n.record.Entries++
		n.record.Postings += int64(len(e.Postings))
		if err := s.lines.add(s.number, currency, &e, n.rules.Scale[currency]); err != nil {
			return err
		}
	}
	s.piece = appendBlob(s.piece, store.AppendLoanNight(nil, civil.None, uint16(currency), nil, log))
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
	err := s.n.build.PutSmall(sectionSummary, summaryName(s.pieces), s.piece)
	s.pieces++
	s.piece = s.piece[:0]
	return err
}

// summaryName is the name of a piece of the summary; most nights have one.
func summaryName(piece int) string {
	if piece == 0 {
		return "accruals"
	}
	return chunkName("accruals", piece)
}

func (s *summaryPoster) end() error {
	if len(s.piece) > 0 || s.pieces == 0 {
		if err := s.cut(); err != nil {
			return err
		}
	}
	s.n.record.Root = hex.EncodeToString(s.root.Sum(nil))
	outputs, err := s.lines.close()
	s.n.outputs = append(s.n.outputs, outputs...)
	return err
}

func appendBlob(b, blob []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(blob)))
	return append(b, blob...)
}

// summaryPieces calls fn with the pieces of a night's summary.
func summaryPieces(b *store.Book, d civil.Date, fn func(piece []byte) error) error {
	for i := 0; ; i++ {
		v, ok, err := b.Small(sectionSummary, d, summaryName(i))
		if err != nil || !ok {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
}

// readSummary calls fn with the summary entries of a night.
func readSummary(b *store.Book, d civil.Date, fn func(number int, currency uint16, e *ledger.Entry) error) error {
	number := 0
	var n store.LoanNight
	return summaryPieces(b, d, func(piece []byte) error {
		for rest := (&body{b: piece}); len(rest.b) > 0; {
			blob := rest.text()
			if rest.bad {
				return errRow
			}
			if err := n.Decode(blob, d); err != nil {
				return err
			}
			for i := range n.Entries {
				number++
				if err := fn(number, n.Currency, &n.Entries[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// journalFormat says what the codes of the published journal stand for.
func (n *closing) journalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: n.policy.Chart, Currencies: n.names.Currencies, Scale: n.policy.Scale, Form: n.record.Form}
}

// summaryPart is the file of the summary entries in the published journal.
const summaryPart = "part-accruals.parquet"

// summaryLinesMax is how many lines of the summary are written at once: where they
// are cut shows in the bytes of the file. Tests make it smaller.
var summaryLinesMax = 1 << 16

// summaryLines is the published journal of the summary, which has no file where it
// has no line.
type summaryLines struct {
	path   string
	format reports.JournalFormat
	lines  reports.Journal
	w      *reports.JournalWriter
}

func newSummaryLines(staging string, d civil.Date, f reports.JournalFormat) summaryLines {
	return summaryLines{path: filepath.Join(staging, "journal", summaryPart), format: f, lines: reports.Journal{BusinessDate: d}}
}

func (s *summaryLines) add(number, currency int, e *ledger.Entry, scale int64) error {
	if number >= entriesMax {
		return fmt.Errorf("%d entries of no loan in one night are more than there are numbers for", number)
	}
	appendLines(&s.lines, entryID(s.lines.BusinessDate, summaryPartition, number), nil, currency, e, scale)
	if s.lines.Rows() < summaryLinesMax {
		return nil
	}
	return s.flush()
}

func (s *summaryLines) flush() (err error) {
	if s.w == nil {
		if s.w, err = reports.CreateJournal(s.path, s.format, s.lines.BusinessDate); err != nil {
			return err
		}
	}
	err = s.w.Write(&s.lines)
	s.lines.Reset()
	return err
}

func (s *summaryLines) close() ([]reports.Output, error) {
	if s.lines.Rows() > 0 {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	if s.w == nil {
		return nil, nil
	}
	out, err := s.w.Close()
	return []reports.Output{out}, err
}

func (s *summaryLines) abort() {
	if s.w != nil {
		s.w.Abort()
	}
}

// sameRoot reports whether a night's root is that of its partitions and summary.
func sameRoot(b *store.Book, r *record) (bool, error) {
	h := r.rootHash()
	err := summaryPieces(b, r.Date, func(piece []byte) error {
		h.Write(piece) // never fails
		return nil
	})
	want, bad := hex.DecodeString(r.Root)
	return bad == nil && bytes.Equal(h.Sum(nil), want), err
}
