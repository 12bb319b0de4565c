package bank

import (
	"bytes"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// An entry is what `:61:` says.
type entry struct {
	at            int // its line in the file
	booked, value civil.Date
	amount        money.Amount
	reversal      bool
	ids           draft // code, reference and bank reference
	fee           match.Optional
}

// startEntry reads `:61:`; a pending one is counted and left out.
func (m *mt940) startEntry(b []byte) {
	switch {
	case m.st.Currency == "":
		if !m.faulty {
			m.wrong(codeSyntax, "an entry stands before the opening balance")
		}
		return
	case m.closed:
		m.wrong(codeSyntax, "an entry stands after the closing balance")
		return
	}
	e := &m.entry
	*e = entry{at: m.lines.number, ids: e.ids}
	e.ids.reset()
	b, ok := m.entryDates(e, b)
	if !ok {
		return
	}
	mark, b := cutMark(b)
	if mark == "" {
		m.wrong(codeSign, "the entry's mark is none of C, D, RC, RD, EC and ED")
		return
	}
	amount := b
	for i, c := range b {
		if !isDigit(c) && c != ',' {
			amount = b[:i]
			break
		}
	}
	e.amount, ok = m.amount(amount, m.digits)
	if !ok {
		return
	}
	if mark == "D" || mark == "RC" {
		e.amount = -e.amount
	}
	if !m.entryType(e, trim(b[len(amount):])) {
		return
	}
	if mark == "EC" || mark == "ED" {
		m.st.Pending++
		return
	}
	e.reversal = e.reversal || mark[0] == 'R'
	m.inEntry, m.field = true, fieldEntry
	m.info.reset()
}

// entryDates reads the value date, and the entry date if there is one: a month and day of
// the year that puts it nearest.
func (m *mt940) entryDates(e *entry, b []byte) (rest []byte, ok bool) {
	if len(b) < 10 {
		m.wrong(codeSyntax, "the entry %s is too short", said(b))
		return nil, false
	}
	if e.value, ok = shortDate(b[:6]); !ok {
		m.wrong(codeDate, "the value date %s is none", said(b[:6]))
		return nil, false
	}
	if e.booked, b = e.value, b[6:]; !isDigit(b[0]) {
		return b, true
	}
	if e.booked, ok = nearest(number(b[:2]), number(b[2:4]), e.value); !ok {
		m.wrong(codeDate, "the entry date %s is none", said(b[:4]))
	}
	return b[4:], ok
}

// cutMark cuts the mark off, and the letter of the funds behind it.
func cutMark(b []byte) (mark string, rest []byte) {
	for _, mark := range [...]string{"RC", "RD", "EC", "ED", "C", "D"} {
		if rest, ok := bytes.CutPrefix(b, []byte(mark)); ok {
			if len(rest) > 0 && (rest[0] >= 'A' && rest[0] <= 'Z' || rest[0] >= 'a' && rest[0] <= 'z') {
				rest = rest[1:]
			}
			return mark, rest
		}
	}
	return "", nil
}

// entryType reads the transaction type and the references.
func (m *mt940) entryType(e *entry, b []byte) bool {
	if len(b) == 0 || b[0] != 'N' && b[0] != 'F' && b[0] != 'S' {
		m.wrong(codeSyntax, "the entry has no transaction type of N, F or S and three characters")
		return false
	}
	e.charges(m.digits, m.st.Currency, b)
	b = inUTF8(b)
	code := b[:characters(b, 4)]
	e.ids.id(textCode, code)
	e.reversal = bytes.Equal(code[1:], []byte("RTI"))
	customer, bank, _ := bytes.Cut(b[len(code):], []byte("//"))
	e.ids.id(textReference, customer)
	e.ids.id(textBankReference, bank)
	return true
}

// characters returns the bytes of at most so many characters.
func characters(b []byte, most int) (size int) {
	for ; most > 0 && size < len(b); most-- {
		_, n := utf8.DecodeRune(b[size:])
		size += n
	}
	return size
}

// charges reads the first /CHGS/ of an entry's lines.
func (e *entry) charges(digits int, currency string, line []byte) {
	_, charges, ok := bytes.Cut(line, []byte("/CHGS/"))
	if !ok || e.fee.Known {
		return
	}
	charges, _, _ = bytes.Cut(charges, []byte("/"))
	if amount, ok := bytes.CutPrefix(charges, []byte(currency)); ok && len(amount) > 0 && isMTAmount(amount) {
		if fee, misfit := parseAmount(amount, ',', digits); misfit == "" {
			e.fee = match.Optional{Amount: fee, Known: true}
		}
	}
}

// finishEntry makes a line of the entry that waited for its information, if one does.
func (m *mt940) finishEntry() {
	if !m.inEntry {
		return
	}
	m.inEntry = false
	e, i := &m.entry, &m.info
	i.read()
	l := m.add(e.at, e.amount)
	if l == nil {
		return
	}
	l.BookingDate, l.ValueDate, l.Fee = e.booked, e.value, e.fee
	d := &e.ids
	if r := d.get(textReference); len(r) == 0 || bytes.Equal(r, []byte("KREF+")) {
		from := len(d.buf)
		d.buf = appendID(d.buf, i.customer)
		d.mark(textReference, from)
	}
	d.id(textGVC, i.gvc)
	d.id(textReason, i.reason)
	d.id(textEndToEnd, i.endToEnd)
	d.text(i.text)
	d.fill(l)
	if l.Reversal = e.reversal || i.reversal; l.Reversal {
		l.OriginalReference = l.EndToEndID
	}
}
