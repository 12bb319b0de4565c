package bank

import (
	"bytes"
	"unicode/utf8"
)

// An information is what `:86:` says of an entry, in one of three forms: (a) the subfields
// of the German banks, with keywords in them, (b) text with codes between slashes, (c) any
// other text.
type information struct {
	all    []byte // the lines, joined as the form asks
	some   bool   // there is one
	fields bool   // of form (a), as its first line shows
	full   bool   // the last line was of 65 characters: the next goes on with it
	usage  []byte // form (a): the subfields that have the information

	// What it says, of all or usage.
	gvc, reason, endToEnd, customer, text []byte
	reversal                              bool
}

func (i *information) reset() { *i = information{all: i.all[:0], usage: i.usage[:0]} }

// begin adds the first line of a field.
func (i *information) begin(line []byte) bool {
	if !i.some {
		i.some, i.fields = true, isFields(line)
		return i.join(line, "")
	}
	return i.join(line, " ")
}

// add adds a line that continues a field.
func (i *information) add(line []byte) bool {
	if i.fields || i.full {
		return i.join(line, "")
	}
	return i.join(line, " ")
}

// join adds a line as text: without blanks at its end, which are not always kept.
func (i *information) join(line []byte, between string) bool {
	const width = 65
	line = bytes.TrimRight(line, " ")
	if len(i.all)+len(line) > infoMax {
		return false
	}
	from := len(i.all) + len(between)
	i.all = append(append(i.all, between...), inUTF8(line)...)
	i.full = utf8.RuneCount(i.all[from:]) == width
	return true
}

// isFields reports whether information is of form (a): three digits, then a separator and
// the two digits of a subfield.
func isFields(b []byte) bool {
	return len(b) >= 6 && isDigit(b[0]) && isDigit(b[1]) && isDigit(b[2]) &&
		isSeparator(b[3]) && isDigit(b[4]) && isDigit(b[5])
}

func isSeparator(c byte) bool {
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	return c > ' ' && c <= '~' && !letter && !isDigit(c)
}

func (i *information) read() {
	i.text = i.all
	if i.fields {
		i.readFields()
		i.readKeywords()
		return
	}
	i.readCodes()
}

// readFields reads form (a). A separator that no two digits follow is one of the text.
func (i *information) readFields() {
	i.gvc = i.all[:3]
	i.reversal = string(i.gvc) == "108" || string(i.gvc) == "109"
	separator, rest := i.all[3], i.all[4:]
	for len(rest) > 0 {
		name, value := number(rest[:2]), rest[2:]
		end := nextField(value, separator)
		switch {
		case name >= 20 && name <= 29, name >= 60 && name <= 63:
			i.usage = append(i.usage, value[:end]...)
		case name == 34 && i.reversal:
			i.reason = value[:end]
		}
		rest = value[min(end+1, len(value)):]
	}
	i.text = i.usage
}

// nextField returns where the next subfield's separator is, else the end.
func nextField(b []byte, separator byte) int {
	for at := 0; ; at++ {
		i := bytes.IndexByte(b[at:], separator)
		if at += i; i < 0 || at+2 >= len(b) {
			return len(b)
		}
		if isDigit(b[at+1]) && isDigit(b[at+2]) {
			return at
		}
	}
}

// A keyed value begins behind its key. The first of a kind counts.
type keyed struct {
	key   string
	value []byte
	found bool
}

// readKeyed reads the values that are wanted. find gives the first key at or behind from,
// where it begins and where its value does; "" and the text's end if there is none.
func readKeyed(text []byte, find func(text []byte, from int) (key string, at, value int), wanted []keyed) {
	var open *keyed
	for start := 0; ; {
		key, at, value := find(text, start)
		if open != nil {
			open.value = text[start:at]
		}
		if key == "" {
			return
		}
		open, start = nil, value
		for i := range wanted {
			if w := &wanted[i]; w.key == key && !w.found {
				w.found, open = true, w
			}
		}
	}
}

// keywords end each other's values.
var keywords = []string{"EREF", "KREF", "MREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "BREF", "RREF", "COAM", "OAMT"}

// findKeyword finds a keyword with its plus. A bank may write no blank before it.
func findKeyword(text []byte, from int) (keyword string, at, value int) {
	for plus := from; ; plus++ {
		i := bytes.IndexByte(text[plus:], '+')
		if plus += i; i < 0 {
			return "", len(text), len(text)
		}
		if keyword = among(keywords, text[max(from, plus-4):plus]); keyword != "" {
			return keyword, plus - 4, plus + 1
		}
	}
}

func (i *information) readKeywords() {
	wanted := [...]keyed{{key: "EREF"}, {key: "KREF"}, {key: "SVWZ"}}
	readKeyed(i.usage, findKeyword, wanted[:])
	i.endToEnd, i.customer = wanted[0].value, wanted[1].value
	if wanted[2].found {
		i.text = wanted[2].value
	}
}

// codes end each other's values.
var codes = []string{"TRTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "MARF", "CSID", "RTRN", "ORDP", "BENM", "ISDT", "USTD"}

// findCode finds a code between slashes.
func findCode(text []byte, from int) (code string, at, value int) {
	for at = from; ; at++ {
		i := bytes.IndexByte(text[at:], '/')
		if at += i; i < 0 {
			return "", len(text), len(text)
		}
		rest := text[at+1:]
		end := bytes.IndexByte(rest[:min(5, len(rest))], '/')
		if code = among(codes, rest[:max(0, end)]); code != "" {
			return code, at, at + end + 2
		}
	}
}

// readCodes reads form (b); text without codes is form (c). An id ends at `//` too, which
// none may hold: banks have codes of their own. Unstructured remittance is text as any.
func (i *information) readCodes() {
	wanted := [...]keyed{{key: "EREF"}, {key: "REMI"}, {key: "RTRN"}}
	readKeyed(i.all, findCode, wanted[:])
	i.endToEnd, _, _ = bytes.Cut(wanted[0].value, []byte("//"))
	i.endToEnd = bytes.TrimSuffix(i.endToEnd, []byte("/"))
	if wanted[1].found {
		i.text = bytes.TrimPrefix(wanted[1].value, []byte("USTD//"))
	}
	i.reversal = wanted[2].found
	i.reason, _, _ = bytes.Cut(wanted[2].value, []byte("/"))
}

// among returns which of some words text is, or nothing.
func among(words []string, text []byte) string {
	for _, word := range words {
		if string(text) == word {
			return word
		}
	}
	return ""
}
