package reports

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A sideFile keeps the packed values of late columns that there is no memory for, and then what a [ParquetWriter]
// parks. It proves what is read of it again by checksums of what was written: it lies beside the tape for as long as
// the night takes.
type sideFile struct {
	file      *os.File
	out       *bufio.Writer // nil once the rows have ended
	sums      []uint32      // of the values of each column
	size      int64         // of all values, in bytes
	parked    int           // bytes
	parkedSum uint32
}

const sideFileSize = 1 << 14 // of the buffer, in bytes

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func createSideFile(path string, columns int) (*sideFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &sideFile{file: file, out: bufio.NewWriterSize(file, sideFileSize), sums: make([]uint32, columns)}, nil
}

// append keeps the packed values of a batch, column after column, which are so long.
func (s *sideFile) append(packed []byte, lengths []int32) error {
	from := 0
	for k, n := range lengths {
		s.sums[k] = crc32.Update(s.sums[k], castagnoli, packed[from:from+int(n)])
		from += int(n)
	}
	s.size += int64(len(packed))
	_, err := s.out.Write(packed)
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
	s.out = nil
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
