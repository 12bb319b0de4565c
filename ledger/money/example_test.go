package money_test

import (
	"fmt"

	"daybook/ledger/money"
)

// An amount is a whole number of minor units; its currency says where the point stands.
func ExampleAmount() {
	digits, _ := money.Digits("EUR")
	cents, err := money.ParseDecimal("1234.50", digits)
	fmt.Println(cents, err)
	fmt.Println(money.Amount(cents).Text(digits))
	_, err = money.ParseDecimal("0.005", digits)
	fmt.Println(err)
	// Output:
	// 123450 <nil>
	// 1234.50
	// "0.005" has more than 2 digits after the point
}

// Interest of a year of 24 % on 1,000.00: exact, and rounded half to even once.
func ExampleMulDiv() {
	const principal, rate = 100_000, 240_000_000
	fmt.Println(money.MulDiv(principal, rate, int64(money.RateOne)))
	fmt.Println(money.MulDiv(5, 1, 2), money.MulDiv(7, 1, 2))
	// Output:
	// 24000
	// 2 4
}
