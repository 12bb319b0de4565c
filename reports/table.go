package reports

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Kind is the type of a column.
type Kind uint8

// The kinds of column, each with the null that an optional column may carry.
const (
	Text    Kind = iota // UTF-8; null is the empty text
	Coded               // text of low cardinality, by its dictionary; null is [aging.NoCode]
	Date                // civil date; null is [civil.None]
	Amount              // money: whole units with Digits after the point; null is [Null]
	Rate                // exact decimal with Digits after the point; null is [Null]
	Count               // 32-bit whole number; never null
	Number              // 64-bit whole number; null is [Null]
	Instant             // microseconds since 1970, UTC; null is [Null]
	Bool                // 1 or 0; never null
)

// Null is the absent value of the 64-bit kinds.
const Null = aging.NoAmount

// A Column has a name, a kind and the values of one kind.
type Column struct {
	Name     string
	Kind     Kind
	Digits   int              // after the point: Amount and Rate
	Optional bool             // nulls may occur
	Width    int              // Text: every row has this many bytes; 0 means that they vary
	Prefixed bool             // Text: a row often begins as the row before does
	Late     bool             // Coded, Date, Count or Amount, in a Parquet file: its values come after all rows, see [ParquetWriter.AppendLate]
	Names    aging.Dictionary // Coded: the names by code

	Texts  aging.Text
	Codes  []uint16
	Days   []civil.Date
	Ints   []int64 // Amount, Rate, Number, Instant
	Counts []int32 // Count, Bool

	// ends, if set, says that Texts stand once for rows that follow each other and are the same: up to which
	// row each stands. Only [ParquetWriter.Write] takes such columns.
	ends []int32
}

// Len returns the number of rows.
func (c *Column) Len() int {
	switch c.Kind {
	case Text:
		if len(c.ends) > 0 {
			return int(c.ends[len(c.ends)-1])
		}
		return max(len(c.Texts.Offsets)-1, 0)
	case Coded:
		return len(c.Codes)
	case Date:
		return len(c.Days)
	case Count, Bool:
		return len(c.Counts)
	}
	return len(c.Ints)
}

// Null reports whether row i is null.
func (c *Column) Null(i int) bool {
	switch c.Kind {
	case Text:
		return c.Optional && len(c.Texts.Row(i)) == 0
	case Coded:
		return c.Codes[i] == aging.NoCode
	case Date:
		return c.Days[i] == civil.None
	case Count, Bool:
		return false
	}
	return c.Ints[i] == Null
}

// same reports whether two rows have the same value.
func (c *Column) same(i, j int) bool {
	switch c.Kind {
	case Text:
		return bytes.Equal(c.Texts.Row(i), c.Texts.Row(j))
	case Coded:
		return c.Codes[i] == c.Codes[j]
	case Date:
		return c.Days[i] == c.Days[j]
	case Count, Bool:
		return c.Counts[i] == c.Counts[j]
	}
	return c.Ints[i] == c.Ints[j]
}

// AppendValue appends row i as CSV and people read it: plain decimals, ISO
// dates, nothing for null.
func (c *Column) AppendValue(b []byte, i int) []byte {
	if c.Null(i) {
		return b
	}
	switch c.Kind {
	case Text:
		return append(b, c.Texts.Row(i)...)
	case Coded:
		return append(b, c.Names[c.Codes[i]]...)
	case Date:
		return c.Days[i].Append(b)
	case Count:
		return strconv.AppendInt(b, int64(c.Counts[i]), 10)
	case Number:
		return strconv.AppendInt(b, c.Ints[i], 10)
	case Instant:
		return AppendInstant(b, c.Ints[i])
	case Bool:
		return strconv.AppendBool(b, c.Counts[i] != 0)
	}
	return money.Amount(c.Ints[i]).Append(b, c.Digits)
}

// appendRows appends the rows [from, to) of another column of the same kind.
func (c *Column) appendRows(src *Column, from, to int) {
	switch c.Kind {
	case Text:
		if src.ends != nil { // of which all rows are taken
			c.Texts = spreadTexts(c.Texts, &src.Texts, src.ends)
			break
		}
		c.Texts = appendTexts(c.Texts, &src.Texts, from, to)
	case Coded:
		c.Codes = append(c.Codes, src.Codes[from:to]...)
	case Date:
		c.Days = append(c.Days, src.Days[from:to]...)
	case Count, Bool:
		c.Counts = append(c.Counts, src.Counts[from:to]...)
	default:
		c.Ints = append(c.Ints, src.Ints[from:to]...)
	}
}

func appendTexts(t aging.Text, src *aging.Text, from, to int) aging.Text {
	if len(t.Offsets) == 0 {
		t.Offsets = append(t.Offsets, 0)
	}
	if from == to {
		return t
	}
	shift := int32(len(t.Data)) - src.Offsets[from]
	t.Data = append(t.Data, src.Data[src.Offsets[from]:src.Offsets[to]]...)
	for _, o := range src.Offsets[from+1 : to+1] {
		t.Offsets = append(t.Offsets, o+shift)
	}
	return t
}

// Grow makes room for rows to be appended, but for the bytes of texts.
func (c *Column) Grow(rows int) {
	switch c.Kind {
	case Text:
		c.Texts.Offsets = slices.Grow(c.Texts.Offsets, rows+1)
	case Coded:
		c.Codes = slices.Grow(c.Codes, rows)
	case Date:
		c.Days = slices.Grow(c.Days, rows)
	case Count, Bool:
		c.Counts = slices.Grow(c.Counts, rows)
	default:
		c.Ints = slices.Grow(c.Ints, rows)
	}
}

// Reset empties the column and keeps its memory.
func (c *Column) Reset() {
	c.Texts.Reset()
	c.Codes, c.Days, c.Ints, c.Counts = c.Codes[:0], c.Days[:0], c.Ints[:0], c.Counts[:0]
}

// A Table is columns of one length. Small reports are built row by row with
// [Table.Append]; wide ones are filled column by column.
type Table struct {
	Name    string // of the file, without its extension
	Columns []Column
}

// Rows returns the number of rows.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Append adds a row: one value a column, nil for null. A value of a wrong type
// is a fault of the program and panics.
func (t *Table) Append(values ...any) {
	if len(values) != len(t.Columns) {
		panic(fmt.Sprintf("reports: internal error: %d values for the %d columns of %s", len(values), len(t.Columns), t.Name))
	}
	for i, v := range values {
		t.Columns[i].appendAny(v)
	}
}

func (c *Column) appendAny(v any) {
	switch c.Kind {
	case Text:
		s, _ := v.(string)
		c.Texts.Append([]byte(s))
	case Coded:
		c.Codes = append(c.Codes, c.code(v))
	case Date:
		d, ok := v.(civil.Date)
		if !ok {
			d = civil.None
		}
		c.Days = append(c.Days, d)
	case Count:
		c.Counts = append(c.Counts, int32(whole(c, v)))
	case Bool:
		c.Counts = append(c.Counts, int32(whole(c, v)&1))
	default:
		c.Ints = append(c.Ints, whole(c, v))
	}
}

// AppendName adds a name to a Coded column, new to the dictionary or not; the
// empty name is null.
func (c *Column) AppendName(name string) {
	if name == "" {
		c.Codes = append(c.Codes, aging.NoCode)
		return
	}
	if n := len(c.Codes); n > 0 && c.Codes[n-1] != aging.NoCode && c.Names[c.Codes[n-1]] == name {
		c.Codes = append(c.Codes, c.Codes[n-1]) // most often as the row before
		return
	}
	c.Codes = append(c.Codes, c.code(name))
}

// code returns the code of a name, new to the dictionary or not.
func (c *Column) code(v any) uint16 {
	s, ok := v.(string)
	if !ok {
		return aging.NoCode
	}
	i := slices.Index(c.Names, s)
	if i < 0 {
		i = len(c.Names)
		c.Names = append(c.Names, s)
	}
	return uint16(i)
}

func whole(c *Column, v any) int64 {
	switch v := v.(type) {
	case nil:
		return Null
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case int64:
		return v
	case money.Amount:
		return int64(v)
	case bool:
		if v {
			return 1
		}
		return 0
	}
	panic(fmt.Sprintf("reports: internal error: column %s has no place for a %T", c.Name, v))
}
