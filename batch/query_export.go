package batch

import (
	"context"

	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// Form returns how this release, named by its software, publishes what the reader has:
// exports are not the night's own files and follow the release.
func (r *Reader) Form(software string) *reports.Form {
	return reports.CurrentForm(software, &r.words)
}

// TapeColumns returns the columns of the loan tape, without rows and without the business
// date, which a [reports.Sheet] has.
func (r *Reader) TapeColumns() []reports.Column {
	return reports.TapeColumns(&r.words, r.policy.Scale)
}

// EachTape calls fn with the loan tape of the last night, batch by batch in the
// order of the book; a batch is valid until fn returns.
func (r *Reader) EachTape(ctx context.Context, fn func([]reports.Column) error) error {
	w := &reviver{v: &r.reviving, proc: night.NewProcessor(&r.rules)}
	return EachFacts(ctx, r.book, w.proc, 0, store.Partitions, &w.facts, func() error {
		rec := reports.Record(&w.facts, &r.words, r.policy.Scale)
		defer rec.Release()
		columns, err := reports.TapeOf(rec)
		if err != nil {
			return err
		}
		return fn(columns)
	})
}

// JournalFormat says what the codes of [Reader.EachJournal] stand for.
func (r *Reader) JournalFormat() reports.JournalFormat { return r.journalFormat() }

// EachJournal calls fn with the journal of a night, batch by batch in the order
// of the book, the accruals of untouched loans last. The entries of one loan are
// in one batch, which is valid until fn returns.
func (r *Reader) EachJournal(ctx context.Context, d civil.Date, fn func(*reports.Journal) error) error {
	if err := r.checkNight(d); err != nil {
		return err
	}
	lines := reports.Journal{BusinessDate: d}
	flush := func() error {
		if lines.Rows() == 0 {
			return nil
		}
		err := fn(&lines)
		lines.Reset()
		return err
	}
	err := EachEntry(ctx, r.book, d, 0, store.Partitions,
		func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error {
			appendLines(&lines, id, loanID, int(currency), e, r.rules.Scale[currency])
			if !last || lines.Rows() < factsMax {
				return nil
			}
			return flush()
		})
	if err != nil {
		return err
	}
	err = readSummary(r.book, d, func(number int, currency uint16, e *ledger.Entry) error {
		appendLines(&lines, entryID(d, summaryPartition, number), nil, int(currency), e, r.rules.Scale[currency])
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
