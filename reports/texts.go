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
// column is Prefixed. Where ends is set, the texts [from, to) stand once for rows that are the same, see [Column].
func (c *chunk) texts(t *aging.Text, from, to int, ends []int32) (format.Encoding, int) {
	offsets := t.Offsets[from : to+1]
	data := t.Data[offsets[0]:offsets[to-from]]
	if ends == nil && c.spec.Width > 0 && allOfWidth(offsets, c.spec.Width) && c.share.rows(data, c.spec.Width, c.scratch) {
		c.levels(to-from, 0)
		width := codeWidth(c.share.n)
		c.scratch.body = appendCodes(append(c.scratch.body, byte(width)), c.scratch.codes[:to-from], width)
		return format.RLEDictionary, 0
	}
	nulls := c.lengths(offsets, ends)
	s := c.scratch
	c.levels(len(s.lengths)+nulls, nulls)
	if c.bounds != nil {
		c.bounds.add(t.Data, offsets, nulls > 0)
	}
	if c.spec.Prefixed {
		c.prefixed(t.Data, offsets, ends)
		return format.DeltaByteArray, nulls
	}
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.lengths)
	s.body = append(s.body, s.delta...)
	if ends == nil {
		s.body = append(s.body, data...)
		return format.DeltaLengthByteArray, nulls
	}
	for i := range ends {
		if text := t.Row(i); len(text) > 0 {
			for range rowsOf(ends, i) {
				s.body = append(s.body, text...)
			}
		}
	}
	return format.DeltaLengthByteArray, nulls
}

// rowsOf returns how many rows text i stands for.
func rowsOf(ends []int32, i int) int {
	switch {
	case ends == nil:
		return 1
	case i == 0:
		return int(ends[0])
	}
	return int(ends[i] - ends[i-1])
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
func (c *chunk) lengths(offsets, ends []int32) (nulls int) {
	s := c.scratch
	s.lengths = sized(s.lengths, len(offsets)-1)
	any0 := false
	for i := range s.lengths {
		n := offsets[i+1] - offsets[i]
		s.lengths[i] = n
		any0 = any0 || n == 0
	}
	if ends != nil {
		s.counts, s.lengths = s.lengths, spread(s.counts, s.lengths, ends)
	}
	if !any0 || !c.spec.Optional {
		return 0
	}
	rows := len(s.lengths)
	n := dense(s.lengths, s.lengths, 0, s.mask)
	s.lengths = s.lengths[:n]
	return rows - n
}

// prefixed appends the rows as DELTA_BYTE_ARRAY: lengths of what a row shares
// with the row before, lengths of the rest, the rests.
func (c *chunk) prefixed(data []byte, offsets, ends []int32) {
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
		rest = append(rest, row[p:]...)
		s.counts[k], s.lengths[k] = int32(p), int32(len(row)-p)
		k++
		for range rowsOf(ends, i) - 1 { // which share all of it
			s.counts[k], s.lengths[k] = int32(len(row)), 0
			k++
		}
		last = row
	}
	s.rest = rest
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.counts[:k])
	s.body = append(s.body, s.delta...)
	s.delta, _ = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, s.lengths[:k])
	s.body = append(append(s.body, s.delta...), rest...)
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
