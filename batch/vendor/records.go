package vendor

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// The limits of a result file: a line, with the lines that quotes join to it, and its
// columns.
const (
	recordMax  = 64 << 10
	columnsMax = 512
)

// A LineError says what is wrong with a line of a result file. It never says what stands
// there.
type LineError struct {
	File string
	Line int64 // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// A records reads a file of records: fields between commas, semicolons or tabs, whichever
// comes first in the head. Between tabs quotes mean nothing.
type records struct {
	file string
	in   *bufio.Reader
	sep  byte
	line int64 // where the record begins
	next int64 // where the one after it does
	text []byte
	ends []int
	out  [][]byte
}

func newRecords(file string, in io.Reader) (*records, error) {
	r := &records{file: file, in: bufio.NewReaderSize(in, recordMax), sep: ',', next: 1}
	head, err := r.in.Peek(recordMax)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if len(head) >= 3 && string(head[:3]) == "\ufeff" {
		if _, err := r.in.Discard(3); err != nil {
			return nil, err
		}
	}
	quoted := false
	for _, c := range head {
		quoted = quoted != (c == '"')
		if c == '\n' || !quoted && (c == ',' || c == ';' || c == '\t') {
			if c != '\n' {
				r.sep = c
			}
			break
		}
	}
	return r, nil
}

func (r *records) fault(format string, args ...any) error {
	return &LineError{File: r.file, Line: r.line, Err: fmt.Errorf(format, args...)}
}

// The places within a record.
const (
	atStart = iota // of a field
	inPlain
	inQuotes
	afterQuote
)

// read returns the next record's fields, valid until the next call; io.EOF at the end.
// Empty lines are none.
func (r *records) read() ([][]byte, error) {
	for {
		r.line = r.next
		r.text, r.ends = r.text[:0], r.ends[:0]
		more, err := r.scan()
		if err != nil {
			return nil, err
		}
		if !more && len(r.text) == 0 && len(r.ends) == 1 {
			return nil, io.EOF
		}
		if len(r.ends) == 1 && len(r.text) == 0 {
			continue
		}
		r.out = r.out[:0]
		from := 0
		for _, end := range r.ends {
			r.out = append(r.out, r.text[from:end:end])
			from = end
		}
		return r.out, nil
	}
}

// scan reads to the end of a record, and reports whether a line end ended it.
func (r *records) scan() (more bool, err error) {
	state, size := atStart, 0
	for {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			if state == inQuotes {
				return false, r.fault("a quote is not closed")
			}
			r.ends = append(r.ends, len(r.text))
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if size++; size > recordMax {
			return false, r.fault("it is longer than %d bytes", recordMax)
		}
		if c == '\n' {
			r.next++
		}
		switch {
		case c == 0:
			return false, r.fault("it has a byte of zero: it is no text")
		case state == inQuotes && c == '"':
			state = afterQuote
		case state == inQuotes:
			r.text = append(r.text, c)
		case state == afterQuote && c == '"':
			r.text, state = append(r.text, c), inQuotes
		case c == '\n':
			r.ends = append(r.ends, len(r.text))
			return true, nil
		case c == '\r':
			if err := r.lineFeed(); err != nil {
				return false, err
			}
		case c == r.sep:
			r.ends, state = append(r.ends, len(r.text)), atStart
			if len(r.ends) >= columnsMax {
				return false, r.fault("it has more than %d columns", columnsMax)
			}
		case state == afterQuote:
			return false, r.fault("text follows a closing quote")
		case c == '"' && r.sep != '\t':
			if state == inPlain {
				return false, r.fault("a quote stands within a text that has none around it")
			}
			state = inQuotes
		default:
			r.text, state = append(r.text, c), inPlain
		}
	}
}

// lineFeed sees that a line feed follows a carriage return, or the end of the file.
func (r *records) lineFeed() error {
	b, err := r.in.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(b) > 0 && b[0] != '\n' {
		return r.fault("a carriage return stands without a line feed")
	}
	return nil
}

// plain reports whether a field that is used is short, UTF-8 and without control
// characters.
func plain(field []byte, most int) bool {
	return len(field) <= most && utf8.Valid(field) && !slices.ContainsFunc(field, func(c byte) bool { return c < ' ' || c == 0x7f })
}
