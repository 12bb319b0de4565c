package bank

import (
	"bytes"

	"daybook/ledger/match"
)

// An mt940 reads MT940: messages of fields, each a tag between colons and lines. A message
// is a statement, and so is each page of one.
//
// A message must have an account, an opening and a closing balance: one without the latter
// was cut. The digits after the point of its amounts are those of the opening's currency.
type mt940 struct {
	*file
	lines   lineReader
	field   field // that a line without a tag continues
	digits  int
	closed  bool // the statement has its closing balance
	entry   entry
	inEntry bool // one waits for its information
	info    information
	scratch []byte
}

// A field is what lines without a tag may continue.
type field uint8

const (
	fieldOther field = iota
	fieldEntry
	fieldInfo
)

func readMT940(f *file, s *source) {
	m := mt940{file: f, lines: lineReader{source: s, max: infoMax}}
	for f.err == nil {
		line, ok := m.lines.next()
		if !ok {
			break
		}
		m.line(line)
	}
	switch {
	case f.err != nil || s.err != nil || s.spent:
	case m.lines.tooLong():
		f.fault(m.lines.number+1, codeLarge, "the line has more than %d bytes", infoMax)
	default:
		m.end()
	}
}

func (m *mt940) line(line []byte) {
	text := bytes.TrimLeft(line, "\x01\x02\x03") // what frames blocks
	if tag, rest, ok := cutTag(text); ok {
		m.tag(tag, rest)
		return
	}
	if m.frame(text) {
		return
	}
	switch m.field {
	case fieldEntry:
		m.entry.charges(m.digits, m.st.Currency, line)
	case fieldInfo:
		if !m.info.add(line) {
			m.wrong(codeLarge, "the information has more than %d bytes", infoMax)
			m.field = fieldOther
		}
	}
}

// frame reads what frames messages: blocks in braces, and the end of a message.
func (m *mt940) frame(line []byte) bool {
	switch {
	case bytes.HasPrefix(line, []byte("-}")):
	case isBlock(line):
	case bytes.Equal(trim(line), []byte("-")) && (m.closed || m.field == fieldOther): // else it is a dash of the text
	default:
		return false
	}
	m.end()
	if at := bytes.LastIndex(line, []byte("{4:")); at >= 0 {
		if tag, rest, ok := cutTag(line[at+3:]); ok {
			m.tag(tag, rest)
		}
	}
	return true
}

func isBlock(line []byte) bool {
	return len(line) > 2 && line[0] == '{' && (line[1] >= '1' && line[1] <= '5' || line[1] == 'S') && line[2] == ':'
}

// cutTag cuts a tag off: two digits and perhaps a letter, or one that some banks add.
func cutTag(line []byte) (tag, rest []byte, ok bool) {
	if len(line) < 4 || line[0] != ':' {
		return nil, nil, false
	}
	end := bytes.IndexByte(line[1:min(5, len(line))], ':')
	if end < 2 {
		return nil, nil, false
	}
	tag = line[1 : end+1]
	switch {
	case !isDigit(tag[0]) || !isDigit(tag[1]):
		ok = string(tag) == "NS"
	case len(tag) == 3:
		ok = tag[2] >= 'A' && tag[2] <= 'Z' || string(tag) == "940"
	default:
		ok = true
	}
	return tag, line[end+2:], ok
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (m *mt940) tag(tag, rest []byte) {
	if string(tag) == "20" {
		m.end()
		m.start(rest)
		return
	}
	m.field = fieldOther
	if m.st == nil {
		return // text before the first message
	}
	switch string(tag) {
	case "25", "25P":
		m.account(rest)
	case "28", "28C":
		number, page, _ := bytes.Cut(rest, []byte("/"))
		m.st.Number, m.st.Page = m.id(number), m.id(page)
	case "60F", "60M":
		m.finishEntry()
		m.opening(rest)
	case "62F", "62M":
		m.finishEntry()
		m.closing(rest)
	case "61":
		m.finishEntry()
		m.startEntry(rest)
	case "86":
		if !m.inEntry {
			return // the statement's, or of an entry that is left out
		}
		if m.field = fieldInfo; !m.info.begin(rest) {
			m.wrong(codeLarge, "the information has more than %d bytes", infoMax)
		}
	}
}

func (m *mt940) wrong(code, format string, args ...any) {
	m.fault(m.lines.number, code, format, args...)
}

// id returns what is written as an id.
func (m *mt940) id(b []byte) string {
	m.scratch = appendName(m.scratch[:0], inUTF8(b))
	return string(m.scratch)
}

func (m *mt940) start(id []byte) {
	m.begin(match.MT940)
	m.closed, m.inEntry, m.field = false, false, fieldOther
	if m.st.ID = m.id(id); isNone([]byte(m.st.ID)) {
		m.st.ID = ""
	}
}

func (m *mt940) account(b []byte) {
	switch account := m.id(b); {
	case m.st.Account == "":
		m.st.Account = m.file.account(m.lines.number, []byte(account))
	case m.st.Account != account:
		m.wrong(codeAccount, "the statement names a second account")
	}
}

// opening reads `:60F:` and `:60M:`. Behind a closing balance it begins the next page.
func (m *mt940) opening(rest []byte) {
	if m.closed {
		page := match.Statement{ID: m.st.ID, Account: m.st.Account, Number: m.st.Number, Page: m.st.Page}
		m.end()
		m.begin(match.MT940)
		m.st.ID, m.st.Account, m.st.Number, m.st.Page = page.ID, page.Account, page.Number, page.Page
	}
	if m.st.Currency != "" {
		m.wrong(codeBalance, "the statement has two opening balances")
		return
	}
	if b, ok := m.balance(rest); ok {
		m.st.OpeningDate, m.st.Currency, m.digits = b.date, b.currency, b.digits
		m.st.Opening = match.Optional{Amount: b.amount, Known: true}
	}
}

func (m *mt940) closing(rest []byte) {
	if m.closed {
		m.wrong(codeBalance, "the statement has two closing balances")
		return
	}
	m.closed = true
	b, ok := m.balance(rest)
	if !ok {
		return
	}
	if m.st.Currency != "" && b.currency != m.st.Currency {
		m.wrong(codeMixed, "the closing balance is in %s, the opening in %s", b.currency, m.st.Currency)
	}
	m.st.ClosingDate = b.date
	m.st.Closing = match.Optional{Amount: b.amount, Known: true}
}

// end ends the statement in work, if there is one. What a fault may have hidden is not
// missed.
func (m *mt940) end() {
	if m.st == nil {
		return
	}
	m.finishEntry()
	if m.st.Account == "" && !m.faulty {
		m.wrong(codeAccount, "the statement names no account")
	}
	if m.st.Currency == "" && !m.faulty {
		m.wrong(codeBalance, "the statement has no opening balance")
	}
	if !m.closed {
		m.wrong(codeShort, "the statement has no closing balance")
	}
	m.file.end()
	m.closed, m.field = false, fieldOther
}
