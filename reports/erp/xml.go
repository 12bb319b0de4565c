package erp

import (
	"strings"
	"unicode/utf8"
)

// An elements appends XML to a writer's line. The writer of the standard library is for
// who reads foreign files too; here is written what the program makes, and a few texts.
type elements struct {
	w     *writer
	depth int
}

func (x *elements) open(name string, attributes ...string) {
	x.indent()
	x.w.line = append(x.w.line, "<"+strings.Join(append([]string{name}, attributes...), " ")+">\n"...)
	x.depth++
}

func (x *elements) close(name string) {
	x.depth--
	x.indent()
	x.w.line = append(x.w.line, "</"+name+">\n"...)
}

// leaf appends an element that has a text.
func (x *elements) leaf(name, text string) {
	x.indent()
	x.w.line = append(x.w.line, "<"+name+">"...)
	x.w.line = appendEscaped(x.w.line, text)
	x.w.line = append(x.w.line, "</"+name+">\n"...)
}

func (x *elements) indent() {
	for range x.depth {
		x.w.line = append(x.w.line, ' ')
	}
}

// appendEscaped appends a text of an element. What XML 1.0 can't have, as control
// characters, becomes U+FFFD, and so do bytes that are no UTF-8.
func appendEscaped(b []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '\t', r == '\n':
			b = append(b, byte(r))
		case r == '\r':
			b = append(b, "&#13;"...)
		case r < ' ', r == 0xfffe, r == 0xffff:
			b = append(b, "\ufffd"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
