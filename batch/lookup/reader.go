// Package lookup answers what people ask of a closed book: a loan with its schedule
// and history, why it is what it is, its balances as of a day, an entry, an account, what
// is in suspense, and what the book has closed. It changes nothing.
package lookup

import (
	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// A Reader looks things up in a book that has closed a night, as its last night
// left it. It changes nothing and belongs to one goroutine. What it does not find is a
// [book.NotFoundError].
type Reader struct {
	*book.View
	closed []civil.Date // all nights, once they were asked for
}

// Open returns a reader of an open book.
func Open(b *store.Book) (*Reader, error) {
	v, err := book.At(b, civil.None)
	if err != nil {
		return nil, err
	}
	return &Reader{View: v}, nil
}

// Last returns the date of the book's last night.
func (r *Reader) Last() civil.Date { return r.Night.Date }

// nights returns the dates of all nights, in order.
func (r *Reader) nights() (_ []civil.Date, err error) {
	if r.closed == nil {
		r.closed, err = r.Book.Nights()
	}
	return r.closed, err
}
