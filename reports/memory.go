package reports

import "sync"

// A pageMemory is what pages are made in. A writer's chunks encode one after the other and share it, and
// writers that come after each other use the same: a tape has some eighty columns and a night many parts.
type pageMemory struct {
	body, mask, delta, rest []byte
	packed                  []byte // a body, compressed
	ints, back              []int64
	counts, lengths         []int32
	codes                   []uint16
	late                    Column             // rows of a late column
	slabs                   []*[slabBytes]byte // that hold the pages of the row group
	room                    []byte             // what is left of the last of them, behind its length of none
}

var pageMemories = sync.Pool{New: func() any { return new(pageMemory) }}

func takePageMemory() *pageMemory { return pageMemories.Get().(*pageMemory) }

// slabBytes is how much memory for pages is taken at once. The pages of a row group are kept one behind the other, in the
// order in which they were made, and written column by column: memory of its own for each of a tape's eighty columns,
// as much as its pages might come to, was three times as much, and nothing on these machines is as dear as memory that is
// touched first.
const slabBytes = 256 << 10

var slabs = sync.Pool{New: func() any { return new([slabBytes]byte) }}

// keep copies what belongs together behind the pages of the row group, and appends it to the pieces of a chunk's: one, or
// more where a slab ends. They hold until empty.
func (m *pageMemory) keep(pieces [][]byte, parts ...[]byte) [][]byte {
	piece := m.room
	for _, p := range parts {
		for len(p) > 0 {
			if len(piece) == cap(piece) {
				if len(piece) > 0 {
					pieces = append(pieces, piece)
				}
				s := slabs.Get().(*[slabBytes]byte)
				m.slabs, piece = append(m.slabs, s), s[:0]
			}
			n := min(len(p), cap(piece)-len(piece))
			piece, p = append(piece, p[:n]...), p[n:]
		}
	}
	m.room = piece[len(piece):]
	return append(pieces, piece)
}

// empty gives up the pages that were kept.
func (m *pageMemory) empty() {
	for i, s := range m.slabs {
		slabs.Put(s)
		m.slabs[i] = nil
	}
	m.slabs, m.room = m.slabs[:0], nil
}

// leave takes the memory back from chunks.
func (m *pageMemory) leave(chunks ...*chunk) {
	for _, c := range chunks {
		c.pages, c.scratch = nil, nil
	}
	m.empty()
	pageMemories.Put(m)
}
