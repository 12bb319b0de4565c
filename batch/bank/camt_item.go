package bank

import (
	"bytes"

	"daybook/ledger/match"
	"daybook/ledger/money"
)

// An item is a statement, a balance, an entry or a detail while it is read: what it keeps,
// as written, until its element ends.
type item struct {
	buf          []byte
	at           [items53]piece
	unstructured []byte // all of them, with blanks between
	charges      chargesSum
	returned     bool
}

// A piece is a text in buf, and its attribute Ccy.
type piece struct {
	from, to int32
	currency [3]byte
}

func (i *item) reset() { *i = item{buf: i.buf[:0], unstructured: i.unstructured[:0]} }

func (i *item) has(keep item53) bool { return i.at[keep].to > i.at[keep].from }

func (i *item) get(keep item53) []byte { return i.buf[i.at[keep].from:i.at[keep].to] }

// keep keeps a text. Of several of one kind the first counts.
func (i *item) keep(keep item53, text []byte, currency [3]byte) {
	switch keep {
	case keepUnstructured:
		if len(i.unstructured) > 0 {
			i.unstructured = append(i.unstructured, ' ')
		}
		if len(i.unstructured) <= 4*textMax { // more characters than a line has
			i.unstructured = appendText(i.unstructured, text)
		}
		return
	case keepChargesTotal, keepCharge:
		i.charges.add(keep, text, currency)
		return
	}
	if i.has(keep) {
		return
	}
	from := len(i.buf)
	if keep == keepAdditional {
		i.buf = appendText(i.buf, text)
	} else {
		i.buf = appendID(i.buf, text)
	}
	i.at[keep] = piece{int32(from), int32(len(i.buf)), currency}
}

// put keeps a text in place of another.
func (i *item) put(keep item53, text []byte) {
	i.at[keep] = piece{}
	if len(text) > 0 {
		i.keep(keep, text, [3]byte{})
	}
}

// sign returns 1 for a credit, -1 for a debit, 0 if neither is said.
func (i *item) sign() money.Amount {
	switch string(i.get(keepSign)) {
	case "CRDT":
		return 1
	case "DBIT":
		return -1
	}
	return 0
}

// A currencyDigits knows the digits of the currency asked for last: a statement has one.
type currencyDigits struct {
	code   [3]byte
	digits int
	ok     bool
}

func (c *currencyDigits) of(code [3]byte) (digits int, ok bool) {
	if c.code != code {
		c.code = code
		c.digits, c.ok = money.Digits(string(code[:]))
	}
	return c.digits, c.ok
}

// A chargesSum sums charges: each time what is their total, else all that are listed.
type chargesSum struct {
	sum, listed money.Amount // listed: of those that have no total so far
	total       bool         // those in work have one
	some        bool
	currency    [3]byte
	unknown     bool // there is one that is no amount, or several currencies
}

func (c *chargesSum) add(keep item53, text []byte, currency [3]byte) {
	digits, ok := money.Digits(string(currency[:]))
	amount, misfit := parseAmount(bytes.TrimSpace(text), '.', digits)
	if !ok || misfit != "" || amount < 0 || c.some && currency != c.currency {
		c.unknown = true
		return
	}
	c.some, c.currency = true, currency
	switch {
	case c.total:
	case keep == keepChargesTotal:
		c.total = true
		c.listed = amount
	default:
		c.listed += amount
	}
	if c.listed > money.Max {
		c.unknown, c.listed = true, 0
	}
}

// end ends one element of charges.
func (c *chargesSum) end() {
	if c.sum += c.listed; c.sum > money.Max {
		c.unknown, c.sum = true, 0
	}
	c.listed, c.total = 0, false
}

// in returns the charges, if all are known to be in a currency.
func (c *chargesSum) in(currency [3]byte) match.Optional {
	if !c.some || c.unknown || c.currency != currency {
		return match.Optional{}
	}
	return match.Optional{Amount: c.sum, Known: true}
}
