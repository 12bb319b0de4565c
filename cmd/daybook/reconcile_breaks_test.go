package main

import (
	"slices"

	"daybook/ledger/civil"
)

// What the model finds open, and why.

// A recBreak is an open line or item, or a statement that does not tie.
type recBreak struct {
	kind                                         string
	line                                         *recLine
	item                                         *recItem
	statement                                    *recStatement
	otherLine                                    *recLine
	otherItem                                    *recItem
	amount, difference                           int64 // difference: line − item
	seenOn                                       civil.Date
	age                                          civil.Date
	suggestion, suggestionLoan, suggestionTarget string
}

func (b *recBreak) side() string {
	switch {
	case b.line != nil:
		return "bank"
	case b.item != nil:
		return "ledger"
	}
	return "statement"
}

// band returns the band of an age.
func band(age civil.Date) string {
	switch {
	case age <= 7:
		return "0-7"
	case age <= 30:
		return "8-30"
	case age <= 90:
		return "31-90"
	}
	return "over 90"
}

// stateOf returns what becomes of a line.
func (m *recModel) stateOf(l *recLine) string {
	x := m.lineIn[l]
	if x == nil {
		return "break"
	}
	for _, item := range x.items {
		if item.kind == "hold" && (item.releasedOn == civil.None || item.releasedOn > m.date) {
			return "suspense"
		}
	}
	return "matched"
}

// breaks returns all that is open: lines, then items, each in their order.
func (m *recModel) breaks() (all []*recBreak) {
	named := map[*recItem]*recBreak{}
	for _, l := range m.openLines() {
		b := &recBreak{line: l, amount: int64(l.Amount), seenOn: l.seenOn, age: m.date - l.BookingDate}
		m.lineKind(b)
		if b.otherItem != nil {
			b.difference = int64(l.Amount) - b.otherItem.amount
		}
		switch b.kind {
		case "swapped_reference", "sign_differs", "currency_differs", "date_differs", "amount_differs":
			if named[b.otherItem] == nil {
				named[b.otherItem] = b
			}
		}
		all = append(all, b)
	}
	for _, x := range m.openItems() {
		b := &recBreak{item: x, amount: x.amount, seenOn: x.business, age: m.date - x.value}
		if by := named[x]; by != nil {
			b.kind, b.otherLine, b.difference = by.kind, by.line, by.difference
		} else {
			m.itemKind(b)
		}
		all = append(all, b)
	}
	return all
}

// suggestReturn suggests what takes back the money of a returned line: of a hold, what it left suspense with.
func (m *recModel) suggestReturn(b *recBreak) {
	x := b.otherItem
	switch {
	case x.kind != "hold":
		b.suggestion, b.suggestionLoan, b.suggestionTarget = "reversal", x.loan, x.source
	case x.releasedOn == civil.None || x.releasedOn > m.date:
		b.suggestion, b.suggestionLoan, b.suggestionTarget = "release", x.loan, x.source
	case x.released.loan != "":
		b.suggestion, b.suggestionLoan, b.suggestionTarget = "reversal", x.released.loan, x.released.source
	}
}

// lineKind finds the first kind that fits an open line, and what it is compared with.
func (m *recModel) lineKind(b *recBreak) {
	l := b.line
	if m.isFee(l) {
		b.kind = "bank_fee"
		return
	}
	first := func(kind string, fits func(x *recItem, open bool) bool) bool {
		for _, x := range m.items {
			if b.kind == "" && l.refersTo(x) && fits(x, m.itemIn[x] == nil) {
				b.kind, b.otherItem = kind, x
			}
		}
		return b.kind != ""
	}
	amount := int64(l.Amount)
	switch {
	case first("returned", func(x *recItem, _ bool) bool { return l.Reversal && x.currency == l.currency && x.amount == -amount }):
		m.suggestReturn(b)
	case m.swapped(b):
	case first("sign_differs", func(x *recItem, open bool) bool { return open && x.currency == l.currency && x.amount == -amount }):
	case first("currency_differs", func(x *recItem, open bool) bool { return open && x.currency != l.currency && x.amount == amount }):
	case first("date_differs", func(x *recItem, open bool) bool {
		return open && x.currency == l.currency && x.amount == amount && daysBetween(l, x) > m.referenceWindow
	}):
	case m.amountDiffers(b):
	case first("duplicate_on_bank", func(x *recItem, open bool) bool { return !open && x.currency == l.currency && x.amount == amount }):
		if lines := m.itemIn[b.otherItem].lines; len(lines) > 0 {
			b.otherLine = lines[0]
		}
	case m.ambiguousLines[l]:
		b.kind = "ambiguous"
	default:
		b.kind = "unknown_on_bank"
		if loan := m.theLoanNamed(l); amount > 0 && loan != "" {
			b.suggestion, b.suggestionLoan = "repayment", loan
		}
	}
}

// swapped finds another open line with whose item a line's own is changed round.
func (m *recModel) swapped(b *recBreak) bool {
	l, items := b.line, m.openItems()
	for _, x := range items {
		for _, other := range m.openLines() {
			for _, y := range items {
				if l != other && l.refersTo(x) && other.refersTo(y) && alike(l, x) && alike(l, y) && alike(other, y) &&
					int64(l.Amount) == y.amount && int64(other.Amount) == x.amount && x.amount != y.amount {
					b.kind, b.otherItem, b.otherLine = "swapped_reference", x, other
					return true
				}
			}
		}
	}
	return false
}

// amountDiffers finds the open item with the least difference.
func (m *recModel) amountDiffers(b *recBreak) bool {
	l := b.line
	for _, x := range m.openItems() {
		if l.refersTo(x) && alike(l, x) &&
			(b.otherItem == nil || abs64(int64(l.Amount)-x.amount) < abs64(int64(l.Amount)-b.otherItem.amount)) {
			b.kind, b.otherItem = "amount_differs", x
		}
	}
	return b.otherItem != nil
}

// theLoanNamed returns the one loan that a line names, or nothing.
func (m *recModel) theLoanNamed(l *recLine) (one string) {
	for _, loan := range m.loans {
		if ref := m.normalised(loan); len(ref) > 0 && l.names(ref[0], 1, 5) {
			if one != "" {
				return ""
			}
			one = loan
		}
	}
	return one
}

// itemKind finds the first kind that fits an open item that no line names.
func (m *recModel) itemKind(b *recBreak) {
	x := b.item
	for _, y := range m.items {
		if m.itemIn[y] != nil && x.currency == y.currency && x.amount == y.amount && x.entry != y.entry &&
			slices.ContainsFunc(x.keys, func(key string) bool { return slices.Contains(y.keys, key) }) {
			b.kind, b.otherItem = "duplicate_in_ledger", y
			return
		}
	}
	for i := range m.settlements {
		key := m.groupOf(&m.settlements[i], x)
		if key != "" && slices.ContainsFunc(m.matches, func(y *recMatch) bool {
			return y.pass == "settlement" && y.rule == i && y.group == key
		}) {
			b.kind = "missing_in_batch"
			return
		}
	}
	switch {
	case m.ambiguousItems[x]:
		b.kind = "ambiguous"
	case b.age <= m.outstandingDay:
		b.kind = "outstanding"
	default:
		b.kind = "missing_on_bank"
	}
}
