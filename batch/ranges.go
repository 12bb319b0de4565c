package batch

import (
	"context"
	"encoding/binary"
)

// A hashRange is the hashes from the first to the last, both included.
type hashRange struct{ first, last uint64 }

func (r hashRange) has(hash uint64) bool { return hash >= r.first && hash <= r.last }

// refSize is the memory of a row's place in a sortedRows and in what it is sorted
// with, beside the row itself.
const refSize = 64

// need returns the memory that sorting a partition takes beyond the scatter's own.
func (s *scatter) need(p int) int64 { return refSize*s.parts[p].rows + s.parts[p].onDisk }

// rangeBits is how fine a partition is cut: in 1,024 steps of its hashes.
const rangeBits = 10

// ranges cuts a partition into ranges whose rows each fit a budget, as far as the
// hashes allow: rows of one id have one hash. Nearly always it is one.
func (s *scatter) ranges(ctx context.Context, p int, budget int64) ([]hashRange, error) {
	whole := hashRange{uint64(p) << 56, uint64(p)<<56 | (1<<56 - 1)}
	if s.need(p) <= budget {
		return []hashRange{whole}, nil
	}
	var sizes [1 << rangeBits]int64
	onDisk := s.parts[p].onDisk > 0
	err := s.each(ctx, p, func(row []byte, _ bool) error {
		at := binary.BigEndian.Uint64(row) << 8 >> (64 - rangeBits)
		sizes[at] += refSize
		if onDisk {
			sizes[at] += int64(len(row))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []hashRange
	r, held := whole, int64(0)
	for at, size := range sizes {
		if start := whole.first | uint64(at)<<(56-rangeBits); held > 0 && held+size > budget {
			r.last = start - 1
			list = append(list, r)
			r.first, held = start, 0
		}
		held += size
	}
	r.last = whole.last
	return append(list, r), nil
}

// A sortedRows is a set of rows in the order of hash and row key.
type sortedRows struct {
	refs  []rowRef
	spare []rowRef
	arena []byte
	size  int64 // of what load has taken
}

type rowRef struct {
	hash uint64
	row  []byte
}

// load reads one range of a partition, to be sorted. Of one id that has more rows
// than a night takes, it keeps the first in their order whenever they come to more
// than the budget, and calls beyond with each of the others.
func (s *scatter) load(ctx context.Context, p int, r hashRange, budget int64, rows *sortedRows, beyond func(row []byte)) error {
	rows.refs, rows.arena, rows.size = rows.refs[:0], rows.arena[:0], 0
	limit := 2 * budget
	err := s.each(ctx, p, func(row []byte, keep bool) error {
		h := binary.BigEndian.Uint64(row)
		if !r.has(h) {
			return nil
		}
		rows.add(h, row, keep)
		if rows.size > limit {
			rows.sort()
			rows.prune(beyond)
			rows.copy()
			limit = max(2*budget, 2*rows.size) // of many ids: not again before it has doubled
		}
		return nil
	})
	return err
}

// add adds a row, which is copied where it may not be kept.
func (r *sortedRows) add(hash uint64, row []byte, keep bool) {
	r.size += refSize
	if !keep {
		if cap(r.arena)-len(r.arena) < len(row) {
			r.arena = make([]byte, 0, max(1<<18, len(row)))
		}
		from := len(r.arena)
		r.arena = append(r.arena, row...)
		row = r.arena[from:len(r.arena):len(r.arena)]
		r.size += int64(len(row))
	}
	r.refs = append(r.refs, rowRef{hash, row})
}

// rowsMax is the most rows of one id that a night looks at, of its contract and of
// its events each; those that come first by file and row. Tests make it smaller.
var rowsMax = 1 << 14

// prune drops what is beyond rowsMax from sorted rows. What was decided before the
// partitions were worked, or follows from the book, stays.
func (r *sortedRows) prune(beyond func(row []byte)) {
	if len(r.refs) <= rowsMax {
		return
	}
	kept := r.refs[:0]
	var id []byte
	contract, events := 0, 0
	for _, ref := range r.refs {
		if id == nil || string(id) != string(rowLoan(ref.row)) {
			id, contract, events = rowLoan(ref.row), 0, 0
		}
		count := &events
		switch parseHead(ref.row).kind {
		case loanRow, scheduleRow:
			count = &contract
		case releaseRow, derivedRow:
			kept = append(kept, ref)
			continue
		}
		if *count == rowsMax {
			beyond(ref.row)
			continue
		}
		*count++
		kept = append(kept, ref)
	}
	clear(r.refs[len(kept):])
	r.refs = kept
}

// copy moves the rows that are left into memory of their own, so that nothing holds
// that of the others.
func (r *sortedRows) copy() {
	refs := r.refs
	r.refs, r.arena, r.size = make([]rowRef, 0, len(refs)), nil, 0
	r.spare = nil
	for _, ref := range refs {
		r.add(ref.hash, ref.row, false)
	}
}
