package match

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Group is the items that a channel pays in one line: of a currency, with one date or one
// reference.
type Group struct {
	Channel, Currency string
	By                Grouping
	On                civil.Date // by dates
	Reference         string     // by reference, normalised
}

func isRelease(x *Item) bool { return x.Kind == ledger.Release }

// group returns the group of an item by a rule; false where it has none: by reference it
// has to have one.
func (s *Settlement) group(x *Item, read *reader) (g Group, ok bool) {
	g = Group{Channel: s.Channel, Currency: x.Currency, By: s.GroupBy}
	switch s.GroupBy {
	case ByValueDate:
		g.On = x.ValueDate
	case ByBusinessDate:
		g.On = x.BusinessDate
	default:
		read.b = normalise(read.b[:0], x.Reference, read.least)
		g.Reference = string(read.b)
		return g, g.Reference != ""
	}
	return g, true
}

func (g *Group) compare(o *Group) int {
	return cmp.Or(strings.Compare(g.Currency, o.Currency), cmp.Compare(g.On, o.On), strings.Compare(g.Reference, o.Reference))
}

// settlements is the pass `settlement`: a channel's payouts, rule by rule and group by
// group.
func (r *Run) settlements() {
	if len(r.Rules.Settlements) == 0 {
		return
	}
	open := r.itemIndex(r.keysOf)
	for i := range r.Rules.Settlements {
		rule := &r.Rules.Settlements[i]
		groups := map[Group][]int32{}
		for item := range r.Items {
			x := r.Items[item]
			if r.itemMatch[item] != free || x.Channel != rule.Channel {
				continue
			}
			if g, ok := rule.group(x, &r.read); ok {
				groups[g] = append(groups[g], int32(item))
			}
		}
		if len(groups) == 0 {
			continue
		}
		order := make([]Group, 0, len(groups))
		for g := range groups {
			order = append(order, g)
		}
		slices.SortFunc(order, func(a, b Group) int { return a.compare(&b) })
		lines := r.newPayouts(rule, &open)
		for _, g := range order {
			if r.settle(lines, &g, groups[g]) {
				r.settled[g] = true
				r.Settled = append(r.Settled, SettledGroup{g, len(r.Matches) - 1})
			}
		}
	}
}

// A payouts are the lines that may be settlements by a rule: by currency, amount and date.
type payouts struct {
	r     *Run
	rule  *Settlement
	lines []int32
	open  *index // items that were open when the pass began
	// Of the group that is being settled.
	group   *Group
	members map[int32]bool
	may     map[int32]bool // lines that were asked for
	others  map[ref]bool   // references that items of others have, too
}

func (r *Run) newPayouts(rule *Settlement, open *index) *payouts {
	p := &payouts{r: r, rule: rule, open: open}
	for line := range r.Lines {
		if r.lineMatch[line] == free && !r.fees[line] && (rule.Text == "" || containsFold(r.Lines[line].Text, rule.Text)) {
			p.lines = append(p.lines, int32(line))
		}
	}
	slices.SortFunc(p.lines, func(a, b int32) int {
		x, y := &r.Lines[a], &r.Lines[b]
		return cmp.Or(strings.Compare(x.Statement.Currency, y.Statement.Currency), cmp.Compare(x.Amount, y.Amount), cmp.Compare(x.Date(), y.Date()), cmp.Compare(a, b))
	})
	return p
}

// begin takes up a group.
func (p *payouts) begin(g *Group, items []int32) {
	p.group, p.members, p.may, p.others = g, make(map[int32]bool, len(items)), map[int32]bool{}, map[ref]bool{}
	for _, i := range items {
		p.members[i] = true
	}
}

// at returns the first place of what is not before a currency, an amount and a date.
func (p *payouts) at(currency string, amount money.Amount, date civil.Date) int {
	n, _ := slices.BinarySearchFunc(p.lines, 0, func(line int32, _ int) int {
		l := &p.r.Lines[line]
		return cmp.Or(strings.Compare(l.Statement.Currency, currency), cmp.Compare(l.Amount, amount), cmp.Compare(l.Date(), date), 1)
	})
	return n
}

// find returns the line of what some of the group's items come to, or -1: by how far it is
// off, days and order.
func (p *payouts) find(sum money.Amount, n int, latest civil.Date) (line int32, days civil.Date) {
	line = -1
	currency, digits := p.group.Currency, p.r.digits(p.group.Currency)
	net := sum - feeOf(p.rule.Rate, p.rule.Fixed, sum, n, digits)
	tolerance := p.rule.Tolerance.In(digits)
	var off money.Amount
	for i := p.at(currency, net-tolerance, latest); i < len(p.lines); {
		l := &p.r.Lines[p.lines[i]]
		date := l.Date()
		switch {
		case l.Statement.Currency != currency || l.Amount > net+tolerance:
			return line, days
		case date < latest:
			i = p.at(currency, l.Amount, latest)
			continue
		case date > latest+p.rule.Lag:
			i = p.at(currency, l.Amount+1, latest)
			continue
		}
		o, d := abs(l.Amount-net), date-latest
		better := line < 0 || o < off || o == off && (d < days || d == days && p.lines[i] < line)
		if better && p.r.lineMatch[p.lines[i]] == free && p.maySettle(p.lines[i]) {
			line, off, days = p.lines[i], o, d
		}
		i++
	}
	return line, days
}

// maySettle reports whether a line may be the group's settlement: it carries the group's
// reference, and it refers to no item of others that was open when the pass began. It is
// asked for many times, and looks once.
func (p *payouts) maySettle(line int32) bool {
	may, known := p.may[line]
	if known {
		return may
	}
	r, l := p.r, &p.r.Lines[line]
	may = true
	if p.group.By == ByReference {
		may = false
		r.read.eachRef(l, rankEndToEnd, rankText, func(_ int, b []byte) { may = may || string(b) == p.group.Reference })
	}
	if may {
		r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) { may = may && !p.isOfOthers(refOf(b)) })
	}
	p.may[line] = may
	return may
}

// isOfOthers reports whether an open item has a reference, and is none of the group.
func (p *payouts) isOfOthers(k ref) bool {
	others, known := p.others[k]
	if !known {
		s := p.open.spans[k]
		others = slices.ContainsFunc(p.open.places[s.from:s.to], func(item int32) bool { return !p.members[item] })
		p.others[k] = others
	}
	return others
}

// containsFold reports whether a text has another in it, in any case.
func containsFold(text, part string) bool {
	upper := func(s string) string { return strings.Map(unicode.ToUpper, s) }
	return strings.Contains(upper(text), upper(part))
}

// settle ties a group to its line: whole, or with the one item left out that makes it fit.
func (r *Run) settle(lines *payouts, g *Group, items []int32) bool {
	lines.begin(g, items)
	var sum money.Amount
	for _, i := range items {
		sum += r.Items[i].Amount
	}
	latest := r.Items[items[len(items)-1]].ValueDate // items are in the order of their value dates
	line, days := lines.find(sum, len(items), latest)
	if line < 0 && len(items) > 1 {
		out := -1
		if line, days, out = r.settleWithout(lines, items, sum, latest); line >= 0 {
			items = slices.Delete(items, out, out+1)
		}
	}
	if line < 0 {
		return false
	}
	r.take(Match{Pass: Settled, Lines: []int32{line}, Items: items, Days: days})
	return true
}

// settleWithout leaves each item out in turn; it returns the line, and the place of the one
// item that makes the others fit: the line is -1 where none does, or several do. Items of one
// amount do or don't alike, and are tried once.
func (r *Run) settleWithout(lines *payouts, items []int32, sum money.Amount, latest civil.Date) (line int32, days civil.Date, out int) {
	line = -1
	fits := map[money.Amount]bool{}
	for i, item := range items {
		amount := r.Items[item].Amount
		fit, tried := fits[amount]
		switch {
		case tried && !fit:
			continue
		case tried:
			return -1, 0, 0
		}
		found, d := lines.find(sum-amount, len(items)-1, latest)
		fits[amount] = found >= 0
		if found < 0 {
			continue
		}
		if line >= 0 {
			return -1, 0, 0
		}
		line, days, out = found, d, i
	}
	return line, days, out
}
