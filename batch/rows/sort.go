package rows

import (
	"bytes"
	"cmp"
	"slices"
)

// A Key is a hash, by which something is sorted, and where that lies.
type Key struct{ Hash, At uint64 }

// Radix passes over the bits below the partition's byte leave runs of equal prefix,
// which are nearly always of one id (see performance: 6 times faster than comparing).
// Two passes order as many keys as fewKeys nearly as well as three.
const (
	digit   = 11
	fewKeys = 1 << 17
	noKeys  = 64 // are sorted by comparing
)

// SortKeys sorts keys of one partition by the upper bits of their hashes. It needs as
// much memory again, and returns the keys and the memory that is left. What is equal in
// the upper bits comes as it may: [EachRun] finds it.
func SortKeys(keys, spare []Key) (sorted, rest []Key) {
	if len(keys) <= noKeys {
		slices.SortFunc(keys, func(a, b Key) int { return cmp.Compare(a.Hash, b.Hash) })
		return keys, spare
	}
	if cap(spare) < len(keys) {
		spare = make([]Key, len(keys), cap(keys))
	}
	from, to := keys, spare[:len(keys)]
	for shift := prefixOf(len(keys)); shift < 56; shift += digit {
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
	return from, to
}

// prefixOf returns how many of the low bits of the hashes of so many keys are not sorted
// by: the keys' top byte is the partition's.
func prefixOf(keys int) int {
	if keys < fewKeys {
		return 56 - 2*digit
	}
	return 56 - 3*digit
}

// EachRun calls fn with each run of sorted keys that may not be in order: those whose
// hashes agree in the bits that [SortKeys] sorts by, where they are more than one.
func EachRun(keys []Key, fn func(run []Key)) {
	prefix := prefixOf(len(keys))
	if len(keys) <= noKeys {
		prefix = 0
	}
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j].Hash>>prefix == keys[i].Hash>>prefix {
			j++
		}
		if j-i > 1 {
			fn(keys[i:j])
		}
		i = j
	}
}

// Sort orders rows by hash, loan id, kind of row, file and row number.
func (r *Sorted) Sort() {
	r.keys = r.keys[:0]
	for i := range r.Refs {
		r.keys = append(r.keys, Key{r.Refs[i].Hash, uint64(i)})
	}
	r.keys, r.spareKeys = SortKeys(r.keys, r.spareKeys)
	EachRun(r.keys, func(run []Key) {
		slices.SortFunc(run, func(a, b Key) int { return compareRows(r.Refs[a.At], r.Refs[b.At]) })
	})
	if cap(r.spare) < len(r.Refs) {
		r.spare = make([]Ref, len(r.Refs))
	}
	r.spare = r.spare[:len(r.Refs)]
	for i, k := range r.keys {
		r.spare[i] = r.Refs[k.At]
	}
	r.Refs, r.spare = r.spare, r.Refs
	r.unfetched = len(r.Refs)
}

// fetchAtOnce is how many rows are fetched from memory together.
const fetchAtOnce = 32

// Fetch is told the rows that come next, the last of them the last of Refs, and has some of them at hand. They lie in the order
// in which they came, all over the memory: who walks them in theirs waits for one after the other, and for several hardly longer than for one.
func (r *Sorted) Fetch(next []Ref) {
	if len(next) > r.unfetched {
		return
	}
	n := min(fetchAtOnce, len(next))
	for i := range next[:n] {
		row := next[i].Row
		r.touched += row[0] + row[len(row)-1]
	}
	r.unfetched = len(next) - n
}

// compareRows orders rows by hash, loan id, kind of row, file and row number.
func compareRows(a, b Ref) int {
	if a.Hash != b.Hash {
		return cmp.Compare(a.Hash, b.Hash)
	}
	if c := bytes.Compare(IDOf(a.Row), IDOf(b.Row)); c != 0 {
		return c
	}
	return bytes.Compare(a.Row, b.Row)
}
