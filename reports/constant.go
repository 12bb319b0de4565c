package reports

import (
	"bytes"

	"github.com/parquet-go/parquet-go/format"
)

// A constantPage is the last page of a chunk whose rows were all one value, as many
// columns have for all of theirs: pages of as many rows are the same bytes, and what was
// read back of them once holds.
type constantPage struct {
	rows, nulls int
	value       int64
	encoding    format.Encoding
	body        []byte
}

// is reports whether a page of so many rows of a value is that one.
func (p *constantPage) is(rows int, value int64) bool { return p.rows == rows && p.value == value }

func (p *constantPage) keep(rows, nulls int, value int64, encoding format.Encoding, body []byte) {
	p.rows, p.nulls, p.value, p.encoding, p.body = rows, nulls, value, encoding, append(p.body[:0], body...)
}

// one returns the value of rows [from, to), and whether it is one; texts and truths are not asked.
func (c *Column) one(from, to int) (value int64, one bool) {
	switch c.Kind {
	case Text, Bool:
		return 0, false
	case Coded:
		return int64(c.Codes[from]), allOne(c.Codes[from:to])
	case Date:
		return int64(c.Days[from]), allOne(c.Days[from:to])
	case Count:
		return int64(c.Counts[from]), allOne(c.Counts[from:to])
	}
	return c.Ints[from], allOne(c.Ints[from:to])
}

// allOne reports whether values are all the same: each the one before it.
func allOne[T packable](values []T) bool {
	n := len(values) - 1
	return n < 1 || values[0] == values[n] && bytes.Equal(bytesOf(values[:n]), bytesOf(values[1:]))
}

// again appends the page of one value once more.
func (c *chunk) again() error {
	p := &c.constant
	c.scratch.body = append(c.scratch.body[:0], p.body...)
	switch {
	case p.nulls > 0: // all of them are
	case c.spec.Kind == Coded:
		if c.bounds != nil {
			c.bounds.mark([]uint16{uint16(p.value)}, len(c.spec.Names))
		}
	case c.spec.Kind == Date || c.spec.Kind == Count:
		c.range64(p.value, p.value)
	default:
		c.total += p.value * int64(p.rows)
		c.range64(p.value, p.value)
	}
	return c.appendDataPage(p.encoding, p.rows, p.nulls)
}
