package reconcile

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/reports"
)

type bankMatch = record.BankMatch

// A manualRow is a row of a file of matches by hand.
type manualRow struct {
	file    string
	line    int // of the file; row, where it is Parquet
	lineID  string
	entryID int64
	reason  string
}

// The columns of such a file.
var manualColumns = []string{"line_id", "entry_id", "reason"}

// manualMax is the most rows of a file of matches by hand.
const manualMax = 100_000

// readManual reads a file of matches by hand: CSV with a header, or Parquet.
func (f *input) readManual(file *os.File, d *digester) error {
	if strings.HasSuffix(strings.ToLower(f.name), ".parquet") {
		return f.readManualParquet()
	}
	r := csv.NewReader(d)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		f.fault(1, "a file of matches begins with a header: line_id, entry_id, reason")
		return ignoreEOF(err)
	}
	if len(header) > 0 {
		header[0] = strings.TrimPrefix(header[0], "\ufeff")
	}
	var at [3]int
	for i, name := range manualColumns {
		if at[i] = slices.Index(header, name); at[i] < 0 {
			f.fault(1, "it has no column %s: a file of matches has line_id, entry_id and reason", name)
			return nil
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := r.FieldPos(0)
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			f.fault(wrong.Line, "%v: write it as RFC 4180 says", wrong.Err)
			return nil
		}
		if err != nil {
			return err
		}
		if len(row) != len(header) {
			f.fault(line, "it has %d fields, the header %d", len(row), len(header))
			continue
		}
		f.addManual(line, row[at[0]], row[at[1]], row[at[2]])
	}
}

func ignoreEOF(err error) error {
	var wrong *csv.ParseError
	if errors.Is(err, io.EOF) || errors.As(err, &wrong) {
		return nil
	}
	return err
}

func (f *input) fault(line int, format string, args ...any) {
	f.faults = append(f.faults, FileFault{f.name, line, "match", fmt.Sprintf(format, args...)})
}

// addManual adds a row, or says what is wrong with it.
func (f *input) addManual(line int, lineID, entryID, reason string) {
	id, err := strconv.ParseInt(strings.TrimSpace(entryID), 10, 64)
	switch {
	case len(f.manual) == manualMax:
		f.fault(line, "it has more than %d rows: split it", manualMax)
	case len(f.manual) > manualMax:
	case err != nil:
		f.fault(line, "%q is no entry_id", entryID)
	case strings.TrimSpace(lineID) == "":
		f.fault(line, "it names no line_id")
	case strings.TrimSpace(reason) == "":
		f.fault(line, "it says no reason: who matches by hand says why")
	case len(reason) > 1024:
		f.fault(line, "its reason has more than 1024 bytes")
	default:
		f.manual = append(f.manual, manualRow{f.name, line, strings.TrimSpace(lineID), id, strings.TrimSpace(reason)})
	}
}

// readManualParquet reads the rows of a Parquet file.
func (f *input) readManualParquet() error {
	rows, err := reports.OpenParquet(f.path)
	if err != nil {
		f.fault(0, "it can't be read as Parquet: %v", err)
		return nil
	}
	defer rows.Close()
	for _, name := range manualColumns {
		if !rows.Has(name) {
			f.fault(0, "it has no column %s: a file of matches has line_id, entry_id and reason", name)
			return nil
		}
	}
	n := 0
	err = rows.Each(context.Background(), manualColumns, func(columns []reports.Column) error {
		for i := range columns[0].Len() {
			n++
			cell := reports.Row(columns, i)
			f.addManual(n, cell[0], cell[1], cell[2])
		}
		return nil
	})
	if err != nil {
		f.fault(0, "it can't be read: %v", err)
	}
	return nil
}

// tieByHand ties what the rows by hand tie; one that can't be is a fault of its file. Rows
// that have been tied already say nothing new: their file may lie there again, whatever its
// name is now.
func (r *run) tieByHand() error {
	tied := r.state.tiedByHand()
	r.manual = slices.DeleteFunc(r.manual, func(m manualRow) bool { return tied[byHand{m.lineID, m.entryID}] })
	if len(r.manual) == 0 {
		return nil
	}
	slices.SortFunc(r.manual, func(a, b manualRow) int { // whatever their files are called
		return cmp.Or(strings.Compare(a.lineID, b.lineID), cmp.Compare(a.entryID, b.entryID), strings.Compare(a.reason, b.reason), strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	pairs := make([]match.Pair, len(r.manual))
	for i, m := range r.manual {
		pairs[i] = match.Pair{LineID: m.lineID, EntryID: m.entryID, Reason: m.reason}
	}
	var faults []FileFault
	for _, x := range r.match.ByHand(pairs) {
		m := &r.manual[x.Pair]
		faults = append(faults, FileFault{m.file, m.line, "match", x.Why})
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b FileFault) int { return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
		return &FaultsError{faults}
	}
	return nil
}

// A byHand names a line and an item.
type byHand struct {
	lineID  string
	entryID int64
}

// tiedByHand returns what rows by hand have tied, and nobody has opened again.
func (s *state) tiedByHand() map[byHand]bool {
	undone := map[string]bool{}
	for _, u := range s.Undone {
		undone[u.Match] = true
	}
	tied := make(map[byHand]bool, len(s.Rows))
	for _, x := range s.Rows {
		if !undone[x.Match] {
			tied[byHand{x.LineID, x.EntryID}] = true
		}
	}
	return tied
}

// reasonByHand returns why a line and an item were tied by hand.
func (r *run) reasonByHand(lineID string, entryID int64) string {
	i, _ := slices.BinarySearchFunc(r.manual, 0, func(m manualRow, _ int) int {
		return cmp.Or(strings.Compare(m.lineID, lineID), cmp.Compare(m.entryID, entryID), 1)
	})
	return r.manual[i].reason
}
