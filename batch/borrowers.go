package batch

import (
	"daybook/aging"
	"daybook/ledger/store"
	"daybook/reports"
)

// Borrowers by bucket are counted over all parts: each part remembers a hash of
// the borrower for each loan that is on the book, by currency and bucket. Two
// borrowers with one hash of 64 bits would count as one: for ten million the
// chance is one in 370,000.
type borrowerHashes [][]uint64 // by currency × bucket

func (p *part) markBorrowers(f *aging.Facts) {
	buckets := len(p.n.policy.Aging.Buckets)
	if p.result.borrowers == nil {
		p.result.borrowers = make(borrowerHashes, buckets*len(p.n.rules.Scale))
	}
	for i := range f.Rows {
		if f.Codes[aging.Status][i] != 0 {
			continue
		}
		at := int(f.Codes[aging.Currency][i])*buckets + int(f.Codes[aging.Bucket][i])
		p.result.borrowers[at] = append(p.result.borrowers[at], store.Hash(f.Borrower.Row(i)))
	}
}

// countBorrowers returns the distinct borrowers by currency and bucket.
func (n *closing) countBorrowers(parts []partResult) reports.Borrowers {
	out := reports.Borrowers{}
	for c, currency := range n.names.Currencies {
		out[currency] = map[string]int64{}
		for b, bucket := range n.policy.Aging.Buckets {
			var lists [][]uint64
			for i := range parts {
				if h := parts[i].borrowers; h != nil {
					lists = append(lists, h[c*len(n.policy.Aging.Buckets)+b])
				}
			}
			out[currency][bucket.Name] = distinct(lists)
		}
	}
	return out
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
