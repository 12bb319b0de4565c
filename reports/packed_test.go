package reports

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/ledger/civil"
)

// Values are read as they were packed, whatever they are, and what is cut or of another length is not read.
func TestPackedValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SampledFrom([]*rapid.Generator[int64]{
			rapid.Int64(), rapid.Int64Range(0, 200), rapid.Int64Range(-40_000, 20_000), rapid.Int64Range(math.MaxInt64-3, math.MaxInt64),
			rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0}), rapid.Just(int64(math.MinInt32)), rapid.Int64Range(math.MaxUint16-2, math.MaxUint16),
		}).Draw(r, "values")
		list := rapid.SliceOfN(some, 0, 300).Draw(r, "list")
		if rapid.Bool().Draw(r, "nearly all the same") {
			for i := range list {
				if i%17 != 3 {
					list[i] = list[0]
				}
			}
		}
		packs(r, list)
		c := Column{Kind: Amount, Ints: list}
		inColumn(r, &c, func(got *Column) bool { return slices.Equal(got.Ints, list) })
		c = Column{Kind: Date, Days: narrow[civil.Date](list)}
		packs(r, c.Days)
		inColumn(r, &c, func(got *Column) bool { return slices.Equal(got.Days, c.Days) })
		c = Column{Kind: Count, Counts: narrow[int32](list)}
		inColumn(r, &c, func(got *Column) bool { return slices.Equal(got.Counts, c.Counts) })
		c = Column{Kind: Coded, Codes: narrow[uint16](list)}
		packs(r, c.Codes)
		inColumn(r, &c, func(got *Column) bool { return slices.Equal(got.Codes, c.Codes) })
	})
}

func narrow[T packable](list []int64) (to []T) {
	for _, v := range list {
		to = append(to, T(v))
	}
	return to
}

// packs holds values to what comes back of them.
func packs[T packable](r *rapid.T, list []T) {
	b := packValues(nil, list)
	if len(b) > packHead+8*len(list) {
		r.Fatalf("%d values take %d bytes", len(list), len(b))
	}
	got := make([]T, len(list))
	if !unpackValues(b, got) || !slices.Equal(got, list) {
		r.Fatalf("%v reads as %v", list, got)
	}
	if unpackValues(b[:min(len(b)-1, packHead-1)], got) || unpackValues(append(b, 0), got) ||
		b[0] != sparsePack && b[0] != 0 && unpackValues(b, make([]T, len(list)+1)) {
		r.Fatalf("what is cut or too long reads: %v", b)
	}
}

// inColumn holds a column to what comes back of it, in memory that had other rows before.
func inColumn(r *rapid.T, c *Column, same func(got *Column) bool) {
	got := Column{Kind: c.Kind, Ints: []int64{7}, Days: make([]civil.Date, 400), Counts: []int32{7, 7}, Codes: []uint16{7}}
	if !got.unpack(c.pack([]byte("before"))[len("before"):], c.Len()) || !same(&got) || got.Len() != c.Len() {
		r.Fatalf("%+v reads as %+v", c, got)
	}
}
