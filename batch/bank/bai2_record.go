package bank

import "bytes"

// A record is one in work, with what continues it.
type record struct {
	at       int // its line in the file
	code     string
	buf      []byte
	ends     []int  // of the fields in buf
	dropped  bool   // it is too large
	inText   bool   // it has come to its text, which is its last field
	text     []byte // in UTF-8
	endToEnd []byte // of a continuation, in UTF-8
}

func (r *record) reset(code string, at int) {
	*r = record{at: at, code: code, buf: r.buf[:0], ends: r.ends[:0], text: r.text[:0], endToEnd: r.endToEnd[:0]}
}

func (r *record) fields() int { return len(r.ends) }

// field returns a field, from 0, without its code and blanks around it; nothing where
// there is none.
func (r *record) field(i int) []byte {
	if i >= len(r.ends) {
		return nil
	}
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return bytes.TrimSpace(r.buf[from:r.ends[i]])
}

// extra returns how many fields belong to the funds type in a field.
func (r *record) extra(i int) int {
	switch string(r.field(i)) {
	case "S": // amounts by their availability
		return 3
	case "V": // date and time
		return 2
	case "D": // a count of pairs of days and amount
		return 1 + 2*min(max(0, number(r.field(i+1))), pairsMax)
	}
	return 0
}

const pairsMax = 1000

// textNext reports whether the next field is the text.
func (r *record) textNext() bool {
	if n := len(r.ends); r.code != recordTransaction || n < 5 {
		return false
	}
	return len(r.ends) == 5+r.extra(2)
}

// line reads a line: records, and text that goes on from the line before.
func (b *bai2) line(line []byte) {
	for {
		if line = bytes.TrimLeft(line, " \t"); len(line) == 0 {
			return
		}
		switch code := recordCode(line); {
		case code != recordNone:
			line = b.start(code, line[3:])
		case b.record.inText:
			line = b.text(line)
		default:
			b.fault(b.lines.number, codeSyntax, "%s begins no record", said(line))
			return
		}
	}
}

func recordCode(line []byte) string {
	if len(line) < 3 || line[2] != ',' {
		return recordNone
	}
	return among(recordCodes, line[:2])
}

// start begins a record, or goes on with the one in work, and returns what stands behind
// it on its line.
func (b *bai2) start(code string, line []byte) (rest []byte) {
	if code != recordContinuation {
		b.finish()
		b.record.reset(code, b.lines.number)
		b.enter(code)
		return b.fields(line)
	}
	b.count()
	switch code := b.record.code; {
	case code == recordNone && !b.record.dropped, code == recordAccountEnd, code == recordGroupEnd, code == recordFileEnd:
		b.fault(b.lines.number, codeSyntax, "the record 88 continues none")
	}
	if b.record.inText || b.record.textNext() {
		return b.continuation(line)
	}
	return b.fields(line)
}

// fields reads the fields of a record up to its end, or up to its text and this.
func (b *bai2) fields(line []byte) (rest []byte) {
	for !b.record.textNext() {
		i := bytes.IndexAny(line, ",/")
		if i < 0 {
			b.field(line)
			return nil
		}
		if !b.field(line[:i]) {
			return nil
		}
		slash := line[i] == '/'
		if line = line[i+1:]; slash {
			return line
		}
	}
	return b.text(line)
}

func (b *bai2) field(field []byte) bool {
	if !b.fits(len(field)) {
		return false
	}
	r := &b.record
	r.buf = append(r.buf, field...)
	r.ends = append(r.ends, len(r.buf))
	return true
}

// text reads the text of a transaction, or what continues it, up to its end.
func (b *bai2) text(line []byte) (rest []byte) {
	text, rest := cutText(line)
	if !b.fits(len(text)) {
		return nil
	}
	r := &b.record
	r.inText = true
	if len(r.text) > 0 {
		r.text = append(r.text, ' ')
	}
	r.text = append(r.text, inUTF8(bytes.TrimSpace(text))...)
	return rest
}

// continuation reads what a record 88 adds to a text: perhaps a reference.
func (b *bai2) continuation(line []byte) (rest []byte) {
	r := &b.record
	from := len(r.text)
	rest = b.text(line)
	if from < len(r.text) && len(r.endToEnd) == 0 {
		if id, ok := bytes.CutPrefix(bytes.TrimLeft(r.text[from:], " "), []byte("EREF:")); ok {
			r.endToEnd = append(r.endToEnd, id...)
		}
	}
	return rest
}

// fits reports whether a record may have so many more bytes, and a field.
func (b *bai2) fits(more int) bool {
	r := &b.record
	if !r.dropped && (len(r.buf)+len(r.text)+2*more > tokenMax || len(r.ends) == tokenMax>>4) {
		b.wrong(codeLarge, "the record and what continues it have more than %d bytes", tokenMax)
		r.reset(recordNone, r.at)
		r.dropped = true
	}
	return !r.dropped
}

// cutText cuts text off at its end: a slash that the line's end follows, or a record that
// may stand there. Any other slash is one of the text.
func cutText(line []byte) (text, rest []byte) {
	for at := 0; ; at++ {
		i := bytes.IndexByte(line[at:], '/')
		if at += i; i < 0 {
			return line, nil
		}
		rest := bytes.TrimLeft(line[at+1:], " \t")
		if len(rest) == 0 || followsText(rest) {
			return line[:at], rest
		}
	}
}

// followsText reports whether a record begins that may follow a transaction. Dates have
// slashes too, so what is behind the code must fit.
func followsText(b []byte) bool {
	switch recordCode(b) {
	case recordContinuation:
		return true
	case recordTransaction:
		b = b[3:]
		comma := bytes.IndexByte(b[:min(4, len(b))], ',')
		return comma == 3 && typeCode(b[:3]) >= 0 && skipNumber(b[4:]) >= 0
	case recordAccountEnd:
		n := skipNumber(b[3:])
		return n > 1 && len(b) > 3+n && isDigit(b[3+n])
	}
	return false
}

// skipNumber returns the bytes of a number, which may be none, and of the comma behind it;
// -1 if another byte is there.
func skipNumber(b []byte) int {
	i := 0
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	if i < len(b) && b[i] == ',' {
		return i + 1
	}
	return -1
}
