package reports

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"daybook/aging"
	"daybook/ledger/civil"
)

// A chunk is one column of the row group that is being gathered: rows not yet
// in a page, and the pages encoded so far.
//
// parquet-go gives the encodings and the page headers; the pages are put
// together here because its writer takes boxed values only (24 bytes each) and
// hashes every string of a dictionary column although the codes are at hand.
type chunk struct {
	spec  Column   // without values: name, kind, dictionary
	held  Column   // rows for the next page
	pages [][]byte // headers and bodies, in the memory that the writer's chunks share
	bytes int      // of pages
	codec string   // of their bodies
	saved int64    // bytes that compression took off the pages
	share sharing

	values    int64 // in pages, nulls too
	nulls     int64
	min, max  int64   // of Date, Count and 64-bit kinds
	seen      bool    // min and max hold
	bounds    *bounds // of Text and Coded, where the layout has them
	total     int64   // sum of a 64-bit kind in the whole file, modulo 2^64, as read back
	encodings []format.Encoding

	constant constantPage
	scratch  *pageMemory
	place    int // of the column
	header   bytes.Buffer
	encoder  *thrift.Encoder
}

func newChunk(spec Column, bounded bool, codec string, place int, m *pageMemory) *chunk {
	spec.Texts, spec.Codes, spec.Days, spec.Ints, spec.Counts = aging.Text{}, nil, nil, nil, nil
	c := &chunk{spec: spec, held: spec, codec: codec, place: place, scratch: m}
	c.held.Reset()
	if bounded && (spec.Kind == Text || spec.Kind == Coded) {
		c.bounds = new(bounds)
	}
	c.encoder = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&c.header))
	return c
}

// page encodes the rows [from, to) of a column as one data page.
func (c *chunk) page(col *Column, from, to int) error {
	if from == to {
		return nil
	}
	rows := to - from
	value, one := col.one(from, to)
	if one && c.constant.is(rows, value) {
		return c.again()
	}
	encoding, nulls, err := c.encode(col, from, to)
	if err == nil && nulls > 0 && !c.spec.Optional {
		err = fmt.Errorf("%d nulls where none may be", nulls)
	}
	if err != nil {
		return fmt.Errorf("column %s: %w", c.spec.Name, err)
	}
	if one {
		c.constant.keep(rows, nulls, value, encoding, c.scratch.body)
	}
	return c.appendDataPage(encoding, rows, nulls)
}

// encode makes the body of a page.
func (c *chunk) encode(col *Column, from, to int) (encoding format.Encoding, nulls int, err error) {
	s := c.scratch
	s.mask = sized(s.mask, (to-from+7)/8)
	s.body = s.body[:0]
	encoding = format.DeltaBinaryPacked
	switch c.spec.Kind {
	case Text:
		if col.ends != nil { // a page has all rows
			from, to = 0, len(col.ends)
		}
		encoding, nulls = c.texts(&col.Texts, from, to, col.ends)
	case Coded:
		encoding = format.RLEDictionary
		nulls, err = c.codes(col.Codes[from:to])
	case Date:
		days := col.Days[from:to]
		nulls, err = c.int32s(unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(days))), len(days)), int32(civil.None))
	case Count:
		nulls, err = c.int32s(col.Counts[from:to], int32(civil.None))
	case Bool:
		encoding = format.Plain
		c.bits(col.Counts[from:to])
	default:
		nulls, err = c.int64s(col.Ints[from:to])
	}
	return encoding, nulls, err
}

// levels starts the body with definition levels, where the column has any.
func (c *chunk) levels(rows, nulls int) {
	if c.spec.Optional {
		c.scratch.body = appendLevels(c.scratch.body, c.scratch.mask, rows, nulls)
	}
}

func (c *chunk) codes(codes []uint16) (nulls int, err error) {
	s, rows := c.scratch, len(codes)
	if slices.Contains(codes, aging.NoCode) {
		s.codes = sized(s.codes, rows)
		n := dense(s.codes, codes, aging.NoCode, s.mask)
		nulls, codes = rows-n, s.codes[:n]
	}
	// All bits together bound every code; only where that is too coarse does
	// each one count.
	if int(bitsOf(codes)) >= len(c.spec.Names) && len(codes) > 0 && int(slices.Max(codes)) >= len(c.spec.Names) {
		return nulls, fmt.Errorf("code %d is not one of the dictionary's %d", slices.Max(codes), len(c.spec.Names))
	}
	if c.bounds != nil {
		c.bounds.mark(codes, len(c.spec.Names))
	}
	c.levels(rows, nulls)
	width := codeWidth(len(c.spec.Names))
	s.body = appendCodes(append(s.body, byte(width)), codes, width)
	return nulls, nil
}

// bits packs truths, eight to a byte.
func (c *chunk) bits(values []int32) {
	s := c.scratch
	for i, v := range values {
		if i%8 == 0 {
			s.body = append(s.body, 0)
		}
		s.body[len(s.body)-1] |= byte(v&1) << (i % 8)
	}
}

func (c *chunk) int32s(values []int32, null int32) (nulls int, err error) {
	s, rows := c.scratch, len(values)
	lo, hi := extent(values)
	if c.spec.Optional && lo == null { // which is the least that there is
		s.counts = sized(s.counts, rows)
		n := dense(s.counts, values, null, s.mask)
		nulls, values = rows-n, s.counts[:n]
		lo, hi = extent(values)
	}
	c.levels(rows, nulls)
	if len(values) > 0 {
		c.range64(int64(lo), int64(hi))
	}
	s.delta, err = new(delta.BinaryPackedEncoding).EncodeInt32(s.delta, values)
	s.body = append(s.body, s.delta...)
	return nulls, err
}

// int64s encodes amounts and decodes them again: parquet-go is young and still
// mends faults that change data in silence, and its decoder is other code than
// its encoder. Every amount of every file is compared, which costs a fifth of
// the time that the encoding takes; the totals are of what was read back.
func (c *chunk) int64s(values []int64) (nulls int, err error) {
	s, rows := c.scratch, len(values)
	if c.spec.Optional && slices.Contains(values, Null) {
		s.ints = sized(s.ints, rows)
		n := dense(s.ints, values, Null, s.mask)
		nulls, values = rows-n, s.ints[:n]
	}
	c.levels(rows, nulls)
	if s.delta, err = new(delta.BinaryPackedEncoding).EncodeInt64(s.delta, values); err != nil {
		return nulls, err
	}
	s.body = append(s.body, s.delta...)
	if s.back, err = decodeAgain(s.back, s.delta, values); err != nil {
		return nulls, err
	}
	if len(values) > 0 {
		lo, hi, sum := summary(s.back)
		if c.spec.Kind != Number && c.spec.Kind != Instant && (lo <= -decimalMax || hi >= decimalMax) {
			return nulls, fmt.Errorf("an amount of more than 18 digits, %d to %d", lo, hi)
		}
		c.total += sum
		c.range64(lo, hi)
	}
	return nulls, nil
}

// decodeAgain decodes and compares with what was encoded.
func decodeAgain(back []int64, encoded []byte, values []int64) ([]int64, error) {
	back, err := new(delta.BinaryPackedEncoding).DecodeInt64(back, encoded)
	if err != nil {
		return back, fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(bytesOf(back), bytesOf(values)) {
		return back, fmt.Errorf("internal error: %d values read back otherwise than they were written", len(values))
	}
	return back, nil
}

// bytesOf returns the memory of values, to be compared many bytes at a time.
func bytesOf[T packable](values []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(T(0))))
}

// extent returns the least and the greatest of values; parquet-go looks at several of a page at once.
func extent(values []int32) (lo, hi int32) {
	least, most, _ := parquet.Int32Type.NewPage(0, len(values), encoding.Int32Values(values)).Bounds()
	return least.Int32(), most.Int32()
}

// decimalMax bounds what a DECIMAL(18) column can say.
const decimalMax int64 = 1e18

// summary returns the least, the greatest and the sum of values.
func summary(values []int64) (lo, hi, sum int64) {
	lo, hi = values[0], values[0]
	for _, v := range values {
		lo, hi, sum = min(lo, v), max(hi, v), sum+v
	}
	return lo, hi, sum
}

func (c *chunk) range64(lo, hi int64) {
	if !c.seen {
		c.min, c.max, c.seen = lo, hi, true
		return
	}
	c.min, c.max = min(c.min, lo), max(c.max, hi)
}

// appendDataPage appends the body as a data page. Version 1: every reader has
// it, and without a codec version 2 saves nothing.
func (c *chunk) appendDataPage(encoding format.Encoding, rows, nulls int) error {
	c.values += int64(rows)
	c.nulls += int64(nulls)
	if !slices.Contains(c.encodings, encoding) {
		c.encodings = append(c.encodings, encoding)
	}
	h := format.PageHeader{Type: format.DataPage}
	h.DataPageHeader.Set(format.DataPageHeader{
		NumValues:               int32(rows),
		Encoding:                encoding,
		DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE,
		Statistics:              format.Statistics{NullCount: int64(nulls)},
	})
	head, body, err := c.packed(&h, c.scratch.body)
	if err != nil {
		return err
	}
	c.pages = c.scratch.keep(c.pages, head, body)
	c.bytes += len(head) + len(body)
	return nil
}

// packed returns a page's header and its body as they stand in the file, both until the next page.
func (c *chunk) packed(h *format.PageHeader, body []byte) (head, packed []byte, err error) {
	h.UncompressedPageSize = int32(len(body))
	if c.codec == Zstd {
		c.scratch.packed = zstdEncoder().EncodeAll(body, c.scratch.packed[:0])
		c.saved += int64(len(body) - len(c.scratch.packed))
		body = c.scratch.packed
	}
	h.CompressedPageSize = int32(len(body))
	h.CRC = int32(crc32.ChecksumIEEE(body))
	c.header.Reset()
	err = c.encoder.Encode(h)
	return c.header.Bytes(), body, err
}

// dictionary returns the dictionary page, or nothing where the column has none.
func (c *chunk) dictionary() ([]byte, error) {
	var body []byte
	var n int
	switch {
	case c.spec.Kind == Coded:
		n = len(c.spec.Names)
		for _, name := range c.spec.Names {
			body = append(binary.LittleEndian.AppendUint32(body, uint32(len(name))), name...)
		}
	case c.share.used:
		n = c.share.n
		for i := range n {
			body = binary.LittleEndian.AppendUint32(body, uint32(c.spec.Width))
			body = append(body, c.share.values[i*c.spec.Width:(i+1)*c.spec.Width]...)
		}
	default:
		return nil, nil
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain})
	head, body, err := c.packed(&h, body)
	return slices.Concat(head, body), err
}

// next makes the chunk ready for the next row group.
func (c *chunk) next() {
	clear(c.pages)
	c.pages, c.bytes, c.encodings = c.pages[:0], 0, nil
	c.values, c.nulls, c.seen, c.saved = 0, 0, false, 0
	c.share.reset()
	if c.bounds != nil {
		c.bounds.reset()
	}
}

// codeWidth returns the bits of a code; readers differ on a width of 0.
func codeWidth(names int) int {
	width := 1
	for names > 1<<width {
		width++
	}
	return width
}

func sized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]T, n, max(n, 2*cap(s)))
}
