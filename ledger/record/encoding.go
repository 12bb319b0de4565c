package record

import (
	"encoding/binary"
	"errors"

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

func (e *encoder) uint(v uint64) {
	for v >= 0x80 {
		e.b = append(e.b, byte(v)|0x80)
		v >>= 7
	}
	e.b = append(e.b, byte(v))
}

func (e *encoder) int(v int64)             { e.uint(zigzag(v)) }
func (e *encoder) amount(a money.Amount)   { e.int(int64(a)) }
func (e *encoder) bytes(s []byte)          { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) date(d, base civil.Date) { e.uint(dated(d, base)) }

// dated is a date as a number, which is small near a base; none is 0.
func dated(d, base civil.Date) uint64 {
	if d == civil.None {
		return 0
	}
	return 1 + zigzag(int64(d-base))
}

// dateOf is the date that a number says.
func dateOf(v uint64, base civil.Date) civil.Date {
	if v == 0 {
		return civil.None
	}
	return base + civil.Date(unzigzag[int64](v-1))
}

// A decoder reads what an encoder wrote; after a fault everything reads as zero
// and bad is set.
type decoder struct {
	b       []byte
	bad     bool
	version byte // of the record, where its form depends on it
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

func (d *decoder) int() int64           { return unzigzag[int64](d.uint()) }
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
	return dateOf(d.uint(), base)
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
