package lookup

import (
	"context"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// Form returns how this release, named by its software, publishes what the reader has:
// exports are not the night's own files and follow the release.
func (r *Reader) Form(software string) *reports.Form {
	return reports.CurrentForm(software, &r.Words)
}

// TapeColumns returns the columns of the loan tape, without rows and without the business
// date, which a [reports.Sheet] has.
func (r *Reader) TapeColumns() []reports.Column {
	return reports.TapeColumns(&r.Words, r.Policy.Scale)
}

// EachTape calls fn with the loan tape of the last night, batch by batch in the
// order of the book; a batch is valid until fn returns.
func (r *Reader) EachTape(ctx context.Context, fn func([]reports.Column) error) error {
	// Borrowers whose loans are of several tiers are few: what is kept of each is an id and
	// a byte.
	worst := map[string]uint8{}
	if err := r.EachWorst(func(id []byte, w uint8) { worst[string(id)] = w }); err != nil {
		return err
	}
	others := map[uint64][]classify.Override{}
	if err := r.EachOverride(func(o classify.Override) { others[o.Loan] = append(others[o.Loan], o) }); err != nil {
		return err
	}
	var facts aging.Facts
	return r.EachFacts(ctx, night.NewProcessor(&r.Rules), 0, store.Partitions, &facts, func() error {
		if len(worst) > 0 {
			for i := range facts.Rows {
				if w := worst[string(facts.Borrower.Row(i))]; w > 0 {
					facts.Codes[aging.BorrowerClassification][i] = uint16(w) - 1
				}
			}
		}
		if len(others) > 0 {
			for i := range facts.Rows {
				for _, o := range others[store.Hash(facts.LoanID.Row(i))] {
					r.Override(&facts, i, &o)
				}
			}
		}
		return fn(reports.Batch{Facts: &facts, Words: &r.Words, Scale: r.Policy.Scale}.Tape())
	})
}

// JournalFormat says what the codes of [Reader.EachJournal] stand for.
func (r *Reader) JournalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: r.Policy.Chart, Currencies: r.Names.Currencies, Scale: r.Policy.Scale, Form: r.Form("")}
}

// EachJournal calls fn with the journal of a night, batch by batch in the order
// of the book, the accruals of untouched loans last. The entries of one loan are
// in one batch, which is valid until fn returns.
func (r *Reader) EachJournal(ctx context.Context, d civil.Date, fn func(*reports.Journal) error) error {
	if err := r.CheckNight(d); err != nil {
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
	err := book.EachEntry(ctx, r.Book, d, 0, store.Partitions,
		func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error {
			lines.AppendEntry(id, loanID, currency, e, r.Rules.Scale[currency])
			if !last || lines.Rows() < book.FactsMax {
				return nil
			}
			return flush()
		})
	if err != nil {
		return err
	}
	err = book.EachSummaryEntry(r.Book, d, func(number int, currency uint16, e *ledger.Entry) error {
		lines.AppendEntry(book.EntryID(d, book.SummaryPartition, number), nil, currency, e, r.Rules.Scale[currency])
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
