package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A group is whole numbers that a record always has: first the sizes of all, three bits
// a number, and then the numbers, least byte first and without leading zeros. Where each
// begins is known before the one before it is read, which is why it takes half the time
// of numbers that say one after the other where they end.
const groupMax = 21 // numbers: their sizes are one word

// groupReach is what is read of a record's page where it is there: any place in a group is a byte, and a word begins there.
const groupReach = 1<<8 + 8

const _ = uint8(8 + 8*groupMax) // the end of the longest group

// groupSizes are the bytes that a number of each size takes.
var groupSizes = [8]uint8{0, 1, 2, 3, 4, 5, 6, 8}

// sizeCodes are the sizes by a number's length in bits.
var sizeCodes = func() (codes [65]uint8) {
	for bits := range codes {
		codes[bits] = uint8(min((bits+7)/8, 7))
	}
	return codes
}()

// groupMasks are the bits that a number of each size has.
var groupMasks = [8]uint64{0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 1<<64 - 1}

// sizesSize returns how many bytes the sizes of n numbers take.
func sizesSize(n int) int { return (3*n + 7) / 8 }

// zigzag makes small numbers of either sign small.
func zigzag[T ~int16 | ~int32 | ~int64](v T) uint64 {
	return uint64(int64(v))<<1 ^ uint64(int64(v)>>63)
}

func unzigzag[T ~int16 | ~int32 | ~int64](v uint64) T { return T(int64(v>>1) ^ -int64(v&1)) }

// group appends a group of at most groupMax numbers.
func (e *encoder) group(numbers []uint64) {
	at, size := len(e.b), sizesSize(len(numbers))
	e.b = slices.Grow(e.b, size+8*len(numbers)+8)
	b := e.b[:cap(e.b)]
	pos, sizes, shift := at+size, uint64(0), 0
	for _, v := range numbers {
		code := sizeCodes[bits.Len64(v)]
		binary.LittleEndian.PutUint64(b[pos:], v)
		pos += int(groupSizes[code&7])
		sizes |= uint64(code) << (shift & 63)
		shift += 3
	}
	if size == 8 {
		binary.LittleEndian.PutUint64(b[at:], sizes)
	} else {
		for i := range size {
			b[at+i] = byte(sizes >> (8 * i))
		}
	}
	e.b = b[:pos]
}

// group reads a group of as many numbers as there is room for.
func (d *decoder) group(numbers []uint64) {
	b, pos := d.b, sizesSize(len(numbers))
	sizes, ok := uint64(0), true
	if len(b) >= 8 {
		sizes = binary.LittleEndian.Uint64(b) // what is beyond is not looked at
	} else {
		sizes, ok = word(b, 0, pos)
	}
	if cap(b) >= groupReach {
		pos = words((*[groupReach]byte)(b[:groupReach]), sizes, pos, numbers)
	} else {
		var whole bool
		pos, whole = wordsWithin(b, sizes, pos, numbers)
		ok = ok && whole
	}
	if !ok || pos > len(b) {
		clear(numbers)
		d.bad, d.b = true, nil
		return
	}
	d.b = b[pos:]
}

// words reads numbers of the sizes given from a place on, and returns the one behind them. What lies behind the record, as
// nearly always another one, may be read with a number, and is masked off it.
func words(page *[groupReach]byte, sizes uint64, from int, numbers []uint64) int {
	pos := uint8(from)
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(page[pos:int(pos)+8]) & groupMasks[sizes&7]
		pos += groupSizes[sizes&7]
		sizes >>= 3
	}
	return int(pos)
}

// wordsWithin is words where there may be nothing behind the record; false where numbers are not all there.
func wordsWithin(b []byte, sizes uint64, pos int, numbers []uint64) (end int, ok bool) {
	ok = true
	for i := range numbers {
		code := sizes & 7
		sizes >>= 3
		size := int(groupSizes[code])
		switch {
		case pos+8 <= len(b):
			numbers[i] = binary.LittleEndian.Uint64(b[pos:]) & groupMasks[code]
		case size == 0:
			numbers[i] = 0
		default:
			var whole bool
			numbers[i], whole = word(b, pos, size)
			ok = ok && whole
		}
		pos += size
	}
	return pos, ok
}

// word reads a number of so many bytes; false where they are not all there.
func word(b []byte, from, size int) (v uint64, ok bool) {
	if from+size > len(b) {
		return 0, false
	}
	for i := size - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[from+i])
	}
	return v, true
}
