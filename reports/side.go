package reports

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A sideFile keeps the own codes of a late column, two bytes a row, least first, and then
// what a [ParquetWriter] parks. It proves what it reads again by checksums of what it
// wrote: it lies beside the tape for as long as the night takes.
type sideFile struct {
	file      *os.File
	out       *bufio.Writer // nil once the rows have ended
	rows      int64
	sum       uint32 // of the codes
	parked    int    // bytes
	parkedSum uint32
	buffer    []byte
}

const (
	codeSize     = 2
	sideFileSize = 1 << 14 // of the buffer, in bytes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func createSideFile(path string) (*sideFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &sideFile{file: file, out: bufio.NewWriterSize(file, sideFileSize)}, nil
}

// append keeps codes of the next rows.
func (s *sideFile) append(codes []uint16) error {
	s.buffer = s.buffer[:0]
	for _, c := range codes {
		s.buffer = binary.LittleEndian.AppendUint16(s.buffer, c)
	}
	s.rows += int64(len(codes))
	s.sum = crc32.Update(s.sum, castagnoli, s.buffer)
	_, err := s.out.Write(s.buffer)
	return err
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

// appendTo appends the late column to the tape: the own codes, but for the rows that next
// returns.
func (s *sideFile) appendTo(w *ParquetWriter, next func() (row int64, code uint16, ok bool)) error {
	b := make([]byte, s.parked)
	if _, err := s.file.ReadAt(b, s.rows*codeSize); err != nil {
		return s.damaged(err)
	}
	if crc32.Checksum(b, castagnoli) != s.parkedSum {
		return s.damaged(errChanged)
	}
	if err := w.unpark(b); err != nil {
		return s.damaged(err)
	}
	d := decisions{next: next, row: -1}
	if err := d.advance(); err != nil {
		return err
	}
	at, sum := int64(0), uint32(0)
	err := w.AppendLate(func(codes []uint16) error {
		s.buffer = sized(s.buffer, len(codes)*codeSize)
		if _, err := s.file.ReadAt(s.buffer, at*codeSize); err != nil {
			return s.damaged(err)
		}
		sum = crc32.Update(sum, castagnoli, s.buffer)
		for i := range codes {
			codes[i] = binary.LittleEndian.Uint16(s.buffer[i*codeSize:])
		}
		from := at
		at += int64(len(codes))
		return d.apply(codes, from)
	})
	switch {
	case err != nil:
		return err
	case at != s.rows || sum != s.sum:
		return s.damaged(errChanged)
	case d.more:
		return fmt.Errorf("a code was decided for row %d of %d", d.row, s.rows)
	}
	return nil
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

// decisions are the rows whose code was decided otherwise than their own.
type decisions struct {
	next func() (row int64, code uint16, ok bool) // nil: none
	row  int64                                    // the next one
	code uint16
	more bool // row and code hold
}

func (d *decisions) advance() error {
	d.more = false
	if d.next == nil {
		return nil
	}
	row, code, ok := d.next()
	if !ok {
		return nil
	}
	if row <= d.row {
		return fmt.Errorf("a code was decided for row %d after that of row %d", row, d.row)
	}
	d.row, d.code, d.more = row, code, true
	return nil
}

// apply sets the codes that were decided among those of the rows from one on.
func (d *decisions) apply(codes []uint16, from int64) error {
	for d.more && d.row < from+int64(len(codes)) {
		codes[d.row-from] = d.code
		if err := d.advance(); err != nil {
			return err
		}
	}
	return nil
}
