package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A compact reads a struct in Thrift's compact protocol. It knows no schema:
// whoever reads takes the fields it needs and skips all others, of whatever
// type they are, so that what a later format adds is read past. Nothing is
// allocated by what the bytes claim: a list's length is held against the bytes
// that are left, since each element takes one at least.
type compact struct {
	b    []byte
	last int // number of the last field read
}

// The compact protocol's types.
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13

	// A footer has 7; unknown fields may go deeper, the stack may not.
	thriftDepthMax = 64
)

var errShort = errors.New("cut short")

// field reads the next field's head; thriftStop at the struct's end.
func (c *compact) field() (number int, kind byte, err error) {
	head, err := c.byte()
	if err != nil || head == thriftStop {
		return 0, thriftStop, err
	}
	if delta := int(head >> 4); delta > 0 {
		c.last += delta
		return c.last, head & 15, nil
	}
	n, err := c.integer()
	c.last = int(int16(n))
	return c.last, head & 15, err
}

// fields calls fn with each field of a struct that begins here. fn takes the
// field's value and returns true, or leaves it and returns false.
func (c *compact) fields(fn func(number int, kind byte) (taken bool, err error)) error {
	outer := c.last
	c.last = 0
	for {
		number, kind, err := c.field()
		if err != nil {
			return err
		}
		if kind == thriftStop {
			c.last = outer
			return nil
		}
		taken, err := fn(number, kind)
		if err == nil && !taken {
			err = c.skip(kind, false, 0)
		}
		if err != nil {
			return err
		}
	}
}

// skip reads past a value. A boolean field has its value in its type, as an
// element it has a byte.
func (c *compact) skip(kind byte, element bool, depth int) error {
	if depth > thriftDepthMax {
		return fmt.Errorf("nested more than %d deep", thriftDepthMax)
	}
	switch kind {
	case thriftTrue, thriftFalse:
		if element {
			return c.drop(1)
		}
		return nil
	case thriftByte:
		return c.drop(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := c.uvarint()
		return err
	case thriftDouble:
		return c.drop(8)
	case thriftUUID:
		return c.drop(16)
	case thriftBinary:
		_, err := c.binary()
		return err
	case thriftList, thriftSet:
		kind, n, err := c.list()
		for ; n > 0 && err == nil; n-- {
			err = c.skip(kind, true, depth+1)
		}
		return err
	case thriftMap:
		return c.skipMap(depth)
	case thriftStruct:
		outer := c.last
		for {
			_, kind, err := c.field()
			if err != nil || kind == thriftStop {
				c.last = outer
				return err
			}
			if err := c.skip(kind, false, depth+1); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("type %d is not one that Thrift has", kind)
}

func (c *compact) skipMap(depth int) error {
	n, err := c.uvarint()
	if n == 0 || err != nil {
		return err
	}
	kinds, err := c.byte()
	if n > uint64(len(c.b)) {
		return errShort
	}
	for ; n > 0 && err == nil; n-- {
		if err = c.skip(kinds>>4, true, depth+1); err == nil {
			err = c.skip(kinds&15, true, depth+1)
		}
	}
	return err
}

// list reads the head of a list or set.
func (c *compact) list() (kind byte, n int, err error) {
	head, err := c.byte()
	if err != nil {
		return 0, 0, err
	}
	size := uint64(head >> 4)
	if size == 15 {
		if size, err = c.uvarint(); err != nil {
			return 0, 0, err
		}
	}
	if size > uint64(len(c.b)) {
		return 0, 0, errShort
	}
	return head & 15, int(size), nil
}

// whole takes an integer of any width; not taken if the field is none.
func (c *compact) whole(kind byte, to *int64) (bool, error) {
	switch kind {
	case thriftByte:
		b, err := c.byte()
		*to = int64(int8(b))
		return true, err
	case thriftI16, thriftI32, thriftI64:
		v, err := c.integer()
		*to = v
		return true, err
	}
	return false, nil
}

// flag takes a boolean.
func (c *compact) flag(kind byte, to *bool) (bool, error) {
	if kind != thriftTrue && kind != thriftFalse {
		return false, nil
	}
	*to = kind == thriftTrue
	return true, nil
}

// integer reads a zigzag integer.
func (c *compact) integer() (int64, error) {
	v, err := c.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}

// binary reads a byte string; it shares the input's memory.
func (c *compact) binary() ([]byte, error) {
	n, err := c.uvarint()
	if err != nil {
		return nil, err
	}
	if n > uint64(len(c.b)) {
		return nil, errShort
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b, nil
}

func (c *compact) byte() (byte, error) {
	if len(c.b) == 0 {
		return 0, errShort
	}
	b := c.b[0]
	c.b = c.b[1:]
	return b, nil
}

func (c *compact) drop(n int) error {
	if n > len(c.b) {
		return errShort
	}
	c.b = c.b[n:]
	return nil
}

func (c *compact) uvarint() (uint64, error) {
	v, n := binary.Uvarint(c.b)
	if n < 0 {
		return 0, errors.New("a number of more than 64 bits")
	}
	if n == 0 {
		return 0, errShort
	}
	c.b = c.b[n:]
	return v, nil
}
