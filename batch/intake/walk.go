package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A walk goes over a struct in Thrift's compact protocol without decoding it,
// to prove that a decoder may: lists are as long as they claim, nesting is
// shallow, and what the lists become in memory stays in the budget. A decoder
// allocates a list by its claim, before it reads the first element.
type walk struct {
	b      []byte
	budget int64
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

	thriftDepthMax = 16 // a footer has 7

	// What an element of a list takes in memory, at most: format.ColumnChunk
	// is the largest struct.
	structSize = 1024
	scalarSize = 32
)

var errShort = errors.New("cut short")

func (w *walk) structure(depth int) error {
	if depth > thriftDepthMax {
		return fmt.Errorf("nested more than %d deep", thriftDepthMax)
	}
	for {
		head, err := w.byte()
		if err != nil {
			return err
		}
		if head == thriftStop {
			return nil
		}
		if head>>4 == 0 { // the field's number follows
			if _, err := w.uvarint(); err != nil {
				return err
			}
		}
		if t := head & 15; t != thriftTrue && t != thriftFalse { // else the type is the value
			if err := w.value(t, depth); err != nil {
				return err
			}
		}
	}
}

func (w *walk) value(t byte, depth int) error {
	switch t {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := w.uvarint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.uvarint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth)
	case thriftStruct:
		return w.structure(depth + 1)
	}
	return fmt.Errorf("type %d is not one that Parquet has", t) // maps too
}

func (w *walk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.uvarint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.b)) {
		return errShort
	}
	size := int64(scalarSize)
	if head&15 == thriftStruct {
		size = structSize
	}
	if w.budget -= int64(n) * size; w.budget < 0 {
		return errors.New("too many row groups and columns for the memory allowed")
	}
	for range n {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) byte() (byte, error) {
	if len(w.b) == 0 {
		return 0, errShort
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c, nil
}

func (w *walk) skip(n uint64) error {
	if n > uint64(len(w.b)) {
		return errShort
	}
	w.b = w.b[n:]
	return nil
}

func (w *walk) uvarint() (uint64, error) {
	v, n := binary.Uvarint(w.b)
	if n <= 0 {
		return 0, errShort
	}
	w.b = w.b[n:]
	return v, nil
}
