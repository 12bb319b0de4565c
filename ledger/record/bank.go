package record

import (
	"errors"
	"strings"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// What the reconciliation keeps: lines and items that are open, statements, and matches,
// many in one value, which begins with a version.

// bankVersion begins a value of the reconciliation.
const bankVersion = 1

var errBank = errors.New("record of the reconciliation is damaged")

// A BankEncoder writes things of one kind, one after the other, into a value.
type BankEncoder struct{ e encoder }

// Reset begins a value, reusing the memory of the one before.
func (w *BankEncoder) Reset() { w.e.b = append(w.e.b[:0], bankVersion) }

// Bytes returns the value.
func (w *BankEncoder) Bytes() []byte { return w.e.b }

// Len is how many bytes it has.
func (w *BankEncoder) Len() int { return len(w.e.b) }

func (e *encoder) text(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }

func (e *encoder) bool(v bool) {
	n := byte(0)
	if v {
		n = 1
	}
	e.b = append(e.b, n)
}

func (e *encoder) optional(o match.Optional) {
	e.bool(o.Known)
	if o.Known {
		e.amount(o.Amount)
	}
}

// Statement adds a statement without its lines, and what is known of it.
func (w *BankEncoder) Statement(c *match.Chained) {
	e := &w.e
	require(c.Format < match.Formats && c.State < match.States, "a statement of no format or state")
	e.b = append(e.b, byte(c.Format), byte(c.State))
	for _, s := range [...]string{c.Account, c.Currency, c.ID, c.Number, c.Page, c.Key, c.File} {
		e.text(s)
	}
	e.date(c.OpeningDate, 0)
	e.optional(c.Opening)
	e.date(c.ClosingDate, 0)
	e.optional(c.Closing)
	e.uint(uint64(c.Pending))
	e.uint(uint64(c.Count))
	e.amount(c.Credits)
	e.amount(c.Debits)
	e.date(c.FirstSeen, 0)
}

// Line adds a line of a statement, which it names by the place of it that the caller gives.
func (w *BankEncoder) Line(l *match.BankLine, statement int) {
	e := &w.e
	e.uint(uint64(statement))
	e.uint(uint64(l.Number))
	e.date(l.BookingDate, 0)
	e.date(l.ValueDate, l.BookingDate)
	e.amount(l.Amount)
	e.bool(l.Reversal)
	for _, s := range lineTexts(l) {
		e.text(*s)
	}
	e.optional(l.Fee)
	e.date(l.FirstSeen, 0)
}

// Item adds an item of the ledger.
func (w *BankEncoder) Item(x *match.Item) {
	e := &w.e
	require(x.Kind < ledger.EntryKinds, "an item of no kind")
	e.int(x.EntryID)
	e.date(x.BusinessDate, 0)
	e.date(x.ValueDate, x.BusinessDate)
	e.b = append(e.b, byte(x.Kind))
	for _, s := range [...]string{x.SourceID, x.LoanID, x.Currency, x.Channel, x.Reference} {
		e.text(s)
	}
	e.amount(x.Amount)
	e.bool(x.Released)
}

// Match adds a match with its lines and items; place returns that of a statement by its key.
func (w *BankEncoder) Match(m *BankMatch, place func(key string) int) {
	e := &w.e
	require(m.Pass < match.Passes, "a match of no pass")
	e.uint(uint64(m.Number))
	e.b = append(e.b, byte(m.Pass))
	e.int(int64(m.Days))
	e.amount(m.Fee)
	e.amount(m.Difference)
	e.text(m.Reason)
	e.uint(uint64(len(m.Lines)))
	e.uint(uint64(len(m.Items)))
	for i := range m.Lines {
		w.Line(&m.Lines[i], place(m.Lines[i].Key))
	}
	for _, x := range m.Items {
		w.Item(x)
	}
}

// A BankMatch is a match as it is kept: with its lines and items whole.
type BankMatch struct {
	Number     int // among those of its date, from 1
	Pass       match.Pass
	Days       civil.Date
	Fee        money.Amount
	Difference money.Amount
	Reason     string
	Lines      []match.BankLine
	Items      []*match.Item
}

// A BankDecoder reads what a [BankEncoder] wrote.
type BankDecoder struct {
	d decoder
	// Statement returns a statement by its place; nil where there is none.
	Statement func(place int) *match.Chained
}

// Open begins to read a value.
func (r *BankDecoder) Open(b []byte) error {
	r.d = decoder{b: b}
	switch v := r.d.byte(); {
	case r.d.bad:
		return errBank
	case v != bankVersion:
		return errNewer
	}
	return nil
}

// More reports whether there is more in the value.
func (r *BankDecoder) More() bool { return !r.d.bad && len(r.d.b) > 0 }

// Err returns what was wrong with the value.
func (r *BankDecoder) Err() error {
	if r.d.bad {
		return errBank
	}
	return nil
}

func (d *decoder) bool() bool {
	v := d.byte()
	d.bad = d.bad || v > 1
	return v == 1
}

func (d *decoder) optional() (o match.Optional) {
	if o.Known = d.bool(); o.Known {
		o.Amount = d.amount()
	}
	return o
}

// texts reads n texts, which share one allocation.
func (d *decoder) texts(to ...*string) {
	var parts [16][]byte
	size := 0
	for i := range to {
		parts[i] = d.bytes()
		size += len(parts[i])
	}
	var b strings.Builder
	b.Grow(size)
	for i := range to {
		b.Write(parts[i])
	}
	all, at := b.String(), 0
	for i := range to {
		*to[i] = all[at : at+len(parts[i])]
		at += len(parts[i])
	}
}

// ReadStatement reads a statement.
func (r *BankDecoder) ReadStatement() (c match.Chained) {
	d := &r.d
	c.Format, c.State = match.Format(d.byte()), match.State(d.byte())
	d.bad = d.bad || c.Format >= match.Formats || c.State >= match.States
	d.texts(&c.Account, &c.Currency, &c.ID, &c.Number, &c.Page, &c.Key, &c.File)
	c.OpeningDate, c.Opening = d.date(0), d.optional()
	c.ClosingDate, c.Closing = d.date(0), d.optional()
	c.Pending, c.Count = int(d.uint()), int(d.uint())
	c.Credits, c.Debits = d.amount(), d.amount()
	c.FirstSeen = d.date(0)
	return c
}

// ReadLine reads a line of a statement.
func (r *BankDecoder) ReadLine() (l match.BankLine) {
	d := &r.d
	l.Line = new(match.Line)
	statement := int(d.uint())
	if s := r.Statement(statement); s == nil {
		d.bad = true
	} else {
		l.Statement, l.Key = &s.Statement, s.Key
	}
	l.Number = int(d.uint())
	l.BookingDate = d.date(0)
	l.ValueDate = d.date(l.BookingDate)
	l.Amount, l.Reversal = d.amount(), d.bool()
	d.texts(lineTexts(&l)...)
	l.Fee, l.FirstSeen = d.optional(), d.date(0)
	return l
}

func lineTexts(l *match.BankLine) []*string {
	return []*string{&l.Code, &l.GVC, &l.ReturnReason, &l.EndToEndID, &l.Reference, &l.BatchID, &l.BankReference, &l.OriginalReference, &l.Text}
}

// ReadItem reads an item.
func (r *BankDecoder) ReadItem() *match.Item {
	d, x := &r.d, new(match.Item)
	x.EntryID = d.int()
	x.BusinessDate = d.date(0)
	x.ValueDate = d.date(x.BusinessDate)
	x.Kind = ledger.EntryKind(d.byte())
	d.bad = d.bad || x.Kind >= ledger.EntryKinds
	d.texts(&x.SourceID, &x.LoanID, &x.Currency, &x.Channel, &x.Reference)
	x.Amount, x.Released = d.amount(), d.bool()
	return x
}

// ReadMatch reads a match with its lines and items.
func (r *BankDecoder) ReadMatch() (m BankMatch) {
	d := &r.d
	m.Number, m.Pass = int(d.uint()), match.Pass(d.byte())
	d.bad = d.bad || m.Pass >= match.Passes
	m.Days = civil.Date(d.int())
	m.Fee, m.Difference = d.amount(), d.amount()
	d.texts(&m.Reason)
	lines, items := d.count(1), d.count(1)
	for range lines {
		m.Lines = append(m.Lines, r.ReadLine())
	}
	for range items {
		m.Items = append(m.Items, r.ReadItem())
	}
	return m
}

// Number adds a number.
func (w *BankEncoder) Number(n int) { w.e.uint(uint64(n)) }

// Number reads a number.
func (r *BankDecoder) Number() int { return int(r.d.uint()) }
