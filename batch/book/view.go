// Package book reads closed nights back from a book: the records of its nights,
// the names behind its codes, the rules that held, what every night did to a loan,
// and the facts and entries that were published. It changes nothing.
package book

import (
	"fmt"
	"sync"

	"daybook/aging"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A View is a closed night of a book, with the rules and names that it was closed
// with. It belongs to one goroutine, as its dictionaries may; [View.Rules] may be
// shared.
type View struct {
	Book   *store.Book
	Night  *record.Night
	Policy *policy.Policy
	Names  *Names
	Rules  night.Rules
	Words  aging.Dictionaries // the names behind the codes of facts

	last    civil.Date // of the book's nights
	once    sync.Once  // of flagged
	flagged *Flagged
	failed  error
}

// At returns a view of a closed night; civil.None is the last one. Where the book
// has not closed it, the error is a [NotFoundError].
func At(b *store.Book, d civil.Date) (*View, error) {
	last, err := b.LastNight()
	if err != nil {
		return nil, err
	}
	switch {
	case last == civil.None:
		return nil, NotFound("the book has not closed a night yet")
	case d == civil.None:
		d = last
	}
	v := &View{Book: b, last: last}
	if err := v.CheckNight(d); err != nil {
		return nil, err
	}
	return v, v.load(d)
}

// load reads what the book knows of the night.
func (v *View) load(d civil.Date) (err error) {
	if v.Night, err = Night(v.Book, d); err != nil {
		return err
	}
	policies, err := Policies(v.Book)
	if err != nil {
		return err
	}
	v.Policy = policies.At(d)
	if v.Names, err = LoadNames(v.Book, v.Policy.Products, v.Policy.Currencies); err != nil {
		return err
	}
	rules := policies.RulesAt(d)
	v.Rules = night.Rules{Date: d, Previous: v.Night.Previous, Aging: rules.Aging, Score: rules.Score}
	if !v.IsLast() {
		// The dictionaries have grown since. Products matter to no file of an older
		// night; its journal lists the currencies of its time.
		rules.Products = policies.RulesAt(v.last).Products
		v.Names.forgetCurrencies(policies, v.Night)
	}
	if v.Rules.Products, v.Rules.Scale, err = v.Names.RulesFor(rules.Products, v.Policy.Scale); err != nil {
		return err
	}
	if v.Rules.Classes, err = v.Names.Classes(policies, d, v.Night.Previous); err != nil {
		return err
	}
	if v.Rules.ScoreCodes, err = v.Names.ScoreCodes(v.Policy); err != nil {
		return err
	}
	v.Rules.ByBorrower = policies.ScoredByBorrower(d)
	v.Rules.Places = v.Names.Places(v.Policy)
	v.Words = v.Names.DictionariesAt(policies, d)
	return nil
}

// IsLast reports whether the night is the book's last one, whose loans it still has.
func (v *View) IsLast() bool { return v.Night.Date == v.last }

// CheckNight refuses a date that is not a closed night's, with a [NotFoundError].
func (v *View) CheckNight(d civil.Date) error {
	is, err := v.Book.HasNight(d)
	if err == nil && !is {
		err = NotFound("the book has not closed %s; its last night is %s", d, v.last)
	}
	return err
}

// Text writes an amount in minor units of a currency code of the book.
func (v *View) Text(currency uint16, a money.Amount) string {
	digits, _ := money.Digits(v.Names.Currencies[currency])
	return a.Text(digits)
}

// A NotFoundError reports that the book has not got what was asked for.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What }

// NotFound returns a [NotFoundError].
func NotFound(format string, args ...any) error { return &NotFoundError{fmt.Sprintf(format, args...)} }

// Night returns the record of a night.
func Night(b *store.Book, d civil.Date) (*record.Night, error) {
	return recordOf(b, d, record.ParseNight)
}

// NightFiles returns of the record of a night nothing but its date and its files, for what asks many nights
// for one of their files.
func NightFiles(b *store.Book, d civil.Date) (*record.Night, error) {
	return recordOf(b, d, func(v []byte) (*record.Night, error) {
		files, err := record.ParseFiles(v)
		return &record.Night{Date: d, Files: files}, err
	})
}

func recordOf(b *store.Book, d civil.Date, parse func([]byte) (*record.Night, error)) (*record.Night, error) {
	v, ok, err := b.Night(d)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the book has not closed %s", d)
	}
	n, err := parse(v)
	if err != nil {
		return nil, fmt.Errorf("record of %s: %w", d, err)
	}
	return n, nil
}

// Last returns the record of the book's last night, or nil before the first.
func Last(b *store.Book) (*record.Night, error) {
	last, err := b.LastNight()
	if err != nil || last == civil.None {
		return nil, err
	}
	return Night(b, last)
}

// ID names a book; "" before its first night.
func ID(b *store.Book) (string, error) {
	first, err := b.FirstNight()
	if err != nil || first == civil.None {
		return "", err
	}
	n, err := Night(b, first)
	if err != nil {
		return "", err
	}
	return n.BookID(), nil
}

// PieceName is the name under which the book keeps a piece of something large.
func PieceName(name string, piece int) string { return fmt.Sprintf("%s#%06d", name, piece) }

// EachPiece calls fn with a published file as the book keeps it, piece by piece.
func EachPiece(b *store.Book, n *record.Night, path string, fn func(piece []byte) error) error {
	for _, f := range n.Files {
		if f.Path != path {
			continue
		}
		for i := range f.Pieces {
			c, ok, err := b.Small(record.SectionFiles, n.Date, PieceName(path, i))
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("the book lacks piece %d of %s of %s: run verify", i, path, n.Date)
			}
			if err := fn(c); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("the book does not keep %s of %s", path, n.Date)
}

// File returns a published file whole: for those that are small.
func File(b *store.Book, n *record.Night, path string) (data []byte, err error) {
	err = EachPiece(b, n, path, func(piece []byte) error {
		data = append(data, piece...)
		return nil
	})
	return data, err
}
