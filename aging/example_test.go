package aging_test

import (
	"fmt"

	"daybook/aging"
)

// Bands place days past due: each begins where the one before ends.
func ExampleBands() {
	buckets := aging.Bands{{Name: "current", From: 0}, {Name: "M1", From: 1}, {Name: "M2", From: 31}, {Name: "late", From: 61}}
	for _, days := range []int32{0, 1, 30, 31, 400} {
		fmt.Println(days, buckets[buckets.Index(days)].Name)
	}
	fmt.Println(aging.Bands{{Name: "M1", From: 1}}.Check())
	// Output:
	// 0 current
	// 1 M1
	// 30 M1
	// 31 M2
	// 400 late
	// the first band, "M1", starts at 1 days: days from 0 on would have no band
}
