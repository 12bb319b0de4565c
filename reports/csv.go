package reports

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// A CSVWriter writes columns as CSV: a header, plain decimals with a point,
// ISO dates, nothing for null, lines that end in a line feed, quotes only
// where a text needs them.
type CSVWriter struct {
	out  *bufio.Writer
	line []byte
	cell []byte
}

// NewCSVWriter writes the header of these columns.
func NewCSVWriter(out io.Writer, columns []Column) (*CSVWriter, error) {
	w := &CSVWriter{out: bufio.NewWriterSize(out, 1<<16)}
	for i := range columns {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = appendQuoted(w.line, []byte(columns[i].Name))
	}
	_, err := w.out.Write(append(w.line, '\n'))
	return w, err
}

// Write adds one batch of rows.
func (w *CSVWriter) Write(columns []Column) error {
	for row := range columns[0].Len() {
		w.line = w.line[:0]
		for i := range columns {
			if i > 0 {
				w.line = append(w.line, ',')
			}
			c := &columns[i]
			if c.Kind != Text && c.Kind != Coded {
				w.line = c.AppendValue(w.line, row)
				continue
			}
			w.cell = c.AppendValue(w.cell[:0], row)
			w.line = appendQuoted(w.line, w.cell)
		}
		if _, err := w.out.Write(append(w.line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// Close writes out what is buffered.
func (w *CSVWriter) Close() error { return w.out.Flush() }

// appendQuoted appends a text, in quotes where CSV wants them.
func appendQuoted(b, s []byte) []byte {
	if !special(s) && (len(s) == 0 || s[0] != ' ' && s[len(s)-1] != ' ') {
		return append(b, s...)
	}
	b = append(b, '"')
	for _, c := range s {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

func special(s []byte) bool {
	for _, c := range s {
		if c == ',' || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// WriteCSV writes a whole table to a new, synced file.
func WriteCSV(path string, t *Table) (Output, error) {
	o, err := WriteFile(path, func(out io.Writer) error {
		w, err := NewCSVWriter(out, t.Columns)
		if err != nil {
			return err
		}
		if err := w.Write(t.Columns); err != nil {
			return err
		}
		return w.Close()
	})
	o.Rows = int64(t.Rows())
	return o, err
}

// WriteFile writes a new, synced file by a function, and digests it on the
// way. It fails if the file exists; after an error it leaves none.
func WriteFile(path string, write func(io.Writer) error) (Output, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return Output{}, err
	}
	hash := sha256.New()
	n := new(counter)
	err = write(io.MultiWriter(f, hash, n))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(path)
		return Output{}, fmt.Errorf("write %s: %w", path, err)
	}
	return Output{Path: path, Bytes: int64(*n), SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

type counter int64

func (n *counter) Write(b []byte) (int, error) {
	*n += counter(len(b))
	return len(b), nil
}
