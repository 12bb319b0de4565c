package reports

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"

	"daybook/ledger/civil"
)

// A sideFile keeps the own values of late columns that there is no memory for, and then what a [ParquetWriter] parks.
// Batch after batch it has the batch's values of each column in turn, packed: most are small, or nearly all the
// same. It proves what it reads again by checksums of what it
// wrote: it lies beside the tape for as long as the night takes.
type sideFile struct {
	file      *os.File
	out       *bufio.Writer // nil once the rows have ended
	columns   []sideColumn
	batches   []int64 // rows of each
	lengths   []int32 // in bytes, by batch and column
	rows      int64
	size      int64 // of the values, in bytes
	parked    int   // bytes
	parkedSum uint32
	buffer    []byte
	values    []int64
}

// A sideColumn is one late column in a side file.
type sideColumn struct {
	name string
	kind Kind
	sum  uint32 // of the values as they are written
}

const sideFileSize = 1 << 14 // of the buffer, in bytes

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func createSideFile(path string, columns []Column) (*sideFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sideFile{file: file, out: bufio.NewWriterSize(file, sideFileSize)}
	for i := range columns {
		s.columns = append(s.columns, sideColumn{name: columns[i].Name, kind: columns[i].Kind})
	}
	return s, nil
}

// append keeps the values of the next rows: those of the late columns alone.
func (s *sideFile) append(columns []Column) error {
	n := columns[0].Len()
	for k := range columns {
		from, to := &columns[k], &s.columns[k]
		s.values = from.give(s.values[:0])
		s.buffer = appendBatch(s.buffer[:0], s.values)
		s.lengths = append(s.lengths, int32(len(s.buffer)))
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
	s.out, s.buffer, s.values = nil, nil, nil
	return err
}

// metadata returns what was parked.
func (s *sideFile) metadata() ([]byte, error) {
	b := make([]byte, s.parked)
	if _, err := s.file.ReadAt(b, s.size); err != nil {
		return nil, s.damaged(err)
	}
	if crc32.Checksum(b, castagnoli) != s.parkedSum {
		return nil, s.damaged(errChanged)
	}
	return b, nil
}

// A sideReader reads the values of one column in their order.
type sideReader struct {
	*sideFile
	column int
	at     int64 // row
	batch  int   // the next
	start  int64 // of it in the file
	sum    uint32
	left   []int64 // of the batch before it, still to come
	room   []int64 // for a batch
}

func (r *sideReader) read(to *Column, rows int) error {
	for rows > 0 {
		if len(r.left) == 0 {
			if err := r.next(); err != nil {
				return r.damaged(err)
			}
		}
		n := min(rows, len(r.left))
		to.take(r.left[:n])
		r.left = r.left[n:]
		rows, r.at = rows-n, r.at+int64(n)
	}
	return nil
}

func (r *sideReader) whole() error {
	if r.at != r.rows || r.sum != r.columns[r.column].sum {
		return r.damaged(errChanged)
	}
	return nil
}

// next reads the column's values of the next batch.
func (r *sideReader) next() error {
	if r.batch == len(r.batches) {
		return io.ErrUnexpectedEOF
	}
	lengths := r.lengths[r.batch*len(r.columns):][:len(r.columns)]
	from := r.start
	for k, n := range lengths {
		if k < r.column {
			from += int64(n)
		}
		r.start += int64(n)
	}
	r.buffer = sized(r.buffer, int(lengths[r.column]))
	if _, err := r.file.ReadAt(r.buffer, from); err != nil {
		return err
	}
	r.sum = crc32.Update(r.sum, castagnoli, r.buffer)
	r.room = sized(r.room, int(r.batches[r.batch]))
	r.batch++
	if r.left = r.room; !readBatch(r.buffer, r.left) {
		return errChanged
	}
	return nil
}

// give appends the column's values as numbers.
func (c *Column) give(to []int64) []int64 {
	switch c.Kind {
	case Date:
		for _, d := range c.Days {
			to = append(to, int64(d))
		}
	case Count:
		for _, n := range c.Counts {
			to = append(to, int64(n))
		}
	case Amount:
		to = append(to, c.Ints...)
	default:
		for _, code := range c.Codes {
			to = append(to, int64(code))
		}
	}
	return to
}

// take appends numbers as the column's values.
func (c *Column) take(values []int64) {
	switch c.Kind {
	case Date:
		for _, v := range values {
			c.Days = append(c.Days, civil.Date(v))
		}
	case Count:
		for _, v := range values {
			c.Counts = append(c.Counts, int32(v))
		}
	case Amount:
		c.Ints = append(c.Ints, values...)
	default:
		for _, v := range values {
			c.Codes = append(c.Codes, uint16(v))
		}
	}
}

// The values of a batch begin with how: so many bytes each above the least, which follows; or sparse: the
// one that nearly all have, and the others with their places.
const sparseBatch = 0xff

// sparseBytes is what a value takes that is another than nearly all: its place and itself.
const sparseBytes = 4 + 8

// appendBatch appends values in the fewer bytes.
func appendBatch(b []byte, values []int64) []byte {
	least, most, common, votes := int64(0), int64(0), int64(0), 0
	for i, v := range values {
		if i == 0 {
			least, most = v, v
		}
		least, most = min(least, v), max(most, v)
		switch {
		case v == common:
			votes++
		case votes == 0:
			common, votes = v, 1
		default:
			votes--
		}
	}
	others := 0
	for _, v := range values {
		if v != common {
			others++
		}
	}
	width := widthOf(uint64(most) - uint64(least))
	if others*sparseBytes < len(values)*width {
		return appendSparse(b, values, common)
	}
	b = binary.LittleEndian.AppendUint64(append(b, byte(width)), uint64(least))
	at := len(b)
	b = slices.Grow(b, len(values)*width)[:at+len(values)*width]
	to := b[at:]
	switch width {
	case 1:
		for i, v := range values {
			to[i] = byte(uint64(v) - uint64(least))
		}
	case 2:
		for i, v := range values {
			binary.LittleEndian.PutUint16(to[2*i:], uint16(uint64(v)-uint64(least)))
		}
	case 4:
		for i, v := range values {
			binary.LittleEndian.PutUint32(to[4*i:], uint32(uint64(v)-uint64(least)))
		}
	case 8:
		for i, v := range values {
			binary.LittleEndian.PutUint64(to[8*i:], uint64(v)-uint64(least))
		}
	}
	return b
}

func appendSparse(b []byte, values []int64, common int64) []byte {
	b = binary.LittleEndian.AppendUint64(append(b, sparseBatch), uint64(common))
	for i, v := range values {
		if v != common {
			b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(i)), uint64(v))
		}
	}
	return b
}

// widthOf returns how many bytes a number takes that is at most so large: 0, 1, 2, 4 or 8.
func widthOf(most uint64) int {
	switch {
	case most == 0:
		return 0
	case most < 1<<8:
		return 1
	case most < 1<<16:
		return 2
	case most < 1<<32:
		return 4
	}
	return 8
}

// readBatch reads what appendBatch wrote of so many values; false where it is something else.
func readBatch(b []byte, to []int64) bool {
	if len(b) < 9 {
		return false
	}
	how, first, rest := b[0], int64(binary.LittleEndian.Uint64(b[1:])), b[9:]
	if how == sparseBatch {
		for i := range to {
			to[i] = first
		}
		for ; len(rest) >= sparseBytes; rest = rest[sparseBytes:] {
			at := binary.LittleEndian.Uint32(rest)
			if int(at) >= len(to) {
				return false
			}
			to[at] = int64(binary.LittleEndian.Uint64(rest[4:]))
		}
		return len(rest) == 0
	}
	if how > 8 || how&(how-1) != 0 || len(rest) != len(to)*int(how) {
		return false
	}
	switch how {
	case 0:
		for i := range to {
			to[i] = first
		}
	case 1:
		for i := range to {
			to[i] = first + int64(rest[i])
		}
	case 2:
		for i := range to {
			to[i] = first + int64(binary.LittleEndian.Uint16(rest[2*i:]))
		}
	case 4:
		for i := range to {
			to[i] = first + int64(binary.LittleEndian.Uint32(rest[4*i:]))
		}
	case 8:
		for i := range to {
			to[i] = first + int64(binary.LittleEndian.Uint64(rest[8*i:]))
		}
	}
	return true
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
