package main

import (
	"daybook/ledger/civil"
)

// The faults that are planted.

func (w *recWorld) some(n *recNight, currency string) *recItem {
	return w.repay(n, w.loan(n, currency), w.value(n), w.amount(), w.plain(), w.reference())
}

func (w *recWorld) missingOnBank(n *recNight, c *recCase) {
	c.item(w.some(n, w.currency()), "missing_on_bank")
}

// unknown is a line that no item has: of anybody, or of a loan, whose payment the lender
// may then book as the reconciliation suggests.
func (w *recWorld) unknown(n *recNight, c *recCase) {
	loan := w.loan(n, w.currency())
	x := &recItem{value: w.value(n), currency: loan.currency, amount: w.amount(), source: w.number("WHO%07d")}
	if w.Intn(3) == 0 {
		x.amount = -x.amount
		w.line(c, n, x, "unknown_on_bank").refer(w, x, 1, 5)
		return
	}
	l := w.line(c, n, x, "unknown_on_bank").write(w, loan.id, 5, 5)
	if w.Intn(2) == 0 {
		return
	}
	c.pass = "reference"
	w.after(n, 3, func(n *recNight) {
		if l.id == "" {
			return
		}
		y := w.repay(n, loan, min(n.date, l.Date()), x.amount, "bank", l.EndToEndID)
		y.source = "bank:" + l.id
		n.repayments[len(n.repayments)-1].id = y.source
		c.item(y, "")
		c.lineKinds[0] = ""
	})
}

func (w *recWorld) twiceOnBank(n *recNight, c *recCase) {
	c.alike, c.pass = true, "reference"
	x := c.item(w.some(n, w.currency()), "")
	w.line(c, n, x, "").refer(w, x, 1, 4)
	w.line(c, n, x, "duplicate_on_bank").refer(w, x, 1, 4).BookingDate += civil.Date(w.Intn(2))
}

func (w *recWorld) twiceInLedger(n *recNight, c *recCase) {
	c.alike, c.pass = true, "reference"
	x := c.item(w.some(n, w.currency()), "")
	x.reference = w.number("INV-%07d")
	n.repayments[len(n.repayments)-1].reference = x.reference
	loan := w.loan(n, x.currency)
	c.item(w.repay(n, loan, x.value, x.amount, x.channel, x.reference), "duplicate_in_ledger")
	w.line(c, n, x, "").write(w, x.reference, 1, 5)
}

func (w *recWorld) swap(n *recNight, c *recCase) {
	currency := w.currency()
	x, y := c.item(w.some(n, currency), "swapped_reference"), c.item(w.some(n, currency), "swapped_reference")
	w.line(c, n, x, "swapped_reference").refer(w, y, 1, 4)
	w.line(c, n, y, "swapped_reference").refer(w, x, 1, 4)
}

// differs is a line that names its item, and is not like it.
func (w *recWorld) differs(n *recNight, c *recCase) {
	x := c.item(w.some(n, w.currency()), "")
	l := w.line(c, n, x, "").refer(w, x, 1, 4)
	kind := []string{"sign_differs", "currency_differs", "date_differs", "amount_differs"}[w.Intn(4)]
	if kind == "currency_differs" && w.digits[w.currencies()[1]] != 2 {
		kind = "amount_differs"
	}
	switch kind {
	case "sign_differs":
		l.Amount = -l.Amount
	case "currency_differs":
		w.move(l, x.currency)
	case "date_differs":
		l.ValueDate = x.value - civil.Date(31+w.Intn(40))
	case "amount_differs":
		l.Amount = money64(w.apart(x.amount + []int64{-3_111, 9, 100, 5_555}[w.Intn(4)]))
	}
	c.itemKinds[0], c.lineKinds[0] = kind, kind
}

// move puts a line on an account of another currency.
func (w *recWorld) move(l *recLine, from string) {
	for _, a := range w.accounts {
		a.drop(l)
	}
	for _, a := range w.accounts {
		if a.currency != from {
			if l.BatchID != "" {
				l.Reference, l.BatchID = l.BatchID, ""
			}
			a.put(l)
			return
		}
	}
}

// ambiguous is lines and items of one amount that nothing tells apart.
func (w *recWorld) ambiguous(n *recNight, c *recCase) {
	loan, value, amount := w.loan(n, w.currency()), w.value(n), w.amount()
	items, lines := 1+w.Intn(2), 2
	if items == 2 {
		lines = 1 + w.Intn(2)
	}
	for range items {
		c.item(w.repay(n, loan, value, amount, "", ""), "ambiguous")
	}
	for range lines {
		l := w.line(c, n, c.items[0], "ambiguous")
		l.ValueDate, l.BookingDate = c.items[0].value, n.date
		if first := c.lines[0]; l != first {
			for _, a := range w.accounts {
				a.drop(l)
				a.putBeside(l, first)
			}
		}
	}
}

func (w *recWorld) bankFee(n *recNight, c *recCase) {
	x := &recItem{value: n.date, currency: w.currency(), amount: -w.apart(100 + int64(w.Intn(900)))}
	l := w.line(c, n, x, "bank_fee")
	l.class = recFeeLine
}
