package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"daybook/ledger/civil"
)

// A PartDigest says what a part of a night holds, partition by partition. It
// does not depend on how partitions were shared out among parts.
type PartDigest struct {
	From       int // the first partition
	Partitions []Digest
}

// A Digest says what a night holds in one partition, space by space.
type Digest [Spaces]Contents

// Contents says what a partition has of one space. It is zero where there is nothing.
type Contents struct {
	Records int
	Sum     Sum
}

// A Sum covers pages, that is, ids and records: of the journal by SHA-256 (1.8 GB/s),
// as its root is evidence; of what each night replaces by xxhash64 (9.3 GB/s), in the
// first eight bytes.
type Sum [sha256.Size]byte

// Uint64 returns an xxhash64.
func (s Sum) Uint64() uint64 { return binary.BigEndian.Uint64(s[:]) }

// A pageDigest sums the pages of one space, one partition at a time.
type pageDigest struct {
	sum     hash.Hash // nil: records are counted alone
	records int
}

func (s *keySpace) newDigest() (p pageDigest) {
	if s.digest != nil {
		p.sum = s.digest()
	}
	return p
}

func (p *pageDigest) add(v []byte, records int) {
	if p.sum != nil {
		_, _ = p.sum.Write(v) // never fails
	}
	p.records += records
}

// end stores the partition's digest and begins the next partition.
func (p *pageDigest) end(c *Contents) {
	if p.sum != nil {
		if p.records > 0 {
			p.sum.Sum(c.Sum[:0])
		}
		p.sum.Reset()
	}
	c.Records, p.records = p.records, 0
}

// Digests reads what partitions [from, to) hold and digests it as
// [Part.Finish] did: the journal of a night, and what the last one replaced.
func (b *Book) Digests(d civil.Date, from, to int) (PartDigest, error) {
	return b.digests(d, from, to, func(*keySpace) bool { return true })
}

// DatedDigests is [Book.Digests] of what is dated alone, of any night.
func (b *Book) DatedDigests(d civil.Date, from, to int) (PartDigest, error) {
	return b.digests(d, from, to, func(s *keySpace) bool { return s.dated })
}

func (b *Book) digests(d civil.Date, from, to int, of func(s *keySpace) bool) (PartDigest, error) {
	if err := checkSpan(from, to); err != nil {
		return PartDigest{}, fmt.Errorf("digest %s: %w", d, err)
	}
	digests := PartDigest{From: from, Partitions: make([]Digest, to-from)}
	for space := range Spaces {
		if s := &keySpaces[space]; of(s) {
			if err := b.digest(&digests, space, s.prefix(d), to); err != nil {
				return PartDigest{}, fmt.Errorf("digest %s of %s: %w", s.all, d, err)
			}
		}
	}
	return digests, nil
}

func (b *Book) digest(digests *PartDigest, space Space, prefix []byte, to int) error {
	lower, upper, err := partitionSpan(prefix, digests.From, to)
	if err != nil {
		return err
	}
	it, err := b.iter(lower, upper)
	if err != nil {
		return err
	}
	var p page
	sum := keySpaces[space].newDigest()
	partition := 0 // counted from the first
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		if at := int(it.Key()[len(prefix)]) - digests.From; at != partition {
			sum.end(&digests.Partitions[partition][space])
			partition = at
		}
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			err = p.open(v)
		}
		if err == nil {
			sum.add(v, p.len())
		}
	}
	if err = errors.Join(err, it.Close()); err != nil || len(digests.Partitions) == 0 {
		return err
	}
	sum.end(&digests.Partitions[partition][space])
	return nil
}
