// Package rows is rows under way from the night's files to where they are worked: how
// they are written, how they are spread over the partitions of an id's hash, on disk
// past a budget, and in what order they come back.
package rows

import (
	"encoding/binary"
	"errors"
)

// A Kind says what a row is. A row is: hash of its id (8 bytes, big-endian), length of
// the id (1) and the id, kind of row (1), file (2), number in the file (5), and then what
// depends on the kind, as variable-length integers and texts.
type Kind byte

// The kinds of row that go by loan, in the order in which a loan takes them.
const (
	LoanRow Kind = iota
	ScheduleRow
	ReleaseRow // decided already, so that its id goes before that of any other event
	EventRow
	DerivedRow // a reversal that the reversal of a whole file stands for; in no file
)

// Limits of a row's encoding.
const (
	FilesMax  = 1<<16 - 1
	NoFile    = FilesMax // of an event that none of its night's files brought
	NumberMax = 1<<40 - 1
)

// IDOf returns the id that a row goes by.
func IDOf(row []byte) []byte { return row[9 : 9+row[8]] }

// A Head is the front of a row.
type Head struct {
	Kind Kind
	File uint16
	Num  int64
	Body []byte
}

// ParseHead reads the front of a row.
func ParseHead(row []byte) Head {
	b := row[9+row[8]:]
	return Head{
		Kind: Kind(b[0]), File: binary.BigEndian.Uint16(b[1:]),
		Num: int64(b[3])<<32 | int64(binary.BigEndian.Uint32(b[4:])), Body: b[8:],
	}
}

// AppendHead starts a row.
func AppendHead(b []byte, hash uint64, id []byte, kind Kind, file int, num int64) []byte {
	b = binary.BigEndian.AppendUint64(b, hash)
	b = append(b, byte(len(id)))
	b = append(b, id...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint16(b, uint16(file))
	b = append(b, byte(num>>32))
	return binary.BigEndian.AppendUint32(b, uint32(num))
}

// AppendInt adds a number to a row's body, which a [Body] reads.
func AppendInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

// AppendText adds a text to a row's body.
func AppendText(b, s []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// A Body reads the fields of a row. Bad is set when it ends early.
type Body struct {
	b   []byte
	Bad bool
}

// Int reads a number.
func (d *Body) Int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.Bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// Text reads a text, which stays the row's.
func (d *Body) Text() []byte {
	n, k := binary.Uvarint(d.b)
	if k <= 0 || n > uint64(len(d.b)-k) {
		d.Bad = true
		return nil
	}
	s := d.b[k : k+int(n) : k+int(n)]
	d.b = d.b[k+int(n):]
	return s
}

// BodyOf reads what follows one after the other.
func BodyOf(b []byte) Body { return Body{b: b} }

// Byte reads a byte.
func (d *Body) Byte() byte {
	if len(d.b) == 0 {
		d.Bad = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

// Uint reads how many things follow: each takes a byte at least.
func (d *Body) Uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > uint64(len(d.b)) {
		d.Bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// Done reports whether all was read, and nothing was missing.
func (d *Body) Done() bool { return !d.Bad && len(d.b) == 0 }

// Rest is what was not read.
func (d *Body) Rest() []byte { return d.b }

// ErrDamaged reports a row that is not as it was written.
var ErrDamaged = errors.New("a row between intake and posting is damaged")
