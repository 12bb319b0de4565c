package reports

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"

	"daybook/aging"
)

// texts encodes rows of a text column: by a dictionary where rows of one width
// repeat, else as lengths and bytes, with common beginnings left out where the
// column is Prefixed.
func (c *chunk) texts(t *aging.Text, from, to int) (format.Encoding, int) {
	offsets := t.Offsets[from : to+1]
	data := t.Data[offsets[0]:offsets[to-from]]
	if c.spec.Width > 0 && allOfWidth(offsets, c.spec.Width) && c.share.rows(data, c.spec.Width, c.scratch) {
		c.levels(to-from, 0)
		width := codeWidth(c.share.n)
		c.scratch.body = appendCodes(append(c.scratch.body, byte(width)), c.scratch.codes[:to-from], width)
		return format.RLEDictionary, 0
	}
	nulls := c.lengths(offsets)
	c.levels(to-from, nulls)
	if c.spec.Prefixed {
		c.prefixed(t.Data, offsets)
		return format.DeltaByteArray, nulls
	}
	if c.bounds != nil {
		c.bounds.add(t.Data, offsets, nulls > 0)
	}
	s := c.scratch
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.lengths)
	s.body = append(append(s.body, s.delta...), data...)
	return format.DeltaLengthByteArray, nulls
}

// repeated is texts of a column whose texts stand once for rows that are the same, up to ends.
func (c *chunk) repeated(t *aging.Text, ends []int32) (format.Encoding, int) {
	s, rows := c.scratch, int(ends[len(ends)-1])
	s.lengths = sized(s.lengths, rows)
	row, nulls := int32(0), 0
	for i, end := range ends {
		n := t.Offsets[i+1] - t.Offsets[i]
		if n == 0 && c.spec.Optional {
			nulls += int(end - row)
		}
		for ; row < end; row++ {
			s.lengths[row] = n
		}
	}
	if nulls > 0 {
		dense(s.lengths, s.lengths, 0, s.mask)
		s.lengths = s.lengths[:rows-nulls]
	}
	c.levels(rows, nulls)
	if c.bounds != nil {
		c.bounds.add(t.Data, t.Offsets, c.spec.Optional)
	}
	if c.spec.Prefixed {
		c.repeatedPrefixed(t, ends)
		return format.DeltaByteArray, nulls
	}
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.lengths)
	s.body = append(s.body, s.delta...)
	row = 0
	for i, end := range ends {
		for text := t.Row(i); len(text) > 0 && row < end; row++ {
			s.body = append(s.body, text...)
		}
		row = end
	}
	return format.DeltaLengthByteArray, nulls
}

// repeatedPrefixed is prefixed of such a column: a row that repeats the one before shares all of it.
func (c *chunk) repeatedPrefixed(t *aging.Text, ends []int32) {
	s := c.scratch
	s.counts = sized(s.counts, len(s.lengths))
	rest := s.rest[:0]
	var last []byte
	k, row := 0, int32(0)
	for i, end := range ends {
		n := int(end - row)
		row = end
		text := t.Row(i)
		if len(text) == 0 && c.spec.Optional {
			continue // null
		}
		p := sharedLength(last, text)
		rest = append(rest, text[p:]...)
		s.counts[k], s.lengths[k] = int32(p), int32(len(text)-p)
		for again := k + 1; again < k+n; again++ {
			s.counts[again], s.lengths[again] = int32(len(text)), 0
		}
		last, k = text, k+n
	}
	s.rest = rest
	c.appendPrefixed(k)
}

func allOfWidth(offsets []int32, width int) bool {
	for i, o := range offsets {
		if o != offsets[0]+int32(i*width) {
			return false
		}
	}
	return true
}

// lengths sets the lengths of the rows that are not null, and the mask.
func (c *chunk) lengths(offsets []int32) (nulls int) {
	s, rows := c.scratch, len(offsets)-1
	s.lengths = sized(s.lengths, rows)
	any0 := false
	for i := range rows {
		n := offsets[i+1] - offsets[i]
		s.lengths[i] = n
		any0 = any0 || n == 0
	}
	if !any0 || !c.spec.Optional {
		return 0
	}
	n := dense(s.lengths, s.lengths, 0, s.mask)
	s.lengths = s.lengths[:n]
	return rows - n
}

// prefixed appends the rows as DELTA_BYTE_ARRAY: lengths of what a row shares
// with the row before, lengths of the rest, the rests.
func (c *chunk) prefixed(data []byte, offsets []int32) {
	s := c.scratch
	s.counts = sized(s.counts, len(s.lengths))
	rest := s.rest[:0]
	var last []byte
	k := 0
	for i := range len(offsets) - 1 {
		row := data[offsets[i]:offsets[i+1]]
		if len(row) == 0 && c.spec.Optional {
			continue // null
		}
		p := sharedLength(last, row)
		if c.bounds != nil && (k == 0 || p < len(row) || p < len(last)) { // postings of a loan have the same texts
			c.bounds.add(data, offsets[i:i+2], false)
		}
		s.counts[k], s.lengths[k] = int32(p), int32(len(row)-p)
		rest = append(rest, row[p:]...)
		last, k = row, k+1
	}
	s.rest = rest
	c.appendPrefixed(k)
}

// appendPrefixed appends what k rows share, the lengths of their rests, and the rests.
func (c *chunk) appendPrefixed(k int) {
	s := c.scratch
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.counts[:k])
	s.body = append(s.body, s.delta...)
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.lengths[:k])
	s.body = append(append(s.body, s.delta...), s.rest...)
}

// sharedLength returns how many bytes a and b have in common at the beginning.
func sharedLength(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// shareMax is how many distinct rows a shared dictionary may have: 12 bits a
// row instead of 24 bytes. Above it the rest of the row group is written plainly.
const shareMax = 4096

// sharing is a dictionary found by hashing, for texts of one width that repeat:
// the histories of loans that have always paid are all alike, and hashing 24
// bytes costs less than writing and digesting them.
type sharing struct {
	values []byte
	slots  []uint16 // index + 1 by hash; 0 is free
	n      int
	used   bool // some page has codes of it
	full   bool
}

// rows sets scratch.codes to the index of each row, or reports false where too
// many rows differ.
func (d *sharing) rows(data []byte, width int, s *pageMemory) bool {
	if d.full {
		return false
	}
	if d.slots == nil {
		d.slots = make([]uint16, 4*shareMax)
	}
	s.codes = sized(s.codes, len(data)/width)
	before := d.n
	var last []byte
	var code uint16
	for i := range s.codes {
		row := data[i*width : (i+1)*width]
		if !bytes.Equal(row, last) {
			code = d.index(row)
			last = row
		}
		if d.full {
			d.n, d.values = before, d.values[:before*width]
			return false
		}
		s.codes[i] = code
	}
	d.used = true
	return true
}

func (d *sharing) index(row []byte) uint16 {
	slot := hashRow(row) % uint64(len(d.slots))
	for d.slots[slot] != 0 {
		i := int(d.slots[slot] - 1)
		if bytes.Equal(d.values[i*len(row):(i+1)*len(row)], row) {
			return uint16(i)
		}
		slot = (slot + 1) % uint64(len(d.slots))
	}
	if d.n == shareMax {
		d.full = true
		return 0
	}
	d.values = append(d.values, row...)
	d.n++
	d.slots[slot] = uint16(d.n)
	return uint16(d.n - 1)
}

func (d *sharing) reset() {
	clear(d.slots)
	d.values, d.n, d.used, d.full = d.values[:0], 0, false, false
}

// hashRow mixes whole words; the result decides only where a row is looked for.
func hashRow(row []byte) uint64 {
	h := uint64(len(row)) * 0x9E3779B97F4A7C15
	for ; len(row) >= 8; row = row[8:] {
		h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(row))*0x9E3779B97F4A7C15, 29)
	}
	for _, b := range row {
		h = bits.RotateLeft64((h^uint64(b))*0x9E3779B97F4A7C15, 29)
	}
	return h >> 7
}
