package reports

import (
	"sync/atomic"
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
	rows    int64      // in memory
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

// append keeps the values of the next rows.
func (o *ownRows) append(columns []Column) error {
	n := columns[0].Len()
	if n == 0 {
		return nil
	}
	if o.file == nil && o.memory(int64(n)*o.size) {
		batch := make([]Column, len(o.columns))
		for k, i := range o.late {
			batch[k] = o.columns[k]
			batch[k].appendRows(&columns[i], 0, n)
		}
		o.batches, o.rows = append(o.batches, batch), o.rows+int64(n)
		return nil
	}
	if err := o.toFile(); err != nil {
		return err
	}
	late := make([]*Column, len(o.late))
	for k, i := range o.late {
		late[k] = &columns[i]
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
		late := make([]*Column, len(batch))
		for k := range batch {
			late[k] = &batch[k]
		}
		if err := o.file.append(late); err != nil {
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
func (o *ownRows) appendTo(w *ParquetWriter, decided func(column string) Next) error {
	if o.file != nil {
		return o.file.appendTo(w, decided)
	}
	if err := w.unpark(o.parked); err != nil {
		return err
	}
	for k := range o.columns {
		d := decisions{row: -1}
		if decided != nil {
			d.next = decided(o.columns[k].Name)
		}
		if err := o.appendColumn(w, k, &d); err != nil {
			return err
		}
	}
	return nil
}

// appendColumn appends one late column from memory.
func (o *ownRows) appendColumn(w *ParquetWriter, k int, d *decisions) error {
	if err := d.advance(); err != nil {
		return err
	}
	batch, from, at := 0, 0, int64(0)
	err := w.AppendLate(func(to *Column, rows int) error {
		for done := 0; done < rows; {
			c := &o.batches[batch][k]
			n := min(rows-done, c.Len()-from)
			to.copyRows(done, c, from, n)
			if done, from = done+n, from+n; from == c.Len() {
				batch, from = batch+1, 0
			}
		}
		first := at
		at += int64(rows)
		return d.apply(to, first, int64(rows))
	})
	if err != nil {
		return err
	}
	return d.ended(o.rows)
}

// copyRows sets rows from those of a column of its kind, from one on.
func (c *Column) copyRows(at int, src *Column, from, rows int) {
	switch c.Kind {
	case Date:
		copy(c.Days[at:], src.Days[from:from+rows])
	case Count:
		copy(c.Counts[at:], src.Counts[from:from+rows])
	case Amount:
		copy(c.Ints[at:], src.Ints[from:from+rows])
	default:
		copy(c.Codes[at:], src.Codes[from:from+rows])
	}
}

// remove gives memory and file up.
func (o *ownRows) remove() error {
	o.forget()
	if o.file == nil {
		return nil
	}
	return o.file.remove()
}
