package lookup

import (
	"context"
	"errors"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// An EntryView is one entry of the journal as people and scripts see it.
type EntryView struct {
	ID           int64         `json:"entry_id"`
	BusinessDate civil.Date    `json:"business_date"`
	ValueDate    civil.Date    `json:"value_date"`
	Kind         string        `json:"kind"`
	SourceID     string        `json:"source_id,omitempty"`
	LoanID       string        `json:"loan_id,omitempty"` // empty for a summary over loans
	Currency     string        `json:"currency"`
	Channel      string        `json:"channel,omitempty"`   // of money whose origin the policy has kept
	Reference    string        `json:"reference,omitempty"` // of that money
	Postings     []PostingView `json:"postings"`
}

// A PostingView is one line of an entry; one of debit and credit is zero.
type PostingView struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Debit   string `json:"debit"`
	Credit  string `json:"credit"`
}

// errFound ends a walk that has found what it looked for.
var errFound = errors.New("found")

// Entry returns the entry of an id. The id says in which night and partition it
// is, so that one 256th of a night's journal is read.
func (r *Reader) Entry(ctx context.Context, id int64) (view *EntryView, err error) {
	d, partition, number := book.SplitEntryID(id)
	if r.CheckNight(d) != nil {
		return nil, book.NotFound("no entry %d: it is of no night that the book has closed", id)
	}
	switch {
	case partition == book.SummaryPartition:
		err = book.EachSummaryEntry(r.Book, d, func(n int, currency uint16, e *ledger.Entry) error {
			if n == number {
				view = r.entryView(id, d, "", currency, e)
			}
			return nil
		})
	case partition < store.Partitions:
		err = book.EachEntry(ctx, r.Book, d, partition, partition+1,
			func(at int64, loanID []byte, currency uint16, e *ledger.Entry, _ bool) error {
				if at != id {
					return nil
				}
				view = r.entryView(id, d, string(loanID), currency, e)
				return errFound
			})
	}
	if err != nil && !errors.Is(err, errFound) {
		return nil, err
	}
	if view == nil {
		return nil, book.NotFound("no entry %d: the night of %s has none of this number", id, d)
	}
	return view, nil
}

func (r *Reader) entryView(id int64, d civil.Date, loanID string, currency uint16, e *ledger.Entry) *EntryView {
	v := &EntryView{
		ID: id, BusinessDate: d, ValueDate: e.ValueDate, Kind: e.Kind.String(), SourceID: string(e.Source), LoanID: loanID,
		Currency: r.Names.Currencies[currency],
	}
	if o := e.Origin; o != nil {
		v.Channel, v.Reference = string(o.Channel), string(o.Reference)
	}
	for _, p := range e.Postings {
		debit, credit := p.Amount, -p.Amount
		account := r.Policy.Chart[p.Role]
		v.Postings = append(v.Postings, PostingView{
			account.Code, account.Name, r.Text(currency, max(debit, 0)), r.Text(currency, max(credit, 0)),
		})
	}
	return v
}
