package intake

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// A meta is what is needed of a footer. Its lists are kept as bytes that were
// walked, and read one element at a time: the schema first, since it says how
// many columns a row group has.
type meta struct {
	rows    int64
	schema  compact
	nSchema int
	groups  compact
	nGroups int
}

// readMeta reads a footer's own fields.
func readMeta(b []byte) (*meta, error) {
	m := &meta{rows: -1, nSchema: -1, nGroups: -1}
	c := compact{b: b}
	err := c.fields(func(number int, kind byte) (bool, error) {
		switch number {
		case 2:
			return c.structs(kind, &m.schema, &m.nSchema)
		case 3:
			return c.whole(kind, &m.rows)
		case 4:
			return c.structs(kind, &m.groups, &m.nGroups)
		}
		return false, nil
	})
	switch {
	case err != nil:
		return nil, err
	case m.nSchema < 0:
		return nil, errors.New("no schema")
	case m.rows < 0:
		return nil, errors.New("no number of rows")
	case m.nGroups < 0:
		return nil, errors.New("no row groups")
	}
	return m, nil
}

// structs walks over a list of structs and keeps where it begins.
func (c *compact) structs(kind byte, at *compact, n *int) (bool, error) {
	if kind != thriftList && kind != thriftSet {
		return false, nil
	}
	elements, count, err := c.list()
	if err != nil {
		return true, err
	}
	if elements != thriftStruct && count > 0 {
		return true, fmt.Errorf("a list of structs has elements of type %d", elements)
	}
	*at, *n = compact{b: c.b}, count
	for ; count > 0 && err == nil; count-- {
		err = c.skip(thriftStruct, true, 0)
	}
	return true, err
}

// An element is one element of the schema's tree. Numbers that it does not
// have are absent.
type element struct {
	name                           string
	physical, width, repetition    int64
	children                       int64
	converted                      int64
	scale, precision               int64
	logical                        int // number of the logical type's member, 0 without
	logicalScale, logicalPrecision int64
	unit                           int // of a timestamp: 1 milli, 2 micro, 3 nano
	utc, signed                    bool
}

// absent stands for a number that is not there: no enumeration of the format
// has it, and no size or count.
const absent = -1

func (c *compact) element() (element, error) {
	e := element{physical: absent, repetition: absent, converted: absent}
	err := c.fields(func(number int, kind byte) (bool, error) {
		switch number {
		case 1:
			return c.whole(kind, &e.physical)
		case 2:
			return c.whole(kind, &e.width)
		case 3:
			return c.whole(kind, &e.repetition)
		case 4:
			if kind != thriftBinary {
				return false, nil
			}
			b, err := c.binary()
			e.name = string(b)
			return true, err
		case 5:
			return c.whole(kind, &e.children)
		case 6:
			return c.whole(kind, &e.converted)
		case 7:
			return c.whole(kind, &e.scale)
		case 8:
			return c.whole(kind, &e.precision)
		case 10:
			return kind == thriftStruct, c.ifStruct(kind, func(member int, kind byte) (bool, error) {
				if _, known := logicalNames[member]; known || e.logical == 0 {
					e.logical = member
				}
				if e.logical != member {
					return false, nil
				}
				return kind == thriftStruct, c.ifStruct(kind, func(number int, kind byte) (bool, error) {
					return c.logicalField(&e, number, kind)
				})
			})
		}
		return false, nil
	})
	return e, err
}

// ifStruct reads the fields of a struct; it leaves a value of another type.
func (c *compact) ifStruct(kind byte, fn func(number int, kind byte) (bool, error)) error {
	if kind != thriftStruct {
		return nil
	}
	return c.fields(fn)
}

// logicalField reads a field of the logical type's member.
func (c *compact) logicalField(e *element, number int, kind byte) (bool, error) {
	switch {
	case e.logical == logicalDecimal && number == 1:
		return c.whole(kind, &e.logicalScale)
	case e.logical == logicalDecimal && number == 2:
		return c.whole(kind, &e.logicalPrecision)
	case e.logical == logicalTimestamp && number == 1:
		return c.flag(kind, &e.utc)
	case e.logical == logicalTimestamp && number == 2:
		return kind == thriftStruct, c.ifStruct(kind, func(member int, _ byte) (bool, error) {
			if member >= 1 && member <= 3 {
				e.unit = member
			}
			return false, nil
		})
	case e.logical == logicalInteger && number == 2:
		return c.flag(kind, &e.signed)
	}
	return false, nil
}

// rowGroup reads a row group with as many columns as the schema has leaves.
func (c *compact) rowGroup(leaves []leaf) (rows int64, columns []column, err error) {
	rows = absent
	err = c.fields(func(number int, kind byte) (bool, error) {
		switch {
		case number == 3:
			return c.whole(kind, &rows)
		case number == 1 && kind == thriftList:
			elements, n, err := c.list()
			if err != nil {
				return true, err
			}
			if n != len(leaves) || columns != nil || elements != thriftStruct && n > 0 {
				return true, fmt.Errorf("it has %d columns, the schema %d", n, len(leaves))
			}
			columns = make([]column, n)
			for i := range columns {
				if columns[i], err = c.column(); err != nil {
					return true, fmt.Errorf("column %s: %w", leaves[i].name, err)
				}
			}
			return true, nil
		}
		return false, nil
	})
	if err == nil && len(columns) != len(leaves) {
		err = fmt.Errorf("it has %d columns, the schema %d", len(columns), len(leaves))
	}
	return rows, columns, err
}

// A column is what a footer says of a leaf's chunk.
type column struct {
	physical, codec, values     int64
	packed, data, dictionary    int64 // bytes, offsets
	hasMeta, elsewhere, secrets bool
}

func (c *compact) column() (column, error) {
	k := column{physical: absent, codec: absent, values: absent, packed: absent, data: absent}
	err := c.fields(func(number int, kind byte) (bool, error) {
		switch number {
		case 1:
			if kind != thriftBinary {
				return false, nil
			}
			b, err := c.binary()
			k.elsewhere = len(b) > 0
			return true, err
		case 3:
			k.hasMeta = k.hasMeta || kind == thriftStruct
			return kind == thriftStruct, c.ifStruct(kind, func(number int, kind byte) (bool, error) {
				return c.columnField(&k, number, kind)
			})
		case 8, 9:
			k.secrets = true
		}
		return false, nil
	})
	return k, err
}

func (c *compact) columnField(k *column, number int, kind byte) (bool, error) {
	switch number {
	case 1:
		return c.whole(kind, &k.physical)
	case 4:
		return c.whole(kind, &k.codec)
	case 5:
		return c.whole(kind, &k.values)
	case 7:
		return c.whole(kind, &k.packed)
	case 9:
		return c.whole(kind, &k.data)
	case 11:
		return c.whole(kind, &k.dictionary)
	}
	return false, nil
}

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
