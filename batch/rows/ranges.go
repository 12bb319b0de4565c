package rows

import (
	"context"
	"encoding/binary"
)

// A Range is the hashes from the first to the last, both included.
type Range struct{ First, Last uint64 }

// Has reports whether a hash is in the range.
func (r Range) Has(hash uint64) bool { return hash >= r.First && hash <= r.Last }

// The memory that a row's place takes beside the row itself, with what it is sorted with:
// in a [Sorted], and as a [Key] alone.
const (
	refSize = 96
	KeySize = 2 * 16
)

// perRow returns what the place of a row takes.
func (s *Scatter) perRow() int64 {
	if s.copied {
		return KeySize
	}
	return refSize
}

// need returns the memory that sorting a partition takes beyond the scatter's own.
func (s *Scatter) need(p int) int64 {
	copied := s.parts[p].onDisk
	if s.copied {
		copied = s.parts[p].size
	}
	return s.perRow()*s.parts[p].rows + copied
}

// rangeBits is how fine a partition is cut: in 1,024 steps of its hashes.
const rangeBits = 10

// Ranges cuts a partition of one or several scatters into ranges whose rows each fit a
// budget, as far as the hashes allow: rows of one id have one hash. Nearly always it is
// one.
func Ranges(ctx context.Context, p int, budget int64, of ...*Scatter) ([]Range, error) {
	whole := Range{uint64(p) << 56, uint64(p)<<56 | (1<<56 - 1)}
	need := int64(0)
	for _, s := range of {
		need += s.need(p)
	}
	if need <= budget {
		return []Range{whole}, nil
	}
	var sizes [1 << rangeBits]int64
	for _, s := range of {
		copied := s.copied || s.parts[p].onDisk > 0
		err := s.Each(ctx, p, func(row []byte, _ bool) error {
			at := binary.BigEndian.Uint64(row) << 8 >> (64 - rangeBits)
			sizes[at] += s.perRow()
			if copied {
				sizes[at] += int64(len(row))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var list []Range
	r, held := whole, int64(0)
	for at, size := range sizes {
		if start := whole.First | uint64(at)<<(56-rangeBits); held > 0 && held+size > budget {
			r.Last = start - 1
			list = append(list, r)
			r.First, held = start, 0
		}
		held += size
	}
	r.Last = whole.Last
	return append(list, r), nil
}

// A Sorted is a set of rows in the order of hash and row key.
type Sorted struct {
	Refs  []Ref
	spare []Ref
	arena []byte
	size  int64 // of what load has taken

	keys, spareKeys []Key

	unfetched int  // rows at the end of Refs that were not fetched from memory, see [Sorted.Fetch]
	touched   byte // what was read of the others
}

// A Ref is a row and its hash.
type Ref struct {
	Hash uint64
	Row  []byte
}

// Load reads one range of a partition, to be sorted. Of one id that has more rows
// than a night takes, it keeps the first in their order whenever they come to more
// than the budget, and calls beyond with each of the others.
func (s *Scatter) Load(ctx context.Context, p int, r Range, budget int64, rows *Sorted, beyond func(row []byte)) error {
	return s.LoadUpTo(ctx, lastKind, p, r, budget, rows, beyond)
}

// LoadUpTo is [Scatter.Load] of the rows of kinds up to one: what a night takes of them
// does not depend on the others, which come after them.
func (s *Scatter) LoadUpTo(ctx context.Context, kind Kind, p int, r Range, budget int64, rows *Sorted, beyond func(row []byte)) error {
	rows.Refs, rows.arena, rows.size = rows.Refs[:0], rows.arena[:0], 0
	limit := 2 * budget
	err := s.Each(ctx, p, func(row []byte, keep bool) error {
		h := binary.BigEndian.Uint64(row)
		if !r.Has(h) || kind < lastKind && ParseHead(row).Kind > kind {
			return nil
		}
		rows.add(h, row, keep)
		if rows.size > limit {
			rows.Sort()
			rows.Prune(beyond)
			rows.copy()
			limit = max(2*budget, 2*rows.size) // of many ids: not again before it has doubled
		}
		return nil
	})
	return err
}

// Add adds a row, which is copied where it may not be kept.
func (r *Sorted) add(hash uint64, row []byte, keep bool) {
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
	r.Refs = append(r.Refs, Ref{hash, row})
}

// PerIDMax is the most rows of one id that a night looks at, of its contract and of
// its events each; those that come first by file and row. Of the facts of a borrower
// whoever prunes them takes the others to where they have room. Tests make it smaller.
var PerIDMax = 1 << 14

// RestrainsMax is how many times PerIDMax a night looks at flags of a borrower, and at contacts that may forbid one, each: at
// more than a State has room for. However many others there are, none of them is left out for that.
const RestrainsMax = 16

// Prune drops what is beyond PerIDMax from sorted rows. What was decided before the
// partitions were worked, follows from the book, or is the night's own, stays: it is in no file.
func (r *Sorted) Prune(beyond func(row []byte)) {
	if !r.crowded() {
		return
	}
	kept := r.Refs[:0]
	var id []byte
	contract, events, flags, restrains := 0, 0, 0, 0
	for _, ref := range r.Refs {
		if id == nil || string(id) != string(IDOf(ref.Row)) {
			id, contract, events, flags, restrains = IDOf(ref.Row), 0, 0, 0, 0
		}
		count, most := &events, PerIDMax
		switch h := ParseHead(ref.Row); h.Kind {
		case LoanRow, ScheduleRow:
			count = &contract
		case ReleaseRow, DerivedRow, TrialRow, TakenRow, MoneyRow, OfferRow:
			kept = append(kept, ref)
			continue
		case FlagRow:
			count, most = &flags, RestrainsMax*PerIDMax
		case ContactRow:
			if events >= PerIDMax && mayRestrain(h.Body) { // until then there is room for any
				count, most = &restrains, RestrainsMax*PerIDMax
			}
		}
		if *count == most {
			beyond(ref.Row)
			continue
		}
		*count++
		kept = append(kept, ref)
	}
	clear(r.Refs[len(kept):])
	r.Refs = kept
}

// crowded reports whether an id may have more rows than a night takes: then so many have its hash. No row is looked at.
func (r *Sorted) crowded() bool {
	for i := PerIDMax; i < len(r.Refs); i++ {
		if r.Refs[i].Hash == r.Refs[i-PerIDMax].Hash {
			return true
		}
	}
	return false
}

// mayRestrain reports whether a contacts row may forbid a contact; of one that can't be read it may.
func mayRestrain(body []byte) bool {
	c, err := ReadContact(body)
	return err != nil || c.Restrains()
}

// copy moves the rows that are left into memory of their own, so that nothing holds
// that of the others.
func (r *Sorted) copy() {
	refs := r.Refs
	r.Refs, r.arena, r.size = make([]Ref, 0, len(refs)), nil, 0
	r.spare, r.keys, r.spareKeys = nil, nil, nil
	for _, ref := range refs {
		r.add(ref.Hash, ref.Row, false)
	}
}
