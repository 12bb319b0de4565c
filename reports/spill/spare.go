package spill

import "sync/atomic"

// A Spare is memory that several sorters share beyond their own budgets: which of them gets much is known only when it does,
// and of many that each keep a part for themselves the one that needs more goes to the disk beside the others' empty memory.
type Spare struct {
	left  atomic.Int64
	grain int64 // what is taken at once
}

// spareGrains is how many times a spare is taken from at least, so that none of its sorters takes all for little.
const spareGrains = 64

// NewSpare returns so many bytes to share.
func NewSpare(bytes int64) *Spare {
	s := &Spare{grain: min(max(bytes/spareGrains, 1), slabSize)}
	s.left.Store(max(bytes, 0))
	return s
}

// take returns how many bytes whoever asks may have beyond those that he has: none where too few are left. Of no spare there
// are none.
func (s *Spare) take() int64 {
	if s == nil {
		return 0
	}
	if s.left.Add(-s.grain) < 0 {
		s.left.Add(s.grain)
		return 0
	}
	return s.grain
}

func (s *Spare) give(bytes int64) {
	if s != nil {
		s.left.Add(bytes)
	}
}

// Borrow has a sorter take from a spare before it goes to the disk. It is called before there are writers.
func (s *Sorter) Borrow(from *Spare) { s.spare = from }

// reach raises the writer's share to so many bytes; false where there is no memory for that.
func (w *Writer) reach(bytes int64) bool {
	for w.share < min(bytes, blockMax) {
		taken := w.s.spare.take()
		if taken == 0 {
			return false
		}
		w.share += taken
		w.borrowed += taken
	}
	return bytes <= w.share
}
