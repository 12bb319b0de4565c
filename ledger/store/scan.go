package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
)

// A Scan walks records in the order of (hash, id, item id), page by page
// and without copying. It belongs to one goroutine and sees the book as it was
// when the scan began.
type Scan struct {
	it     *pebble.Iterator
	row    *keySpace
	date   civil.Date // where it is dated
	pairs  bool
	begun  bool
	page   page
	i      int
	hash   uint64 // of the id at hand, if it was asked for
	hashed bool   // it was
	err    error
}

// Scan scans the records of a space in partitions [from, to). In a dated space they
// are those of the night of a date; others are the last night's, and have none:
// [civil.None].
func (b *Book) Scan(space Space, d civil.Date, from, to int) (*Scan, error) {
	s := &Scan{row: &keySpaces[space], date: d, pairs: keySpaces[space].pairs, i: -1}
	lower, upper, err := partitionSpan(s.row.prefix(d), from, to)
	if err != nil {
		return nil, s.failed(err)
	}
	if s.it, err = b.iter(lower, upper); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

// failed says what failed.
func (s *Scan) failed(err error) error {
	if s.row.dated {
		return fmt.Errorf("scan %s of %s: %w", s.row.all, s.date, err)
	}
	return fmt.Errorf("scan %s: %w", s.row.all, err)
}

// Next goes to the next record and reports whether there is one. What
// [Scan.ID], [Scan.Item] and [Scan.Record] return is valid until the next call,
// and no longer but for what [Scan.Ahead] says.
func (s *Scan) Next() bool {
	s.i++
	s.hashed = false
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
		s.err = s.failed(fmt.Errorf("page %x: %w", s.it.Key(), err))
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
	if s.pairs {
		for i := range s.page.len() {
			if !validPair(s.page.id(i)) {
				return errPair
			}
		}
		id, _ := splitPair(last)
		if !bytes.Equal(key, s.row.appendKey(nil, s.date, Hash(id), last)) {
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

// ID returns the id, without the item's.
func (s *Scan) ID() []byte {
	id := s.page.id(s.i)
	if s.pairs {
		id, _ = splitPair(id)
	}
	return id
}

// Hash returns the hash of the id, which is computed once for each record.
func (s *Scan) Hash() uint64 {
	if !s.hashed {
		s.hash, s.hashed = Hash(s.ID()), true
	}
	return s.hash
}

// Before reports whether the record comes before an id of a hash.
func (s *Scan) Before(hash uint64, id []byte) bool {
	h := s.Hash()
	return h < hash || h == hash && bytes.Compare(s.ID(), id) < 0
}

// More reports whether the scan is at a record, or before its first: whether [Scan.Reach] can
// find any.
func (s *Scan) More() bool { return s.i >= 0 || !s.begun && s.Next() }

// Reach goes on to an id of a hash, unless the scan is there or behind it, and reports whether
// it has it. It is for walks beside ids in the order of the book.
func (s *Scan) Reach(hash uint64, id []byte) bool {
	more := s.More()
	for more && s.Before(hash, id) {
		more = s.Next()
	}
	return more && bytes.Equal(s.ID(), id)
}

// Item returns the item's id in a space of pairs; it is empty in others.
func (s *Scan) Item() []byte {
	if !s.pairs {
		return nil
	}
	_, item := splitPair(s.page.id(s.i))
	return item
}

// Record returns the record.
func (s *Scan) Record() []byte { return s.page.record(s.i) }

// Ahead returns how many records of the page are left, the one at hand included. Until [Scan.Next] goes
// beyond them, what the scan has returned of any of them stays valid.
func (s *Scan) Ahead() int { return len(s.page.ids) - s.i }

// IDAhead is [Scan.ID] of the record that is k further on, below [Scan.Ahead], in a space without items.
func (s *Scan) IDAhead(k int) []byte { return s.page.id(s.i + k) }

// RecordInPageAhead is [Scan.Record] of it, with what lies behind it as its capacity, for who reads it word by word:
// nothing may be appended to it.
func (s *Scan) RecordInPageAhead(k int) []byte { return s.page.recordInPage(s.i + k) }

// Err returns what ended the scan, nil at its natural end.
func (s *Scan) Err() error {
	if s.err != nil {
		return s.err
	}
	if err := s.it.Error(); err != nil {
		return s.failed(err)
	}
	return nil
}

// Close ends the scan. It must be called before the book is closed.
func (s *Scan) Close() error {
	if err := s.it.Close(); err != nil {
		return s.failed(err)
	}
	return nil
}
