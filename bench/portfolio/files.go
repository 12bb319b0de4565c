package portfolio

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

const (
	batchRows    = 512     // rows handed to the Parquet writer at once
	rowGroupRows = 128_000 // bounds what a writer holds: five of them are open in a worker
	textPerRow   = 3 * 20  // bytes of ids in a row, at most
)

// A sheet is one Parquet file being written. The file is made when the first
// row comes: a channel without payments delivers no file.
type sheet[T any] struct {
	path string
	file *os.File
	buf  *bufio.Writer
	w    *parquet.GenericWriter[T]
	rows []T
	text []byte // the ids of the rows in the batch
}

// write adds a row that fill makes. Ids are appended to the text that fill is
// given, which has room for them, and kept until the batch is written.
func (s *sheet[T]) write(fill func(row *T, text []byte) []byte) error {
	if s.w == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.rows = s.rows[:len(s.rows)+1]
	s.text = fill(&s.rows[len(s.rows)-1], s.text)
	if len(s.rows) < batchRows {
		return nil
	}
	return s.flush()
}

func (s *sheet[T]) open() error {
	f, err := os.Create(s.path)
	if err != nil {
		return err
	}
	s.file, s.buf = f, bufio.NewWriterSize(f, 1<<20)
	s.w = parquet.NewGenericWriter[T](s.buf, parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(rowGroupRows), parquet.CreatedBy("daybook", "1", "generate"))
	s.rows, s.text = make([]T, 0, batchRows), make([]byte, 0, batchRows*textPerRow)
	return nil
}

func (s *sheet[T]) flush() error {
	_, err := s.w.Write(s.rows)
	clear(s.rows)
	s.rows, s.text = s.rows[:0], s.text[:0]
	return err
}

// close ends the file, if there is one. It is safe to call after an error.
func (s *sheet[T]) close() error {
	if s.w == nil {
		return nil
	}
	err := s.flush()
	err = errors.Join(err, s.w.Close(), s.buf.Flush(), s.file.Close())
	s.w = nil
	return err
}

func newSheet[T any](dir, name string) *sheet[T] {
	return &sheet[T]{path: filepath.Join(dir, name+".parquet")}
}
