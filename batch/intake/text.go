package intake

import (
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daybook/ledger/civil"

	"github.com/parquet-go/parquet-go/format"
)

const (
	textRows  = 1024     // rows whose values are held at once, at first
	textBytes = 2 << 20  // more rows are held at once while they take less
	textMax   = 4096     // bytes of a value that are shown
	arrayMax  = 64 << 10 // bytes of a repeated value that are shown
	together  = 64       // columns that are read side by side
)

// Values calls fn with each of the rows asked for (row numbers ascending), as
// a JSON object of the file's own columns in the file's order. Values are
// strings (exact decimals, ISO dates, 0x and hexadecimal where a text is not
// UTF-8; arrays of them where a column repeats) or null. The object is valid
// until fn returns. It is a second pass, for the rows that are rejected: row
// groups and pages without any of them are skipped.
func (f *File) Values(rows []int64, fn func(row int64, json []byte) error) error {
	return f.ValuesOf(slices.Values(rows), fn)
}

// ValuesOf is [File.Values] of rows that need not be held at once. Each row group
// is read once, however many of its rows are asked for: asking for them in
// several calls reads it as many times.
func (f *File) ValuesOf(rows iter.Seq[int64], fn func(row int64, json []byte) error) error {
	t := texts{file: f, group: -1}
	if err := t.begin(); err != nil {
		return err
	}
	defer func() {
		if t.space != nil {
			f.end(t.space)
		}
	}()
	next, stop := iter.Pull(rows)
	defer stop()
	last := int64(-1)
	some, most := []int64{}, textRows
	row, ok := next()
	for ok {
		g := sort.Search(len(f.groups), func(g int) bool { return f.groups[g].first+f.groups[g].rows > row })
		if g == len(f.groups) || row < 0 {
			return fmt.Errorf("intake: %s has no row %d", f.Name, row)
		}
		end := f.groups[g].first + f.groups[g].rows
		for some = some[:0]; ok && row < end && len(some) < most; row, ok = next() {
			if row < last {
				panic("intake: internal error: rows asked for are not in ascending order")
			}
			some, last = append(some, row), row
		}
		if err := t.read(g, some); err != nil {
			return err
		}
		if err := t.write(some, fn); err != nil {
			return err
		}
		if t.bytes() < textBytes {
			most = min(2*most, 64*textRows)
		}
	}
	return nil
}

// texts holds the values of some rows as JSON, column by column.
type texts struct {
	file    *File
	space   *workspace
	group   int  // the positions are in
	alone   bool // columns are read one after the other, each from the start
	at      []position
	columns []textColumn
	object  []byte
	levels  []uint32
}

// A position is how far a column is read.
type position struct {
	cursor *cursor
	next   int64  // the row of the next value
	values vector // the last that were decoded
}

type textColumn struct {
	json []byte
	end  []int // of each row's value
}

func (t *texts) begin() (err error) {
	t.space, err = t.file.begin()
	t.alone = t.alone || len(t.file.leaves) > together
	return err
}

// bytes is what the rows held take.
func (t *texts) bytes() (n int) {
	for i := range t.columns {
		n += len(t.columns[i].json)
	}
	return n
}

// read reads rows of a group. Its columns are read side by side, so that the
// next rows of it go on where these end; where that takes more memory than a file
// may ask for, one after the other.
func (t *texts) read(g int, rows []int64) error {
	err := t.readColumns(g, rows)
	if errors.Is(err, errLimit) && !t.alone {
		t.space.source.end()
		t.file.options.pool.discard(t.space)
		t.alone = true
		if err = t.begin(); err == nil {
			err = t.readColumns(g, rows)
		}
	}
	return err
}

func (t *texts) readColumns(g int, rows []int64) (err error) {
	defer t.file.recovered(&err)
	f := t.file
	fresh := g != t.group || t.alone
	t.group = g
	t.columns, t.at = resize(&t.columns, len(f.leaves)), resize(&t.at, len(f.leaves))
	for i := range f.leaves {
		col, l, p := &t.columns[i], &f.leaves[i], &t.at[i]
		col.json, col.end = col.json[:0], col.end[:0]
		if fresh || l.maxRep > 0 {
			*p = position{cursor: t.space.cursor(0), next: f.groups[g].first}
			if !t.alone {
				p.cursor = t.space.cursor(i)
			}
			p.cursor.reset(f, g, l, nil)
		}
		switch {
		case l.maxRep > 0:
			err = t.repeated(col, p, rows)
		case l.annotation == nulls || f.hollow[i]:
			for range rows {
				col.json = append(col.json, "null"...)
				col.end = append(col.end, len(col.json))
			}
		default:
			err = col.flat(p, rows)
		}
		if err != nil {
			return p.cursor.fault(f, err)
		}
	}
	return nil
}

// flat reads a column with one value a row.
func (col *textColumn) flat(p *position, rows []int64) error {
	c := p.cursor
	for len(rows) > 0 {
		if first := p.next - int64(p.values.n); rows[0] >= first && rows[0] < p.next {
			col.json = appendJSON(col.json, c.leaf, &p.values, int(rows[0]-first))
			col.end = append(col.end, len(col.json))
			rows = rows[1:]
			continue
		}
		p.values.n = 0
		if c.left == 0 {
			if ok, err := c.header(); err != nil {
				return err
			} else if !ok {
				return errors.New("it has fewer values than the rows in the footer")
			}
			if n := int64(c.pages.values()); rows[0] >= p.next+n {
				if err := c.pages.skip(); err != nil {
					return err
				}
				p.next += n
				continue
			}
			if err := c.load(); err != nil {
				return err
			}
		}
		v, err := c.read(min(c.left, batchMax))
		if err != nil {
			return err
		}
		p.values = v
		p.next += int64(v.n)
	}
	return nil
}

// repeated reads a column with any number of values a row. Pages do not say
// how many rows they begin, so none is skipped.
func (t *texts) repeated(col *textColumn, p *position, rows []int64) error {
	c := p.cursor
	row := p.next - 1
	next := 0     // the place of row in rows, if it is asked for
	open := false // row is asked for, and its array begun
	from := 0     // where the array begins
	finish := func() {
		if open {
			col.json = append(col.json, ']')
			col.end = append(col.end, len(col.json))
			next, open = next+1, false
		}
	}
	for next < len(rows) {
		more, err := c.advance()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		levels := resize(&t.levels, min(c.left, batchMax))
		if err := c.reps.fill(levels); err != nil {
			return err
		}
		v, err := c.read(len(levels))
		if err != nil {
			return err
		}
		for i, level := range levels {
			if level == 0 {
				finish()
				row++
				if next < len(rows) && rows[next] == row {
					from = len(col.json)
					col.json, open = append(col.json, '['), true
				}
			}
			if open && (v.null == nil || !v.null[i]) && len(col.json)-from <= arrayMax {
				if col.json[len(col.json)-1] != '[' {
					col.json = append(col.json, ',')
				}
				if col.json = appendJSON(col.json, c.leaf, &v, i); len(col.json)-from > arrayMax {
					col.json = append(col.json, `,"…"`...)
				}
			}
		}
	}
	finish()
	if next < len(rows) {
		return errors.New("it has fewer values than the rows in the footer")
	}
	return nil
}

func (t *texts) write(rows []int64, fn func(int64, []byte) error) error {
	for i, row := range rows {
		b := append(t.object[:0], '{')
		for j := range t.columns {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendString(b, t.file.leaves[j].name)
			b = append(b, ':')
			from := 0
			if i > 0 {
				from = t.columns[j].end[i-1]
			}
			b = append(b, t.columns[j].json[from:t.columns[j].end[i]]...)
		}
		t.object = append(b, '}')
		if err := fn(row, t.object); err != nil {
			return err
		}
	}
	return nil
}

// appendJSON appends a raw value as a JSON string or null.
func appendJSON(b []byte, l *leaf, v *vector, i int) []byte {
	if v.null != nil && v.null[i] {
		return append(b, "null"...)
	}
	if l.bytes() {
		raw := v.data[v.start[i]:v.end[i]]
		switch {
		case l.physical == format.Int96:
			return appendTime(b, l, time.Unix(int96(raw)))
		case l.annotation == decimal:
			n := bigInt(raw)
			return appendDecimal(b, n.Sign() < 0, n.Abs(n).String(), l.scale)
		}
		return appendText(b, raw)
	}
	raw := v.ints[i]
	switch {
	case l.floats():
		f, size := l.float(raw)
		return append(strconv.AppendFloat(append(b, '"'), f, 'g', -1, size), '"')
	case l.physical == format.Boolean:
		return append(strconv.AppendBool(append(b, '"'), raw != 0), '"')
	case l.annotation == decimal:
		n := big.NewInt(raw)
		return appendDecimal(b, raw < 0, n.Abs(n).String(), l.scale)
	case l.annotation == day && raw == int64(civil.None): // as a date it is none, and as a value the least
		return append(b, `"-5877641-06-23"`...)
	case l.annotation == day:
		return append(civil.Date(raw).Append(append(b, '"')), '"')
	case l.annotation == timestamp && l.perSecond > 0:
		s := floorDiv(raw, l.perSecond)
		return appendTime(b, l, time.Unix(s, (raw-s*l.perSecond)*(1e9/l.perSecond)))
	case l.annotation == unsigned && l.physical == format.Int32:
		raw = int64(uint32(raw))
	case l.annotation == unsigned:
		return append(strconv.AppendUint(append(b, '"'), uint64(raw), 10), '"')
	}
	return append(strconv.AppendInt(append(b, '"'), raw, 10), '"')
}

func appendTime(b []byte, l *leaf, t time.Time) []byte {
	layout := time.RFC3339Nano
	if l.local {
		layout = "2006-01-02T15:04:05.999999999"
	}
	return append(t.UTC().AppendFormat(append(b, '"'), layout), '"')
}

func appendDecimal(b []byte, neg bool, digits string, scale int) []byte {
	b = append(b, '"')
	if neg {
		b = append(b, '-')
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	if scale > 0 {
		b = append(b, '.')
		b = append(b, digits[len(digits)-scale:]...)
	}
	return append(b, '"')
}

// appendText shows at most textMax bytes, as text where they are UTF-8 and as
// hexadecimal digits where not.
func appendText(b, text []byte) []byte {
	more := ""
	if len(text) > textMax {
		cut := textMax
		for cut > textMax-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text, more = text[:cut], "…"
	}
	if utf8.Valid(text) {
		return appendString(b, string(text)+more)
	}
	return append(append(hex.AppendEncode(append(b, `"0x`...), text), more...), '"')
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
