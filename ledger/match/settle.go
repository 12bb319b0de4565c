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
	lines := r.newPayouts()
	r.before = slices.Clone(r.itemMatch)
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
		order := make([]Group, 0, len(groups))
		for g := range groups {
			order = append(order, g)
		}
		slices.SortFunc(order, func(a, b Group) int { return a.compare(&b) })
		for _, g := range order {
			if r.settle(lines, rule, &g, groups[g]) {
				r.settled[g] = true
				r.Settled = append(r.Settled, SettledGroup{g, len(r.Matches) - 1})
			}
		}
	}
}

// A payouts are the lines that may be settlements: by currency, amount and date.
type payouts struct {
	r     *Run
	lines []int32
}

func (r *Run) newPayouts() *payouts {
	p := &payouts{r: r}
	for line := range r.Lines {
		if r.lineMatch[line] == free && !r.fees[line] {
			p.lines = append(p.lines, int32(line))
		}
	}
	slices.SortFunc(p.lines, func(a, b int32) int {
		x, y := &r.Lines[a], &r.Lines[b]
		return cmp.Or(strings.Compare(x.Statement.Currency, y.Statement.Currency), cmp.Compare(x.Amount, y.Amount), cmp.Compare(x.Date(), y.Date()), cmp.Compare(a, b))
	})
	return p
}

// at returns the first place of what is not before a currency, an amount and a date.
func (p *payouts) at(currency string, amount money.Amount, date civil.Date) int {
	n, _ := slices.BinarySearchFunc(p.lines, 0, func(line int32, _ int) int {
		l := &p.r.Lines[line]
		return cmp.Or(strings.Compare(l.Statement.Currency, currency), cmp.Compare(l.Amount, amount), cmp.Compare(l.Date(), date), 1)
	})
	return n
}

// A payout is what a group comes to, and when.
type payout struct {
	net    money.Amount
	latest civil.Date
}

func (r *Run) payout(rule *Settlement, currency string, sum money.Amount, n int, latest civil.Date) payout {
	return payout{sum - feeOf(rule.Rate, rule.Fixed, sum, n, r.digits(currency)), latest}
}

// find returns the line of a payout, or -1: by how far it is off, days and order.
func (p *payouts) find(rule *Settlement, g *Group, members map[int32]bool, want payout) (line int32, days civil.Date) {
	line = -1
	tolerance := rule.Tolerance.In(p.r.digits(g.Currency))
	var off money.Amount
	for i := p.at(g.Currency, want.net-tolerance, want.latest); i < len(p.lines); {
		l := &p.r.Lines[p.lines[i]]
		date := l.Date()
		switch {
		case l.Statement.Currency != g.Currency || l.Amount > want.net+tolerance:
			return line, days
		case date < want.latest:
			i = p.at(g.Currency, l.Amount, want.latest)
			continue
		case date > want.latest+rule.Lag:
			i = p.at(g.Currency, l.Amount+1, want.latest)
			continue
		}
		o, d := abs(l.Amount-want.net), date-want.latest
		better := line < 0 || o < off || o == off && (d < days || d == days && p.lines[i] < line)
		if better && p.r.lineMatch[p.lines[i]] == free && p.r.maySettle(int(p.lines[i]), rule, g, members) {
			line, off, days = p.lines[i], o, d
		}
		i++
	}
	return line, days
}

// maySettle reports whether a line may be a group's settlement: its text has what the rule
// says, it carries the group's reference, and it refers to no item of others that was open when the pass began.
func (r *Run) maySettle(line int, rule *Settlement, g *Group, members map[int32]bool) bool {
	l := &r.Lines[line]
	if rule.Text != "" && !containsFold(l.Text, rule.Text) {
		return false
	}
	if g.By == ByReference {
		carries := false
		r.read.eachRef(l, rankEndToEnd, rankText, func(_ int, b []byte) { carries = carries || string(b) == g.Reference })
		if !carries {
			return false
		}
	}
	others := false
	r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) {
		s := r.index.spans[refOf(b)]
		for _, item := range r.index.places[s.from:s.to] {
			if others = others || r.before[item] == free && !members[item]; others {
				return
			}
		}
	})
	return !others
}

// containsFold reports whether a text has another in it, in any case.
func containsFold(text, part string) bool {
	upper := func(s string) string { return strings.Map(unicode.ToUpper, s) }
	return strings.Contains(upper(text), upper(part))
}

// settle ties a group to its line: whole, or with the one item left out that makes it fit.
func (r *Run) settle(lines *payouts, rule *Settlement, g *Group, items []int32) bool {
	members := make(map[int32]bool, len(items))
	var sum money.Amount
	for _, i := range items {
		members[i] = true
		sum += r.Items[i].Amount
	}
	latest := r.Items[items[len(items)-1]].ValueDate // items are in the order of their value dates
	line, days := lines.find(rule, g, members, r.payout(rule, g.Currency, sum, len(items), latest))
	if line < 0 && len(items) > 1 {
		out := -1
		if line, days, out = r.settleWithout(lines, rule, g, items, members, sum, latest); line >= 0 {
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
// item that makes the others fit: the line is -1 where none does, or several do.
func (r *Run) settleWithout(lines *payouts, rule *Settlement, g *Group, items []int32, members map[int32]bool, sum money.Amount, latest civil.Date) (line int32, days civil.Date, out int) {
	line = -1
	for i, item := range items {
		found, d := lines.find(rule, g, members, r.payout(rule, g.Currency, sum-r.Items[item].Amount, len(items)-1, latest))
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
