package civil_test

import (
	"fmt"

	"daybook/ledger/civil"
)

// Days past due are one subtraction, and due dates keep their day of the month.
func ExampleDate() {
	due := civil.Of(2026, 1, 31)
	fmt.Println(int(civil.Of(2026, 3, 2) - due))
	fmt.Println(due.AddMonths(1, 31), due.AddMonths(2, 31))
	// Output:
	// 30
	// 2026-02-28 2026-03-31
}

// The same month is another share of the year under each convention.
func ExampleDayCount() {
	from, to := civil.Of(2026, 1, 31), civil.Of(2026, 2, 28)
	for _, name := range []string{"30/360", "ACT/365F", "ACT/360"} {
		c, err := civil.ParseDayCount(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		f := c.Fraction(from, to)
		fmt.Printf("%s: %d/%d\n", c, f.Num, f.Den)
	}
	// Output:
	// 30/360: 28/360
	// ACT/365F: 28/365
	// ACT/360: 28/360
}
