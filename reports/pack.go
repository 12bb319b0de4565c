package reports

import (
	"encoding/binary"
	"unsafe"
)

// runGroups is how many groups of eight equal codes become a run. A run costs
// two or three bytes and breaks a packed stretch, which costs two more; four
// groups of one bit cost four.
const runGroups = 4

// appendCodes appends codes as Parquet's hybrid of runs and bit-packed groups
// of eight, in the given width of 1 to 16 bits. parquet-go's encoder wants
// 32-bit values, and its writer hashes every string to find them; the codes are
// at hand, 16 bits wide.
func appendCodes(dst []byte, codes []uint16, width int) []byte {
	start, i := 0, 0 // codes[start:i] wait to be packed
	for i+8 <= len(codes) {
		if !uniform(codes[i:]) {
			i += 8
			continue
		}
		end := i + 8
		for end+8 <= len(codes) && codes[end] == codes[i] && uniform(codes[end:]) {
			end += 8
		}
		if end-i < 8*runGroups {
			i = end
			continue
		}
		dst = appendPacked(dst, codes[start:i], width)
		for end < len(codes) && codes[end] == codes[i] && len(codes)-end < 8 {
			end++ // a tail shorter than a group, at the very end
		}
		dst = appendRun(dst, codes[i], end-i, width)
		start, i = end, end
	}
	return appendPacked(dst, codes[start:], width)
}

// uniform reports whether the first eight codes are equal.
func uniform(codes []uint16) bool {
	w := (*[2]uint64)(unsafe.Pointer((*[8]uint16)(codes)))
	first := uint64(codes[0]) * 0x0001000100010001
	return w[0] == first && w[1] == first
}

// bitsOf returns all codes or'ed together.
func bitsOf(codes []uint16) uint16 {
	var wide uint64
	n := len(codes) / 8 * 8
	for i := 0; i < n; i += 8 {
		w := (*[2]uint64)(unsafe.Pointer((*[8]uint16)(codes[i:])))
		wide |= w[0] | w[1]
	}
	wide |= wide >> 32
	all := uint16(wide | wide>>16)
	for _, c := range codes[n:] {
		all |= c
	}
	return all
}

func appendRun(dst []byte, code uint16, n, width int) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<1)
	dst = append(dst, byte(code))
	if width > 8 {
		dst = append(dst, byte(code>>8))
	}
	return dst
}

// appendPacked appends groups of eight codes, the last one filled up with 0.
func appendPacked(dst []byte, codes []uint16, width int) []byte {
	if len(codes) == 0 {
		return dst
	}
	groups := (len(codes) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	n := len(dst)
	dst = grow(dst, groups*width+16) // words are stored whole: room for the last
	out := dst[n:]
	full := len(codes) / 8
	for g := range full {
		pack8(out[g*width:], (*[8]uint16)(codes[8*g:]), uint(width))
	}
	if full < groups {
		var last [8]uint16
		copy(last[:], codes[8*full:])
		pack8(out[full*width:], &last, uint(width))
	}
	return dst[:n+groups*width]
}

// pack8 stores eight codes of w bits in w bytes; it may write up to 16.
func pack8(dst []byte, codes *[8]uint16, w uint) {
	words := (*[2]uint64)(unsafe.Pointer(codes))
	a, b := squeeze(words[0], w), squeeze(words[1], w)
	if w <= 8 {
		binary.LittleEndian.PutUint64(dst, a|b<<(4*w))
		return
	}
	binary.LittleEndian.PutUint64(dst, a|b<<(4*w))
	binary.LittleEndian.PutUint64(dst[8:], b>>(64-4*w))
}

// squeeze brings four 16-bit lanes together as four fields of w bits.
func squeeze(x uint64, w uint) uint64 {
	const low = 0x0000FFFF0000FFFF
	x = x&low | (x>>16&low)<<w
	return x&0xFFFFFFFF | x>>32<<(2*w)
}

// appendLevels appends definition levels of 0 or 1 from a mask with one bit a
// row, the lowest first, and their length before them as data page v1 wants.
func appendLevels(dst, mask []byte, rows, nulls int) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	switch nulls {
	case 0:
		dst = append(binary.AppendUvarint(dst, uint64(rows)<<1), 1)
	case rows:
		dst = append(binary.AppendUvarint(dst, uint64(rows)<<1), 0)
	default:
		groups := (rows + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		dst = append(dst, mask[:groups]...)
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// dense copies the values that are not null to the front of dst, sets the mask
// and returns how many they are. It has no branch on the value.
func dense[T comparable](dst, src []T, null T, mask []byte) int {
	n := 0
	for i := 0; i < len(src); i += 8 {
		var m byte
		for j, v := range src[i:min(i+8, len(src))] {
			dst[n] = v
			var set byte
			if v != null {
				set = 1
			}
			m |= set << j
			n += int(set)
		}
		mask[i/8] = m
	}
	return n
}

// mask sets a bit for each value that is not null and returns how many are null.
func mask[T comparable](bits []byte, values []T, null T) (nulls int) {
	nulls = len(values)
	for i := 0; i < len(values); i += 8 {
		var m byte
		for j, v := range values[i:min(i+8, len(values))] {
			var set byte
			if v != null {
				set = 1
			}
			m |= set << j
			nulls -= int(set)
		}
		bits[i/8] = m
	}
	return nulls
}

// grow returns a slice longer by n; the new bytes may hold anything.
func grow(b []byte, n int) []byte {
	if len(b)+n <= cap(b) {
		return b[:len(b)+n]
	}
	t := make([]byte, len(b)+n, max(2*cap(b), len(b)+n))
	copy(t, b)
	return t
}
