package spill

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// A block is records in memory.
type block struct {
	arena []byte
	refs  []ref
}

// A ref is a record's place in the arena, and the eight bytes after what all
// records of the block begin with: most comparisons end there.
type ref struct {
	key   uint64
	at, n uint32
}

const (
	refSize  = 16
	blockMax = 1 << 30 // a place has 32 bits
)

func (b *block) len() int { return len(b.refs) }

func (b *block) size() int64 { return int64(len(b.arena)) + refSize*int64(len(b.refs)) }

func (b *block) add(rec []byte) {
	b.refs = append(b.refs, ref{at: uint32(len(b.arena)), n: uint32(len(rec))})
	b.arena = append(b.arena, rec...)
}

func (b *block) reset() { b.arena, b.refs = b.arena[:0], b.refs[:0] }

func (b *block) rec(i int) []byte { return b.of(b.refs[i]) }

func (b *block) of(r ref) []byte { return b.arena[r.at : r.at+r.n : r.at+r.n] }

func (b *block) sort() {
	shared := b.shared()
	var word [8]byte
	for i := range b.refs {
		rest := b.rec(i)[shared:]
		if len(rest) < 8 {
			word = [8]byte{}
			copy(word[:], rest)
			rest = word[:]
		}
		b.refs[i].key = binary.BigEndian.Uint64(rest)
	}
	slices.SortFunc(b.refs, func(x, y ref) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		return bytes.Compare(b.of(x), b.of(y))
	})
}

// shared returns how many bytes all records begin with.
func (b *block) shared() int {
	if len(b.refs) == 0 {
		return 0
	}
	first := b.rec(0)
	n := len(first)
	for i := range b.refs {
		rec := b.rec(i)
		n = min(n, len(rec))
		for !bytes.Equal(rec[:n], first[:n]) {
			n--
		}
	}
	return n
}
