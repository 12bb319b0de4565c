package intake

import (
	"errors"
	"fmt"

	"daybook/ledger/loan"
)

// A Reader decodes row groups, one at a time: give each worker its own. The
// zero value is ready to use.
type Reader struct {
	space       *workspace // while a row group is read
	cursors     []*cursor  // one a column of the contract, nil where the file has none
	conversions []conversion
	zone        zone
	rows        Rows
	faults      [batchMax]loan.Reason
	faultColumn [batchMax]uint8
	missing     vector // of a column that holds nothing
}

// ReadGroup decodes row group g of f in batches and calls fn with each, in the
// order of the rows. It opens the file for that long, and proves that what it
// reads of it is what was inspected. It waits while other readers hold the
// memory that [Options] allows. It stops at fn's first error and returns it. Any
// fault of the file is a [FileError]; rows handed out before it are then not to
// be used.
func (r *Reader) ReadGroup(f *File, g int, fn func(*Rows) error) (err error) {
	var called bool // a panic of fn is not the file's fault
	defer func() {
		if !called {
			f.recovered(&err)
		}
	}()
	if r.space, err = f.begin(); err != nil {
		return err
	}
	defer func() {
		f.end(r.space)
		r.space = nil
	}()
	r.start(f, g)
	group := &f.groups[g]
	for done := int64(0); done < group.rows; {
		n := int(min(batchMax, group.rows-done))
		if n, err = r.batch(f, n); err != nil {
			return err
		}
		r.rows.First = group.first + done
		called = true
		if err := fn(&r.rows); err != nil {
			return err
		}
		called = false
		done += int64(n)
	}
	for _, c := range r.cursors {
		if c == nil {
			continue
		}
		if more, err := c.advance(); err != nil {
			return c.fault(f, err)
		} else if more {
			return c.fault(f, fmt.Errorf("it has more values than the %d rows in the footer", group.rows))
		}
	}
	return nil
}

// begin returns a workspace whose source is the file, opened.
func (f *File) begin() (*workspace, error) {
	w := f.options.pool.take()
	w.most = f.options.groupMax
	if err := w.source.begin(f); err != nil {
		f.options.pool.give(w)
		return nil, err
	}
	return w, nil
}

func (f *File) end(w *workspace) {
	w.source.end()
	f.options.pool.give(w)
}

// start puts a cursor at the head of each column's chunk.
func (r *Reader) start(f *File, g int) {
	if r.zone.location != f.options.Location {
		r.zone = zone{location: f.options.Location}
	}
	fields := contract[f.Kind]
	r.rows = Rows{Kind: f.Kind, File: f, Columns: resize(&r.rows.Columns, len(fields))}
	clear(r.rows.Columns)
	r.cursors = resize(&r.cursors, len(fields))
	r.conversions = resize(&r.conversions, len(fields))
	for i, l := range f.bound {
		r.cursors[i] = nil
		if l == nil || f.hollow[l.column] {
			continue
		}
		r.conversions[i] = conversion{field: &fields[i], leaf: l, scale: f.options.Scale, zone: &r.zone}
		r.cursors[i] = r.space.cursor(i)
		r.cursors[i].reset(f, g, l, &r.conversions[i])
	}
}

// batch decodes the next rows: as many as every column's page still has, at
// most n, so that no value is copied to join pages.
func (r *Reader) batch(f *File, n int) (int, error) {
	for _, c := range r.cursors {
		if c == nil {
			continue
		}
		more, err := c.advance()
		if err == nil && !more {
			err = errors.New("it has fewer values than the rows in the footer")
		}
		if err != nil {
			return 0, c.fault(f, err)
		}
		n = min(n, c.left)
	}
	rows := &r.rows
	rows.N, rows.Fault, rows.FaultColumn = n, r.faults[:n], r.faultColumn[:n]
	clear(rows.Fault)
	for i, c := range r.cursors {
		var v vector
		var err error
		switch {
		case c != nil:
			if v, err = c.read(n); err != nil {
				return 0, c.fault(f, err)
			}
		case f.bound[i] != nil:
			v = r.nothing(n)
		default:
			continue
		}
		rows.Columns[i] = Column{Present: true, Minor: contract[f.Kind][i].form == amount && f.bound[i].whole(),
			Null: v.null, Int: v.ints, Data: v.data, Start: v.start, End: v.end}
		rows.note(i, &v)
	}
	if s, ok := subjects[f.Kind]; ok {
		rows.checkSubjects(s)
	}
	if f.Kind == Borrowers {
		rows.checkHours()
	}
	return n, nil
}

// nothing returns n nulls, of numbers as of texts.
func (r *Reader) nothing(n int) vector {
	if r.missing.null == nil {
		r.missing = vector{null: make([]bool, batchMax), ints: make([]int64, batchMax),
			start: make([]uint32, batchMax), end: make([]uint32, batchMax)}
	}
	v := r.missing
	for i := range v.null[:n] {
		v.null[i] = true
	}
	clear(v.ints[:n])
	return vector{n: n, null: v.null[:n], ints: v.ints[:n], start: v.start[:n], end: v.end[:n]}
}

// note records the faults of column i for rows that have none yet.
func (rows *Rows) note(i int, v *vector) {
	required := contract[rows.Kind][i].required
	if required && v.null != nil {
		for j, null := range v.null {
			if null && rows.Fault[j] == loan.OK {
				rows.Fault[j], rows.FaultColumn[j] = loan.MissingValue, uint8(i)
			}
		}
	}
	for j, reason := range v.fault {
		if reason != loan.OK && rows.Fault[j] == loan.OK {
			rows.Fault[j], rows.FaultColumn[j] = reason, uint8(i)
		}
	}
}

// checkSubjects finds the rows that concern nobody, or two where they may
// concern one.
func (rows *Rows) checkSubjects(s subject) {
	first, second := &rows.Columns[s.columns[0]], &rows.Columns[s.columns[1]]
	for i := range rows.N {
		none := len(first.Text(i)) == 0
		switch {
		case rows.Fault[i] != loan.OK || none != (len(second.Text(i)) == 0):
		case none:
			rows.Fault[i], rows.FaultColumn[i] = loan.MissingValue, uint8(s.columns[0])
		case s.one:
			rows.Fault[i], rows.FaultColumn[i] = loan.TwoSubjects, uint8(s.columns[1])
		}
	}
}

// checkHours finds the hours that end before they begin.
func (rows *Rows) checkHours() {
	from, until := &rows.Columns[BorrowersContactFrom], &rows.Columns[BorrowersContactUntil]
	if !from.Present || !until.Present {
		return
	}
	for i := range rows.N {
		if rows.Fault[i] == loan.OK && !from.IsNull(i) && !until.IsNull(i) && from.Int[i] >= until.Int[i] {
			rows.Fault[i], rows.FaultColumn[i] = loan.BadHours, BorrowersContactUntil
		}
	}
}
