package reports

import (
	"fmt"
	"sync/atomic"

	"daybook/ledger/civil"
)

// An Aside says where a tape's own values of late columns lie until it is closed: in memory, as far as that
// goes, else in a side file.
type Aside struct {
	Path   string      // of the side file, if there is one
	Memory *LateMemory // nil: none
}

// A LateMemory is how many bytes the tapes of a night may keep of late columns. Several workers take from it.
type LateMemory struct{ left atomic.Int64 }

// NewLateMemory returns one of so many bytes.
func NewLateMemory(bytes int64) *LateMemory {
	m := new(LateMemory)
	m.left.Store(bytes)
	return m
}

// take reports whether so many bytes were left; then they are taken.
func (m *LateMemory) take(bytes int64) bool {
	if m == nil {
		return false
	}
	if m.left.Add(-bytes) >= 0 {
		return true
	}
	m.left.Add(bytes)
	return false
}

func (m *LateMemory) give(bytes int64) {
	if m != nil {
		m.left.Add(bytes)
	}
}

// ownRows are the own values of a tape's late columns: in memory as long as it lasts, then all of them in a side file.
type ownRows struct {
	aside   Aside
	columns []Column // without rows
	late    []int    // their places in the tape
	size    int64    // bytes of a row in memory

	batches [][]Column // in memory
	taken   int64      // bytes
	parked  []byte     // what the writer parked, once the rows in memory have ended
	file    *sideFile  // nil where there is none
}

func newOwnRows(aside Aside, columns []Column, late []int) *ownRows {
	o := &ownRows{aside: aside, late: late}
	for _, i := range late {
		c := columns[i]
		o.columns = append(o.columns, Column{Name: c.Name, Kind: c.Kind})
		switch c.Kind {
		case Amount:
			o.size += 8
		case Date, Count:
			o.size += 4
		default:
			o.size += 2
		}
	}
	return o
}

// append keeps the values of the next rows of the tape.
func (o *ownRows) append(columns []Column) error {
	n := columns[0].Len()
	if n == 0 {
		return nil
	}
	late := make([]Column, len(o.late))
	if o.file == nil && o.memory(int64(n)*o.size) {
		for k, i := range o.late {
			late[k] = o.columns[k]
			late[k].appendRows(&columns[i], 0, n)
		}
		o.batches = append(o.batches, late)
		return nil
	}
	if err := o.toFile(); err != nil {
		return err
	}
	for k, i := range o.late {
		late[k] = columns[i]
	}
	return o.file.append(late)
}

func (o *ownRows) memory(bytes int64) bool {
	if !o.aside.Memory.take(bytes) {
		return false
	}
	o.taken += bytes
	return true
}

// toFile makes the side file, and takes what is in memory there.
func (o *ownRows) toFile() (err error) {
	if o.file != nil {
		return nil
	}
	if o.file, err = createSideFile(o.aside.Path, o.columns); err != nil {
		return err
	}
	for _, batch := range o.batches {
		if err := o.file.append(batch); err != nil {
			return err
		}
	}
	o.forget()
	return nil
}

func (o *ownRows) forget() {
	o.aside.Memory.give(o.taken)
	o.batches, o.taken, o.parked = nil, 0, nil
}

// finish ends the rows, parks the writer's metadata, and gives memory up that is not needed until the tape is closed.
func (o *ownRows) finish(w *ParquetWriter) (err error) {
	switch {
	case o.parked != nil:
		return nil
	case o.file != nil:
		return o.file.finish(w)
	}
	o.parked, err = w.park()
	return err
}

// appendTo appends the late columns to the tape: the own values, but for the rows of which
// others were decided.
func (o *ownRows) appendTo(w *ParquetWriter, decided func(column string) Next) (err error) {
	parked := o.parked
	if o.file != nil {
		if parked, err = o.file.metadata(); err != nil {
			return err
		}
	}
	if err := w.unpark(parked); err != nil {
		return err
	}
	for k := range o.columns {
		d := decisions{row: -1}
		if decided != nil {
			d.next = decided(o.columns[k].Name)
		}
		var own rowReader = &memoryReader{batches: o.batches, column: k}
		if o.file != nil {
			own = &sideReader{sideFile: o.file, column: k}
		}
		if err := d.appendColumn(w, own); err != nil {
			return err
		}
	}
	return nil
}

// A rowReader reads the own values of one late column in their order.
type rowReader interface {
	// read appends the values of the next rows.
	read(to *Column, rows int) error
	// whole reports an error where what was read is not what was kept.
	whole() error
}

// A memoryReader reads what is in memory.
type memoryReader struct {
	batches [][]Column // that are left
	column  int
	from    int // row of the first of them
}

func (r *memoryReader) read(to *Column, rows int) error {
	for rows > 0 {
		c := &r.batches[0][r.column]
		n := min(rows, c.Len()-r.from)
		to.appendRows(c, r.from, r.from+n)
		if rows, r.from = rows-n, r.from+n; r.from == c.Len() {
			r.batches, r.from = r.batches[1:], 0
		}
	}
	return nil
}

func (r *memoryReader) whole() error { return nil }

// remove gives memory and file up.
func (o *ownRows) remove() error {
	o.forget()
	if o.file == nil {
		return nil
	}
	return o.file.remove()
}

// decisions are the rows whose value was decided otherwise than their own.
type decisions struct {
	next  Next  // nil: none
	row   int64 // the next one
	value int64
	more  bool // row and value hold
}

func (d *decisions) advance() error {
	d.more = false
	if d.next == nil {
		return nil
	}
	row, value, ok := d.next()
	if !ok {
		return nil
	}
	if row <= d.row {
		return fmt.Errorf("a value was decided for row %d after that of row %d", row, d.row)
	}
	d.row, d.value, d.more = row, value, true
	return nil
}

// apply sets the values that were decided among those of so many rows from one on.
func (d *decisions) apply(to *Column, from, rows int64) error {
	for d.more && d.row < from+rows {
		switch at := d.row - from; to.Kind {
		case Date:
			to.Days[at] = civil.Date(d.value)
		case Count:
			to.Counts[at] = int32(d.value)
		case Amount:
			to.Ints[at] = d.value
		default:
			to.Codes[at] = uint16(d.value)
		}
		if err := d.advance(); err != nil {
			return err
		}
	}
	return nil
}

// appendColumn appends one late column.
func (d *decisions) appendColumn(w *ParquetWriter, own rowReader) error {
	if err := d.advance(); err != nil {
		return err
	}
	at := int64(0)
	err := w.AppendLate(func(to *Column, rows int) error {
		if err := own.read(to, rows); err != nil {
			return err
		}
		from := at
		at += int64(rows)
		return d.apply(to, from, int64(rows))
	})
	if err == nil {
		err = own.whole()
	}
	if err == nil && d.more {
		err = fmt.Errorf("a value was decided for row %d of %d", d.row, at)
	}
	return err
}
