package reports

import (
	"encoding/binary"
	"slices"
)

// pack appends the column's values in few bytes; it has no texts.
func (c *Column) pack(b []byte) []byte {
	switch c.Kind {
	case Date:
		return packValues(b, c.Days)
	case Count, Bool:
		return packValues(b, c.Counts)
	case Coded:
		return packValues(b, c.Codes)
	}
	return packValues(b, c.Ints)
}

// unpack makes so many values that were packed the column's; false where they are not.
func (c *Column) unpack(b []byte, rows int) bool {
	switch c.Kind {
	case Date:
		c.Days = sized(c.Days, rows)
		return unpackValues(b, c.Days)
	case Count, Bool:
		c.Counts = sized(c.Counts, rows)
		return unpackValues(b, c.Counts)
	case Coded:
		c.Codes = sized(c.Codes, rows)
		return unpackValues(b, c.Codes)
	}
	c.Ints = sized(c.Ints, rows)
	return unpackValues(b, c.Ints)
}

// A packable is what the values of columns are.
type packable interface{ ~int64 | ~int32 | ~uint16 }

// Packed values begin with how: so many bytes each above the least, which follows; or sparse: the
// one that nearly all have, and the others with their places.
const (
	sparsePack = 0xff
	packHead   = 1 + 8
)

// sparseBytes is what a value takes that is another than nearly all: its place and itself.
const sparseBytes = 4 + 8

// packValues appends values in the fewer bytes.
func packValues[T packable](b []byte, values []T) []byte {
	if len(values) == 0 {
		return packHeader(b, 0, 0)
	}
	if allOne(values) { // as nearly all columns are
		return packHeader(b, 0, uint64(values[0]))
	}
	least, most, common, votes := values[0], values[0], values[0], 0
	for _, v := range values {
		least, most = min(least, v), max(most, v)
		switch {
		case v == common:
			votes++
		case votes == 0:
			common, votes = v, 1
		default:
			votes--
		}
	}
	width := widthOf(uint64(most) - uint64(least))
	others := 0
	for _, v := range values {
		if v != common {
			others++
		}
	}
	if others*sparseBytes < len(values)*width {
		return packSparse(b, values, common)
	}
	b = packHeader(b, byte(width), uint64(least))
	at := len(b)
	b = slices.Grow(b, len(values)*width)[:at+len(values)*width]
	to := b[at:]
	switch width {
	case 1:
		for i, v := range values {
			to[i] = byte(uint64(v) - uint64(least))
		}
	case 2:
		for i, v := range values {
			binary.LittleEndian.PutUint16(to[2*i:], uint16(uint64(v)-uint64(least)))
		}
	case 4:
		for i, v := range values {
			binary.LittleEndian.PutUint32(to[4*i:], uint32(uint64(v)-uint64(least)))
		}
	case 8:
		for i, v := range values {
			binary.LittleEndian.PutUint64(to[8*i:], uint64(v)-uint64(least))
		}
	}
	return b
}

func packHeader(b []byte, how byte, first uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, how), first)
}

func packSparse[T packable](b []byte, values []T, common T) []byte {
	b = packHeader(b, sparsePack, uint64(common))
	for i, v := range values {
		if v != common {
			b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(i)), uint64(v))
		}
	}
	return b
}

// widthOf returns how many bytes a number takes that is at most so large: 0, 1, 2, 4 or 8.
func widthOf(most uint64) int {
	switch {
	case most == 0:
		return 0
	case most < 1<<8:
		return 1
	case most < 1<<16:
		return 2
	case most < 1<<32:
		return 4
	}
	return 8
}

// unpackValues reads what packValues wrote of so many values; false where it is something else.
func unpackValues[T packable](b []byte, to []T) bool {
	if len(b) < packHead {
		return false
	}
	how, first, rest := b[0], binary.LittleEndian.Uint64(b[1:]), b[packHead:]
	if how == sparsePack {
		return unpackSparse(rest, T(first), to)
	}
	if how > 8 || how&(how-1) != 0 || len(rest) != len(to)*int(how) {
		return false
	}
	switch how {
	case 0:
		for i := range to {
			to[i] = T(first)
		}
	case 1:
		for i := range to {
			to[i] = T(first + uint64(rest[i]))
		}
	case 2:
		for i := range to {
			to[i] = T(first + uint64(binary.LittleEndian.Uint16(rest[2*i:])))
		}
	case 4:
		for i := range to {
			to[i] = T(first + uint64(binary.LittleEndian.Uint32(rest[4*i:])))
		}
	case 8:
		for i := range to {
			to[i] = T(first + binary.LittleEndian.Uint64(rest[8*i:]))
		}
	}
	return true
}

func unpackSparse[T packable](b []byte, common T, to []T) bool {
	for i := range to {
		to[i] = common
	}
	for ; len(b) >= sparseBytes; b = b[sparseBytes:] {
		at := binary.LittleEndian.Uint32(b)
		if int64(at) >= int64(len(to)) {
			return false
		}
		to[at] = T(binary.LittleEndian.Uint64(b[4:]))
	}
	return len(b) == 0
}
