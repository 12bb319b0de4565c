package batch

import (
	"errors"
	"fmt"
	"slices"

	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// A Reader looks things up in a book that has closed a night, as its last night
// left it. It changes nothing and belongs to one goroutine.
type Reader struct {
	reviving
	nights []civil.Date
}

// Look returns a reader of an open book.
func Look(b *store.Book) (*Reader, error) {
	r := &Reader{reviving: reviving{book: b}}
	if err := r.load(civil.None); err != nil {
		return nil, err
	}
	var err error
	r.nights, err = b.Nights()
	return r, err
}

// Last returns the date of the book's last night.
func (r *Reader) Last() civil.Date { return r.record.Date }

// Nights returns the dates of the closed nights, in order.
func (r *Reader) Nights() []civil.Date { return r.nights }

// Policy returns the policy of the last night.
func (r *Reader) Policy() *policy.Policy { return r.policy }

// checkNight refuses a date that is not a closed night's.
func (r *Reader) checkNight(d civil.Date) error {
	if !slices.Contains(r.nights, d) {
		return noNight(d, r.Last())
	}
	return nil
}

// A NotFoundError reports that the book has not got what was asked for.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What }

func notFound(format string, args ...any) error { return &NotFoundError{fmt.Sprintf(format, args...)} }

func noNight(d, last civil.Date) error {
	return notFound("the book has not closed %s; its last night is %s", d, last)
}

// text writes an amount in minor units of a currency code of the book.
func (r *Reader) text(currency uint16, a money.Amount) string {
	digits, _ := money.Digits(r.names.Currencies[currency])
	return a.Text(digits)
}

// Init makes an empty book that holds a policy, and with it the chart of
// accounts. A failure leaves no book.
func Init(dir string, p *policy.Policy) (err error) {
	set, err := policy.NewSet(p)
	if err != nil {
		return err
	}
	made, err := publish.MakeFolder(dir)
	defer func() {
		if err != nil {
			publish.UnmakeFolders(made)
		}
	}()
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	b, err := store.Create(dir, store.Options{})
	if err != nil {
		return err
	}
	if err = b.PutMeta(policyMeta, encodePolicies(set)); err != nil {
		return errors.Join(err, b.Destroy())
	}
	return b.Close()
}

// BookPolicy returns the policy that a book closed with last, or was made with.
func BookPolicy(b *store.Book) (*policy.Policy, error) { return bookPolicy(b) }
