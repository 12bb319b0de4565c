package reports

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"daybook/ledger/civil"
)

// A sideFile keeps the own values of late columns, and then what a [ParquetWriter] parks.
// Batch after batch it has the batch's values of each column in turn: of codes two bytes, of
// dates and counts four, of amounts eight, least first. It proves what it reads again by checksums of what it
// wrote: it lies beside the tape for as long as the night takes.
type sideFile struct {
	file      *os.File
	out       *bufio.Writer // nil once the rows have ended
	columns   []sideColumn
	batches   []int64 // rows of each
	rows      int64
	size      int64 // of the values, in bytes
	parked    int   // bytes
	parkedSum uint32
	buffer    []byte
}

// A sideColumn is one late column in a side file.
type sideColumn struct {
	name  string
	kind  Kind
	width int64  // of a value, in bytes
	sum   uint32 // of the values
}

const sideFileSize = 1 << 14 // of the buffer, in bytes

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func createSideFile(path string, columns []Column, late []int) (*sideFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sideFile{file: file, out: bufio.NewWriterSize(file, sideFileSize)}
	for _, i := range late {
		c := sideColumn{name: columns[i].Name, kind: columns[i].Kind, width: 2}
		switch c.kind {
		case Date, Count:
			c.width = 4
		case Amount:
			c.width = 8
		}
		s.columns = append(s.columns, c)
	}
	return s, nil
}

// append keeps the values of the next rows.
func (s *sideFile) append(columns []Column, late []int) error {
	n := columns[0].Len()
	for k, i := range late {
		from, to := &columns[i], &s.columns[k]
		s.buffer = s.buffer[:0]
		switch to.kind {
		case Date:
			for _, d := range from.Days {
				s.buffer = binary.LittleEndian.AppendUint32(s.buffer, uint32(d))
			}
		case Count:
			for _, n := range from.Counts {
				s.buffer = binary.LittleEndian.AppendUint32(s.buffer, uint32(n))
			}
		case Amount:
			for _, a := range from.Ints {
				s.buffer = binary.LittleEndian.AppendUint64(s.buffer, uint64(a))
			}
		default:
			for _, c := range from.Codes {
				s.buffer = binary.LittleEndian.AppendUint16(s.buffer, c)
			}
		}
		to.sum = crc32.Update(to.sum, castagnoli, s.buffer)
		s.size += int64(len(s.buffer))
		if _, err := s.out.Write(s.buffer); err != nil {
			return err
		}
	}
	s.batches = append(s.batches, int64(n))
	s.rows += int64(n)
	return nil
}

// finish ends the rows, parks the writer's metadata behind them, and gives memory up.
func (s *sideFile) finish(w *ParquetWriter) error {
	if s.out == nil {
		return nil
	}
	b, err := w.park()
	if err != nil {
		return err
	}
	s.parked, s.parkedSum = len(b), crc32.Checksum(b, castagnoli)
	if _, err := s.out.Write(b); err != nil {
		return err
	}
	err = s.out.Flush()
	s.out, s.buffer = nil, nil
	return err
}

// appendTo appends the late columns to the tape: the own values, but for the rows of which
// others were decided.
func (s *sideFile) appendTo(w *ParquetWriter, decided func(column string) Next) error {
	b := make([]byte, s.parked)
	if _, err := s.file.ReadAt(b, s.size); err != nil {
		return s.damaged(err)
	}
	if crc32.Checksum(b, castagnoli) != s.parkedSum {
		return s.damaged(errChanged)
	}
	if err := w.unpark(b); err != nil {
		return s.damaged(err)
	}
	for k := range s.columns {
		var next Next
		if decided != nil {
			next = decided(s.columns[k].name)
		}
		if err := s.appendColumn(w, k, next); err != nil {
			return err
		}
	}
	return nil
}

// appendColumn appends one late column.
func (s *sideFile) appendColumn(w *ParquetWriter, k int, next Next) error {
	d := decisions{next: next, row: -1}
	if err := d.advance(); err != nil {
		return err
	}
	r := sideReader{sideFile: s, column: k}
	err := w.AppendLate(func(to *Column, rows int) error {
		from := r.at
		if err := r.read(to, rows); err != nil {
			return s.damaged(err)
		}
		return d.apply(to, from, int64(rows))
	})
	switch {
	case err != nil:
		return err
	case r.at != s.rows || r.sum != s.columns[k].sum:
		return s.damaged(errChanged)
	case d.more:
		return fmt.Errorf("a value was decided for row %d of %d", d.row, s.rows)
	}
	return nil
}

// A sideReader reads the values of one column in their order.
type sideReader struct {
	*sideFile
	column int
	at     int64 // row
	batch  int
	first  int64 // row of the batch
	start  int64 // of the batch in the file
	sum    uint32
}

// read sets the values of the next rows.
func (r *sideReader) read(to *Column, rows int) error {
	width, before, all := r.columns[r.column].width, int64(0), int64(0)
	for k := range r.columns {
		if all += r.columns[k].width; k < r.column {
			before += r.columns[k].width
		}
	}
	for done := 0; done < rows; {
		if r.batch == len(r.batches) {
			return io.ErrUnexpectedEOF
		}
		size := r.batches[r.batch]
		n := min(int64(rows-done), size-(r.at-r.first))
		r.buffer = sized(r.buffer, int(n*width))
		if _, err := r.file.ReadAt(r.buffer, r.start+before*size+(r.at-r.first)*width); err != nil {
			return err
		}
		r.sum = crc32.Update(r.sum, castagnoli, r.buffer)
		to.take(r.buffer, done, int(n))
		done, r.at = done+int(n), r.at+n
		if r.at-r.first == size {
			r.batch, r.first, r.start = r.batch+1, r.at, r.start+all*size
		}
	}
	return nil
}

// take sets values from a row on to those of a side file.
func (c *Column) take(b []byte, from, n int) {
	for i := range n {
		switch c.Kind {
		case Date:
			c.Days[from+i] = civil.Date(binary.LittleEndian.Uint32(b[4*i:]))
		case Count:
			c.Counts[from+i] = int32(binary.LittleEndian.Uint32(b[4*i:]))
		case Amount:
			c.Ints[from+i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		default:
			c.Codes[from+i] = binary.LittleEndian.Uint16(b[2*i:])
		}
	}
}

var errChanged = errors.New("it is not what was written")

func (s *sideFile) damaged(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("side file %s: %w", s.file.Name(), err)
}

func (s *sideFile) remove() error {
	s.file.Close()
	return os.Remove(s.file.Name())
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
