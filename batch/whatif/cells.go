package whatif

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"daybook/reports"
	"daybook/reports/spill"
)

// An entry is a row as it comes out of the sorter.
type entry struct {
	keys     []string
	side     int
	number   int64
	currency string
	cells    []cell
}

type cell struct {
	there bool
	text  string
	value int64
}

func (l *layout) entry(b []byte) (*entry, error) {
	rec := spill.Record{B: b}
	e := &entry{keys: make([]string, len(l.keys)), cells: make([]cell, len(l.cells))}
	for i := range e.keys {
		e.keys[i] = string(rec.Text())
	}
	e.side, e.number, e.currency = int(rec.Int()), rec.Int(), string(rec.Text())
	for i := range e.cells {
		if len(rec.B) == 0 {
			rec.Bad = true
			break
		}
		there := rec.B[0] == 1
		if rec.B = rec.B[1:]; there {
			e.cells[i] = cell{true, string(rec.Text()), rec.Int()}
		}
	}
	return e, rec.Err()
}

// meet brings the rows of the same keys together. Where several have them, they meet in
// their order.
func (l *layout) meet(ctx context.Context, rows, differences *spill.Sorter) error {
	w := differences.Writer(1)
	var group [2][]*entry
	var keys []string
	end := func() error {
		for i := range max(len(group[0]), len(group[1])) {
			var pair [2]*entry
			for k := range group {
				if i < len(group[k]) {
					pair[k] = group[k][i]
				}
			}
			if err := l.differ(w, pair[0], pair[1]); err != nil {
				return err
			}
		}
		group = [2][]*entry{}
		return nil
	}
	err := rows.Each(ctx, func(rec []byte) error {
		e, err := l.entry(rec)
		if err != nil {
			return err
		}
		if !slices.Equal(e.keys, keys) {
			if err := end(); err != nil {
				return err
			}
			keys = e.keys
		}
		group[e.side] = append(group[e.side], e)
		return nil
	})
	return errors.Join(err, end(), w.Close())
}

// differ adds the cells of two rows that differ; one of the rows may not be there. A record
// has the row's place (rows that only the new night has come last), the column, the keys,
// and the old and the new value and their difference.
func (l *layout) differ(w *spill.Writer, old, new *entry) error {
	e, last := old, int64(0)
	if e == nil {
		e, last = new, 1
	}
	add := func(column int, values ...Value) error {
		rec := spill.AppendInt(spill.AppendInt(spill.AppendInt(nil, last), e.number), int64(column))
		for _, key := range e.keys {
			rec = spill.AppendText(rec, key)
		}
		for _, v := range values {
			rec = spill.AppendText(append(rec, byte(v.Kind)), v.Text)
		}
		return w.Add(rec)
	}
	if len(l.cells) == 0 && (old == nil || new == nil) {
		before, now, delta := wholeOf(1), Value{}, wholeOf(-1)
		if old == nil {
			before, now, delta = Value{}, wholeOf(1), wholeOf(1)
		}
		return add(0, before, now, delta)
	}
	for i := range l.cells {
		before, now, delta, same := l.cell(i, old, new)
		if same {
			continue
		}
		if err := add(i, before, now, delta); err != nil {
			return err
		}
	}
	return nil
}

// cell compares one cell of two rows. Of a row that is not there amounts and counts are 0
// in the difference; a cell that is null has none.
func (l *layout) cell(i int, old, new *entry) (before, now, delta Value, same bool) {
	var cells [2]cell
	var columns [2]*reports.Column
	currency := ""
	for k, e := range [2]*entry{old, new} {
		if at := l.sides[k].cells[i]; at >= 0 {
			columns[k] = &l.sides[k].columns[at]
		}
		if e != nil {
			cells[k], currency = e.cells[i], e.currency
		}
	}
	if cells[0].there == cells[1].there && cells[0].text == cells[1].text {
		return before, now, delta, true
	}
	var values [2]Value
	for k := range values {
		if cells[k].there {
			values[k] = Value{cells[k].text, kindOf(columns[k])}
		}
	}
	for k, e := range [2]*entry{old, new} {
		if e == nil && columns[1-k] != nil && columns[1-k].Kind != reports.Rate {
			cells[k].there, columns[k] = true, columns[1-k]
		}
	}
	if !cells[0].there || !cells[1].there || !isFigure(columns[0]) || !isFigure(columns[1]) {
		return values[0], values[1], Value{}, false
	}
	digits := max(columns[0].Digits, columns[1].Digits)
	x, okX := rescale(cells[0].value, columns[0].Digits, digits)
	y, okY := rescale(cells[1].value, columns[1].Digits, digits)
	if !okX || !okY {
		return values[0], values[1], Value{}, false
	}
	delta = Value{deltaText(columns[1], y-x, digits, currency), kindOf(columns[1])}
	return values[0], values[1], delta, x == y && old != nil && new != nil
}

// deltaText writes the difference of two figures as they are written.
func deltaText(c *reports.Column, v int64, digits int, currency string) string {
	switch c.Kind {
	case reports.Amount:
		return reports.Money(v, digits, currency)
	case reports.Rate:
		return reports.Decimal(v, digits, digits)
	}
	return strconv.FormatInt(v, 10)
}

func isFigure(c *reports.Column) bool { return kindOf(c) != Word }

func kindOf(c *reports.Column) Kind {
	switch c.Kind {
	case reports.Amount, reports.Rate:
		return Decimal
	case reports.Count, reports.Number:
		return Whole
	}
	return Word
}

// difference reads a record of differ as a row of the table moved.
func (l *layout) difference(b []byte) ([]Value, error) {
	rec := spill.Record{B: b}
	rec.Int()
	rec.Int()
	column := int(rec.Int())
	name := "row"
	if len(l.cells) > 0 {
		name = l.cells[column]
	}
	var keys []byte
	for i, key := range l.keys {
		if i > 0 {
			keys = append(keys, ';')
		}
		keys = appendKey(append(append(keys, key...), '='), rec.Text())
	}
	row := []Value{wordOf(l.table), {string(keys), Word}, wordOf(name), {}, {}, {}}
	for i := range row[3:] {
		if len(rec.B) == 0 {
			rec.Bad = true
			break
		}
		kind := Kind(rec.B[0])
		rec.B = rec.B[1:]
		row[3+i] = Value{string(rec.Text()), kind}
	}
	return row, rec.Err()
}

// appendKey appends a key's text, in quotes where it has what stands between keys.
func appendKey(b, text []byte) []byte {
	for _, c := range text {
		if c == ';' || c == '=' || c == '"' || c < ' ' {
			return strconv.AppendQuote(b, string(text))
		}
	}
	return append(b, text...)
}
