package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"

	"daybook/ledger/civil"

	"github.com/cespare/xxhash/v2"
)

// A PartDigest says what a part of a night holds, partition by partition. It
// does not depend on how partitions were shared out among parts.
type PartDigest struct {
	From       int // the first partition
	Partitions []Digest
}

// A Digest says what a night holds in one partition. The sums cover the pages,
// that is, ids and records; they are zero where there is none.
type Digest struct {
	Loans, Held, Entries int      // records
	LoansSum, HeldSum    uint64   // xxhash64: 9.3 GB/s
	JournalSum           [32]byte // SHA-256, 1.8 GB/s: the journal's root is evidence
}

// A pageDigest sums one kind of page, one partition at a time.
type pageDigest struct {
	sum     hash.Hash
	records int
	put     func(d *Digest, records int, sum hash.Hash)
}

func loansDigest() pageDigest {
	return pageDigest{sum: xxhash.New(), put: func(d *Digest, records int, sum hash.Hash) {
		d.Loans, d.LoansSum = records, sum.(*xxhash.Digest).Sum64()
	}}
}

func heldDigest() pageDigest {
	return pageDigest{sum: xxhash.New(), put: func(d *Digest, records int, sum hash.Hash) {
		d.Held, d.HeldSum = records, sum.(*xxhash.Digest).Sum64()
	}}
}

func journalDigest() pageDigest {
	return pageDigest{sum: sha256.New(), put: func(d *Digest, records int, sum hash.Hash) {
		d.Entries = records
		sum.Sum(d.JournalSum[:0])
	}}
}

func (p *pageDigest) add(v []byte, records int) {
	_, _ = p.sum.Write(v) // never fails
	p.records += records
}

// end stores the partition's digest and begins the next partition.
func (p *pageDigest) end(d *Digest) {
	if p.records > 0 {
		p.put(d, p.records, p.sum)
	}
	p.sum.Reset()
	p.records = 0
}

// Digests reads what partitions [from, to) hold and digests it as
// [Part.Finish] did: the journal of a night, and the loans and suspense items
// of the last one.
func (b *Book) Digests(d civil.Date, from, to int) (PartDigest, error) {
	digests := PartDigest{From: from}
	for _, kind := range []struct {
		prefix []byte
		sum    pageDigest
	}{
		{[]byte{letterLoans}, loansDigest()},
		{[]byte{letterHeld}, heldDigest()},
		{appendDate([]byte{letterJournal}, d), journalDigest()},
	} {
		if err := b.digest(&digests, kind.prefix, kind.sum, to); err != nil {
			return PartDigest{}, fmt.Errorf("digest %s: %w", d, err)
		}
	}
	return digests, nil
}

// JournalDigests is [Book.Digests] of the journal alone, of any night.
func (b *Book) JournalDigests(d civil.Date, from, to int) (PartDigest, error) {
	digests := PartDigest{From: from}
	if err := b.digest(&digests, appendDate([]byte{letterJournal}, d), journalDigest(), to); err != nil {
		return PartDigest{}, fmt.Errorf("digest journal of %s: %w", d, err)
	}
	return digests, nil
}

func (b *Book) digest(digests *PartDigest, prefix []byte, sum pageDigest, to int) error {
	lower, upper, err := partitionSpan(prefix, digests.From, to)
	if err != nil {
		return err
	}
	if digests.Partitions == nil {
		digests.Partitions = make([]Digest, to-digests.From)
	}
	it, err := b.iter(lower, upper)
	if err != nil {
		return err
	}
	var p page
	partition := 0 // counted from the first
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		if at := int(it.Key()[len(prefix)]) - digests.From; at != partition {
			sum.end(&digests.Partitions[partition])
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
	sum.end(&digests.Partitions[partition])
	return nil
}
