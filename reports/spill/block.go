package spill

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// A block is records in memory. They lie in slabs, so that a block that grows is never
// copied: one arena cost as much as all else that is done to a record on its way in.
type block struct {
	slabs [][]byte
	at    int   // the slab that is being filled
	used  int64 // bytes of records
	refs  []ref
}

// A ref is a record's place, and the eight bytes after what all records of the block
// begin with: most comparisons end there.
type ref struct {
	key   uint64
	at, n uint32 // at: the slab, and where the record begins in it
}

const (
	refSize  = 16
	slabBits = 20
	slabSize = 1 << slabBits // a longer record has a slab for itself
	blockMax = 1 << 30       // a place has 32 bits
)

func (b *block) len() int { return len(b.refs) }

func (b *block) size() int64 { return b.used + refSize*int64(len(b.refs)) }

func (b *block) add(rec []byte) {
	if len(b.slabs) == 0 {
		b.slabs = append(b.slabs, nil) // grows as it is filled: many blocks stay small
	}
	if n := len(b.slabs[b.at]); n > 0 && n+len(rec) > slabSize {
		if b.at++; b.at == len(b.slabs) {
			b.slabs = append(b.slabs, make([]byte, 0, max(slabSize, len(rec))))
		}
	}
	slab := &b.slabs[b.at]
	b.refs = append(b.refs, ref{at: uint32(b.at<<slabBits | len(*slab)), n: uint32(len(rec))})
	*slab = append(*slab, rec...)
	b.used += int64(len(rec))
}

// reset empties the block and keeps its memory.
func (b *block) reset() {
	for i := range b.slabs {
		b.slabs[i] = b.slabs[i][:0]
	}
	b.at, b.used, b.refs = 0, 0, b.refs[:0]
}

func (b *block) rec(i int) []byte { return b.of(b.refs[i]) }

func (b *block) of(r ref) []byte {
	at := r.at & (slabSize - 1)
	return b.slabs[r.at>>slabBits][at : at+r.n : at+r.n]
}

// sort sorts the records and returns what all begin with.
func (b *block) sort() (prefix []byte) {
	if len(b.refs) == 0 {
		return nil
	}
	shared := b.shared()
	for i := range b.refs {
		b.refs[i].key = wordAt(b.rec(i), shared)
	}
	b.order(b.refs, 56)
	return bytes.Clone(b.rec(0)[:shared])
}

// radixMin is from how many refs on another pass by a byte is worth it.
const radixMin = 32

// order sorts refs whose keys agree above a byte: in place by that byte, then each value
// of it by the next. That takes a third of the time that comparing takes, and no memory
// beyond the block's share.
func (b *block) order(refs []ref, shift int) {
	if len(refs) < radixMin {
		b.insert(refs)
		return
	}
	if shift < 0 {
		slices.SortFunc(refs, func(x, y ref) int { return bytes.Compare(b.of(x), b.of(y)) })
		return
	}
	var next, end [256]int
	for i := range refs {
		end[byte(refs[i].key>>shift)]++
	}
	for c, from := 0, 0; c < 256; c++ {
		next[c] = from
		from += end[c]
		end[c] = from
	}
	for c := range 256 {
		for next[c] < end[c] {
			r := refs[next[c]]
			for d := byte(r.key >> shift); int(d) != c; d = byte(r.key >> shift) {
				r, refs[next[d]] = refs[next[d]], r
				next[d]++
			}
			refs[next[c]] = r
			next[c]++
		}
	}
	from := 0
	for _, to := range end {
		if to-from > 1 {
			b.order(refs[from:to], shift-8)
		}
		from = to
	}
}

// insert sorts a few refs.
func (b *block) insert(refs []ref) {
	for i := 1; i < len(refs); i++ {
		r, at := refs[i], i
		for ; at > 0 && b.less(r, refs[at-1]); at-- {
			refs[at] = refs[at-1]
		}
		refs[at] = r
	}
}

func (b *block) less(x, y ref) bool {
	return x.key < y.key || x.key == y.key && bytes.Compare(b.of(x), b.of(y)) < 0
}

// shared returns how many bytes all records begin with.
func (b *block) shared() int {
	first := b.rec(0)
	n := len(first)
	for i := range b.refs {
		n = sharedLength(first[:n], b.rec(i))
	}
	return n
}

// sharedLength returns how many bytes a and b have in common at the beginning.
func sharedLength(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) { // as of most, by then
		return n
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i
}

// wordAt returns eight bytes of a record as a number that orders as they do; what is
// beyond its end is 0.
func wordAt(rec []byte, at int) uint64 {
	rest := rec[min(at, len(rec)):]
	if len(rest) >= 8 {
		return binary.BigEndian.Uint64(rest)
	}
	var word [8]byte
	copy(word[:], rest)
	return binary.BigEndian.Uint64(word[:])
}
