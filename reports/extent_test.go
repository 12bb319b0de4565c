package reports

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/ledger/civil"
)

// The least, the greatest, and whether all are one, of as many values as there may be.
func TestExtent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SampledFrom([]*rapid.Generator[int32]{rapid.Int32(), rapid.Int32Range(-1, 1), rapid.Just(int32(civil.None)), rapid.SampledFrom([]int32{math.MaxInt32, 7})}).Draw(r, "values")
		values := rapid.SliceOfN(some, 1, 40).Draw(r, "list")
		if lo, hi := extent(values); lo != slices.Min(values) || hi != slices.Max(values) {
			r.Fatalf("%v are from %d to %d", values, lo, hi)
		}
		if one := slices.Min(values) == slices.Max(values); allOne(values) != one {
			r.Fatalf("%v are one: %v", values, !one)
		}
	})
	if !allOne([]uint16{}) || !allOne([]uint16(nil)) {
		t.Error("no values are not all one")
	}
}
