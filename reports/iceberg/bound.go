package iceberg

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Bound returns a column's least or greatest value as Iceberg keeps it, from how a Parquet
// footer has it: in plain encoding, which is one byte for a boolean, little-endian for
// numbers of 4 and 8 bytes (decimals too, of those two kinds), and the bytes themselves for
// texts. It is nil where the footer has none.
func Bound(t Type, plain []byte) ([]byte, error) {
	if plain == nil {
		return nil, nil
	}
	_, _, isDecimal := t.decimal()
	switch {
	case t == Boolean && len(plain) == 1 && plain[0] <= 1,
		(t == Int || t == Date) && len(plain) == 4,
		(t == Long || t == Timestamptz) && len(plain) == 8:
		return append([]byte(nil), plain...), nil
	case t == Long && len(plain) == 4: // a file from before the column was widened
		return binary.LittleEndian.AppendUint64(nil, uint64(int64(int32(binary.LittleEndian.Uint32(plain))))), nil
	case t == String && utf8.Valid(plain):
		return append([]byte{}, plain...), nil // never nil: the empty text is a bound
	case isDecimal && len(plain) == 4:
		return minimal(int64(int32(binary.LittleEndian.Uint32(plain)))), nil
	case isDecimal && len(plain) == 8:
		return minimal(int64(binary.LittleEndian.Uint64(plain))), nil
	}
	return nil, fmt.Errorf("a bound of %d bytes is none of a column of type %s", len(plain), t)
}

// minimal returns a number in two's complement, big-endian, in as few bytes as it can.
func minimal(v int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(v))
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}
