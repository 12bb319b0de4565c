package match

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Rules are how lines and items are matched and what is left is judged: a policy's
// section `reconciliation`.
type Rules struct {
	ReferenceWindow  civil.Date // most days between a line and an item that a reference ties
	AmountWindow     civil.Date // most days between a line and an item that an amount ties
	Outstanding      civil.Date // days that an item may wait for the bank
	MinimumReference int        // fewest letters and digits of a reference
	Tolerance        Tenths     // most that a line and its item may differ by
	Fees             []Fee      // at most one a channel
	Settlements      []Settlement
	FeeCodes         []string // transaction codes of the bank's own charges, beside those of its format
}

// DefaultRules are those of a policy that says nothing.
// Source: finance.md, section 1.
func DefaultRules() Rules {
	return Rules{ReferenceWindow: 30, AmountWindow: 3, Outstanding: 5, MinimumReference: 4}
}

// Tenths is an amount in ten-thousandths of a currency's unit, as a rule that holds for
// every currency has it: none has more digits.
type Tenths int64

// TenthsDigits is how many digits after the point it has.
const TenthsDigits = 4

// In returns the amount in minor units of a currency with some digits, half-even.
func (x Tenths) In(digits int) money.Amount {
	if x < 0 {
		return -(-x).In(digits)
	}
	return money.Amount(money.MulDiv(int64(x), 1, money.Pow10(TenthsDigits-digits)))
}

// A Fee is what a channel keeps of each payment before the bank has it.
type Fee struct {
	Channel   string
	Rate      money.Rate // of the item
	Fixed     Tenths
	Tolerance Tenths
}

// of returns the fee of n items that come to an amount, in a currency with some digits.
func feeOf(rate money.Rate, fixed Tenths, sum money.Amount, n, digits int) money.Amount {
	return money.Amount(money.MulDiv(int64(sum), int64(rate), int64(money.RateOne))) + money.Amount(n)*fixed.In(digits)
}

// A Grouping is what the items of one settlement have in common.
type Grouping uint8

// The groupings.
const (
	ByValueDate Grouping = iota
	ByBusinessDate
	ByReference
	Groupings // how many there are
)

var groupingNames = [Groupings]string{"value_date", "business_date", "reference"}

func (g Grouping) String() string { return groupingNames[g] }

// A Settlement is how a channel pays out: many items in one line, less its charges.
type Settlement struct {
	Channel   string
	GroupBy   Grouping
	Lag       civil.Date // most days from a group's latest value date to its line
	Rate      money.Rate // of the sum
	Fixed     Tenths     // of each item
	Tolerance Tenths
	Text      string // that the line's text contains, in any case
}

// fee returns the rule of a channel's fees.
func (r *Rules) fee(channel string) *Fee {
	if channel != "" {
		for i := range r.Fees {
			if r.Fees[i].Channel == channel {
				return &r.Fees[i]
			}
		}
	}
	return nil
}
