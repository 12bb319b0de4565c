package bank

import (
	"bytes"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// A bai2 reads BAI2, version 2: a file of groups of accounts of transactions. An account is
// a statement. What has no end (49, 98, 99), or one that contradicts what it ends, is a
// fault.
type bai2 struct {
	*file
	lines  lineReader
	record record
	levels [levels]level
	number string // the file's id
	group  group
	ids    draft
}

// The levels that have controls.
const (
	levelFile = iota
	levelGroup
	levelAccount
	levels
)

// A group is what 02 says of its accounts.
type group struct {
	id       string
	date     civil.Date
	state    match.State
	currency string
	faulty   bool
}

// The records of BAI2, and the code that has all others.
const (
	recordNone         = ""
	recordFile         = "01"
	recordGroup        = "02"
	recordAccount      = "03"
	recordTransaction  = "16"
	recordContinuation = "88"
	recordAccountEnd   = "49"
	recordGroupEnd     = "98"
	recordFileEnd      = "99"
)

var recordCodes = []string{
	recordTransaction, recordContinuation, recordAccount, recordAccountEnd,
	recordFile, recordGroup, recordGroupEnd, recordFileEnd,
}

// A file may be one line.
const bai2LineMax = 1 << 24

func readBAI2(f *file, s *source) {
	b := bai2{file: f, lines: lineReader{source: s, max: bai2LineMax}}
	for f.err == nil {
		line, ok := b.lines.next()
		if !ok {
			break
		}
		b.line(line)
	}
	if f.err != nil || s.err != nil || s.spent {
		return
	}
	if b.lines.tooLong() {
		f.fault(b.lines.number+1, codeLarge, "the line has more than %d bytes", bai2LineMax)
		return
	}
	b.finish()
	if b.levels[levelFile].open {
		b.fault(b.lines.number, codeShort, "the file ends without its record 99")
	}
}

func (b *bai2) wrong(code, format string, args ...any) {
	b.fault(b.record.at, code, format, args...)
}

// finish uses the record in work, now that it is whole.
func (b *bai2) finish() {
	r := &b.record
	switch r.code {
	case recordFile:
		if version := r.field(7); len(version) > 0 && string(version) != "2" {
			b.wrong(codeVersion, "the file is of version %s of BAI", said(version))
		}
		b.number = string(b.name(r.field(4)))
	case recordGroup:
		b.startGroup()
	case recordAccount:
		b.startAccount()
	case recordTransaction:
		b.transaction()
	case recordAccountEnd, recordGroupEnd, recordFileEnd:
		b.control()
	}
	r.reset(recordNone, r.at)
}

// name returns a field as ids are written, until the next call.
func (b *bai2) name(field []byte) []byte {
	b.ids.reset()
	b.ids.buf = appendName(b.ids.buf, inUTF8(field))
	return b.ids.buf
}

func (b *bai2) startGroup() {
	r := &b.record
	b.group = group{}
	b.faulty = false
	var ok bool
	if b.group.date, ok = shortDate(r.field(3)); !ok {
		b.wrong(codeDate, "the group's as-of date %s is none", said(r.field(3)))
	}
	switch string(r.field(2)) {
	case "1", "3":
	case "2":
		b.group.state = match.Deleted
	case "4":
		b.group.state = match.Test
	default:
		b.wrong(codeStatus, "the group's status %s is none of 1 to 4", said(r.field(2)))
	}
	switch string(r.field(6)) {
	case "", "2", "4":
	case "1", "3":
		if b.group.state == match.Loaded {
			b.group.state = match.Interim
		}
	default:
		b.wrong(codeStatus, "the group's as-of date modifier %s is none of 1 to 4", said(r.field(6)))
	}
	b.group.currency = string(r.field(5))
	b.group.id = string(b.name(r.field(1))) + "/" + b.group.date.String()
	b.group.faulty = b.faulty
}

func (b *bai2) startAccount() {
	r := &b.record
	b.begin(match.BAI2)
	b.faulty = b.group.faulty
	b.st.State, b.st.ID, b.st.Number, b.st.ClosingDate = b.group.state, b.group.id, b.number, b.group.date
	b.st.Account = b.account(r.at, b.name(r.field(0)))
	b.st.Currency = "USD"
	if currency := r.field(1); len(currency) > 0 {
		b.st.Currency = string(currency)
	} else if b.group.currency != "" {
		b.st.Currency = b.group.currency
	}
	if _, ok := money.Digits(b.st.Currency); !ok {
		b.wrong(codeCurrency, "the account's currency %s is none of ISO 4217", said([]byte(b.st.Currency)))
	}
	b.totals()
}

// totals reads what an account's record has behind the currency: each a type, an amount, a
// count and a funds type. Where there is no type there may be the empty field of a comma
// too many.
func (b *bai2) totals() {
	r := &b.record
	for i := 2; i < r.fields(); i += 4 + r.extra(i+3) {
		for i < r.fields() && len(r.field(i)) == 0 {
			i++
		}
		kind := r.field(i)
		if len(kind) > 0 && typeCode(kind) < 0 {
			b.wrong(codeSyntax, "%s is no type code", said(kind))
			return
		}
		if len(r.field(i+1)) == 0 {
			continue
		}
		amount, ok := b.amount(r.field(i + 1))
		if !ok {
			return
		}
		known := match.Optional{Amount: amount, Known: true}
		switch {
		case string(kind) == "010" && !b.st.Opening.Known:
			b.st.Opening = known
		case string(kind) == "015" && !b.st.Closing.Known:
			b.st.Closing = known
		}
	}
}

// typeCode returns a type code of three digits; -1 is none.
func typeCode(b []byte) int {
	if len(b) != 3 {
		return -1
	}
	return number(b)
}

// amount reads an amount of minor units, and adds it to the account's control total.
func (b *bai2) amount(field []byte) (money.Amount, bool) {
	amount, misfit := parseAmount(field, 0, 0)
	if misfit != "" {
		b.wrong(codeAmount, "the amount %s %s", said(field), misfit)
		return 0, false
	}
	b.sum(levelAccount, amount)
	return amount, true
}

// transaction makes a line of 16, if it moves money.
func (b *bai2) transaction() {
	r := &b.record
	if b.st == nil {
		return
	}
	kind, amount, ok := typeCode(r.field(0)), money.Amount(0), true
	if kind < 0 {
		b.wrong(codeSyntax, "%s is no type code", said(r.field(0)))
	}
	if field := r.field(1); len(field) > 0 {
		amount, ok = b.amount(field)
	}
	value := b.group.date
	switch funds := r.field(2); {
	case len(funds) == 0:
	case len(funds) > 1 || bytes.IndexByte([]byte("012SVDZ"), funds[0]) < 0:
		b.wrong(codeSyntax, "the funds type %s is none of 0, 1, 2, S, V, D and Z", said(funds))
	case funds[0] == 'V' && len(r.field(3)) > 0:
		if value, ok = shortDate(r.field(3)); !ok {
			b.wrong(codeDate, "the value date %s is none", said(r.field(3)))
		}
	}
	if !ok || kind < 100 || kind > 699 {
		return
	}
	if kind >= 400 {
		amount = -amount
	}
	if l := b.add(r.at, amount); l != nil {
		l.BookingDate, l.ValueDate = b.group.date, value
		b.texts(l, kind)
	}
}

func (b *bai2) texts(l *match.Line, kind int) {
	r, d := &b.record, &b.ids
	d.reset()
	references := 3 + r.extra(2)
	d.id(textCode, r.field(0))
	d.id(textReason, returnReason(r.text))
	d.id(textEndToEnd, r.endToEnd)
	d.id(textBankReference, inUTF8(r.field(references)))
	d.id(textReference, inUTF8(r.field(references+1)))
	d.text(r.text)
	d.fill(l)
	switch kind {
	case 255, 257, 266, 555, 557:
		l.Reversal, l.OriginalReference = true, l.EndToEndID
	}
}

// returnReason returns the code behind `Reason:`: one letter or two, and two digits, as in
// R01 and AM04.
func returnReason(text []byte) []byte {
	const word = "Reason:"
	at := bytes.Index(text, []byte(word))
	if at < 0 {
		return nil
	}
	rest := trim(text[at+len(word):])
	letters := 0
	for letters < len(rest) && letters < 3 && rest[letters] >= 'A' && rest[letters] <= 'Z' {
		letters++
	}
	end := letters + 2
	if letters < 1 || letters > 2 || len(rest) < end || !isDigit(rest[letters]) || !isDigit(rest[letters+1]) {
		return nil
	}
	if len(rest) > end && isDigit(rest[end]) {
		return nil
	}
	return rest[:end]
}
