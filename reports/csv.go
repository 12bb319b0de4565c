package reports

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"daybook/ledger/direct"
)

// A CSVWriter writes columns as CSV: a header, plain decimals with a point and the
// digits of their currency, ISO dates, nothing for null, lines that end in a line feed, quotes only
// where a text needs them. A text that a spreadsheet would take for a formula
// gets an apostrophe before it; figures stay as they are.
type CSVWriter struct {
	out  *bufio.Writer
	line []byte
	cell []byte
	// scaled says that amounts have all digits of the scale, whatever their currency.
	scaled bool
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
	as := written{columns: columns}
	if !w.scaled {
		as = writtenOf(columns)
	}
	for row := range columns[0].Len() {
		w.line = w.line[:0]
		for i := range columns {
			if i > 0 {
				w.line = append(w.line, ',')
			}
			c := &columns[i]
			if c.Kind != Text && c.Kind != Coded {
				w.line = as.append(w.line, c, row)
				continue
			}
			w.cell = c.AppendValue(w.cell[:0], row)
			w.line = AppendCell(w.line, w.cell)
		}
		if _, err := w.out.Write(append(w.line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// Close writes out what is buffered.
func (w *CSVWriter) Close() error { return w.out.Flush() }

// AppendCell appends a text as a cell of a CSV: quoted where it has to be, and such that
// no spreadsheet runs it. One that begins with = + - @, a tab or a carriage return gets an
// apostrophe before it. So does one in which apostrophes come before these, so that a
// program can undo it: where apostrophes and then one of these begin a cell, the first is
// ours.
func AppendCell(b, text []byte) []byte {
	plain := true
	for _, c := range text {
		plain = plain && !marks[c]
	}
	if plain {
		return append(b, text...)
	}
	if isFormula(text) {
		text = append([]byte{'\''}, text...)
	}
	return appendQuoted(b, text)
}

// marks are the bytes that a text without any of them needs neither quotes nor an
// apostrophe for: as most are.
var marks = [256]bool{',': true, '"': true, '\n': true, '\r': true, ' ': true, '\'': true, '=': true, '+': true, '-': true, '@': true, '\t': true}

func isFormula(text []byte) bool {
	s := bytes.TrimLeft(text, "'")
	return len(s) > 0 && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}

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

// A CSVFile is a CSV written batch by batch to a new file, which is synced and
// digested.
type CSVFile struct {
	w    *CSVWriter
	file *newFile
	rows int64
}

// CreateCSV starts a file with the header of these columns, as the form has it. It fails
// if the file exists.
func (f *Form) CreateCSV(path string, columns []Column) (*CSVFile, error) {
	file, err := createFile(path)
	if err != nil {
		return nil, err
	}
	w, err := NewCSVWriter(file, columns)
	if err != nil {
		file.abort()
		return nil, err
	}
	w.scaled = f.scaled()
	return &CSVFile{w: w, file: file}, nil
}

// Write adds one batch of rows.
func (c *CSVFile) Write(columns []Column) error {
	c.rows += int64(columns[0].Len())
	return c.w.Write(columns)
}

// Close syncs the file and says what it holds.
func (c *CSVFile) Close() (Output, error) {
	if err := c.w.Close(); err != nil {
		c.file.abort()
		return Output{}, err
	}
	o, err := c.file.close()
	o.Rows = c.rows
	return o, err
}

// Abort removes the file; after Close it does nothing.
func (c *CSVFile) Abort() { c.file.abort() }

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
	f, err := createFile(path)
	if err != nil {
		return Output{}, err
	}
	if err := write(f); err != nil {
		f.abort()
		return Output{}, fmt.Errorf("write %s: %w", path, err)
	}
	return f.close()
}

// WriteBytes is [WriteFile] of what is in memory already.
func WriteBytes(path string, data []byte) (Output, error) {
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// A newFile is a file in the making: digested on the way, synced when it is
// closed, gone when it is aborted.
type newFile struct {
	path string
	f    *os.File // nil once it is closed
	out  *direct.Writer
	hash hash.Hash
	size int64
}

func createFile(path string) (*newFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &newFile{path: path, f: f, out: direct.NewWriter(f), hash: sha256.New()}, nil
}

func (n *newFile) Write(b []byte) (int, error) {
	k, err := n.out.Write(b)
	n.hash.Write(b[:k])
	n.size += int64(k)
	return k, err
}

func (n *newFile) close() (Output, error) {
	err := n.out.Sync()
	if e := n.f.Close(); err == nil {
		err = e
	}
	n.f = nil
	if err != nil {
		os.Remove(n.path)
		return Output{}, fmt.Errorf("write %s: %w", n.path, err)
	}
	return Output{Path: n.path, Bytes: n.size, SHA256: hex.EncodeToString(n.hash.Sum(nil))}, nil
}

func (n *newFile) abort() {
	if n.f != nil {
		n.out.Flush()
		n.f.Close()
		n.f = nil
		os.Remove(n.path)
	}
}
