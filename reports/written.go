package reports

import (
	"math"
	"slices"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Amounts of all currencies are whole units of one scale, the most minor digits that a
// currency of the policy has; so Parquet and Arrow keep them. What people read has
// those of its own currency, by ISO 4217 list one: yen have no decimals, dinars three.

// Decimal returns an amount in units of a scale as a plain decimal with as many digits
// after the point as are asked for; with all of the scale where it is not whole in them.
func Decimal(amount int64, scale, digits int) string {
	return string(AppendDecimal(nil, amount, scale, digits))
}

// Money is [Decimal] with the digits of a currency.
func Money(amount int64, scale int, currency string) string {
	return Decimal(amount, scale, digitsOf(currency, scale))
}

// AppendDecimal appends what [Decimal] returns.
func AppendDecimal(b []byte, amount int64, scale, digits int) []byte {
	if digits < scale {
		if unit := money.Pow10(scale - digits); amount%unit == 0 {
			amount, scale = amount/unit, digits
		}
	}
	return money.Amount(amount).Append(b, scale)
}

// digitsOf returns the minor digits of a currency; the scale's of what is none.
func digitsOf(currency string, scale int) int {
	if digits, ok := money.Digits(currency); ok {
		return digits
	}
	return scale
}

// A written is rows as people read them: amounts have the digits of the currency that
// stands in their row. Tables without a column of that name have those of the scale.
type written struct {
	columns  []Column
	currency *Column
	digits   []int // by code of currency, or nil
}

func writtenOf(columns []Column) (w written) {
	w.columns = columns
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == "currency" && (c.Kind == Coded || c.Kind == Text) })
	if i < 0 {
		return w
	}
	w.currency = &columns[i]
	for _, name := range w.currency.Names {
		digits, ok := money.Digits(name)
		if !ok {
			digits = math.MaxInt // all of the scale
		}
		w.digits = append(w.digits, digits)
	}
	return w
}

// append appends a row's value of a column.
func (w *written) append(b []byte, c *Column, row int) []byte {
	if w.currency == nil || c.Kind != Amount || c.Null(row) {
		return c.AppendValue(b, row)
	}
	if w.currency.Kind == Text { // a table that was read again
		return AppendDecimal(b, c.Ints[row], c.Digits, digitsOf(string(w.currency.Texts.Row(row)), c.Digits))
	}
	if code := w.currency.Codes[row]; code != aging.NoCode {
		return AppendDecimal(b, c.Ints[row], c.Digits, w.digits[code])
	}
	return c.AppendValue(b, row)
}

// Row returns a row of columns as people read it, a text for each.
func Row(columns []Column, row int) []string {
	w, texts := writtenOf(columns), make([]string, len(columns))
	for i := range columns {
		texts[i] = string(w.append(nil, &columns[i], row))
	}
	return texts
}

// AppendInstant appends an instant, in microseconds since 1970, as RFC 3339 has it in UTC.
func AppendInstant(b []byte, at int64) []byte { return append(appendClock(b, at), 'Z') }

// AppendLocal appends an instant as RFC 3339 has it at a place that is so many seconds
// ahead of UTC.
func AppendLocal(b []byte, at int64, offset int) []byte {
	return AppendOffset(appendClock(b, at+int64(offset)*1e6), offset)
}

func appendClock(b []byte, at int64) []byte {
	const second, day = 1e6, 86400
	s := at / second
	if at%second < 0 {
		s--
	}
	d := s / day
	if s %= day; s < 0 {
		d, s = d-1, s+day
	}
	b = civil.Date(d).Append(b)
	b = append(b, 'T')
	b = appendTwo(b, int(s/3600))
	b = appendTwo(append(b, ':'), int(s/60%60))
	return appendTwo(append(b, ':'), int(s%60))
}

// AppendOffset appends how far a place is ahead of UTC: +08:00.
func AppendOffset(b []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = appendTwo(append(b, sign), offset/3600)
	return appendTwo(append(b, ':'), offset/60%60)
}

func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
