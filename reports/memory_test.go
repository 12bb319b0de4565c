package reports

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// Pages of columns that are made in turn come back column by column as they were made, also where a slab ends
// within a page or with it, and where a page is larger than one; row group after row group in the same memory.
func TestPagesOfColumnsShareSlabs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	m := new(pageMemory)
	sizes := []int{0, 1, 63, 4096, slabBytes/2 - 7, slabBytes - 1, slabBytes, slabBytes + 1, 3*slabBytes + 11}
	for group := range 40 {
		var pieces [5][][]byte
		var want [5][]byte
		total := 0
		for range 30 {
			column := random.IntN(len(pieces))
			var page [2][]byte
			for k := range page {
				page[k] = make([]byte, sizes[random.IntN(len(sizes)-3*k)])
				for i := range page[k] {
					page[k][i] = byte(random.Uint32())
				}
				want[column] = append(want[column], page[k]...)
				total += len(page[k])
			}
			pieces[column] = m.keep(pieces[column], page[:]...)
			clear(page[0]) // nothing of the caller's is kept
			clear(page[1])
		}
		if most := (total + slabBytes - 1) / slabBytes; len(m.slabs) != most {
			t.Fatalf("group %d: %d slabs for %d bytes, want %d", group, len(m.slabs), total, most)
		}
		for column := range pieces {
			if got := slices.Concat(pieces[column]...); !bytes.Equal(got, want[column]) {
				t.Fatalf("group %d, column %d: %d bytes came back, and not those of %d that were kept", group, column, len(got), len(want[column]))
			}
		}
		m.empty()
		if len(m.slabs) != 0 || cap(m.room) != 0 {
			t.Fatalf("group %d: %d slabs and room for %d bytes are held after it", group, len(m.slabs), cap(m.room))
		}
	}
}
