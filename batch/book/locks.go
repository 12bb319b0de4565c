package book

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// Locks are a book's locks of periods and what moved them back, in order.
type Locks []record.Lock

// LoadLocks reads the locks of a book; none where there is no book yet.
func LoadLocks(b *store.Book) (list Locks, err error) {
	if b == nil {
		return nil, nil
	}
	err = b.EachOwn(store.Periods, nil, nil, func(_, value []byte) error {
		l, err := record.ReadLock(value)
		if err != nil {
			return fmt.Errorf("locks of periods: %w", err)
		}
		if want := int64(len(list) + 1); l.Number != want {
			return fmt.Errorf("locks of periods: number %d stands where %d should", l.Number, want)
		}
		list = append(list, *l)
		return nil
	})
	return list, err
}

// Through is the last day that is locked now; civil.None: none is.
func (l Locks) Through() civil.Date { return l.Before(civil.Max) }

// Before is the last day that was locked when a night was closed; civil.None: none was.
func (l Locks) Before(night civil.Date) civil.Date {
	through := civil.None
	for i := range l {
		if l[i].Last < night {
			through = l[i].Locked
		}
	}
	return through
}
