package bank

import "daybook/ledger/match"

// The texts of a line.
const (
	textCode = iota
	textGVC
	textReason
	textEndToEnd
	textReference
	textBatch
	textBankReference
	textText
	texts
)

// A draft has the texts of a line that is being read. They lie behind each other, so that
// those of the line share one allocation.
type draft struct {
	buf []byte
	at  [texts]struct{ from, to int }
}

func (d *draft) reset() { *d = draft{buf: d.buf[:0]} }

// id and text set a text of the line, where it has none so far. mark ends what was
// appended to buf since its length was from.
func (d *draft) id(which int, b []byte) {
	if !d.has(which) {
		from := len(d.buf)
		d.buf = appendID(d.buf, b)
		d.mark(which, from)
	}
}

func (d *draft) text(b []byte) {
	from := len(d.buf)
	d.buf = appendText(d.buf, b)
	d.mark(textText, from)
}

func (d *draft) mark(which, from int) {
	d.at[which].from, d.at[which].to = from, len(d.buf)
}

func (d *draft) has(which int) bool { return d.at[which].to > d.at[which].from }

func (d *draft) get(which int) []byte { return d.buf[d.at[which].from:d.at[which].to] }

// fill gives a line its texts.
func (d *draft) fill(l *match.Line) {
	s := string(d.buf)
	get := func(which int) string { return s[d.at[which].from:d.at[which].to] }
	l.Code = get(textCode)
	l.GVC = get(textGVC)
	l.ReturnReason = get(textReason)
	l.EndToEndID = get(textEndToEnd)
	l.Reference = get(textReference)
	l.BatchID = get(textBatch)
	l.BankReference = get(textBankReference)
	l.Text = get(textText)
}
