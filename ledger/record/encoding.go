package record

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// errNewer says that a record is of a form that this program does not know. A book
// whose format is known has none.
var errNewer = errors.New("record is of a newer version of daybook")

// require holds what is written to what its form has room for, and to what a decoder
// takes: a book never gets a record that can't be read again.
func require(ok bool, what string) {
	if !ok {
		panic("record: internal error: " + what)
	}
}

// An encoder appends variable-length integers: amounts and dates of a loan are
// mostly small, so a record is half the size of fixed fields, and writing it is
// what a night pays for.
type encoder struct{ b []byte }

// Eight bytes are written or read at once where there is room: the seven bits of each
// byte of a number are spread, or brought together, by pairs, and nothing depends on a
// branch that numbers of all sizes would take otherwise.
const (
	spreadMax = 56 // bits of a number of eight bytes
	topBits   = 0x8080808080808080
)

func (e *encoder) uint(v uint64) {
	if v>>spreadMax != 0 {
		e.b = binary.AppendUvarint(e.b, v)
		return
	}
	n := (bits.Len64(v|1) + 6) / 7
	x := v&0x0FFFFFFF | v&0xFFFFFFF0000000<<4
	x = x&0x00003FFF00003FFF | x&0x0FFFC0000FFFC000<<2
	x = x&0x007F007F007F007F | x&0x3F803F803F803F80<<1
	x |= topBits & (1<<(8*(n-1)) - 1)
	e.b = binary.LittleEndian.AppendUint64(e.b, x)[:len(e.b)+n]
}

func (e *encoder) int(v int64)           { e.uint(uint64(v)<<1 ^ uint64(v>>63)) }
func (e *encoder) amount(a money.Amount) { e.int(int64(a)) }
func (e *encoder) bytes(s []byte)        { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) date(d, base civil.Date) {
	if d == civil.None {
		e.uint(0)
		return
	}
	v := int64(d - base)
	e.uint(1 + (uint64(v)<<1 ^ uint64(v>>63)))
}

// A decoder reads what an encoder wrote; after a fault everything reads as zero
// and bad is set.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	// Most values have one to four bytes: unrolled, they are read three times as
	// fast as by the loop.
	if b := d.b; len(b) >= 4 {
		switch {
		case b[0] < 0x80:
			d.b = b[1:]
			return uint64(b[0])
		case b[1] < 0x80:
			d.b = b[2:]
			return uint64(b[0]&0x7f) | uint64(b[1])<<7
		case b[2] < 0x80:
			d.b = b[3:]
			return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14
		case b[3] < 0x80:
			d.b = b[4:]
			return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2]&0x7f)<<14 | uint64(b[3])<<21
		}
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64           { v := d.uint(); return int64(v>>1) ^ -int64(v&1) }
func (d *decoder) amount() money.Amount { return money.Amount(d.int()) }

// intUpTo reads a number from 0 to most.
func (d *decoder) intUpTo(most int64) int64 {
	v := d.int()
	if v < 0 || v > most {
		d.bad = true
		return 0
	}
	return v
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte { return d.take(d.uint()) }

func (d *decoder) date(base civil.Date) civil.Date {
	v := d.uint()
	if v == 0 {
		return civil.None
	}
	v--
	return base + civil.Date(int64(v>>1)^-int64(v&1))
}

// count reads a number of things of at least size bytes each, so that a damaged
// record cannot ask for more memory than it has bytes.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}
