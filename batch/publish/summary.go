package publish

import (
	"fmt"
	"path/filepath"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/reports"
)

// summaryPart is the file of the summary entries in the published journal.
const summaryPart = "part-accruals.parquet"

// SummaryLinesMax is how many lines of the summary are written at once: where they
// are cut shows in the bytes of the file. Tests make it smaller.
var SummaryLinesMax = 1 << 16

// A Summary is the published journal of the entries that belong to no loan, which has
// no file where it has no line.
type Summary struct {
	path   string
	format reports.JournalFormat
	lines  reports.Journal
	w      *reports.JournalWriter
	// Leaves, if set, are given the postings.
	Leaves *reports.Leaves
}

// NewSummary returns a summary that is written into a staging folder.
func NewSummary(staging string, d civil.Date, f reports.JournalFormat) *Summary {
	return &Summary{path: filepath.Join(staging, "journal", summaryPart), format: f, lines: reports.Journal{BusinessDate: d}}
}

// Add adds an entry by its number in the night; scale is how many units of the journal's
// scale a minor unit of the currency has.
func (s *Summary) Add(number int, currency uint16, e *ledger.Entry, scale int64) error {
	if number >= book.EntriesMax {
		return fmt.Errorf("%d entries of no loan in one night are more than there are numbers for", number)
	}
	s.lines.AppendEntry(book.EntryID(s.lines.BusinessDate, book.SummaryPartition, number), nil, currency, e, scale)
	if s.lines.Rows() < SummaryLinesMax {
		return nil
	}
	return s.flush()
}

func (s *Summary) flush() (err error) {
	if s.w == nil {
		if s.w, err = reports.CreateJournal(s.path, s.format, s.lines.BusinessDate); err != nil {
			return err
		}
	}
	err = s.w.Write(&s.lines)
	if s.Leaves != nil && err == nil {
		err = s.Leaves.AddJournal(&s.format, &s.lines)
	}
	s.lines.Reset()
	return err
}

// Close completes the file.
func (s *Summary) Close() ([]reports.Output, error) {
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

// Abort gives the file up.
func (s *Summary) Abort() {
	if s.w != nil {
		s.w.Abort()
	}
}
