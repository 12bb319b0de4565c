package workbook

import (
	"math"
	"strconv"
	"unicode/utf8"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// textMax is how many UTF-16 units a cell holds.
const textMax = 32_767

// plainRates are the columns that are kept as rates and are no share of anything: they
// show all their digits, and not per cent.
var plainRates = map[string]bool{"score_monitoring.value": true}

// A batch is rows of a table on their way into cells.
type batch struct {
	table    string
	style    *styles
	columns  []reports.Column
	currency *reports.Column // of the row; nil where the table has none
	digits   []int           // of its names
}

func batchOf(table string, s *styles, columns []reports.Column) batch {
	b := batch{table: table, style: s, columns: columns}
	for i := range columns {
		if c := &columns[i]; c.Name == "currency" && c.Kind == reports.Coded {
			b.currency = c
			for _, name := range c.Names {
				digits, ok := money.Digits(name)
				if !ok {
					digits = math.MaxInt // all of the scale
				}
				b.digits = append(b.digits, digits)
			}
		}
	}
	return b
}

// cell returns a row's cell of a column, nil where it is empty, and how many letters wide
// it is.
func (b *batch) cell(column, row int) (any, int) {
	c := &b.columns[column]
	if c.Null(row) {
		return nil, 0
	}
	switch c.Kind {
	case reports.Date:
		return b.style.day(c.Days[row])
	case reports.Count:
		return b.style.figure(int64(c.Counts[row]), 0, 0)
	case reports.Number:
		return b.style.figure(c.Ints[row], 0, 0)
	case reports.Amount:
		return b.style.figure(c.Ints[row], c.Digits, b.shown(c, row))
	case reports.Rate:
		if plainRates[b.table+"."+c.Name] {
			return b.style.figure(c.Ints[row], c.Digits, c.Digits)
		}
		return b.style.share(c.Ints[row], c.Digits)
	case reports.Bool:
		return excelize.Cell{StyleID: b.style.truth, Value: c.Counts[row] != 0}, len("FALSE")
	}
	return b.style.words(string(c.AppendValue(nil, row)))
}

// shown is how many digits after the point an amount shows: those of its currency, or all
// of the scale where it is no whole number of the currency's least unit.
func (b *batch) shown(c *reports.Column, row int) int {
	if b.currency == nil || b.currency.Codes[row] == aging.NoCode {
		return c.Digits
	}
	digits := min(b.digits[b.currency.Codes[row]], c.Digits)
	if c.Ints[row]%money.Pow10(c.Digits-digits) != 0 {
		return c.Digits
	}
	return digits
}

// words is a text as a cell. It is never empty, as null is.
func (s *styles) words(text string) (any, int) {
	if len(text) > textMax {
		text = shortened(text)
	}
	return excelize.Cell{StyleID: s.text, Value: text}, letters(text)
}

// shortened cuts a text that is longer than a cell holds, and ends it with a letter that
// says so.
func shortened(text string) string {
	units, end := 0, 0
	for i, r := range text {
		if units < textMax { // there is room for one more, and here it may be the last
			end = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= textMax {
		return text
	}
	return text[:end] + "…"
}

// letters is how wide a text is, in digits: the letters of East Asia are two wide.
func letters(text string) int {
	if len(text) > textMax || !utf8.ValidString(text) {
		return len(text)
	}
	n := 0
	for _, r := range text {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}

// figure is units of 10^-digits as a number that shows so many digits after the point.
func (s *styles) figure(units int64, digits, shown int) (any, int) {
	text := reports.Decimal(units, digits, shown)
	if !holds(units) || shown > digitsMax {
		return excelize.Cell{StyleID: s.exact, Value: text}, len(text)
	}
	return excelize.Cell{StyleID: s.figures[shown], Value: float(text)}, len(reports.Grouped(text))
}

// share is units of 10^-digits as per cent with two digits.
func (s *styles) share(units int64, digits int) (any, int) {
	text := reports.Decimal(units, digits, digits)
	if !holds(units) {
		return excelize.Cell{StyleID: s.exact, Value: text}, len(text)
	}
	return excelize.Cell{StyleID: s.percent, Value: float(text)}, len(text) + 1
}

// holds reports whether a number of a spreadsheet, which has 15 significant digits, has all
// of these units.
func holds(units int64) bool {
	for units != 0 && units%10 == 0 {
		units /= 10
	}
	return -1e15 < units && units < 1e15
}

// float is a decimal of at most 15 significant digits, of which it loses none.
func float(decimal string) float64 {
	v, err := strconv.ParseFloat(decimal, 64)
	if err != nil {
		panic("workbook: internal error: " + decimal + " is no decimal")
	}
	return v
}

// Days are counted from the last of 1899, and one that never was, 29 February 1900, counts.
var (
	dayZero   = civil.Of(1899, 12, 31)
	march1900 = civil.Of(1900, 3, 1)
)

// day is a date as a number that shows a date.
func (s *styles) day(d civil.Date) (any, int) {
	if d <= dayZero {
		return s.words(d.String())
	}
	serial := int64(d - dayZero)
	if d >= march1900 {
		serial++
	}
	return excelize.Cell{StyleID: s.date, Value: serial}, len("2006-01-02")
}
