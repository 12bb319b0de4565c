package store

import (
	"bytes"
	"errors"
	"fmt"
)

// A Part is one worker's share of a [Build]: a range of partitions, of which it
// writes the loans, the suspense items and the journal, each in ascending
// order. It belongs to one goroutine.
type Part struct {
	n        *Build
	from, to int
	loans    stream
	held     stream
	journal  stream
	digest   PartDigest
	done     bool
}

// A stream writes one kind of record into pages and tables.
type stream struct {
	p    *Part
	what string
	key  func(b []byte, hash uint64, id []byte) []byte // of a page, by its last record
	sum  pageDigest

	page   pageBuilder
	table  *tableWriter
	keyBuf []byte
	hash   uint64 // of the last record
	id     []byte // the last record's, as the page has it
	err    error
}

// Part begins a share of a build: partitions [from, to). Several may be
// written concurrently, and their ranges must not overlap. Each adds a table to
// the book's journal for ever: begin a few for each worker, not one for each
// partition.
func (n *Build) Part(from, to int) (*Part, error) {
	if from < 0 || to > Partitions || from >= to {
		return nil, fmt.Errorf("build %s: partitions [%d, %d) are not within [0, %d]", n.date, from, to, Partitions)
	}
	p := &Part{n: n, from: from, to: to}
	p.digest = PartDigest{From: from, Partitions: make([]Digest, to-from)}
	p.loans = stream{p: p, what: "loan", sum: loansDigest(), key: appendLoanKey}
	p.held = stream{p: p, what: "suspense item", sum: heldDigest(), key: func(b []byte, hash uint64, id []byte) []byte {
		loan, item := splitHeld(id)
		return appendHeldKey(b, hash, loan, item)
	}}
	p.journal = stream{p: p, what: "journal entry", sum: journalDigest(), key: func(b []byte, hash uint64, id []byte) []byte {
		return appendEntryKey(b, n.date, hash, id)
	}}
	return p, n.addPart(p)
}

// AddLoan adds a loan. Loans come in ascending order of (hash, id).
func (p *Part) AddLoan(hash uint64, id, rec []byte) error { return p.loans.add(hash, id, rec) }

// AddJournal adds a loan's journal entry, in ascending order of (hash, id).
func (p *Part) AddJournal(hash uint64, id, entry []byte) error { return p.journal.add(hash, id, entry) }

// AddHeld adds a suspense item of a loan, whether there is such a loan or not,
// in ascending order of (hash, loan id, item id).
func (p *Part) AddHeld(hash uint64, id, item, rec []byte) error {
	s := &p.held
	if err := errors.Join(checkSize("loan id", len(id), 1, IDMax), checkSize("item id", len(item), 1, IDMax)); err != nil {
		return s.fail(err)
	}
	joined := append(append([]byte{byte(len(id))}, id...), item...)
	return s.put(hash, joined, rec)
}

func (s *stream) add(hash uint64, id, rec []byte) error {
	if len(id) < 1 || len(id) > IDMax {
		return s.fail(checkSize("loan id", len(id), 1, IDMax))
	}
	return s.put(hash, id, rec)
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
	s.err = fmt.Errorf("build %s: add %s: %w", s.p.n.date, s.what, err)
	return s.err
}

// endPage writes the page at hand.
func (s *stream) endPage() (err error) {
	s.keyBuf = s.key(s.keyBuf[:0], s.hash, s.id)
	records := s.page.len()
	v := s.page.finish()
	s.sum.add(v, records)
	if s.table == nil {
		if s.table, err = s.p.n.createTable(); err != nil {
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
	s.sum.end(&s.p.digest.Partitions[Partition(s.hash)-s.p.from])
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
	for _, s := range []*stream{&p.held, &p.loans, &p.journal} {
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
	for _, s := range []*stream{&p.held, &p.loans, &p.journal} {
		if s.table != nil {
			s.table.abort()
			s.table = nil
		}
	}
}
