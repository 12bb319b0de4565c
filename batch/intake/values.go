package intake

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// values decodes the values of one page.
type values struct {
	space    *workspace
	encoding format.Encoding
	leaf     *leaf
	body     []byte
	pos      int // in body: bytes, bits of booleans, or values of split streams
	count    int // values that split streams have
	indexed  bool
	runs     runs
	delta    delta // integers, or lengths
	prefixes delta
	lengths  [2][]int64
	scratch  []byte // values that the page does not have as such
	previous []byte
}

// openIndex starts a page of dictionary indexes.
func (v *values) openIndex(b []byte) error {
	v.indexed = true
	if len(b) == 0 { // a page of nulls
		v.runs.reset(nil, 0)
		return nil
	}
	if b[0] > 32 {
		return errPage
	}
	v.runs.reset(b[1:], uint(b[0]))
	return nil
}

// index decodes dictionary indexes below n.
func (v *values) index(dst []uint32, n int) error {
	if err := v.runs.fill(dst); err != nil {
		return err
	}
	for _, k := range dst {
		if int(k) >= n {
			return errors.New("a value lies outside the dictionary")
		}
	}
	return nil
}

// open starts a page of n values, nulls counted.
func (v *values) open(e format.Encoding, b []byte, l *leaf, n int) error {
	v.encoding, v.body, v.pos, v.leaf, v.indexed = e, b, 0, l, false
	bad := fmt.Errorf("the encoding %v of %v is not supported; write plain or dictionary pages", e, l.physical)
	isBytes := l.physical == format.ByteArray || l.physical == format.FixedLenByteArray
	switch e {
	case format.Plain:
		return nil
	case format.RLE:
		if l.physical != format.Boolean {
			return bad
		}
		levels, _, err := cutLevels(b, format.RLE)
		v.runs.reset(levels, 1)
		return err
	case format.DeltaBinaryPacked:
		if l.physical != format.Int32 && l.physical != format.Int64 {
			return bad
		}
		return v.openDelta(&v.delta, b, l.physical == format.Int32)
	case format.DeltaLengthByteArray:
		if l.physical != format.ByteArray {
			return bad
		}
		return v.openLengths(b)
	case format.DeltaByteArray:
		if !isBytes {
			return bad
		}
		v.previous = v.previous[:0]
		if err := v.openDelta(&v.prefixes, b, true); err != nil {
			return err
		}
		rest, err := v.prefixes.skip()
		if err != nil {
			return err
		}
		return v.openLengths(rest)
	case format.ByteStreamSplit:
		w := l.size()
		if w == 0 || len(b)%w != 0 {
			return bad
		}
		v.count = len(b) / w
		return nil
	}
	return bad
}

func (v *values) openDelta(d *delta, b []byte, narrow bool) error {
	if len(b) == 0 { // a page of nulls
		*d = delta{}
		return nil
	}
	return d.reset(b, narrow)
}

func (v *values) openLengths(b []byte) error {
	if err := v.openDelta(&v.delta, b, true); err != nil {
		return err
	}
	rest, err := v.delta.skip()
	v.body = rest
	return err
}

// size is the bytes of a plain value, 0 where they vary or are bits.
func (l *leaf) size() int {
	switch l.physical {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.FixedLenByteArray, format.Int96:
		return l.width
	}
	return 0
}

// ints decodes integers, the bits of floats, and booleans.
func (v *values) ints(dst []int64) error {
	switch v.encoding {
	case format.DeltaBinaryPacked:
		return v.delta.fill(dst)
	case format.ByteStreamSplit:
		return v.splitInts(dst)
	}
	if v.leaf.physical == format.Boolean {
		return v.bools(dst)
	}
	size := v.leaf.size()
	if len(dst)*size > len(v.body)-v.pos {
		return errPage
	}
	b := v.body[v.pos : v.pos+len(dst)*size]
	v.pos += len(b)
	if size == 4 {
		for i := range dst {
			dst[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
		}
		return nil
	}
	for i := range dst {
		dst[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return nil
}

// bools decodes booleans, as 0 and 1.
func (v *values) bools(dst []int64) error {
	if v.encoding == format.RLE {
		var one [1]uint32
		for i := range dst {
			if err := v.runs.fill(one[:]); err != nil {
				return err
			}
			dst[i] = int64(one[0])
		}
		return nil
	}
	if v.pos+len(dst) > 8*len(v.body) {
		return errPage
	}
	for i := range dst {
		dst[i] = int64(v.body[v.pos>>3] >> (v.pos & 7) & 1)
		v.pos++
	}
	return nil
}

// splitInts decodes BYTE_STREAM_SPLIT: the first bytes of all values, then the
// second ones, and so on.
func (v *values) splitInts(dst []int64) error {
	size := v.leaf.size()
	if v.pos+len(dst) > v.count {
		return errPage
	}
	clear(dst)
	for k := range size {
		stream := v.body[k*v.count+v.pos:]
		for i := range dst {
			dst[i] |= int64(stream[i]) << (8 * k)
		}
	}
	if size == 4 {
		for i := range dst {
			dst[i] = int64(int32(dst[i]))
		}
	}
	v.pos += len(dst)
	return nil
}

// bytes decodes byte strings: where each lies in the bytes returned.
func (v *values) bytes(start, end []uint32) ([]byte, error) {
	switch v.encoding {
	case format.DeltaLengthByteArray:
		return v.body, v.lengthBytes(start, end)
	case format.DeltaByteArray:
		return v.prefixed(start, end)
	case format.ByteStreamSplit:
		return v.splitBytes(start, end)
	}
	if size := v.leaf.size(); size > 0 {
		if len(start)*size > len(v.body)-v.pos {
			return nil, errPage
		}
		for i := range start {
			start[i] = uint32(v.pos)
			v.pos += size
			end[i] = uint32(v.pos)
		}
		return v.body, nil
	}
	body, pos := v.body, v.pos
	for i := range start {
		if len(body)-pos < 4 {
			return nil, errPage
		}
		n := int(binary.LittleEndian.Uint32(body[pos:]))
		pos += 4
		if n > len(body)-pos {
			return nil, errPage
		}
		start[i] = uint32(pos)
		pos += n
		end[i] = uint32(pos)
	}
	v.pos = pos
	return body, nil
}

func (v *values) lengthBytes(start, end []uint32) error {
	lengths := resize(&v.lengths[0], len(start))
	if err := v.delta.fill(lengths); err != nil {
		return err
	}
	for i, n := range lengths {
		if n < 0 || n > int64(len(v.body)-v.pos) {
			return errPage
		}
		start[i] = uint32(v.pos)
		v.pos += int(n)
		end[i] = uint32(v.pos)
	}
	return nil
}

// prefixedMax bounds what a batch of front-coded values may grow to: each may
// repeat the whole of the one before, so a small page can claim a great deal.
const prefixedMax = 64 << 20

// prefixed decodes DELTA_BYTE_ARRAY: each value as what it shares with the one
// before, and the rest.
func (v *values) prefixed(start, end []uint32) ([]byte, error) {
	prefixes := resize(&v.lengths[1], len(start))
	if err := v.prefixes.fill(prefixes); err != nil {
		return nil, err
	}
	if err := v.lengthBytes(start, end); err != nil {
		return nil, err
	}
	total := len(v.previous)
	for i, shared := range prefixes {
		if shared < 0 || shared > prefixedMax {
			return nil, errPage
		}
		if total += int(shared) + int(end[i]-start[i]); total > prefixedMax {
			return nil, errors.New("its front-coded values are too long")
		}
	}
	var err error
	if v.scratch, err = grow(v.space, v.scratch, total); err != nil {
		return nil, err
	}
	out := append(v.scratch[:0], v.previous...)
	last := len(out)
	from := 0
	for i, shared := range prefixes {
		if shared > int64(last-from) {
			return nil, errPage
		}
		at := len(out)
		out = append(out, out[from:from+int(shared)]...)
		out = append(out, v.body[start[i]:end[i]]...)
		start[i], end[i] = uint32(at), uint32(len(out))
		from, last = at, len(out)
	}
	v.previous = append(v.previous[:0], out[from:last]...)
	return out, v.checkWidths(start, end)
}

// checkWidths holds front-coded fixed-length values to their length.
func (v *values) checkWidths(start, end []uint32) error {
	if size := v.leaf.size(); size > 0 {
		for i := range start {
			if int(end[i]-start[i]) != size {
				return errPage
			}
		}
	}
	return nil
}

func (v *values) splitBytes(start, end []uint32) ([]byte, error) {
	size := v.leaf.size()
	if v.pos+len(start) > v.count {
		return nil, errPage
	}
	out, err := grow(v.space, v.scratch, len(start)*size)
	if err != nil {
		return nil, err
	}
	v.scratch = out
	for k := range size {
		stream := v.body[k*v.count+v.pos:]
		for i := range start {
			out[i*size+k] = stream[i]
		}
	}
	for i := range start {
		start[i], end[i] = uint32(i*size), uint32((i+1)*size)
	}
	v.pos += len(start)
	return out, nil
}
