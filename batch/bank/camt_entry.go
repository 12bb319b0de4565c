package bank

import (
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// A camtEntry is an entry while it is read. Details become lines as they come, since there
// may be a million of them, and are taken back where they don't sum to the entry.
type camtEntry struct {
	item
	line    int // where it begins
	details int
	first   item
	other   item         // of the details, the one in work that is not the first
	split   bool         // each detail so far could be a line
	sum     money.Amount // of the details
	before  int          // lines of the statement
	total   money.Amount
	draft   draft
}

func (c *camt) startEntry() {
	e := &c.entry
	e.line, e.details, e.split, e.sum = c.xml.line(), 0, true, 0
	e.before, e.total = len(c.st.Lines), c.total
	e.item.reset()
	c.target = &e.item
}

func (e *camtEntry) startDetail() *item {
	d := &e.other
	if e.details == 0 {
		d = &e.first
	}
	d.reset()
	return d
}

// endDetail makes lines of two details and each one more.
func (c *camt) endDetail() {
	e := &c.entry
	if !c.target.has(keepPayment) {
		c.target.put(keepPayment, e.get(keepBatch))
	}
	switch e.details++; {
	case e.details == 1:
	case e.details == 2:
		e.split = string(e.get(keepStatus)) == booked
		c.addDetail(&e.first)
		c.addDetail(&e.other)
	default:
		c.addDetail(&e.other)
	}
}

const booked = "BOOK"

func (c *camt) addDetail(d *item) {
	e := &c.entry
	if !e.split {
		return
	}
	amount, ok := c.detailAmount(d)
	if e.sum += amount; !ok || max(e.sum, -e.sum) > sumMax {
		e.split = false
		return
	}
	if l := c.add(e.line, amount); l != nil {
		c.fill(l, d)
		l.Fee = d.charges.in(e.at[keepAmount].currency)
	}
}

// detailAmount returns a detail's signed amount, if it has one in the entry's currency.
func (c *camt) detailAmount(d *item) (amount money.Amount, ok bool) {
	e := &c.entry
	keep := keepAmount
	if !d.has(keep) {
		keep = keepTransactionAmount
	}
	digits, known := c.digits.of(e.at[keepAmount].currency)
	if !d.has(keep) || !known || d.at[keep].currency != e.at[keepAmount].currency {
		return 0, false
	}
	amount, misfit := parseAmount(d.get(keep), '.', digits)
	sign := d.sign()
	if !d.has(keepSign) {
		sign = e.sign()
	}
	return sign * amount, misfit == "" && amount >= 0 && sign != 0
}

// endEntry makes the entry's line, or finishes those of its details.
func (c *camt) endEntry() {
	e := &c.entry
	amount, ok := c.checkEntry()
	split := ok && e.details > 1 && e.split && e.sum == amount
	if !split {
		c.st.Lines, c.total = c.st.Lines[:e.before], e.total
	}
	if !ok {
		return
	}
	if !split {
		l := c.add(e.line, amount)
		if l == nil {
			return
		}
		if e.details == 0 {
			e.first.reset()
			e.first.put(keepPayment, e.get(keepBatch))
		}
		c.fill(l, &e.first)
		if l.Fee = e.charges.in(c.currency); !e.charges.some {
			l.Fee = e.first.charges.in(c.currency)
		}
	}
	c.finish(c.st.Lines[e.before:])
}

// checkEntry returns a booked entry's amount. Pending ones are counted.
func (c *camt) checkEntry() (money.Amount, bool) {
	e := &c.entry
	switch status := e.get(keepStatus); string(status) {
	case booked:
		return c.amount(e.line, &e.item, "entry")
	case "PDNG", "INFO", "FUTR":
		c.st.Pending++
	default:
		c.fault(e.line, codeStatus, "the entry's status %s is none of BOOK, PDNG, INFO and FUTR", said(status))
	}
	return 0, false
}

// finish gives an entry's lines what they have in common. Additional information stands
// behind the details.
func (c *camt) finish(lines []match.Line) {
	e := &c.entry
	value, booking := c.date(keepValueDate), c.date(keepBookingDate)
	if booking == civil.None {
		if booking = value; value == civil.None && !c.faulty {
			c.fault(e.line, codeDate, "the entry has neither a booking date nor a value date")
		}
	}
	reversal := e.get(keepReversal)
	reversed := string(reversal) == "true" || string(reversal) == "1"
	additional := ""
	for i := range lines {
		l := &lines[i]
		l.BookingDate, l.ValueDate = booking, value
		l.Reversal = l.Reversal || reversed
		if l.Text == "" && e.has(keepAdditional) {
			if additional == "" {
				additional = string(e.get(keepAdditional))
			}
			l.Text = additional
		}
	}
}

func (c *camt) date(keep item53) civil.Date {
	text := c.entry.get(keep)
	if len(text) == 0 {
		return civil.None
	}
	date, ok := isoDate(text)
	if !ok {
		c.fault(c.entry.line, codeDate, "the entry's date %s is none", said(text))
	}
	return date
}

// fill gives a line the texts of a detail, and the entry's where it has none.
func (c *camt) fill(l *match.Line, d *item) {
	e, t := &c.entry, &c.entry.draft
	t.reset()
	t.code(d)
	if !t.has(textCode) {
		t.code(&e.item)
	}
	t.id(textReason, d.get(keepReason))
	t.id(textEndToEnd, d.get(keepEndToEnd))
	t.id(textReference, d.get(keepCreditorReference))
	t.id(textReference, d.get(keepInstruction))
	t.id(textBatch, d.get(keepPayment))
	t.id(textBankReference, d.get(keepServicerReference))
	t.id(textBankReference, e.get(keepServicerReference))
	t.id(textBankReference, e.get(keepEntryReference))
	t.text(d.unstructured)
	t.fill(l)
	if d.returned {
		if l.Reversal, l.OriginalReference = true, l.EndToEndID; l.OriginalReference == "" {
			l.OriginalReference = string(d.get(keepTransaction))
		}
	}
}

// code sets the transaction code.
func (t *draft) code(i *item) {
	from := len(t.buf)
	if !i.has(keepDomain) {
		t.id(textCode, i.get(keepProprietary))
		return
	}
	t.buf = append(t.buf, i.get(keepDomain)...)
	for _, keep := range [...]item53{keepFamily, keepSubFamily} {
		if i.has(keep) {
			t.buf = append(append(t.buf, '-'), i.get(keep)...)
		}
	}
	t.mark(textCode, from)
}
