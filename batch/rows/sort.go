package rows

import (
	"bytes"
	"slices"
)

// Sort orders rows by hash, loan id, kind of row, file and row number. Radix passes over
// the 33 bits below the partition's byte leave runs of equal prefix, which are
// nearly always one loan's rows (see performance: 6 times faster than comparing).
func (r *Sorted) Sort() {
	const (
		digit  = 11
		passes = 3
	)
	if cap(r.spare) < len(r.Refs) {
		r.spare = make([]Ref, len(r.Refs))
	}
	from, to := r.Refs, r.spare[:len(r.Refs)]
	if len(from) > 64 {
		for pass := range passes {
			shift := 23 + pass*digit // the hash without its top byte and its low 23 bits
			var count [1 << digit]int32
			for i := range from {
				count[from[i].Hash>>shift&(1<<digit-1)]++
			}
			sum := int32(0)
			for i, n := range count {
				count[i], sum = sum, sum+n
			}
			for i := range from {
				d := from[i].Hash >> shift & (1<<digit - 1)
				to[count[d]] = from[i]
				count[d]++
			}
			from, to = to, from
		}
	}
	r.Refs, r.spare = from, to
	r.sortRuns()
}

// sortRuns sorts each run of rows that agree in the radix passes' bits.
func (r *Sorted) sortRuns() {
	const prefix = 23
	if len(r.Refs) <= 64 {
		slices.SortFunc(r.Refs, compareRows)
		return
	}
	for i := 0; i < len(r.Refs); {
		j := i + 1
		for j < len(r.Refs) && r.Refs[j].Hash>>prefix == r.Refs[i].Hash>>prefix {
			j++
		}
		if j-i > 1 {
			slices.SortFunc(r.Refs[i:j], compareRows)
		}
		i = j
	}
}

// compareRows orders rows by hash, loan id, kind of row, file and row number.
func compareRows(a, b Ref) int {
	if a.Hash != b.Hash {
		if a.Hash < b.Hash {
			return -1
		}
		return 1
	}
	if c := bytes.Compare(IDOf(a.Row), IDOf(b.Row)); c != 0 {
		return c
	}
	return bytes.Compare(a.Row, b.Row)
}
