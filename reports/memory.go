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
	late                    Column   // rows of a late column
	pages                   [][]byte // that were written, by the place of their column
}

var pageMemories = sync.Pool{New: func() any { return new(pageMemory) }}

func takePageMemory() *pageMemory { return pageMemories.Get().(*pageMemory) }

// takePages gives the chunk memory for its pages: what a chunk of its place had before, or room for a row group of
// pages like the first.
func (c *chunk) takePages(rows int) {
	if m := c.scratch; c.place < len(m.pages) && m.pages[c.place] != nil {
		c.pages, m.pages[c.place] = m.pages[c.place], nil
	} else if rows >= pageRows {
		c.pages = make([]byte, 0, (len(m.body)+64)*(groupRows/rows+2))
	}
}

// leave takes the memory back from chunks, with that of their pages.
func (m *pageMemory) leave(chunks ...*chunk) {
	for _, c := range chunks {
		for len(m.pages) <= c.place {
			m.pages = append(m.pages, nil)
		}
		if c.pages != nil {
			m.pages[c.place] = c.pages[:0]
		}
		c.pages, c.scratch = nil, nil
	}
	pageMemories.Put(m)
}
