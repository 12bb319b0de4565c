package verify

import (
	"slices"

	"daybook/batch/book"
	"daybook/ledger/record"
)

// locks holds the locks of periods to the nights: each names the journal as it was then.
func (v *verifier) locks() error {
	locks, err := book.LoadLocks(v.b)
	if err != nil {
		return err
	}
	for i := range locks {
		l := &locks[i]
		at := slices.IndexFunc(v.history, func(n *record.Night) bool { return n.Date == l.Last })
		switch {
		case at < 0:
			v.fault("lock %d: it was made after the night of %s, which the book has not closed", l.Number, l.Last)
		case v.history[at].Root != l.Root:
			v.fault("lock %d: the journal up to %s is not what it was then", l.Number, l.Last)
		}
	}
	return nil
}
