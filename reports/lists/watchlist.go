package lists

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// watchlistName is the table of loans that are not late and whose score fell tonight.
const watchlistName = "watchlist"

// movesMonths is over how many months of the history the watchlist counts changes.
const movesMonths = 6

// historyMonths is the length of a loan's payment history in the tape.
const historyMonths = 24

// watchlistColumns are the columns of the table watchlist, without the business date.
func watchlistColumns(words *aging.Dictionaries, scale int) []reports.Column {
	columns := []reports.Column{
		{Name: "currency", Kind: reports.Coded, Names: words[aging.Currency]}, {Name: "loan_id", Kind: reports.Text}, {Name: "borrower_id", Kind: reports.Text, Optional: true},
		{Name: "product", Kind: reports.Coded, Names: words[aging.Product]}, {Name: "old_score", Kind: reports.Count}, {Name: "score", Kind: reports.Count},
		{Name: "score_delta", Kind: reports.Count},
	}
	for c := aging.Reason1; c <= aging.Reason4; c++ {
		columns = append(columns, reports.Column{Name: fmt.Sprintf("reason_%d", 1+c-aging.Reason1), Kind: reports.Coded, Names: words[c], Optional: true})
	}
	return append(columns, reports.Column{Name: "next_due_on", Kind: reports.Date, Optional: true}, reports.Column{Name: "days_to_due", Kind: reports.Number, Optional: true},
		reports.Column{Name: "total_outstanding", Kind: reports.Amount, Digits: scale}, reports.Column{Name: "bucket_moves_6m", Kind: reports.Count})
}

// BucketMoves counts in a history, newest month first, the months of the newest six whose
// character differs from that of the month before. The oldest of the six is compared with
// the seventh.
// Source: regulatory.md, section 8, watchlist.
func BucketMoves(history []byte) (moves int32) {
	for i := range min(movesMonths, len(history)-1) {
		if history[i] != history[i+1] {
			moves++
		}
	}
	return moves
}

// A Watch is one worker's way into the sorter of the watchlist.
type Watch struct {
	To      *spill.Writer
	offBook []bool // by status
	rec     []byte
}

// Add adds the loans of a batch that are on the book, are not late, and have a lower score
// than at the last close. A record begins with what the table is sorted by: currency, change
// of the score, loan.
func (w *Watch) Add(batch reports.Batch) error {
	f := batch.Facts
	if w.offBook == nil {
		for _, name := range batch.Words[aging.Status] {
			status, known := aging.ParseLoanStatus(name)
			w.offBook = append(w.offBook, known && !status.OnBook())
		}
	}
	for i, delta := range f.Counts[aging.ScoreDelta] {
		if delta >= 0 || f.Counts[aging.DaysPastDue][i] > 0 || w.offBook[f.Codes[aging.Status][i]] {
			continue
		}
		rec := binary.BigEndian.AppendUint16(w.rec[:0], f.Codes[aging.Currency][i])
		rec = spill.AppendInt(rec, int64(delta))
		rec = spill.AppendText(rec, f.LoanID.Row(i))
		rec = spill.AppendText(rec, f.Borrower.Row(i))
		for _, n := range [...]int64{
			int64(f.Codes[aging.Product][i]), int64(f.Counts[aging.Score][i]), int64(f.Days[aging.NextDueOn][i]), f.Amounts[aging.TotalOutstanding][i],
			int64(BucketMoves(f.History24[historyMonths*i : historyMonths*(i+1)])),
		} {
			rec = spill.AppendInt(rec, n)
		}
		for c := aging.Reason1; c <= aging.Reason4; c++ {
			rec = spill.AppendInt(rec, int64(f.Codes[c][i]))
		}
		w.rec = rec
		if err := w.To.Add(rec); err != nil {
			return err
		}
	}
	return nil
}

// appendWatched appends the row of a record to the columns.
func appendWatched(c []reports.Column, rec []byte, on civil.Date) error {
	if len(rec) < 2 {
		return errors.New("a spilled record is damaged")
	}
	r := spill.Record{B: rec[2:]}
	c[0].Codes = append(c[0].Codes, binary.BigEndian.Uint16(rec))
	delta := int32(r.Int())
	c[1].Texts.Append(r.Text())
	c[2].Texts.Append(r.Text())
	c[3].Codes = append(c[3].Codes, uint16(r.Int()))
	score := int32(r.Int())
	c[4].Counts = append(c[4].Counts, score-delta)
	c[5].Counts = append(c[5].Counts, score)
	c[6].Counts = append(c[6].Counts, delta)
	next, left := civil.Date(r.Int()), reports.Null
	if next != civil.None {
		left = int64(next - on)
	}
	c[11].Days, c[12].Ints = append(c[11].Days, next), append(c[12].Ints, left)
	c[13].Ints = append(c[13].Ints, r.Int())
	c[14].Counts = append(c[14].Counts, int32(r.Int()))
	for k := range 4 {
		c[7+k].Codes = append(c[7+k].Codes, uint16(r.Int()))
	}
	return r.Err()
}

// WriteWatchlist writes the table watchlist of the night of a date to a folder as CSV and as
// Parquet, however many rows it has, from what its sorter holds.
func WriteWatchlist(ctx context.Context, dir string, f *reports.Form, date civil.Date, words *aging.Dictionaries, scale int, s *spill.Sorter) ([]reports.Output, error) {
	t := &reports.Table{Name: watchlistName, Columns: watchlistColumns(words, scale)}
	return writeSorted(ctx, dir, f, date, t, s, func(c []reports.Column, rec []byte) error { return appendWatched(c, rec, date) })
}
