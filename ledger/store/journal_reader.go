package store

import (
	"bytes"
	"errors"
	"fmt"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
)

// journalDates is how many nights a [JournalReader] keeps open. A loan's last
// entry is seldom older than two months, and an open night keeps one block.
const journalDates = 64

// A JournalReader looks up journal entries by date and loan. It belongs to one
// worker. Look-ups of a date that come in ascending order of (hash, id) are
// answered from the page at hand or by a short step forward.
type JournalReader struct {
	b      *Book
	dates  map[civil.Date]*openJournal
	key    []byte
	clock  int
	closed error
}

// An openJournal is one night's journal and the page it stands on.
type openJournal struct {
	it   *pebble.Iterator
	page page
	hash uint64 // of the page's last entry
	last []byte // its loan; empty: no page
	used int
}

// NewJournalReader returns a reader. It must be closed before the book is.
func (b *Book) NewJournalReader() *JournalReader {
	return &JournalReader{b: b, dates: map[civil.Date]*openJournal{}}
}

// Entry returns the entry of a loan in the journal of a night. It is valid
// until the next call.
func (r *JournalReader) Entry(d civil.Date, hash uint64, id []byte) ([]byte, bool, error) {
	j, err := r.open(d)
	if err != nil {
		return nil, false, fmt.Errorf("look up journal of %s: %w", d, err)
	}
	if !j.covers(hash, id) {
		r.key = keySpaces[Journal].appendKey(r.key[:0], d, hash, id)
		if err := j.seek(r.key); err != nil {
			return nil, false, fmt.Errorf("look up journal of %s: page %x: %w", d, r.key, err)
		}
	}
	if len(j.last) == 0 {
		return nil, false, nil
	}
	rec, ok := j.page.find(hash, id)
	return rec, ok, nil
}

// covers reports whether an entry can only be on the page at hand.
func (j *openJournal) covers(hash uint64, id []byte) bool {
	if len(j.last) == 0 || compareLoans(hash, id, j.hash, j.last) > 0 {
		return false
	}
	first := j.page.id(0)
	return compareLoans(hash, id, Hash(first), first) >= 0
}

// seek goes to the page that must hold a key.
func (j *openJournal) seek(key []byte) error {
	j.last = nil
	if !j.it.SeekGE(key) {
		return j.it.Error()
	}
	v, err := j.it.ValueAndErr()
	if err != nil {
		return err
	}
	if err := j.page.open(v); err != nil {
		return err
	}
	j.last = j.page.id(j.page.len() - 1)
	j.hash = Hash(j.last)
	return nil
}

// open returns a night's journal, opening it in place of the one that was used
// the longest ago.
func (r *JournalReader) open(d civil.Date) (*openJournal, error) {
	r.clock++
	if j := r.dates[d]; j != nil {
		j.used = r.clock
		return j, nil
	}
	if len(r.dates) == journalDates {
		oldest := d
		for date, j := range r.dates {
			if oldest == d || j.used < r.dates[oldest].used {
				oldest = date
			}
		}
		r.closed = errors.Join(r.closed, r.dates[oldest].it.Close())
		delete(r.dates, oldest)
	}
	prefix := keySpaces[Journal].prefix(d)
	it, err := r.b.iter(bytes.Clone(prefix), successor(prefix))
	if err != nil {
		return nil, err
	}
	j := &openJournal{it: it, used: r.clock}
	r.dates[d] = j
	return j, nil
}

// Close ends the reading.
func (r *JournalReader) Close() error {
	err := r.closed
	for _, j := range r.dates {
		err = errors.Join(err, j.it.Close())
	}
	clear(r.dates)
	return err
}
