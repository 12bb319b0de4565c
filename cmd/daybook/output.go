package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"unicode"

	"daybook/reports"
)

// An output is stdout. What a command says is gathered and written when its work
// is done and its exit status decided, so that a reader that has gone away or a
// full disk can change neither. Only an export is written as it comes.
type output struct {
	w      io.Writer
	text   bytes.Buffer // for people, not written yet
	result any          // for programs: one object
	err    error        // the first that a write ended with
}

// Write writes what is a result to the byte, such as an export.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, &outputError{o.err}
	}
	n, err := o.w.Write(b)
	if err != nil {
		o.err = err
		return n, &outputError{err}
	}
	return n, nil
}

// flush writes what there is to say to people. What a terminal would obey in it
// is escaped a second time here, for texts that came by another way than printf.
func (o *output) flush() {
	if o.text.Len() > 0 {
		io.WriteString(o, reports.VisibleLines(o.text.String())) // an error is kept
		o.text.Reset()
	}
}

// An outputError says that stdout can't be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return "standard output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// gone reports whether an error only says that the reader of our output has seen
// enough.
func gone(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !gone(e) {
				return false
			}
		}
		return true
	}
	return errors.Is(err, syscall.EPIPE)
}

// printf says a line or more to people. Texts among the values are of others: they
// are escaped, and can't begin a line.
func (a *app) printf(format string, args ...any) {
	for i, v := range args {
		switch v := v.(type) {
		case string:
			args[i] = reports.Visible(v)
		case error:
			args[i] = reports.Visible(v.Error())
		case fmt.Stringer:
			args[i] = reports.Visible(v.String())
		}
	}
	fmt.Fprintf(&a.out.text, format, args...)
}

// print says a result: as one JSON object, or as a function says it to people.
func (a *app) print(v any, say func()) {
	if a.asJSON {
		a.out.result = v
		return
	}
	say()
}

// encode returns an object as it is printed. JSON allows control characters from
// U+007F on and marks of direction as they are; a terminal obeys them.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	var safe bytes.Buffer
	for _, r := range b.String() {
		switch {
		case r == '\n' || unicode.IsGraphic(r):
			safe.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&safe, `\u%04x`, r)
		default:
			fmt.Fprintf(&safe, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
	return safe.Bytes(), nil
}
