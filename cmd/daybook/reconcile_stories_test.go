package main

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// What happens between the lender, its payers and the bank, and what goes wrong.

var recStories = []struct {
	name   string
	weight int
	tell   func(w *recWorld, n *recNight, c *recCase)
}{
	{"clean", 22, (*recWorld).clean},
	{"amount and date", 8, (*recWorld).nameless},
	{"loan", 5, (*recWorld).byLoanID},
	{"net of fee", 5, (*recWorld).netted},
	{"batch", 4, (*recWorld).batch},
	{"split", 4, (*recWorld).parts},
	{"acquirer", 4, (*recWorld).acquirer},
	{"held", 7, (*recWorld).held},
	{"adjustment", 7, (*recWorld).adjustment},
	{"returned", 5, (*recWorld).comesBack},
	{"missing on bank", 2, (*recWorld).missingOnBank},
	{"unknown", 4, (*recWorld).unknown},
	{"double on bank", 3, (*recWorld).twiceOnBank},
	{"double in ledger", 3, (*recWorld).twiceInLedger},
	{"swapped", 3, (*recWorld).swap},
	{"differs", 8, (*recWorld).differs},
	{"ambiguous", 3, (*recWorld).ambiguous},
	{"bank fee", 3, (*recWorld).bankFee},
}

func money64(x int64) money.Amount { return money.Amount(x) }

// refer writes one of an item's keys, at some rank, as a payer or a bank would.
func (l *recLine) refer(w *recWorld, x *recItem, from, to int) *recLine {
	key := x.source
	if len(strings.ReplaceAll(x.reference, "-", "")) >= 4 && w.Intn(2) == 0 {
		key = x.reference
	}
	return l.write(w, key, from, to)
}

func (l *recLine) write(w *recWorld, key string, from, to int) *recLine {
	rank := from + w.Intn(to-from+1)
	if rank == 3 && l.format != match.Camt053 {
		rank = 2
	}
	switch w.Intn(4) {
	case 0:
		key = strings.ToLower(key)
	case 1:
		key = key[:3] + "." + key[3:]
	case 2:
		key = strings.ReplaceAll(key, "-", "")
	}
	switch rank {
	case 1:
		l.EndToEndID = key
	case 2:
		l.Reference = key
	case 3:
		l.BatchID = key
	case 4:
		l.BankReference = key
	default:
		l.Text += " " + key + " " + w.words()
	}
	return l
}

// clean is money that the bank and the ledger name alike.
func (w *recWorld) clean(n *recNight, c *recCase) {
	c.pass = "reference"
	x := c.item(w.repay(n, w.loan(n, w.currency()), w.value(n), w.amount(), w.plain(), w.reference()), "")
	l := w.line(c, n, x, "").refer(w, x, 1, 5)
	if w.Intn(8) == 0 {
		l.ValueDate = x.value + civil.Date(w.Intn(61)-30)
	}
	if w.Intn(20) == 0 {
		l.class = recFeeLine // which a fee's code does not hinder
	}
	if w.Intn(3) == 0 && l.BankReference == "" {
		l.BankReference = w.number("BANK%07d")
	}
	if p := w.policy.tolerance; p > 0 && w.Intn(4) == 0 && l.refersTo2(x, w) {
		c.pass, l.Amount = "net_of_fee", l.Amount+money64(p)
	}
}

// refersTo2 reports whether a line names an item by more than its text.
func (l *recLine) refersTo2(x *recItem, w *recWorld) bool {
	x.keys, l.refs = w.policy.normalised(x.source, x.reference), w.policy.references(l)
	return l.refersTo(x)
}

// nameless is money that only its amount and date tell.
func (w *recWorld) nameless(n *recNight, c *recCase) {
	c.pass = "amount_date"
	x := c.item(w.repay(n, w.loan(n, w.currency()), w.value(n), w.amount(), w.plain(), w.reference()), "")
	l := w.line(c, n, x, "")
	l.ValueDate = x.value + civil.Date(w.Intn(7)-3)
	if w.Intn(2) == 0 {
		l.EndToEndID = w.number("PAYER%07d")
	}
}

func (w *recWorld) byLoanID(n *recNight, c *recCase) {
	c.pass = "loan"
	loan := w.loan(n, w.currency())
	x := c.item(w.repay(n, loan, w.value(n), w.amount(), w.plain(), w.reference()), "")
	l, from := w.line(c, n, x, ""), 5
	if w.policy.from != civil.None && loan.night == 0 {
		from = 1 // its booking is no item
	}
	l.ValueDate = x.value + civil.Date(w.Intn(7)-3)
	l.write(w, loan.id, from, 5)
}

// netted is money of which a channel kept its fee.
func (w *recWorld) netted(n *recNight, c *recCase) {
	c.pass = "net_of_fee"
	x := c.item(w.repay(n, w.loan(n, "EUR"), w.value(n), w.amount(), "wallet", w.reference()), "")
	l := w.line(c, n, x, "").refer(w, x, 1, 4)
	l.Amount -= money64(w.policy.fees[0].of(x.amount, 1) + int64(w.Intn(3)-1))
}

// batch is several items in one line, by their common reference.
func (w *recWorld) batch(n *recNight, c *recCase) {
	c.pass = "reference_sum"
	channel, currency := w.plain(), w.currency()
	if w.Intn(3) == 0 {
		channel, currency = "wallet", "EUR"
	}
	key, sum, count := w.number("RUN-%07d"), int64(0), 2+w.Intn(4)
	for range count {
		sum += c.item(w.repay(n, w.loan(n, currency), w.value(n), w.amount(), channel, key), "").amount
	}
	if channel == "wallet" {
		sum -= w.policy.fees[0].of(sum, count) + int64(w.Intn(3)-1)
	}
	l := w.line(c, n, c.items[0], "").write(w, key, 1, 4)
	l.Amount = money64(sum)
}

// parts is one item in several lines.
func (w *recWorld) parts(n *recNight, c *recCase) {
	c.pass = "split"
	x := c.item(w.repay(n, w.loan(n, w.currency()), w.value(n), w.amount(), w.plain(), w.reference()), "")
	left := x.amount
	for i := range 2 + w.Intn(3) {
		l := w.line(c, n, x, "").refer(w, x, 1, 4)
		l.BookingDate += civil.Date(w.Intn(3))
		l.Amount = money64(w.apart(1_000 + int64(i)*70 + int64(w.Intn(1_000))))
		left -= int64(l.Amount)
	}
	l := w.line(c, n, x, "").refer(w, x, 1, 4)
	l.Amount = money64(left)
}

// cards is a day's card payments, settled in one sum net of fees.
func (w *recWorld) cards(n *recNight, c *recCase) {
	c.pass = "settlement"
	rule := &w.policy.settlements[0]
	count := 1 + w.Intn(6)
	for range count {
		c.item(w.repay(n, w.loan(n, "EUR"), n.date, w.amount(), "card", w.reference()), "")
	}
	in := c.items
	switch w.Intn(8) {
	case 0:
		for i := range c.itemKinds {
			c.itemKinds[i] = "missing_on_bank"
		}
		return
	case 1, 2:
		if count > 2 {
			out := w.Intn(count)
			c.itemKinds[out] = "missing_in_batch"
			in = slices.Delete(slices.Clone(c.items), out, out+1)
		}
	}
	w.settled(c, n, in, rule).Text = w.words() + " Card SETTLEment " + w.words()
}

func (w *recWorld) settled(c *recCase, n *recNight, in []*recItem, rule *recSettlement) *recLine {
	sum := int64(0)
	for _, x := range in {
		sum += x.amount
	}
	l := w.line(c, n, in[0], "")
	l.Amount = money64(sum - rule.of(sum, len(in)) + int64(w.Intn(3)-1))
	latest := slices.MaxFunc(c.items, func(a, b *recItem) int { return int(a.value - b.value) }).value
	l.ValueDate = latest + civil.Date(w.Intn(int(rule.lagDays)+1))
	l.BookingDate = max(n.date, l.ValueDate)
	return l
}

// acquirer is payments settled by the reference that they share.
func (w *recWorld) acquirer(n *recNight, c *recCase) {
	c.pass = "settlement"
	rule, key := &w.policy.settlements[1], w.number("ACQ-%07d")
	for range 1 + w.Intn(4) {
		c.item(w.repay(n, w.loan(n, "EUR"), w.value(n), w.amount(), "acquirer", key), "")
	}
	in := c.items
	if len(in) > 2 && w.Intn(3) == 0 {
		c.itemKinds[0] = "missing_in_batch"
		in = in[1:]
	}
	w.settled(c, n, in, rule).write(w, key, 1, 5)
}

// held is money for a loan that there is not, which is sent to another or back.
func (w *recWorld) held(n *recNight, c *recCase) {
	c.pass = "reference"
	nobody := &recLoan{id: w.number("XX-%06d"), currency: w.currency()}
	x := c.item(w.repay(n, nobody, w.value(n), w.amount(), w.plain(), w.reference()), "")
	x.kind = "hold"
	w.line(c, n, x, "").refer(w, x, 1, 5)
	story := w.Intn(5)
	if story != 2 && w.Intn(2) == 0 { // and the bank takes it back, which the lender does not book
		w.after(n, 1+w.Intn(6), func(n *recNight) { w.takenBack(c, n, x) })
	}
	switch story {
	case 0, 1:
		w.after(n, 1+w.Intn(4), func(n *recNight) {
			x.releasedOn = n.date
			loan := w.loan(n, x.currency)
			inside := w.story("release")
			inside.pass = "internal"
			a := inside.item(w.adjust(n, loan, recAdjustment{kind: "release", value: w.value(n), target: x.source}, -x.amount), "")
			x.released = a
			b := inside.item(w.post(n, "repayment", a.source, loan, a.value, x.amount), "")
			b.source = a.source
		})
	case 2:
		w.after(n, 1+w.Intn(4), func(n *recNight) {
			x.releasedOn = n.date
			back := w.story("return")
			back.pass = "reference"
			y := back.item(w.adjust(n, nobody, recAdjustment{kind: "release", value: n.date, target: x.source, choice: "return"}, -x.amount), "")
			y.source, y.loan = x.source, ""
			x.released = y
			w.line(back, n, y, "").refer(w, y, 1, 5)
		})
	}
}

// adjustment is other money in and out.
func (w *recWorld) adjustment(n *recNight, c *recCase) {
	c.pass = "reference"
	loan := w.loan(n, w.currency())
	amount, value := w.amount(), w.value(n)
	var x *recItem
	switch w.Intn(6) {
	case 0:
		x = w.adjust(n, loan, recAdjustment{kind: "refund", value: value, amount: amount}, -amount)
	case 1:
		x = w.adjust(n, loan, recAdjustment{kind: "prepay", value: value, amount: amount, choice: "shorter_term"}, amount)
	case 2:
		x = w.adjust(n, loan, recAdjustment{kind: "disburse", value: value, amount: amount}, -amount)
	case 3:
		w.book(n, loan.currency, n.date)
		return
	case 4:
		paid := w.repay(n, loan, value, amount, w.plain(), w.reference())
		w.line(c, n, c.item(paid, ""), "").refer(w, paid, 1, 5)
		x = w.adjust(n, loan, recAdjustment{kind: "chargeback", value: n.date, amount: amount - 50, target: paid.source}, 50-amount)
	default:
		if len(w.loans) < 20 || n.index < 3 {
			return
		}
		loan.off = true
		n.adjustments = append(n.adjustments, recAdjustment{id: w.number("AD%07d"), loan: loan.id, kind: "charge_off", value: n.date})
		w.after(n, 1, func(n *recNight) {
			x := c.item(w.adjust(n, loan, recAdjustment{kind: "recovery", value: n.date, amount: amount}, amount), "")
			w.line(c, n, x, "").refer(w, x, 1, 5)
		})
		return
	}
	w.line(c, n, c.item(x, ""), "").refer(w, x, 1, 5)
}

// comesBack is a payment that the bank takes back, which the lender books or does not.
func (w *recWorld) comesBack(n *recNight, c *recCase) {
	loan := w.loan(n, w.currency())
	x := c.item(w.repay(n, loan, w.value(n), w.amount(), w.plain(), w.reference()), "")
	w.line(c, n, x, "").refer(w, x, 1, 4)
	w.after(n, 1+w.Intn(2), func(n *recNight) {
		back := w.takenBack(c, n, x)
		undo := recAdjustment{kind: "reversal", value: n.date, target: x.source}
		switch w.Intn(3) {
		case 0: // as the reconciliation suggests
			w.after(n, 2, func(n *recNight) {
				if undo.id = "bank:" + back.id; back.id != "" {
					w.undo(c, n, x, back, undo)
				}
			})
		case 1: // on its own
			back.write(w, loan.id, 5, 5)
			w.undo(c, n, x, back, undo)
		}
	})
}

// takenBack is the bank's line that takes a payment back.
func (w *recWorld) takenBack(c *recCase, n *recNight, x *recItem) *recLine {
	back := w.line(c, n, &recItem{value: n.date, currency: x.currency, amount: -x.amount}, "returned").refer(w, x, 1, 1)
	back.Reversal, back.class, back.ReturnReason = true, recReturned, fmt.Sprintf("A%02d", w.Intn(90))
	back.ValueDate = n.date
	return back
}

// reversalsNameTheirAdjustment says whether the entry of a reversal, whose source is what it
// reverses, has the id of the adjustment as its reference.
const reversalsNameTheirAdjustment = true

// undo books that a payment came back. The journal has it under the payment's id and value
// date.
func (w *recWorld) undo(c *recCase, n *recNight, x *recItem, back *recLine, a recAdjustment) {
	y := w.adjust(n, &recLoan{id: x.loan, currency: x.currency}, a, -x.amount)
	if reversalsNameTheirAdjustment {
		y.reference = y.source
	}
	y.source, y.value = x.source, x.value
	named := back.refersTo2(y, w) || y.reference == "bank:"+back.id && back.id != ""
	switch {
	case named && daysBetween(back, y) <= w.policy.referenceWindow, len(back.refs[5]) > 0 && back.names(w.policy.normalised(x.loan)[0], 5, 5) &&
		daysBetween(back, y) <= w.policy.amountWindow:
		c.item(y, "")
		c.lineKinds[1] = ""
	default:
		c.item(y, "missing_on_bank")
	}
}
