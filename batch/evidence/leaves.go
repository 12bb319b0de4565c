// Package evidence proves what the journals of a book are, from the leaves that anyone can
// rebuild: it rebuilds them from the book or from the published journal, makes proofs, and
// verifies heads. It changes nothing. What signs heads is here, too.
package evidence

import (
	"context"
	"fmt"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"
)

// linesMax is how many postings are made lines of at once.
const linesMax = 1 << 13

// A Page is given each leaf of a night's journal as it ends; the text is valid until it returns.
type Page func(id proof.PageID, text []byte) error

// Rebuild makes a night's leaves from the stored journal: the pages of partitions [from, to),
// and, where to is beyond [book.SummaryPartition], those of entries of no loan. Page is given
// each, unless it is nil.
func Rebuild(ctx context.Context, v *book.View, from, to int, page Page) ([]proof.Hash, error) {
	form := formOf(v)
	leaves := reports.Leaves{Pages: proof.Pages{Format: form.Leaves(), Date: v.Night.Date.String(), Page: page}, Partition: book.PartitionOfEntry}
	format := reports.JournalFormat{Chart: v.Policy.Chart, Currencies: v.Names.Currencies, Scale: v.Policy.Scale, Form: form}
	lines := reports.Journal{BusinessDate: v.Night.Date}
	flush := func() error {
		err := leaves.AddJournal(&format, &lines)
		lines.Reset()
		return err
	}
	add := func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error {
		if int(currency) >= len(v.Rules.Scale) {
			return mismatch("entry %d is in no currency that the book has", id)
		}
		lines.AppendEntry(id, loanID, currency, e, v.Rules.Scale[currency])
		if !last || lines.Rows() < linesMax {
			return nil
		}
		return flush()
	}
	if err := book.EachEntry(ctx, v.Book, v.Night.Date, from, min(to, store.Partitions), add); err != nil {
		return nil, err
	}
	if to > book.SummaryPartition {
		err := book.EachSummaryEntry(v.Book, v.Night.Date, func(number int, currency uint16, e *ledger.Entry) error {
			return add(book.EntryID(v.Night.Date, book.SummaryPartition, number), nil, currency, e, true)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	err := leaves.Close()
	return leaves.Leaves, err
}

// formOf is the form in which a night was published.
func formOf(v *book.View) *reports.Form {
	if v.Night.Form == nil {
		return reports.FirstForm()
	}
	return (*reports.Form)(v.Night.Form)
}

// nightLeaf makes the last leaf of a night from its manifest, as the book keeps it.
func nightLeaf(v *book.View) ([]byte, *reports.Manifest, error) {
	b, err := book.File(v.Book, v.Night, "manifest.json")
	if err != nil {
		return nil, nil, err
	}
	m, err := reports.ParseManifest(b)
	if err != nil {
		return nil, nil, fmt.Errorf("manifest of %s: %w", v.Night.Date, err)
	}
	return reports.NightLeaf(m), m, nil
}

// Head returns the head of a night as the book keeps it; civil.None: of the last one.
func Head(b *store.Book, d civil.Date) ([]byte, error) {
	v, err := book.At(b, d)
	if err != nil {
		return nil, err
	}
	if v.Night.Tree == nil {
		return nil, book.NotFound("%s was closed by %s, before nights had evidence", v.Night.Date, v.Night.Software)
	}
	return book.File(b, v.Night, "head")
}
