package intake

import (
	"encoding/binary"
	"errors"
)

var errPage = errors.New("its values do not fit its page")

// runs decodes the RLE and bit-packing hybrid of levels and dictionary
// indexes, as many values at a time as are asked for: a run's claimed length
// costs nothing.
type runs struct {
	b      []byte
	width  uint
	equal  int    // values left in a run of equal values
	value  uint32 // that value
	packed int    // values left in a bit-packed run
	bits   []byte // its bytes
	bit    int    // the next value's offset in it
}

func (r *runs) reset(b []byte, width uint) { *r = runs{b: b, width: width} }

// header starts the next run.
func (r *runs) header() error {
	h, n := binary.Uvarint(r.b)
	if n <= 0 || h>>1 == 0 || h > 1<<32 {
		return errPage
	}
	r.b = r.b[n:]
	count := int(h >> 1)
	if h&1 == 0 {
		size := int(r.width+7) / 8
		if size > len(r.b) {
			return errPage
		}
		r.equal, r.value = count, 0
		for i := size - 1; i >= 0; i-- {
			r.value = r.value<<8 | uint32(r.b[i])
		}
		r.b = r.b[size:]
		return nil
	}
	if r.width == 0 {
		r.equal, r.value = count*8, 0
		return nil
	}
	// Some writers cut the last run's unused bytes off.
	size := min(count*int(r.width), len(r.b))
	r.bits, r.b, r.bit = r.b[:size], r.b[size:], 0
	r.packed = min(count*8, size*8/int(r.width))
	if r.packed == 0 {
		return errPage
	}
	return nil
}

// fill decodes the next len(dst) values.
func (r *runs) fill(dst []uint32) error {
	for len(dst) > 0 {
		switch {
		case r.equal > 0:
			n := min(r.equal, len(dst))
			for i := range dst[:n] {
				dst[i] = r.value
			}
			r.equal -= n
			dst = dst[n:]
		case r.packed > 0:
			n := min(r.packed, len(dst))
			r.unpack(dst[:n])
			r.packed -= n
			dst = dst[n:]
		default:
			if err := r.header(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *runs) unpack(dst []uint32) {
	mask := uint64(1)<<r.width - 1
	bit, width, b := r.bit, int(r.width), r.bits
	i := 0
	for ; i < len(dst) && bit>>3+8 <= len(b); i++ {
		dst[i] = uint32(binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7) & mask)
		bit += width
	}
	for ; i < len(dst); i++ { // the last bytes
		dst[i] = uint32(tail64(b[bit>>3:]) >> (bit & 7) & mask)
		bit += width
	}
	r.bit = bit
}

// tail64 is a little-endian load of up to eight bytes.
func tail64(b []byte) (v uint64) {
	for i := min(len(b), 8) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

// all reports whether the next n values are one run of v, and takes them.
func (r *runs) all(v uint32, n int) bool {
	if r.equal == 0 && r.packed == 0 && r.header() != nil {
		r.b = nil // so that fill, which comes next, finds the fault too
		return false
	}
	if r.equal < n || r.value != v {
		return false
	}
	r.equal -= n
	return true
}
