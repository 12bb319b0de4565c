package intake

import (
	"encoding/binary"
	"math/bits"
)

// delta decodes DELTA_BINARY_PACKED, as many values at a time as are asked
// for.
type delta struct {
	b        []byte
	narrow   bool // 32-bit arithmetic
	perMini  int  // values of a miniblock
	widths   []byte
	minis    int // miniblocks of a block
	mini     int // the next one
	left     int // values left, of all
	bits     []byte
	bit      int
	inMini   int // values left of the miniblock
	width    int
	least    int64
	last     int64
	hasFirst bool // last is not yet handed out
}

func (d *delta) reset(b []byte, narrow bool) error {
	*d = delta{narrow: narrow}
	block, b, err := uvarint(b, 1<<20)
	if err != nil {
		return err
	}
	minis, b, err := uvarint(b, 1<<12)
	if err != nil || minis == 0 || block%minis != 0 || block/minis%8 != 0 || block == 0 {
		return errPage
	}
	total, b, err := uvarint(b, 1<<31-1)
	if err != nil {
		return err
	}
	first, n := binary.Varint(b)
	if n <= 0 {
		return errPage
	}
	d.b, d.minis, d.perMini, d.left = b[n:], minis, block/minis, total
	d.last, d.hasFirst, d.mini = first, total > 0, minis
	return nil
}

func uvarint(b []byte, most uint64) (int, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 || v > most {
		return 0, nil, errPage
	}
	return int(v), b[n:], nil
}

// miniblock starts the next miniblock, and the next block where need be.
func (d *delta) miniblock() error {
	if d.mini == d.minis {
		least, n := binary.Varint(d.b)
		if n <= 0 || len(d.b)-n < d.minis {
			return errPage
		}
		d.least, d.widths, d.b, d.mini = least, d.b[n:n+d.minis], d.b[n+d.minis:], 0
	}
	d.width = int(d.widths[d.mini])
	d.mini++
	size := d.perMini / 8 * d.width
	if d.width > 64 || size > len(d.b) {
		return errPage
	}
	d.bits, d.b, d.bit, d.inMini = d.b[:size], d.b[size:], 0, d.perMini
	return nil
}

// fill decodes the next len(dst) values.
func (d *delta) fill(dst []int64) error {
	if len(dst) > d.left {
		return errPage
	}
	d.left -= len(dst)
	if d.hasFirst && len(dst) > 0 {
		dst[0] = d.value()
		dst, d.hasFirst = dst[1:], false
	}
	for len(dst) > 0 {
		if d.inMini == 0 {
			if err := d.miniblock(); err != nil {
				return err
			}
		}
		n := min(d.inMini, len(dst))
		d.unpack(dst[:n])
		d.inMini -= n
		dst = dst[n:]
	}
	return nil
}

func (d *delta) value() int64 {
	if d.narrow {
		return int64(int32(d.last))
	}
	return d.last
}

func (d *delta) unpack(dst []int64) {
	mask := ^uint64(0) >> (64 - d.width)
	for i := range dst {
		at, shift := d.bit>>3, d.bit&7
		var v uint64
		if at+8 <= len(d.bits) {
			v = binary.LittleEndian.Uint64(d.bits[at:]) >> shift
			if shift+d.width > 64 {
				v |= uint64(d.bits[at+8]) << (64 - shift)
			}
		} else {
			v = tail64(d.bits[min(at, len(d.bits)):]) >> shift
		}
		d.last += d.least + int64(v&mask)
		dst[i] = d.value()
		d.bit += d.width
	}
}

// skip goes to the end of the values and returns the bytes behind them.
func (d delta) skip() ([]byte, error) {
	left := d.left
	if d.hasFirst {
		left--
	}
	for left > 0 {
		if err := d.miniblock(); err != nil {
			return nil, err
		}
		left -= d.perMini
	}
	return d.b, nil
}

// bitsFor is the width of a level up to most.
func bitsFor(most int) uint { return uint(bits.Len(uint(most))) }
