package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
)

// A Scan walks records in the order of (hash, loan id, item id), page by page
// and without copying. It belongs to one goroutine and sees the book as it was
// when the scan began.
type Scan struct {
	it    *pebble.Iterator
	what  string
	held  bool
	begun bool
	page  page
	i     int
	err   error
}

// Loans scans the loans of partitions [from, to).
func (b *Book) Loans(from, to int) (*Scan, error) {
	return b.scan("loans", []byte{letterLoans}, from, to)
}

// Held scans the suspense items of partitions [from, to).
func (b *Book) Held(from, to int) (*Scan, error) {
	return b.scan("suspense items", []byte{letterHeld}, from, to)
}

// Journal scans a night's journal entries of partitions [from, to).
func (b *Book) Journal(d civil.Date, from, to int) (*Scan, error) {
	return b.scan("journal of "+d.String(), appendDate([]byte{letterJournal}, d), from, to)
}

func (b *Book) scan(what string, prefix []byte, from, to int) (*Scan, error) {
	lower, upper, err := partitionSpan(prefix, from, to)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", what, err)
	}
	it, err := b.iter(lower, upper)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", what, err)
	}
	return &Scan{it: it, what: what, held: prefix[0] == letterHeld, i: -1}, nil
}

// Next goes to the next record and reports whether there is one. What
// [Scan.ID], [Scan.Item] and [Scan.Record] return is valid until the next call.
func (s *Scan) Next() bool {
	s.i++
	return s.i < len(s.page.ids) || s.nextPage()
}

func (s *Scan) nextPage() bool {
	s.page, s.i = page{}, -1
	if s.err != nil || !s.advance() {
		return false
	}
	v, err := s.it.ValueAndErr()
	if err == nil {
		err = s.page.open(v)
	}
	if err == nil {
		err = s.checkKey()
	}
	if err != nil {
		s.page = page{}
		s.err = fmt.Errorf("scan %s: page %x: %w", s.what, s.it.Key(), err)
		return false
	}
	s.i = 0
	return true
}

func (s *Scan) advance() bool {
	if s.begun {
		return s.it.Next()
	}
	s.begun = true
	return s.it.First()
}

// checkKey holds a page to its key, which names its last record.
func (s *Scan) checkKey() error {
	last, key := s.page.id(s.page.len()-1), s.it.Key()
	if s.held {
		for i := range s.page.len() {
			if !validHeld(s.page.id(i)) {
				return errHeldID
			}
		}
		loan, item := splitHeld(last)
		if !bytes.Equal(key, appendHeldKey(nil, Hash(loan), loan, item)) {
			return errPageKey
		}
		return nil
	}
	n := len(key) - len(last)
	if n < 8 || !bytes.Equal(key[n:], last) || binary.BigEndian.Uint64(key[n-8:]) != Hash(last) {
		return errPageKey
	}
	return nil
}

var errPageKey = errors.New("key is not that of its last record")

// ID returns the loan's id.
func (s *Scan) ID() []byte {
	id := s.page.id(s.i)
	if s.held {
		id, _ = splitHeld(id)
	}
	return id
}

// Hash returns the hash of the loan's id.
func (s *Scan) Hash() uint64 { return Hash(s.ID()) }

// Item returns the suspense item's id; it is empty in other scans.
func (s *Scan) Item() []byte {
	if !s.held {
		return nil
	}
	_, item := splitHeld(s.page.id(s.i))
	return item
}

// Record returns the record.
func (s *Scan) Record() []byte { return s.page.record(s.i) }

// Err returns what ended the scan, nil at its natural end.
func (s *Scan) Err() error {
	if s.err != nil {
		return s.err
	}
	if err := s.it.Error(); err != nil {
		return fmt.Errorf("scan %s: %w", s.what, err)
	}
	return nil
}

// Close ends the scan. It must be called before the book is closed.
func (s *Scan) Close() error {
	if err := s.it.Close(); err != nil {
		return fmt.Errorf("scan %s: %w", s.what, err)
	}
	return nil
}

// A suspense item's id within its page is one byte, the length of the loan's
// id, then the loan's id and the item's.

var errHeldID = errors.New("suspense item's id is damaged")

func validHeld(id []byte) bool {
	n := int(id[0])
	return n >= 1 && n <= IDMax && n+1 < len(id)
}

func splitHeld(id []byte) (loan, item []byte) {
	n := int(id[0]) + 1
	return id[1:n:n], id[n:]
}
