package match

import (
	"cmp"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A candidate is a line or an item that an amount and a date may tie.
type candidate struct {
	currency string
	amount   money.Amount
	date     civil.Date
	place    int32
}

func (c *candidate) compare(o *candidate) int {
	return cmp.Or(strings.Compare(c.currency, o.currency), cmp.Compare(c.amount, o.amount), cmp.Compare(c.date, o.date), cmp.Compare(c.place, o.place))
}

// partners returns how many of sorted candidates have the amount of one and are close to it,
// and the first of them.
func partners(c *candidate, of []candidate, window civil.Date) (n int, first int32) {
	at := func(date civil.Date) int {
		i, _ := slices.BinarySearchFunc(of, 0, func(x candidate, _ int) int {
			return cmp.Or(strings.Compare(x.currency, c.currency), cmp.Compare(x.amount, c.amount), cmp.Compare(x.date, date), 1)
		})
		return i
	}
	from, to := at(c.date-window), at(c.date+window+1)
	if from == to {
		return 0, -1
	}
	return to - from, of[from].place
}

// byAmounts is the pass `amount_date`: a line and an item that have no other partner. Those
// that have several are ambiguous. known reports whether any item ever had a reference.
func (r *Run) byAmounts(known func(k ref) bool) {
	lines, items := r.lineCandidates(known), r.itemCandidates()
	r.ambiguous.lines, r.ambiguous.items = make([]bool, len(r.Lines)), make([]bool, len(r.Items))
	alone := make(map[int32]int32) // item → its one line
	for i := range items {
		n, line := partners(&items[i], lines, r.Rules.AmountWindow)
		r.ambiguous.items[items[i].place] = n > 0
		if n == 1 {
			alone[items[i].place] = line
		}
	}
	var pairs [][2]int32
	for i := range lines {
		line := lines[i].place
		n, item := partners(&lines[i], items, r.Rules.AmountWindow)
		r.ambiguous.lines[line] = n > 0
		if other, ok := alone[item]; n == 1 && ok && other == line {
			pairs = append(pairs, [2]int32{line, item})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]int32) int { return cmp.Compare(a[0], b[0]) })
	if r.rests {
		pairs = nil
	}
	for _, p := range pairs {
		r.ambiguous.lines[p[0]], r.ambiguous.items[p[1]] = false, false
		r.take(Match{Pass: AmountDate, Lines: p[:1], Items: p[1:], Days: r.days(int(p[0]), int(p[1]))})
	}
}

// lineCandidates are open lines that refer to nothing the ledger has ever had.
func (r *Run) lineCandidates(known func(k ref) bool) (list []candidate) {
	for line := range r.Lines {
		l := &r.Lines[line]
		if r.lineMatch[line] != free || r.fees[line] || l.Reversal {
			continue
		}
		refers := false
		r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) { refers = refers || known(refOf(b)) })
		if !refers {
			list = append(list, candidate{l.Statement.Currency, l.Amount, l.Date(), int32(line)})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return a.compare(&b) })
	return list
}

// itemCandidates are open items that no open line refers to and no rule settles.
func (r *Run) itemCandidates() (list []candidate) {
	for item := range r.Items {
		x := r.Items[item]
		if r.itemMatch[item] != free || slices.ContainsFunc(r.Rules.Settlements, func(s Settlement) bool { return s.Channel == x.Channel }) {
			continue
		}
		referred := false
		r.read.eachKey(x, func(b []byte) { referred = referred || r.refs.hasFree(refOf(b)) })
		if !referred {
			list = append(list, candidate{x.Currency, x.Amount, x.ValueDate, int32(item)})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return a.compare(&b) })
	return list
}
