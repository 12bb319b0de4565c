package reports

import (
	"fmt"
	"hash/crc32"
	"io"
	"slices"
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

// ownRows are the own values of a tape's late columns. Batch after batch they have the batch's values of each column
// in turn, packed: most are small, or nearly all the same. They lie in memory as long as it lasts, then all of them in
// a side file.
type ownRows struct {
	aside   Aside
	columns []ownColumn
	batches []ownBatch
	lengths []int32 // in bytes, by batch and column
	rows    int64
	taken   int64     // bytes of memory
	parked  []byte    // what the writer parked, once the rows in memory have ended
	file    *sideFile // nil where there is none
	buffer  []byte
}

// An ownColumn is one late column: its place in the tape, and of what kind it is.
type ownColumn struct {
	name  string
	kind  Kind
	place int
}

// An ownBatch is the rows of one batch.
type ownBatch struct {
	rows   int
	packed []byte // nil where they are in the file
}

func newOwnRows(aside Aside, columns []Column, late []int) *ownRows {
	o := &ownRows{aside: aside}
	for _, i := range late {
		o.columns = append(o.columns, ownColumn{columns[i].Name, columns[i].Kind, i})
	}
	return o
}

// append keeps the values of the next rows of the tape.
func (o *ownRows) append(columns []Column) error {
	n := columns[0].Len()
	if n == 0 {
		return nil
	}
	o.buffer = o.buffer[:0]
	for _, c := range o.columns {
		from := len(o.buffer)
		o.buffer = columns[c.place].pack(o.buffer)
		o.lengths = append(o.lengths, int32(len(o.buffer)-from))
	}
	o.rows += int64(n)
	if size := int64(len(o.buffer)); o.file == nil && o.aside.Memory.take(size) {
		o.taken += size
		o.batches = append(o.batches, ownBatch{n, slices.Clone(o.buffer)})
		return nil
	}
	if err := o.toFile(); err != nil {
		return err
	}
	o.batches = append(o.batches, ownBatch{rows: n})
	return o.file.append(o.buffer, o.lengthsOf(len(o.batches)-1))
}

// lengthsOf returns how long each column of a batch is, in bytes.
func (o *ownRows) lengthsOf(batch int) []int32 {
	return o.lengths[batch*len(o.columns):][:len(o.columns)]
}

// toFile makes the side file, and takes what is in memory there.
func (o *ownRows) toFile() (err error) {
	if o.file != nil {
		return nil
	}
	if o.file, err = createSideFile(o.aside.Path, len(o.columns)); err != nil {
		return err
	}
	for i := range o.batches {
		if err := o.file.append(o.batches[i].packed, o.lengthsOf(i)); err != nil {
			return err
		}
		o.batches[i].packed = nil
	}
	o.give()
	return nil
}

func (o *ownRows) give() {
	o.aside.Memory.give(o.taken)
	o.taken = 0
}

// finish ends the rows, parks the writer's metadata, and gives memory up that is not needed until the tape is closed.
func (o *ownRows) finish(w *ParquetWriter) (err error) {
	o.buffer = nil
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
			d.next = decided(o.columns[k].name)
		}
		if err := d.appendColumn(w, o.reader(k)); err != nil {
			return err
		}
	}
	return nil
}

// An ownReader reads the own values of one column in their order.
type ownReader struct {
	*ownRows
	column int
	batch  int    // the next
	start  int64  // of it in the file
	sum    uint32 // of what was read from the file
	at     int64  // row
	room   Column // rows of the batch before it
	from   int    // the first of them that is still to come
	buffer []byte
}

func (o *ownRows) reader(column int) *ownReader {
	return &ownReader{ownRows: o, column: column, room: Column{Kind: o.columns[column].kind}}
}

// read appends the values of the next rows.
func (r *ownReader) read(to *Column, rows int) error {
	for rows > 0 {
		if r.from == r.room.Len() {
			if err := r.next(); err != nil {
				return r.damaged(err)
			}
		}
		n := min(rows, r.room.Len()-r.from)
		to.appendRows(&r.room, r.from, r.from+n)
		rows, r.from, r.at = rows-n, r.from+n, r.at+int64(n)
	}
	return nil
}

// next reads the values of the next batch.
func (r *ownReader) next() error {
	if r.batch == len(r.batches) {
		return io.ErrUnexpectedEOF
	}
	b, lengths, from := &r.batches[r.batch], r.lengthsOf(r.batch), int64(0)
	for _, n := range lengths[:r.column] {
		from += int64(n)
	}
	packed := b.packed
	if packed != nil {
		packed = packed[from : from+int64(lengths[r.column])]
	} else {
		r.buffer = sized(r.buffer, int(lengths[r.column]))
		if _, err := r.file.file.ReadAt(r.buffer, r.start+from); err != nil {
			return err
		}
		packed, r.sum = r.buffer, crc32.Update(r.sum, castagnoli, r.buffer)
		for _, n := range lengths {
			r.start += int64(n)
		}
	}
	r.batch, r.from = r.batch+1, 0
	if !r.room.unpack(packed, b.rows) {
		return errChanged
	}
	return nil
}

// whole reports an error where what was read is not what was kept.
func (r *ownReader) whole() error {
	if r.at != r.rows || r.file != nil && r.sum != r.file.sums[r.column] {
		return r.damaged(errChanged)
	}
	return nil
}

func (r *ownReader) damaged(err error) error {
	if r.file != nil {
		return r.file.damaged(err)
	}
	return fmt.Errorf("values of the column %s that lay aside: %w", r.columns[r.column].name, err)
}

// remove gives memory and file up.
func (o *ownRows) remove() error {
	o.give()
	o.batches, o.parked = nil, nil
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
func (d *decisions) appendColumn(w *ParquetWriter, own *ownReader) error {
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
