package intake

import (
	"errors"
	"fmt"

	"daybook/ledger/loan"

	"github.com/parquet-go/parquet-go/format"
)

// A vector holds values of one leaf: integers and the bits of floats in ints,
// byte strings in data. Nulls are zero and empty.
type vector struct {
	n          int
	null       []bool // nil where none is null
	ints       []int64
	data       []byte
	start, end []uint32
	fault      []loan.Reason // nil where no value has a fault
}

// resize returns a slice of length n from a buffer that grows with need.
func resize[T any](buf *[]T, n int) []T {
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	return (*buf)[:n]
}

// A cursor walks the values of one leaf through a chunk. Values of a page are
// decoded as they are asked for.
type cursor struct {
	pages pages
	leaf  *leaf
	form  *conversion // what decoded values become; nil leaves them raw

	left int  // values left in the page
	defs runs // definition levels
	reps runs
	page page
	vals values

	dictionary
	decoded
	pageNo, rowGroup int
}

// A dictionary is the values that a chunk's pages name by their index.
type dictionary struct {
	hasDict  bool
	dict     vector // converted; one more entry at its end stands for null
	dictBody []byte // where the entries' bytes are
	dictInts []int64
	dictEnds [2][]uint32
	dictBad  []loan.Reason
	dictNull []bool
}

// A decoded is what a page's values become; its memory is used again for the next.
type decoded struct {
	levels, index []uint32
	null          []bool
	ints          []int64
	starts, ends  []uint32
	faults        []loan.Reason
}

func (c *cursor) reset(f *File, g int, l *leaf, form *conversion) {
	c.leaf, c.form, c.left, c.hasDict, c.pageNo, c.rowGroup = l, form, 0, false, 0, g
	c.pages.reset(&f.groups[g].chunks[l.column])
}

// fault names the place of an error.
func (c *cursor) fault(f *File, err error) error {
	return f.orChanged(err, &FileError{File: f.Name, Column: c.leaf.name,
		Err: fmt.Errorf("row group %d, page %d: %w", c.rowGroup, c.pageNo, err), Hint: "write the file again"})
}

// header goes to the next data page, loading a dictionary on the way; false at
// the chunk's end.
func (c *cursor) header() (bool, error) {
	for {
		ok, err := c.pages.next()
		if !ok || err != nil {
			return false, err
		}
		switch {
		case c.pages.header.kind == format.DictionaryPage:
			err = c.loadDict()
		case c.pages.values() > 0:
			return true, nil
		default:
			err = c.pages.skip()
		}
		if err != nil {
			return false, err
		}
		c.pageNo++
	}
}

// advance makes sure that the page has values left; false at the chunk's end.
func (c *cursor) advance() (bool, error) {
	if c.left > 0 {
		return true, nil
	}
	if ok, err := c.header(); !ok || err != nil {
		return false, err
	}
	return true, c.load()
}

// load opens the data page whose header was read.
func (c *cursor) load() (err error) {
	if c.page, err = c.pages.load(c.leaf); err != nil {
		return err
	}
	c.pageNo++
	c.left = c.page.values
	c.defs.reset(c.page.defs, bitsFor(c.leaf.maxDef))
	c.reps.reset(c.page.reps, bitsFor(c.leaf.maxRep))
	//lint:ignore SA1019 files of old writers have it
	if c.page.encoding == format.PlainDictionary || c.page.encoding == format.RLEDictionary {
		if !c.hasDict {
			return errors.New("a page refers to a dictionary, and there is none before it")
		}
		return c.vals.openIndex(c.page.body)
	}
	return c.vals.open(c.page.encoding, c.page.body, c.leaf, c.page.values)
}

// read decodes the next n values of the page, nulls in their places. The
// vector is valid until the next call.
func (c *cursor) read(n int) (vector, error) {
	v := vector{n: n}
	some := n // values that are not null
	if c.leaf.maxDef > 0 && !c.defs.all(uint32(c.leaf.maxDef), n) {
		levels := resize(&c.levels, n)
		if err := c.defs.fill(levels); err != nil {
			return v, err
		}
		v.null = resize(&c.null, n)
		for i, d := range levels {
			v.null[i] = d != uint32(c.leaf.maxDef)
			if v.null[i] {
				some--
			}
		}
		if some == n {
			v.null = nil
		}
	}
	c.left -= n
	if c.vals.indexed {
		return v, c.gather(&v, some)
	}
	if err := c.decode(&v, some); err != nil {
		return v, err
	}
	if c.form != nil {
		c.form.convert(&v, &c.ints, &c.faults, &c.null)
	}
	return v, nil
}

// decode reads raw values and moves them apart where nulls lie between.
func (c *cursor) decode(v *vector, some int) error {
	if !c.leaf.bytes() {
		v.ints = resize(&c.ints, v.n)
		if err := c.vals.ints(v.ints[:some]); err != nil {
			return err
		}
		spread(v.ints, v.null, some, 0)
		return nil
	}
	v.start, v.end = resize(&c.starts, v.n), resize(&c.ends, v.n)
	var err error
	if v.data, err = c.vals.bytes(v.start[:some], v.end[:some]); err != nil {
		return err
	}
	spread(v.start, v.null, some, 0)
	spread(v.end, v.null, some, 0)
	return nil
}

// spread moves the first some values to the places that are not null.
func spread[T any](s []T, null []bool, some int, zero T) {
	if null == nil {
		return
	}
	for i := len(null) - 1; i >= 0; i-- {
		if null[i] {
			s[i] = zero
			continue
		}
		some--
		s[i] = s[some]
	}
}

// gather looks the values up in the dictionary.
func (c *cursor) gather(v *vector, some int) error {
	index := resize(&c.index, v.n)
	if err := c.vals.index(index[:some], c.dict.n-1); err != nil {
		return err
	}
	spread(index, v.null, some, uint32(c.dict.n-1))
	if c.dict.ints != nil {
		v.ints = resize(&c.ints, v.n)
		for i, k := range index {
			v.ints[i] = c.dict.ints[k]
		}
	}
	if c.dict.start != nil {
		v.data, v.start, v.end = c.dict.data, resize(&c.starts, v.n), resize(&c.ends, v.n)
		start, end := v.start, v.end[:v.n]
		for i, k := range index {
			start[i], end[i] = c.dict.start[k], c.dict.end[k]
		}
	}
	if c.dict.null != nil { // entries that are no numbers
		if v.null == nil {
			v.null = resize(&c.null, v.n)
			clear(v.null)
		}
		for i, k := range index {
			v.null[i] = v.null[i] || c.dict.null[k]
		}
	}
	if c.dict.fault != nil {
		v.fault = resize(&c.faults, v.n)
		for i, k := range index {
			v.fault[i] = c.dict.fault[k]
		}
	}
	return nil
}

// loadDict decodes and converts a dictionary, so that each of its values is
// checked once.
func (c *cursor) loadDict() error {
	if c.hasDict {
		return errors.New("it has two dictionaries")
	}
	p, err := c.pages.load(c.leaf)
	if err != nil {
		return err
	}
	n := p.values
	least := c.leaf.size()
	if c.leaf.physical == format.ByteArray {
		least = 4
	}
	if n*max(least, 1) > len(p.body) {
		return errPage
	}
	// The page's buffer is the next page's: keep the bytes.
	if p.expanded {
		c.dictBody, c.pages.expanded = c.pages.expanded, c.dictBody
	} else {
		if c.dictBody, err = grow(c.pages.space, c.dictBody, len(p.body)); err != nil {
			return err
		}
		copy(c.dictBody, p.body)
	}
	if err := c.vals.open(format.Plain, c.dictBody[:len(p.body)], c.leaf, n); err != nil {
		return err
	}
	return c.openDict(n)
}

// openDict decodes the n entries of the dictionary whose bytes are kept.
func (c *cursor) openDict(n int) (err error) {
	space := c.pages.space
	v := vector{n: n + 1}
	if c.leaf.bytes() {
		for i := range c.dictEnds {
			if c.dictEnds[i], err = grow(space, c.dictEnds[i], n+1); err != nil {
				return err
			}
		}
		v.start, v.end = c.dictEnds[0], c.dictEnds[1]
		if v.data, err = c.vals.bytes(v.start[:n], v.end[:n]); err != nil {
			return err
		}
		v.start[n], v.end[n] = 0, 0
	}
	if !c.leaf.bytes() || c.form != nil {
		if c.dictInts, err = grow(space, c.dictInts, n+1); err != nil {
			return err
		}
	}
	if !c.leaf.bytes() {
		v.ints = c.dictInts
		if err := c.vals.ints(v.ints[:n]); err != nil {
			return err
		}
		v.ints[n] = 0
	}
	if c.form != nil {
		if err := c.convertDict(&v); err != nil {
			return err
		}
	}
	c.dict, c.hasDict = v, true
	return nil
}

// convertDict converts all entries but the one for null.
func (c *cursor) convertDict(v *vector) (err error) {
	n := v.n
	if c.dictBad, err = grow(c.pages.space, c.dictBad, n); err != nil {
		return err
	}
	if c.dictNull, err = grow(c.pages.space, c.dictNull, n); err != nil {
		return err
	}
	w := *v
	w.n = n - 1
	if w.ints != nil {
		w.ints = w.ints[:n-1]
	}
	c.form.convert(&w, &c.dictInts, &c.dictBad, &c.dictNull)
	if w.ints != nil {
		v.ints = c.dictInts[:n]
		v.ints[n-1] = 0
	}
	v.data, v.start, v.end = w.data, w.start, w.end
	if w.fault != nil {
		v.fault = c.dictBad[:n]
		v.fault[n-1] = loan.OK
	}
	if w.null != nil {
		v.null = c.dictNull[:n]
		v.null[n-1] = true
	}
	return nil
}
