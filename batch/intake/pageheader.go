package intake

import (
	"errors"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// A pageHeader is what is needed of a page's header.
type pageHeader struct {
	kind             format.PageType
	packed, expanded int64
	crc              int64
	hasCRC           bool
	parts            [9]bool // which of the headers for each kind of page it has, by their numbers
	values           int64
	encoding         int64
	defs, reps       int64 // v1: encodings of the levels, v2: their bytes
	plain            bool  // v2: not compressed
}

func (c *compact) pageHeader() (pageHeader, error) {
	h := pageHeader{}
	kindOf := int64(absent)
	h.packed, h.expanded = absent, absent
	err := c.fields(func(number int, kind byte) (bool, error) {
		switch number {
		case 1:
			return c.whole(kind, &kindOf)
		case 2:
			return c.whole(kind, &h.expanded)
		case 3:
			return c.whole(kind, &h.packed)
		case 4:
			taken, err := c.whole(kind, &h.crc)
			h.hasCRC = taken
			return taken, err
		case 5, 7, 8:
			h.parts[number] = h.parts[number] || kind == thriftStruct
			return kind == thriftStruct, c.ifStruct(kind, func(inner int, kind byte) (bool, error) {
				return c.pageField(&h, number, inner, kind)
			})
		}
		return false, nil
	})
	if err == nil && (kindOf == absent || h.packed == absent || h.expanded == absent) {
		err = errors.New("it does not say its type and sizes")
	}
	h.kind = format.PageType(int32(kindOf))
	return h, err
}

// pageField reads a field of the header for one kind of page: 5 a data page,
// 7 a dictionary, 8 a data page of version 2.
func (c *compact) pageField(h *pageHeader, part, number int, kind byte) (bool, error) {
	switch {
	case number == 1:
		return c.whole(kind, &h.values)
	case number == 2 && part != 8, number == 4 && part == 8:
		return c.whole(kind, &h.encoding)
	case number == 3 && part == 5, number == 5 && part == 8:
		return c.whole(kind, &h.defs)
	case number == 4 && part == 5, number == 6 && part == 8:
		return c.whole(kind, &h.reps)
	case number == 7 && part == 8:
		compressed := true
		taken, err := c.flag(kind, &compressed)
		h.plain = !compressed
		return taken, err
	}
	return false, nil
}

// check holds a header's claims to what a page may have.
func (h *pageHeader) check() error {
	if h.packed < 0 || h.expanded < 0 {
		return errors.New("a page header claims a negative size")
	}
	if h.packed > pageMax || h.expanded > pageMax {
		return fmt.Errorf("a page of %d bytes, at most %d are read: write smaller pages or row groups",
			max(h.packed, h.expanded), pageMax)
	}
	if h.values < 0 || h.values > math.MaxInt32 {
		return fmt.Errorf("a page header claims %d values", h.values)
	}
	if h.parts[8] && (h.defs < 0 || h.reps < 0 || h.defs > h.packed || h.reps > h.packed) {
		return errPage
	}
	return nil
}
