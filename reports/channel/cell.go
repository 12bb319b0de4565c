package channel

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/reports"
)

// marks are the bytes that a text without any of them is a cell as it stands, if it has
// no byte of firsts at its beginning and no blank at its end. Bytes above ASCII are among
// them: whether they are letters is looked at one by one.
var marks, firsts = func() (m, first [256]bool) {
	for c := range m {
		m[c] = c < ' ' || c >= 0x7f || c == ',' || c == '"'
	}
	for _, c := range []byte(`'=+-@ `) {
		first[c] = true
	}
	return m, first
}()

// AppendText appends a text from outside as a cell of a CSV. One that a spreadsheet would
// run, as it begins with = + - @, a tab or a carriage return, is quoted and has an
// apostrophe before it (CWE-1236); so has one in which apostrophes come before these, so
// that a program can undo it. Control characters become blanks, and what is no UTF-8 the
// mark of that, so that a row is always one line.
func AppendText(b, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	if firsts[text[0]] || text[len(text)-1] == ' ' {
		return appendMarked(b, text)
	}
	for _, c := range text {
		if marks[c] {
			return appendMarked(b, text)
		}
	}
	return append(b, text...)
}

// appendMarked appends a text that is perhaps no cell as it stands.
func appendMarked(b, text []byte) []byte {
	if !isFormula(text) && !needsQuotes(text) {
		return appendClean(b, text, 0)
	}
	return append(appendInner(append(b, '"'), text), '"')
}

// appendInner appends a text from outside as what stands between the quotes of a cell.
func appendInner(b, text []byte) []byte {
	if isFormula(text) {
		b = append(b, '\'')
	}
	return appendClean(b, text, '"')
}

func isFormula(text []byte) bool {
	for _, c := range text {
		switch c {
		case '\'':
			continue
		case '=', '+', '-', '@', '\t', '\r':
			return true
		}
		return false
	}
	return false
}

// needsQuotes reports whether a text has a comma, a quote or a line end, or a blank or
// what becomes one at an end of it, which some readers cut off.
func needsQuotes(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	return text[0] <= ' ' || text[len(text)-1] <= ' ' || bytes.IndexByte(text, ',') >= 0 || bytes.IndexByte(text, '"') >= 0 ||
		bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0
}

// appendClean appends a text without control characters, one character of it doubled.
func appendClean(b, text []byte, double byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c < ' ' || c == 0x7f:
				b = append(b, ' ')
			case c == double && double != 0:
				b = append(b, c, c)
			default:
				b = append(b, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		b = appendRune(b, r)
		i += size
	}
	return b
}

// appendRune appends a character above ASCII. The control characters of C1 and the two
// line ends of Unicode become blanks.
func appendRune(b []byte, r rune) []byte {
	if r < 0xa0 || r == 0x2028 || r == 0x2029 {
		return append(b, ' ')
	}
	return utf8.AppendRune(b, r)
}

// appendField appends a text from outside as a field between tabs, for a loader that knows
// no quotes: those of VICIdial split a line at pipes too and take quotes out.
func appendField(b, text []byte) []byte {
	if isFormula(text) {
		b = append(b, '\'')
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f || c == '|' || c == '"' {
				c = ' '
			}
			b = append(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		b = appendRune(b, r)
		i += size
	}
	return b
}

func appendDate(b []byte, d civil.Date) []byte {
	if d == civil.None {
		return b
	}
	return d.Append(b)
}

func appendCount(b []byte, n int32) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendInstant(b []byte, at int64) []byte {
	if at == reports.Null {
		return b
	}
	return reports.AppendInstant(b, at)
}
