package store

import (
	"bytes"
	"errors"
	"fmt"
)

// A Part is one worker's share of a [Build]: a range of partitions, of which it
// writes the records of some spaces, each in ascending order. It belongs to one goroutine.
type Part struct {
	n        *Build
	from, to int
	has      [Spaces]bool // the spaces that it may write
	streams  [Spaces]stream
	digest   PartDigest
	done     bool
}

// A stream writes the records of one space into pages and tables.
type stream struct {
	p     *Part
	space Space
	row   *keySpace
	sum   pageDigest

	page   pageBuilder
	table  *tableWriter
	keyBuf []byte
	hash   uint64 // of the last record
	id     []byte // the last record's, as the page has it
	pair   []byte // the id at hand, where it is a pair
	err    error
}

// Part begins a share of a build: partitions [from, to) of the spaces named, or of
// all where none is; a kept space is written by a night that names it, and is then all new. Several may be written concurrently, and of one space their ranges
// must not overlap. Each adds a table to the book's journal for ever: begin a few for
// each worker, not one for each partition.
func (n *Build) Part(from, to int, spaces ...Space) (*Part, error) {
	if from < 0 || to > Partitions || from >= to {
		return nil, fmt.Errorf("build %s: partitions [%d, %d) are not within [0, %d]", n.date, from, to, Partitions)
	}
	p := &Part{n: n, from: from, to: to}
	p.digest = PartDigest{From: from, Partitions: make([]Digest, to-from)}
	for _, space := range spaces {
		p.has[space] = true
	}
	for space := range Spaces {
		p.has[space] = p.has[space] || len(spaces) == 0
		row := &keySpaces[space]
		p.streams[space] = stream{p: p, space: space, row: row, sum: row.newDigest()}
	}
	return p, n.addPart(p)
}

// Add adds a record to a space, under an id and its hash, and in a space of pairs
// under an item's id as well, which is empty in others. Records of a space come in
// ascending order of (hash, id, item id).
func (p *Part) Add(space Space, hash uint64, id, item, rec []byte) error {
	s := &p.streams[space]
	if !p.has[space] {
		return s.fail(errors.New("the part is not of this space"))
	}
	if len(id) < 1 || len(id) > IDMax {
		return s.fail(checkSize(s.row.id, len(id), 1, IDMax))
	}
	switch {
	case s.row.pairs:
		if len(item) < 1 || len(item) > IDMax {
			return s.fail(checkSize("item id", len(item), 1, IDMax))
		}
		s.pair = joinPair(s.pair[:0], id, item)
		id = s.pair
	case len(item) > 0:
		return s.fail(checkSize("item id", len(item), 0, 0))
	}
	return s.put(hash, id, rec)
}

// shares reports whether two parts may write the same space.
func (p *Part) shares(o *Part) bool {
	for space := range Spaces {
		if p.has[space] && o.has[space] {
			return true
		}
	}
	return false
}

func (s *stream) key(b []byte, hash uint64, id []byte) []byte {
	return s.row.appendKey(b, s.p.n.date, hash, id)
}

func (s *stream) put(hash uint64, id, rec []byte) error {
	if s.err != nil {
		return s.err
	}
	if len(rec) > RecordMax {
		return s.fail(checkSize("record", len(rec), 0, RecordMax))
	}
	if partition := Partition(hash); partition < s.p.from || partition >= s.p.to || s.p.done {
		return s.fail(fmt.Errorf("partition %d is not in [%d, %d), or the part is finished", partition, s.p.from, s.p.to))
	}
	if len(s.id) > 0 {
		if hash < s.hash || hash == s.hash && bytes.Compare(s.key(nil, hash, id), s.key(nil, hash, s.id)) <= 0 {
			return s.fail(errors.New("out of order"))
		}
		if Partition(hash) != Partition(s.hash) {
			if err := s.endPartition(); err != nil {
				return err
			}
		} else if s.page.full(len(id) + len(rec)) {
			if err := s.endPage(); err != nil {
				return err
			}
		}
	}
	s.page.add(id, rec)
	s.hash, s.id = hash, append(s.id[:0], id...)
	return nil
}

// fail makes the part fail for good: a build never commits without a record
// that it was given.
func (s *stream) fail(err error) error {
	s.err = fmt.Errorf("build %s: add %s: %w", s.p.n.date, s.row.one, err)
	return s.err
}

// endPage writes the page at hand.
func (s *stream) endPage() (err error) {
	s.keyBuf = s.key(s.keyBuf[:0], s.hash, s.id)
	records := s.page.len()
	v := s.page.finish()
	s.sum.add(v, records)
	if s.table == nil {
		if s.table, err = s.p.n.createTable(s.row); err != nil {
			return s.fail(err)
		}
	}
	if err := s.table.set(s.keyBuf, v); err != nil {
		return s.fail(err)
	}
	if s.table.bytes >= tableBytes {
		return s.endTable()
	}
	return nil
}

// endPartition ends page and digest: no page has records of two partitions, so
// that the book's bytes don't depend on who built which.
func (s *stream) endPartition() error {
	if s.page.len() == 0 {
		return nil // no record at all
	}
	if err := s.endPage(); err != nil {
		return err
	}
	s.sum.end(&s.p.digest.Partitions[Partition(s.hash)-s.p.from][s.space])
	return nil
}

func (s *stream) endTable() error {
	if s.table == nil {
		return nil
	}
	t, err := s.table.finish()
	s.table = nil
	if err != nil {
		return s.fail(err)
	}
	s.p.n.addTable(t)
	return nil
}

// Finish completes and syncs the part's tables and returns what is in them.
func (p *Part) Finish() (PartDigest, error) {
	for i := range p.streams {
		s := &p.streams[i]
		if s.err != nil {
			return PartDigest{}, s.err
		}
		if err := s.endPartition(); err != nil {
			return PartDigest{}, err
		}
		if err := s.endTable(); err != nil {
			return PartDigest{}, err
		}
	}
	p.done = true
	return p.digest, nil
}

// abort closes what is open.
func (p *Part) abort() {
	for i := range p.streams {
		s := &p.streams[i]
		if s.table != nil {
			s.table.abort()
			s.table = nil
		}
	}
}
