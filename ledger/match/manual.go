package match

import (
	"cmp"
	"fmt"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Pair ties a line to an item by hand. Pairs that share a line, or an item, are one match.
type Pair struct {
	LineID  string
	EntryID int64
	Reason  string
}

// A Refusal says why a pair can't be tied.
type Refusal struct {
	Pair int // its place
	Why  string
}

// ByHand is the pass `manual`. It ties all pairs, in the order of their lines, or none and says why.
func (r *Run) ByHand(pairs []Pair) (refused []Refusal) {
	lines, items := make(map[string]int32, len(pairs)), make(map[int64]int32, len(pairs))
	for _, p := range pairs {
		lines[p.LineID], items[p.EntryID] = -1, -1
	}
	for i := range r.Lines {
		if id := r.Lines[i].ID(); r.lineMatch[i] == free {
			if _, ok := lines[id]; ok {
				lines[id] = int32(i)
			}
		}
	}
	for i := range r.Items {
		if _, ok := items[r.Items[i].EntryID]; ok && r.itemMatch[i] == free {
			items[r.Items[i].EntryID] = int32(i)
		}
	}
	var groups []*byHand
	ofLine, ofItem := map[int32]*byHand{}, map[int32]*byHand{}
	for i, p := range pairs {
		line, item := lines[p.LineID], items[p.EntryID]
		switch {
		case line < 0:
			refused = append(refused, Refusal{i, "there is no open line " + p.LineID + ": reconciliation_lines lists them"})
			continue
		case item < 0:
			refused = append(refused, Refusal{i, fmt.Sprintf("there is no open item of entry %d: reconciliation_breaks lists them", p.EntryID)})
			continue
		}
		g, other := ofLine[line], ofItem[item]
		switch {
		case g == nil && other == nil:
			g = &byHand{pair: i}
			groups = append(groups, g)
		case g == nil:
			g = other
		case other != nil && other != g:
			refused = append(refused, Refusal{i, "it ties several lines to several items: one side of a match has one"})
			continue
		}
		g.add(line, item, p.Reason)
		ofLine[line], ofItem[item] = g, g
	}
	for _, g := range groups {
		if why := r.refusesByHand(g); why != "" {
			refused = append(refused, Refusal{g.pair, why})
		}
	}
	if len(refused) > 0 {
		slices.SortFunc(refused, func(a, b Refusal) int { return a.Pair - b.Pair })
		return refused
	}
	for _, g := range groups {
		slices.Sort(g.lines)
		slices.Sort(g.items)
	}
	slices.SortFunc(groups, func(a, b *byHand) int { return cmp.Compare(a.lines[0], b.lines[0]) })
	for _, g := range groups {
		var days civil.Date
		for _, line := range g.lines {
			for _, item := range g.items {
				days = max(days, r.days(int(line), int(item)))
			}
		}
		r.take(Match{Pass: Manual, Lines: g.lines, Items: g.items, Days: days, Reason: g.reason})
	}
	return nil
}

// A byHand is a match in the making.
type byHand struct {
	pair         int // its first
	lines, items []int32
	reason       string
}

func (g *byHand) add(line, item int32, reason string) {
	if !slices.Contains(g.lines, line) {
		g.lines = append(g.lines, line)
	}
	if !slices.Contains(g.items, item) {
		g.items = append(g.items, item)
	}
	if g.reason == "" {
		g.reason = reason
	}
}

// refusesByHand says why lines and items can't be one match, or nothing.
func (r *Run) refusesByHand(g *byHand) string {
	if len(g.lines) > 1 && len(g.items) > 1 {
		return "it ties several lines to several items: one side of a match has one"
	}
	currency := r.Lines[g.lines[0]].Statement.Currency
	var line, sum money.Amount
	for _, l := range g.lines {
		line += r.Lines[l].Amount
		if r.Lines[l].Statement.Currency != currency {
			return "its lines are in several currencies"
		}
	}
	for _, i := range g.items {
		sum += r.Items[i].Amount
		if r.Items[i].Currency != currency {
			return fmt.Sprintf("its line is in %s, its item in %s", currency, r.Items[i].Currency)
		}
	}
	if digits := r.digits(currency); abs(sum-line) > r.Rules.Tolerance.In(digits) && !r.isNet(g.items, sum, line) {
		return fmt.Sprintf("line and item differ by %s %s: neither reconciliation.tolerance nor a rule of fees allows it", (line - sum).Text(digits), currency)
	}
	return ""
}
