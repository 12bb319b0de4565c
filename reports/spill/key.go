package spill

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// AppendText appends a text so that keys order as their texts do, whatever follows:
// 0 becomes 0 255, and 0 1 ends it.
func AppendText[T string | []byte](b []byte, text T) []byte {
	for i := range len(text) {
		b = append(b, text[i])
		if text[i] == 0 {
			b = append(b, 0xff)
		}
	}
	return append(b, 0, 1)
}

// AppendInt appends a number so that keys order as their numbers do.
func AppendInt(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)^1<<63) }

// A Record reads what the Append functions wrote, in their order. Bad is set where
// it ends early.
type Record struct {
	B   []byte
	Bad bool
}

// Err returns an error where the record was damaged.
func (r *Record) Err() error {
	if r.Bad {
		return errors.New("a spilled record is damaged")
	}
	return nil
}

// Text reads a text: a part of the record where it holds no zero.
func (r *Record) Text() []byte {
	var joined []byte
	for {
		i := bytes.IndexByte(r.B, 0)
		if i < 0 || i+1 >= len(r.B) {
			r.B, r.Bad = nil, true
			return nil
		}
		part, mark := r.B[:i:i], r.B[i+1]
		r.B = r.B[i+2:]
		switch {
		case mark == 1 && joined == nil:
			return part
		case mark == 1:
			return append(joined, part...)
		}
		joined = append(append(joined, part...), 0)
	}
}

// Int reads a number.
func (r *Record) Int() int64 {
	if len(r.B) < 8 {
		r.B, r.Bad = nil, true
		return 0
	}
	v := int64(binary.BigEndian.Uint64(r.B) ^ 1<<63)
	r.B = r.B[8:]
	return v
}
