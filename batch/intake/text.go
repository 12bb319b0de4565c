package intake

import (
	"encoding/hex"
	"errors"
	"fmt"
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
	textRows = 1024 // rows whose values are held at once
	textMax  = 4096 // bytes of a value that are shown
)

// Values calls fn with each of the rows asked for (row numbers ascending), as
// a JSON object of the file's own columns in the file's order. Values are
// strings (exact decimals, ISO dates, 0x and hexadecimal where a text is not
// UTF-8; arrays of them where a column repeats) or null. The object is valid
// until fn returns. It is a second pass, for the rows that are rejected: row
// groups and pages without any of them are skipped.
func (f *File) Values(rows []int64, fn func(row int64, json []byte) error) error {
	if !slices.IsSorted(rows) {
		panic("intake: internal error: rows asked for are not in ascending order")
	}
	w, err := f.begin()
	if err != nil {
		return err
	}
	defer f.end(w)
	t := texts{file: f, cursor: w.cursor(0)}
	for len(rows) > 0 {
		g := sort.Search(len(f.groups), func(g int) bool { return f.groups[g].first+f.groups[g].rows > rows[0] })
		if g == len(f.groups) || rows[0] < 0 {
			return fmt.Errorf("intake: %s has no row %d", f.Name, rows[0])
		}
		end := f.groups[g].first + f.groups[g].rows
		n := sort.Search(min(len(rows), textRows), func(i int) bool { return rows[i] >= end })
		if err := t.read(g, rows[:n]); err != nil {
			return err
		}
		if err := t.write(rows[:n], fn); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// texts holds the values of some rows as JSON, column by column.
type texts struct {
	file    *File
	cursor  *cursor
	columns []textColumn
	object  []byte
	levels  []uint32
}

type textColumn struct {
	json []byte
	end  []int // of each row's value
}

func (t *texts) read(g int, rows []int64) (err error) {
	defer t.file.recovered(&err)
	t.columns = resize(&t.columns, len(t.file.leaves))
	for i := range t.file.leaves {
		col := &t.columns[i]
		col.json, col.end = col.json[:0], col.end[:0]
		l := &t.file.leaves[i]
		t.cursor.reset(t.file, g, l, nil)
		if l.maxRep == 0 && (l.annotation == nulls || t.file.hollow[i]) {
			for range rows {
				col.json = append(col.json, "null"...)
				col.end = append(col.end, len(col.json))
			}
			continue
		}
		if l.maxRep > 0 {
			err = t.repeated(col, rows, t.file.groups[g].first)
		} else {
			err = t.flat(col, rows, t.file.groups[g].first)
		}
		if err != nil {
			return t.cursor.fault(t.file, err)
		}
	}
	return nil
}

// flat reads a column with one value a row.
func (t *texts) flat(col *textColumn, rows []int64, at int64) error {
	c := t.cursor
	for len(rows) > 0 {
		if ok, err := c.header(); err != nil {
			return err
		} else if !ok {
			return errors.New("it has fewer values than the rows in the footer")
		}
		if n := int64(c.pages.values()); rows[0] >= at+n {
			if err := c.pages.skip(); err != nil {
				return err
			}
			at += n
			continue
		}
		if err := c.load(); err != nil {
			return err
		}
		for c.left > 0 && len(rows) > 0 {
			v, err := c.read(min(c.left, batchMax))
			if err != nil {
				return err
			}
			for len(rows) > 0 && rows[0] < at+int64(v.n) {
				col.json = appendJSON(col.json, c.leaf, &v, int(rows[0]-at))
				col.end = append(col.end, len(col.json))
				rows = rows[1:]
			}
			at += int64(v.n)
		}
	}
	return nil
}

// repeated reads a column with any number of values a row. Pages do not say
// how many rows they begin, so none is skipped.
func (t *texts) repeated(col *textColumn, rows []int64, at int64) error {
	c := t.cursor
	row := at - 1
	next := 0     // the place of row in rows, if it is asked for
	open := false // row is asked for, and its array begun
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
					col.json, open = append(col.json, '['), true
				}
			}
			if open && (v.null == nil || !v.null[i]) {
				if col.json[len(col.json)-1] != '[' {
					col.json = append(col.json, ',')
				}
				col.json = appendJSON(col.json, c.leaf, &v, i)
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
