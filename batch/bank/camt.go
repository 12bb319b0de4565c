package bank

import (
	"bytes"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// A camt reads camt.053. What the schemas have in order it needs in order: the account
// before balances and entries, and in an entry its amount, sign and status before its
// details.
//
// Of a balance that comes more than once the first opens, the last closes. A statement has
// no currency but its account's or that of booked balances.
type camt struct {
	*file
	xml       xmlReader
	stack     [depthMax + 1]*element // nil: passed over
	depth     int
	value     []byte  // the text of the element in work, if it is kept
	attribute [3]byte // and its Ccy
	stop      bool
	found     bool // a message
	some      bool // a statement
	digits    currencyDigits
	statement item
	balance   item
	booked    [balances]bookedBalance
	currency  [3]byte // the first that the statement has
	named     bool    // by its account or a balance
	target    *item   // that texts belong to now
	entry     camtEntry
}

// The booked balances that a statement may have.
const (
	balanceOpening = iota
	balancePrevious
	balanceFirstInterim
	balanceLastInterim
	balanceClosing
	balances
)

type bookedBalance struct {
	amount match.Optional
	date   civil.Date
}

func readCamt(f *file, s *source) {
	c := camt{file: f}
	c.xml = xmlReader{source: s, fault: c.wrong}
	c.stack[0] = outside
	for !c.stop && f.err == nil {
		switch c.xml.next() {
		case tokenOpen:
			c.open()
		case tokenText:
			if len(c.value)+len(c.xml.text) > tokenMax {
				c.wrong(codeLarge, "a text has more than %d bytes", tokenMax)
				return
			}
			c.value = append(c.value, c.xml.text...)
		case tokenClose:
			c.close()
		case tokenEnd:
			if !c.found && len(f.faults.list) == 0 && s.err == nil && !s.spent {
				c.wrong(codeMessage, "the file has no BkToCstmrStmt")
			}
			return
		}
	}
}

func (c *camt) wrong(code, format string, args ...any) {
	c.fault(c.xml.line(), code, format, args...)
}

func (c *camt) open() {
	parent := c.stack[c.depth]
	c.depth++
	e := parent
	switch {
	case parent == outside:
		e = c.around(c.xml.name)
	case parent != nil:
		e = parent.kid(c.xml.name)
	}
	c.stack[c.depth] = e
	if e == nil {
		c.xml.wants = false
		return
	}
	c.value, c.attribute = c.value[:0], c.xml.currency
	c.xml.wants = e.keep != keepNothing
	switch e.kind {
	case kindMessage:
		c.found, c.some = true, false
	case kindStatement:
		c.start()
	case kindBalance:
		c.target = &c.balance
		c.target.reset()
	case kindEntry:
		c.startEntry()
	case kindDetails:
		c.entry.item.put(keepBatch, nil)
	case kindDetail:
		c.target = c.entry.startDetail()
	case kindReturn:
		c.target.returned = true
	}
}

// around returns what an element around the message is.
func (c *camt) around(name []byte) *element {
	switch string(name) {
	case message.name:
		return message
	case "BkToCstmrAcctRpt":
		c.refuse("camt.052, the report of a day that is not over")
	case "BkToCstmrDbtCdtNtfctn":
		c.refuse("camt.054, a notice of single entries")
	}
	return outside
}

func (c *camt) refuse(what string) {
	c.wrong(codeMessage, "the file is %s", what)
	c.stop = true
}

func (c *camt) close() {
	e := c.stack[c.depth]
	c.depth--
	if e == nil || e == outside {
		return
	}
	if e.keep != keepNothing {
		c.target.keep(e.keep, c.value, c.attribute)
		c.value = c.value[:0]
		c.xml.wants = c.stack[c.depth] != nil && c.stack[c.depth].keep != keepNothing
	}
	switch e.kind {
	case kindMessage:
		if !c.some {
			c.wrong(codeEmpty, "the message has no statement")
		}
	case kindStatement:
		c.end()
	case kindAccount:
		c.endAccount()
	case kindBalance:
		c.endBalance()
		c.target = &c.statement
	case kindEntry:
		c.endEntry()
		c.target = &c.statement
	case kindDetail:
		c.endDetail()
		c.target = &c.entry.item
	case kindCharges:
		c.target.charges.end()
	}
}

func (c *camt) start() {
	c.begin(match.Camt053)
	c.some, c.named, c.currency = true, false, [3]byte{}
	c.booked = [balances]bookedBalance{}
	c.target = &c.statement
	c.target.reset()
}

// in checks that something is in the statement's currency, and that there is one.
func (c *camt) in(line int, currency [3]byte, what string) bool {
	if _, ok := c.digits.of(currency); !ok {
		c.fault(line, codeCurrency, "the currency %s of the %s is none of ISO 4217", said(bytes.Trim(currency[:], "\x00")), what)
		return false
	}
	if c.currency == ([3]byte{}) {
		c.currency = currency
	}
	if c.currency != currency {
		c.fault(line, codeMixed, "the %s is in %s, the statement in %s", what, currency, c.currency)
		return false
	}
	return true
}

func (c *camt) endAccount() {
	if code := c.statement.get(keepCurrency); len(code) > 0 {
		c.named = true
		currency := [3]byte{'?', '?', '?'}
		if len(code) == len(currency) {
			currency = [3]byte(code)
		}
		c.in(c.xml.line(), currency, "account")
	}
}

func (c *camt) endBalance() {
	b := &c.balance
	first, last := 0, -1
	switch string(b.get(keepBalanceType)) {
	case "OPBD":
		first = balanceOpening
	case "PRCD":
		first = balancePrevious
	case "ITBD":
		first, last = balanceFirstInterim, balanceLastInterim
	case "CLBD":
		first, last = balanceClosing, balanceClosing
	default:
		return // not booked
	}
	line := c.xml.line()
	amount, ok := c.amount(line, b, "balance")
	if !ok {
		return
	}
	c.named = true
	x := bookedBalance{match.Optional{Amount: amount, Known: true}, civil.None}
	if date := b.get(keepDate); len(date) > 0 {
		if x.date, ok = isoDate(date); !ok {
			c.fault(line, codeDate, "the balance's date %s is none", said(date))
		}
	}
	if !c.booked[first].amount.Known {
		c.booked[first] = x
	}
	if last >= 0 {
		c.booked[last] = x
	}
}

// amount returns the signed amount of a balance or an entry.
func (c *camt) amount(line int, i *item, what string) (money.Amount, bool) {
	text, currency := i.get(keepAmount), i.at[keepAmount].currency
	if len(text) == 0 {
		c.fault(line, codeAmount, "the %s has no amount", what)
		return 0, false
	}
	if !c.in(line, currency, what) {
		return 0, false
	}
	digits, _ := c.digits.of(currency)
	amount, misfit := parseAmount(text, '.', digits)
	if misfit == "" && amount < 0 {
		misfit = "is negative"
	}
	if misfit != "" {
		c.fault(line, codeAmount, "the amount %s of the %s %s", said(text), what, misfit)
		return 0, false
	}
	sign := i.sign()
	if sign == 0 {
		c.fault(line, codeSign, "the %s is neither CRDT nor DBIT", what)
	}
	return sign * amount, sign != 0
}

// end ends a statement.
func (c *camt) end() {
	i, line := &c.statement, c.xml.line()
	account := i.get(keepIBAN)
	if len(account) == 0 {
		account = i.get(keepOtherAccount)
	}
	c.st.Account = c.account(line, bytes.ReplaceAll(account, []byte(" "), nil))
	if !c.named && !c.faulty {
		c.fault(line, codeCurrency, "neither the account nor a booked balance has a currency")
	}
	c.st.Currency = string(c.currency[:])
	c.st.ID = string(i.get(keepID))
	c.st.Number = string(i.get(keepElectronicNumber))
	if c.st.Number == "" {
		c.st.Number = string(i.get(keepLegalNumber))
	}
	c.st.Page = string(i.get(keepPage))
	c.st.Opening, c.st.OpeningDate = c.firstOf(balanceOpening, balancePrevious, balanceFirstInterim)
	c.st.Closing, c.st.ClosingDate = c.firstOf(balanceClosing, balanceLastInterim)
	c.file.end()
}

func (c *camt) firstOf(kinds ...int) (match.Optional, civil.Date) {
	for _, kind := range kinds {
		if b := c.booked[kind]; b.amount.Known {
			return b.amount, b.date
		}
	}
	return match.Optional{}, civil.None
}
