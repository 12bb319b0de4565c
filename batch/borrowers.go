package batch

import (
	"bytes"
	"context"
	"encoding/binary"

	"daybook/aging"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/spill"
)

// Borrowers by bucket are counted over all parts: each part remembers a hash of
// the borrower for each loan that is on the book, by currency and bucket. Two
// borrowers with one hash of 64 bits would count as one: for ten million the
// chance is one in 370,000.
type borrowerHashes [][]uint64 // by currency × bucket

// markBorrowers remembers the borrowers of a batch. What a part's lists have no room
// for goes to the sorter.
func (p *part) markBorrowers(f *aging.Facts) error {
	r := &p.result
	buckets := len(p.n.policy.Aging.Buckets)
	if r.borrowers == nil {
		r.borrowers = make(borrowerHashes, buckets*len(p.n.rules.Scale))
	}
	for i := range f.Rows {
		if !aging.LoanStatus(f.Codes[aging.Status][i]).OnBook() {
			continue
		}
		at := int(f.Codes[aging.Currency][i])*buckets + int(f.Codes[aging.Bucket][i])
		r.borrowers[at] = append(r.borrowers[at], store.Hash(f.Borrower.Row(i)))
		r.marked++
	}
	if 8*r.marked <= p.n.o.Memory/(borrowersShare*partsMax) {
		return nil
	}
	r.marked = 0
	return r.borrowers.spill(p.overflow)
}

// borrowersShare is which part of the budget all lists of borrowers may take.
const borrowersShare = 16

// spill empties the lists into the sorter.
func (h borrowerHashes) spill(w *spill.Writer) error {
	var rec [2 + 8]byte
	for at := range h {
		binary.BigEndian.PutUint16(rec[:], uint16(at))
		for _, hash := range h[at] {
			binary.BigEndian.PutUint64(rec[2:], hash)
			if err := w.Add(rec[:]); err != nil {
				return err
			}
		}
		h[at] = h[at][:0]
	}
	return nil
}

// countBorrowers returns the distinct borrowers by currency and bucket.
func (n *posted) countBorrowers(ctx context.Context) (reports.Borrowers, error) {
	counts, err := n.spilledBorrowers(ctx)
	if err != nil {
		return nil, err
	}
	buckets := len(n.policy.Aging.Buckets)
	out := reports.Borrowers{}
	for c, currency := range n.names.Currencies {
		out[currency] = map[string]int64{}
		for b, bucket := range n.policy.Aging.Buckets {
			if counts != nil {
				out[currency][bucket.Name] = counts[c*buckets+b]
				continue
			}
			var lists [][]uint64
			for i := range n.parts {
				if h := n.parts[i].borrowers; h != nil {
					lists = append(lists, h[c*buckets+b])
				}
			}
			out[currency][bucket.Name] = distinct(lists)
		}
	}
	return out, nil
}

// spilledBorrowers counts borrowers in the order of their hashes, where the sorter
// has any; nil where the parts' lists have them all.
func (n *posted) spilledBorrowers(ctx context.Context) ([]int64, error) {
	if n.borrowers.Len() == 0 {
		return nil, nil
	}
	w := n.borrowers.Writer(1)
	for i := range n.parts {
		if err := n.parts[i].borrowers.spill(w); err != nil {
			return nil, err
		}
		n.parts[i].borrowers = nil
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	counts := make([]int64, len(n.policy.Aging.Buckets)*len(n.rules.Scale))
	var last []byte
	err := n.borrowers.Each(ctx, func(rec []byte) error {
		if !bytes.Equal(rec, last) {
			counts[binary.BigEndian.Uint16(rec)]++
			last = append(last[:0], rec...)
		}
		return nil
	})
	return counts, err
}

// distinct counts the different values of lists: spread by their top byte, then
// counted 256th by 256th in a table that stays in the cache.
func distinct(lists [][]uint64) (count int64) {
	var ends [257]int
	for _, l := range lists {
		for _, h := range l {
			ends[h>>56+1]++
		}
	}
	most := 0
	for i := 1; i < len(ends); i++ {
		most = max(most, ends[i])
		ends[i] += ends[i-1]
	}
	spread := make([]uint64, ends[256])
	at := ends
	for _, l := range lists {
		for _, h := range l {
			spread[at[h>>56]] = h
			at[h>>56]++
		}
	}
	size := 16
	for size < 2*most {
		size *= 2
	}
	table := make([]uint64, size)
	for k := range 256 {
		count += distinctIn(spread[ends[k]:ends[k+1]], table)
	}
	return count
}

// distinctIn counts different values in a table of a power of two of slots, at
// least twice as many as values. Zero marks an empty slot.
func distinctIn(values, table []uint64) (count int64) {
	clear(table)
	mask := uint64(len(table) - 1)
	zero := false
	for _, v := range values {
		if v == 0 {
			zero = true
			continue
		}
		i := v & mask
		for table[i] != 0 && table[i] != v {
			i = (i + 1) & mask
		}
		if table[i] == 0 {
			table[i] = v
			count++
		}
	}
	if zero {
		count++
	}
	return count
}
