package batch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
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
		return fmt.Errorf("the book has not closed %s; its last night is %s", d, r.Last())
	}
	return nil
}

// text writes an amount in minor units of a currency code of the book.
func (r *Reader) text(currency uint16, a money.Amount) string {
	digits, _ := money.Digits(r.names.Currencies[currency])
	return a.Text(digits)
}

// Init makes an empty book that holds a policy, and with it the chart of
// accounts. A failure leaves no book.
func Init(dir string, p *policy.Policy) error {
	b, err := store.Create(dir, store.Options{})
	if err != nil {
		return err
	}
	set, err := policy.NewSet(p)
	if err == nil {
		err = b.PutMeta(policyMeta, encodePolicies(set))
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return errors.Join(err, removeBook(dir))
	}
	return nil
}

// BookPolicy returns the policy that a book closed with last, or was made with.
func BookPolicy(b *store.Book) (*policy.Policy, error) { return bookPolicy(b) }

// Published reports whether the last night's folder of out is whole and is what
// the book's last night published.
func Published(b *store.Book, out string) (bool, error) {
	last, err := lastRecord(b)
	if err != nil || last == nil {
		return false, err
	}
	folder := filepath.Join(out, last.Date.String())
	m, err := reports.ReadManifest(filepath.Join(folder, "manifest.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n := &closing{book: b, last: last}
	return whole(folder, m) && n.isOurs(m), nil
}
