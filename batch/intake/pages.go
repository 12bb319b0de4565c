package intake

import (
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/format"
)

const (
	windowSize = 64 << 10 // read at once: most page headers take 50 bytes
	headerMax  = 16 << 20 // a header may carry statistics of long texts
)

// A page is one page of a chunk, expanded. Its bytes are valid until the next
// call of pages.next.
type page struct {
	values   int // nulls too
	encoding format.Encoding
	reps     []byte // encoded levels, v1 with their length in front
	defs     []byte
	body     []byte // encoded values
	expanded bool   // body lies in pages.expanded
}

// pages reads the pages of a chunk in order, into buffers that it reuses.
type pages struct {
	space    *workspace
	codec    format.CompressionCodec
	off, end int64 // not yet read
	window   []byte
	unread   []byte // of the window
	plain    []byte // a page that is not packed
	expanded []byte
	header   pageHeader
}

func (p *pages) reset(c *chunk) {
	p.codec, p.off, p.end, p.unread = c.codec, c.start, c.end, nil
}

// peek returns the next n bytes of the chunk, or fewer at its end.
func (p *pages) peek(n int) ([]byte, error) {
	if len(p.unread) >= n || p.off == p.end {
		return p.unread, nil
	}
	if cap(p.window) < n {
		w, err := grow(p.space, p.window, max(n, windowSize))
		if err != nil {
			return nil, err
		}
		copy(w, p.unread)
		p.window = w
	} else {
		copy(p.window[:cap(p.window)], p.unread)
	}
	have := len(p.unread)
	more := min(int64(cap(p.window)-have), p.end-p.off)
	// To the end of a block, so that the next read begins with a whole one.
	if over := (p.off + more) % blockSize; more-over >= int64(n-have) {
		more -= over
	}
	w := p.window[:have+int(more)]
	if err := readFull(&p.space.source, w[have:], p.off); err != nil {
		return nil, err
	}
	p.off += more
	p.unread = w
	return p.unread, nil
}

// take returns the next n bytes of the chunk, valid until the next peek, or if
// they go into a packed page's buffer, which all columns share, until the next
// take of any of them.
func (p *pages) take(n int, buf *[]byte) ([]byte, error) {
	if n <= len(p.unread) {
		b := p.unread[:n]
		p.unread = p.unread[n:]
		return b, nil
	}
	if int64(n) > int64(len(p.unread))+p.end-p.off {
		return nil, fmt.Errorf("a page of %d bytes does not fit its column", n)
	}
	b, err := grow(p.space, *buf, n)
	if err != nil {
		return nil, err
	}
	*buf = b
	have := copy(b, p.unread)
	p.unread = nil
	if err := readFull(&p.space.source, b[have:], p.off); err != nil {
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
		c := compact{b: b}
		if p.header, err = c.pageHeader(); err == nil {
			p.unread = c.b
			return true, p.header.check()
		}
		switch {
		case !errors.Is(err, errShort) || len(b) < size:
			return false, fmt.Errorf("page header: %w", err)
		case size >= headerMax:
			return false, fmt.Errorf("page header: longer than %d MiB, with statistics of long texts that it may leave out", headerMax>>20)
		}
	}
}

// values is how many values the page of the header has, 0 for other pages
// than data pages.
func (p *pages) values() int {
	if p.header.kind == format.DataPage || p.header.kind == format.DataPageV2 {
		return int(p.header.values)
	}
	return 0
}

// skip leaves the page of the header out.
func (p *pages) skip() error {
	n := p.header.packed
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
	buf := &p.space.packed
	if p.codec == format.Uncompressed || h.kind == format.DataPageV2 && h.plain {
		buf = &p.plain
	}
	raw, err := p.take(int(h.packed), buf)
	if err != nil {
		return page{}, err
	}
	if h.hasCRC && uint32(h.crc) != crc32.ChecksumIEEE(raw) {
		return page{}, errors.New("a page does not match its checksum")
	}
	out := page{values: int(h.values), encoding: format.Encoding(h.encoding)}
	switch {
	case h.kind == format.DataPageV2 && h.parts[8]:
		err = p.loadV2(&out, raw)
	case h.kind == format.DataPage && h.parts[5]:
		if err = p.expand(&out, raw, 0, int(h.expanded)); err == nil {
			err = out.splitLevels(l, h)
		}
	case h.kind == format.DictionaryPage && h.parts[7]:
		out.encoding = format.Plain
		err = p.expand(&out, raw, 0, int(h.expanded))
	default:
		err = fmt.Errorf("a page has the type %v and the header of another", h.kind)
	}
	return out, err
}

func (p *pages) loadV2(out *page, raw []byte) error {
	h := &p.header
	reps, levels := int(h.reps), int(h.reps+h.defs)
	if levels > len(raw) || levels > int(h.expanded) {
		return errPage
	}
	if h.plain || p.codec == format.Uncompressed {
		if !h.plain && len(raw) != int(h.expanded) {
			return errSize
		}
		out.reps, out.defs, out.body = raw[:reps], raw[reps:levels], raw[levels:]
		return nil
	}
	if err := p.expand(out, raw[levels:], levels, int(h.expanded)-levels); err != nil {
		return err
	}
	copy(p.expanded, raw[:levels])
	out.reps, out.defs = p.expanded[:reps], p.expanded[reps:levels]
	return nil
}

// expand makes raw, expanded to size bytes, the page's body; without a codec
// raw itself. Before it room is left for the levels.
func (p *pages) expand(out *page, raw []byte, levels, size int) error {
	if p.codec == format.Uncompressed {
		if len(raw) != size {
			return errSize
		}
		out.body = raw
		return nil
	}
	// Snappy and LZ4 cannot expand more than 255 times.
	if (p.codec == format.Snappy || p.codec == format.Lz4Raw) && size/256 > len(raw) {
		return errSize
	}
	b, err := grow(p.space, p.expanded, levels+size)
	if err != nil {
		return err
	}
	p.expanded = b
	out.body, out.expanded = b[levels:], true
	if err := p.space.codecs.expand(p.codec, out.body, raw); err != nil {
		return fmt.Errorf("a page does not expand (%v): %w", p.codec, err)
	}
	return nil
}

// splitLevels cuts a v1 page's levels off its body.
func (g *page) splitLevels(l *leaf, h *pageHeader) error {
	var err error
	if l.maxRep > 0 {
		if g.reps, g.body, err = cutLevels(g.body, format.Encoding(h.reps)); err != nil {
			return err
		}
	}
	if l.maxDef > 0 {
		g.defs, g.body, err = cutLevels(g.body, format.Encoding(h.defs))
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
