package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// The passes of the model, in their order.

// A recPair is a line and an item that may be matched.
type recPair struct {
	rank, line, item int
	days             civil.Date
	l                *recLine
	x                *recItem
}

// pairs matches pairs that fit, by (rank, days, line, item), each if both are still free.
func (m *recModel) pairs(pass string, fee bool, fits func(l *recLine, x *recItem) (rank int, ok bool)) {
	var all []recPair
	items := m.openItems()
	for i, l := range m.openLines() {
		for j, x := range items {
			if !alike(l, x) {
				continue
			}
			if rank, ok := fits(l, x); ok {
				all = append(all, recPair{rank, i, j, daysBetween(l, x), l, x})
			}
		}
	}
	slices.SortFunc(all, func(a, b recPair) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.days, b.days), cmp.Compare(a.line, b.line), cmp.Compare(a.item, b.item))
	})
	for _, p := range all {
		if m.lineIn[p.l] == nil && m.itemIn[p.x] == nil {
			m.take(pass, []*recLine{p.l}, []*recItem{p.x}, p.days, fee)
		}
	}
}

func (m *recModel) byReference() {
	m.pairs("reference", false, func(l *recLine, x *recItem) (int, bool) {
		rank, ok := l.rank(x, 0, 5)
		return rank, ok && int64(l.Amount) == x.amount && daysBetween(l, x) <= m.referenceWindow
	})
}

func (m *recModel) netOfFee() {
	m.pairs("net_of_fee", true, func(l *recLine, x *recItem) (int, bool) {
		rank, ok := l.rank(x, 0, 4)
		f := m.feeOf(x.channel)
		return rank, ok && daysBetween(l, x) <= m.referenceWindow && f != nil && f.fits(x.amount, int64(l.Amount), 1)
	})
	m.pairs("net_of_fee", false, func(l *recLine, x *recItem) (int, bool) {
		rank, ok := l.rank(x, 0, 4)
		return rank, ok && daysBetween(l, x) <= m.referenceWindow && abs64(x.amount-int64(l.Amount)) <= m.tolerance
	})
}

func (m *recModel) referenceSum() {
	for _, l := range m.openLines() {
		for rank := 1; rank <= 4; rank++ {
			for _, ref := range l.refs[rank] {
				if m.lineIn[l] == nil {
					m.sumOf(l, ref)
				}
			}
		}
	}
}

// sumOf matches a line with all open items of a key, if they come to its amount.
func (m *recModel) sumOf(l *recLine, key string) {
	var group []*recItem
	sum, days, oneChannel := int64(0), civil.Date(0), true
	for _, x := range m.openItems() {
		if alike(l, x) && slices.Contains(x.keys, key) && daysBetween(l, x) <= m.referenceWindow {
			group = append(group, x)
			sum, days = sum+x.amount, max(days, daysBetween(l, x))
			oneChannel = oneChannel && x.channel == group[0].channel
		}
	}
	if len(group) < 2 || len(group) > 1000 {
		return
	}
	if sum == int64(l.Amount) {
		m.take("reference_sum", []*recLine{l}, group, days, false)
	} else if f := m.feeOf(group[0].channel); f != nil && oneChannel && f.fits(sum, int64(l.Amount), len(group)) {
		m.take("reference_sum", []*recLine{l}, group, days, true)
	}
}

func (m *recModel) split() {
	for _, x := range m.openItems() {
		var group []*recLine
		sum, days := int64(0), civil.Date(0)
		for _, l := range m.openLines() {
			if alike(l, x) && l.refersTo(x) && daysBetween(l, x) <= m.referenceWindow {
				group, sum, days = append(group, l), sum+int64(l.Amount), max(days, daysBetween(l, x))
			}
		}
		if len(group) >= 2 && len(group) <= 100 && sum == x.amount {
			m.take("split", group, []*recItem{x}, days, false)
		}
	}
}

func (m *recModel) internal() {
	for _, x := range m.openItems() {
		for _, y := range m.openItems() {
			if x.kind == "release" && x != y && m.itemIn[x] == nil && x.source == y.source && x.business == y.business &&
				x.currency == y.currency && x.amount == -y.amount {
				pair := []*recItem{x, y}
				slices.SortFunc(pair, itemOrder)
				m.take("internal", nil, pair, 0, false)
			}
		}
	}
}

func (m *recModel) byLoan() {
	refers := m.refersToOpen()
	m.pairs("loan", false, func(l *recLine, x *recItem) (int, bool) {
		loan := m.normalised(x.loan)
		return 0, len(refers[l]) == 0 && !m.isFee(l) && len(loan) > 0 && l.names(loan[0], 1, 5) && int64(l.Amount) == x.amount &&
			daysBetween(l, x) <= m.amountWindow
	})
}

// refersToOpen returns the open items that each open line refers to, as they are at the
// start of a pass.
func (m *recModel) refersToOpen() map[*recLine][]*recItem {
	refers := map[*recLine][]*recItem{}
	for _, l := range m.openLines() {
		for _, x := range m.openItems() {
			if l.refersTo(x) {
				refers[l] = append(refers[l], x)
			}
		}
	}
	return refers
}

// groupOf returns the group of a settlement rule that an item is in, or nothing.
func (m *recModel) groupOf(rule *recSettlement, x *recItem) string {
	if x.channel != rule.channel {
		return ""
	}
	switch rule.groupBy {
	case "value_date":
		return x.currency + " " + x.value.String()
	case "business_date":
		return x.currency + " " + x.business.String()
	}
	if key := m.normalised(x.reference); len(key) > 0 {
		return x.currency + " " + key[0]
	}
	return ""
}

func (m *recModel) settlement() {
	refers := m.refersToOpen()
	for i := range m.settlements {
		groups := map[string][]*recItem{}
		for _, x := range m.openItems() {
			if key := m.groupOf(&m.settlements[i], x); key != "" {
				groups[key] = append(groups[key], x)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			m.settle(i, key, groups[key], refers)
		}
	}
}

// A recSettled is a line that may settle a group, all of it or without one item.
type recSettled struct {
	l         *recLine
	items     []*recItem
	out       *recItem
	off       int64
	days      civil.Date
	lineOrder int
}

func (m *recModel) settle(rule int, key string, group []*recItem, refers map[*recLine][]*recItem) {
	s, latest := &m.settlements[rule], civil.None
	for _, x := range group {
		latest = max(latest, x.value)
	}
	var whole, short []recSettled
	for i, l := range m.openLines() {
		days := l.Date() - latest
		_, ref, _ := strings.Cut(key, " ")
		byReference := s.groupBy == "reference"
		others := slices.ContainsFunc(refers[l], func(x *recItem) bool { return !byReference || !slices.Contains(group, x) })
		if m.isFee(l) || l.currency != group[0].currency || days < 0 || days > s.lagDays || others || byReference && !l.names(ref, 1, 5) ||
			!strings.Contains(strings.ToUpper(l.Text), strings.ToUpper(s.text)) {
			continue
		}
		if off, ok := s.nets(l, group); ok {
			whole = append(whole, recSettled{l, group, nil, off, days, i})
		}
		for j, x := range group {
			rest := slices.Delete(slices.Clone(group), j, j+1)
			if off, ok := s.nets(l, rest); ok && len(rest) > 0 {
				short = append(short, recSettled{l, rest, x, off, days, i})
			}
		}
	}
	if len(whole) == 0 {
		for _, x := range short {
			if x.out != short[0].out {
				return // more than one item does it
			}
		}
		whole = short
	}
	if len(whole) == 0 {
		return
	}
	best := slices.MinFunc(whole, func(a, b recSettled) int {
		return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.days, b.days), cmp.Compare(a.lineOrder, b.lineOrder))
	})
	x := m.take("settlement", []*recLine{best.l}, best.items, best.days, true)
	x.rule, x.group = rule, key
}

// nets returns how far a line is from what some items come to net of fees.
func (s *recSettlement) nets(l *recLine, items []*recItem) (off int64, ok bool) {
	sum := int64(0)
	for _, x := range items {
		sum += x.amount
	}
	off = abs64(int64(l.Amount) - (sum - s.of(sum, len(items))))
	return off, off <= s.tolerance
}

func (m *recModel) byAmountAndDate() {
	partnersOf, partnersOn := map[*recLine][]*recItem{}, map[*recItem][]*recLine{}
	lines := m.openLines()
	for _, x := range m.openItems() {
		if m.settles(x.channel) || slices.ContainsFunc(lines, func(l *recLine) bool { return l.refersTo(x) }) {
			continue
		}
		for _, l := range lines {
			if !l.Reversal && !m.isFee(l) && l.currency == x.currency && int64(l.Amount) == x.amount && daysBetween(l, x) <= m.amountWindow &&
				!slices.ContainsFunc(m.items, func(any *recItem) bool { return l.refersTo(any) }) {
				partnersOf[l], partnersOn[x] = append(partnersOf[l], x), append(partnersOn[x], l)
			}
		}
	}
	for _, l := range lines {
		if p := partnersOf[l]; len(p) == 1 && len(partnersOn[p[0]]) == 1 {
			m.take("amount_date", []*recLine{l}, p, daysBetween(l, p[0]), false)
		}
	}
	for l := range partnersOf {
		m.ambiguousLines[l] = m.lineIn[l] == nil
	}
	for x := range partnersOn {
		m.ambiguousItems[x] = m.itemIn[x] == nil
	}
}
