package intake

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	windowSize = 64 << 10 // read at once: most page headers take 50 bytes
	headerMax  = 1 << 20  // a header may carry statistics of long texts
)

// A page is one page of a chunk, expanded. Its bytes are valid until the next
// call of pages.next.
type page struct {
	values   int // nulls too
	encoding format.Encoding
	reps     []byte // encoded levels, v1 with their length in front
	defs     []byte
	body     []byte // encoded values
}

// pages reads the pages of a chunk in order, into buffers that it reuses.
type pages struct {
	codecs   *codecs
	budget   *budget
	source   io.ReaderAt
	codec    format.CompressionCodec
	off, end int64 // not yet read
	window   []byte
	unread   []byte // of the window
	packed   []byte
	expanded []byte
	protocol thrift.CompactProtocol
	input    thrift.BytesReader
	header   format.PageHeader
}

// A budget bounds what the pages of one row group may hold.
type budget struct{ held, most int64 }

// grow returns b with length n, its old contents lost.
func (m *budget) grow(b []byte, n int) ([]byte, error) {
	if n <= cap(b) {
		return b[:n], nil
	}
	if m.held+int64(n-cap(b)) > m.most {
		return nil, fmt.Errorf("its pages would take more than the %d bytes allowed; "+
			"write smaller row groups or pages, or allow more memory", m.most)
	}
	m.held += int64(n - cap(b))
	return make([]byte, n), nil
}

func (p *pages) reset(source io.ReaderAt, c *chunk) {
	p.source, p.codec, p.off, p.end, p.unread = source, c.codec, c.start, c.end, nil
	if p.input == nil {
		p.input = p.protocol.NewReaderFromBytes(nil)
	}
}

// peek returns the next n bytes of the chunk, or fewer at its end.
func (p *pages) peek(n int) ([]byte, error) {
	if len(p.unread) >= n || p.off == p.end {
		return p.unread, nil
	}
	if cap(p.window) < n {
		w, err := p.budget.grow(p.window, max(n, windowSize))
		if err != nil {
			return nil, err
		}
		copy(w, p.unread)
		p.window = w
	} else {
		copy(p.window[:cap(p.window)], p.unread)
	}
	have := len(p.unread)
	more := int(min(int64(cap(p.window)-have), p.end-p.off))
	w := p.window[:have+more]
	if err := readFull(p.source, w[have:], p.off); err != nil {
		return nil, err
	}
	p.off += int64(more)
	p.unread = w
	return p.unread, nil
}

// take returns the next n bytes of the chunk, valid until the next peek.
func (p *pages) take(n int) ([]byte, error) {
	if n <= len(p.unread) {
		b := p.unread[:n]
		p.unread = p.unread[n:]
		return b, nil
	}
	if int64(n) > int64(len(p.unread))+p.end-p.off {
		return nil, fmt.Errorf("a page of %d bytes does not fit its column", n)
	}
	b, err := p.budget.grow(p.packed, n)
	if err != nil {
		return nil, err
	}
	p.packed = b
	have := copy(b, p.unread)
	p.unread = nil
	if err := readFull(p.source, b[have:], p.off); err != nil {
		return nil, err
	}
	p.off += int64(n - have)
	return b, nil
}

// next reads the next page header; false at the chunk's end.
func (p *pages) next() (bool, error) {
	for size := 4 << 10; ; size *= 4 {
		b, err := p.peek(size)
		if err != nil || len(b) == 0 {
			return false, err
		}
		err = p.parse(b)
		if err == nil {
			return true, p.checkHeader()
		}
		if len(b) < size || size >= headerMax {
			return false, fmt.Errorf("page header: %w", err)
		}
	}
}

func (p *pages) parse(b []byte) error {
	w := walk{b: b, budget: windowSize}
	if err := w.structure(0); err != nil {
		return err
	}
	p.header = format.PageHeader{}
	p.input.ResetBytes(b)
	if err := thrift.NewDecoder(p.input).Decode(&p.header); err != nil {
		return err
	}
	p.unread = w.b
	return nil
}

func (p *pages) checkHeader() error {
	h := &p.header
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 {
		return errors.New("a page header claims a negative size")
	}
	v2 := &h.DataPageHeaderV2.V
	if h.DataPageHeader.V.NumValues < 0 || h.DictionaryPageHeader.V.NumValues < 0 || v2.NumValues < 0 ||
		v2.DefinitionLevelsByteLength < 0 || v2.RepetitionLevelsByteLength < 0 {
		return errors.New("a page header claims a negative count")
	}
	return nil
}

// values is how many values the page of the header has, 0 for other pages
// than data pages.
func (p *pages) values() int {
	switch p.header.Type {
	case format.DataPage:
		return int(p.header.DataPageHeader.V.NumValues)
	case format.DataPageV2:
		return int(p.header.DataPageHeaderV2.V.NumValues)
	}
	return 0
}

// skip leaves the page of the header out.
func (p *pages) skip() error {
	n := int64(p.header.CompressedPageSize)
	if n > int64(len(p.unread))+p.end-p.off {
		return fmt.Errorf("a page of %d bytes does not fit its column", n)
	}
	inWindow := min(n, int64(len(p.unread)))
	p.unread = p.unread[inWindow:]
	p.off += n - inWindow
	return nil
}

// load reads and expands the page of the header.
func (p *pages) load(l *leaf) (page, error) {
	h := &p.header
	raw, err := p.take(int(h.CompressedPageSize))
	if err != nil {
		return page{}, err
	}
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(raw) {
		return page{}, errors.New("a page does not match its checksum")
	}
	switch {
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		return p.loadV2(raw)
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		d := &h.DataPageHeader.V
		out := page{values: int(d.NumValues), encoding: d.Encoding}
		if out.body, err = p.expand(raw, int(h.UncompressedPageSize)); err != nil {
			return out, err
		}
		return out, out.splitLevels(l, d)
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		body, err := p.expand(raw, int(h.UncompressedPageSize))
		return page{values: int(h.DictionaryPageHeader.V.NumValues), encoding: format.Plain, body: body}, err
	}
	return page{}, fmt.Errorf("a page has the type %v and the header of another", h.Type)
}

func (p *pages) loadV2(raw []byte) (page, error) {
	h, d := &p.header, &p.header.DataPageHeaderV2.V
	reps, defs := int(d.RepetitionLevelsByteLength), int(d.DefinitionLevelsByteLength)
	if reps+defs > len(raw) || reps+defs > int(h.UncompressedPageSize) {
		return page{}, errPage
	}
	out := page{values: int(d.NumValues), encoding: d.Encoding, reps: raw[:reps], defs: raw[reps : reps+defs],
		body: raw[reps+defs:]}
	if d.IsCompressed.Valid && !d.IsCompressed.V {
		return out, nil
	}
	var err error
	out.body, err = p.expand(out.body, int(h.UncompressedPageSize)-reps-defs)
	return out, err
}

// expand returns raw expanded to size bytes; without a codec raw itself.
func (p *pages) expand(raw []byte, size int) ([]byte, error) {
	if p.codec == format.Uncompressed {
		if len(raw) != size {
			return nil, errSize
		}
		return raw, nil
	}
	// Snappy and LZ4 cannot expand more than 255 times.
	if (p.codec == format.Snappy || p.codec == format.Lz4Raw) && size/256 > len(raw) {
		return nil, errSize
	}
	b, err := p.budget.grow(p.expanded, size)
	if err != nil {
		return nil, err
	}
	p.expanded = b
	if err := p.codecs.expand(p.codec, b, raw); err != nil {
		return nil, fmt.Errorf("a page does not expand (%v): %w", p.codec, err)
	}
	return b, nil
}

// splitLevels cuts a v1 page's levels off its body.
func (g *page) splitLevels(l *leaf, d *format.DataPageHeader) error {
	var err error
	if l.maxRep > 0 {
		if g.reps, g.body, err = cutLevels(g.body, d.RepetitionLevelEncoding); err != nil {
			return err
		}
	}
	if l.maxDef > 0 {
		g.defs, g.body, err = cutLevels(g.body, d.DefinitionLevelEncoding)
	}
	return err
}

func cutLevels(b []byte, e format.Encoding) (levels, rest []byte, err error) {
	if e != format.RLE {
		return nil, nil, fmt.Errorf("levels are encoded as %v, not as RLE", e)
	}
	if len(b) < 4 {
		return nil, nil, errPage
	}
	n := int(tail64(b[:4]))
	if n > len(b)-4 {
		return nil, nil, errPage
	}
	return b[4 : 4+n], b[4+n:], nil
}
