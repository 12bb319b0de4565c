package intake

import (
	"errors"
	"fmt"
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
