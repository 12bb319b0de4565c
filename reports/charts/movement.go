package charts

import (
	"fmt"
	"slices"
	"strings"
)

// movement returns the table of what came to each class and went from it since the base.
func (n *Night) movement() *sheet {
	return n.sheet("stage_movement", "pack", "currency", "base_date", "class", "flow", "other_class", "loans", "gross", "allowance")
}

// packOf returns the rows of a pack; where the policy names none, of the first that has any.
func (s *sheet) packOf(rows []int, pack string) group {
	groups := grouped(rows, func(i int) string { return s.text(i, "pack") })
	if k := slices.IndexFunc(groups, func(g group) bool { return g.name == pack }); k >= 0 {
		return groups[k]
	}
	if pack == "" && len(groups) > 0 {
		return groups[0]
	}
	return group{}
}

// stageCharts draws for each stage what was carried at the base, what came and went, and what is
// carried now.
func stageCharts(n *Night, currency string) []*chart {
	s := n.movement()
	pack := s.packOf(s.of(currency), n.Packs.Stages)
	if len(pack.rows) == 0 {
		return nil
	}
	base := s.text(pack.rows[0], "base_date")
	c := &chart{id: "stages", title: "Flows between the classes of " + pack.name, note: "what is carried, since " + base, file: "regulatory/stage_movement.csv",
		head: []string{"Class", "Flow", "Other class", "Loans", "Gross", "Allowance"}, texts: 3}
	var list []bar
	var said []string
	classes := grouped(pack.rows, func(i int) string { return s.text(i, "class") })
	if len(classes) > classesMax {
		c.more = fmt.Sprintf("The first %d classes are drawn.", classesMax)
		classes = classes[:classesMax]
	}
	for _, class := range classes {
		var opening, closing int64
		var steps []step
		for _, i := range class.rows {
			gross, flow := s.amount(i, "gross"), s.text(i, "flow")
			c.rows = append(c.rows, []string{words(class.name), words(flow), words(s.text(i, "other_class")), counted(s.amount(i, "loans")),
				n.signed(currency, gross), n.signed(currency, s.amount(i, "allowance"))})
			switch flow {
			case "opening":
				opening = gross
			case "closing":
				closing = gross
			default:
				if gross != 0 {
					steps = append(steps, step{flowName(flow, s.text(i, "other_class")), s.amount(i, "loans"), gross})
				}
			}
		}
		if opening == 0 && closing == 0 && len(steps) == 0 {
			continue
		}
		list = append(list, bar{heading: true, label: words(class.name)})
		list = append(list, n.bridge(currency, opening, steps, closing)...)
		said = append(said, fmt.Sprintf("%s from %s to %s", words(class.name), n.money(currency, opening), n.money(currency, closing)))
	}
	if len(list) == 0 {
		return nil
	}
	c.desc = fmt.Sprintf("A bridge for each class, in %s: %s.", currency, strings.Join(said, "; "))
	c.key = "Grey: balances. Plain: what came. Hatched: what went."
	c.image = bars(list)
	return []*chart{c}
}

// flowName is a flow with the class at its other end.
func flowName(flow, other string) string {
	switch {
	case flow == "transfer_in" && other != "":
		return "from " + words(other)
	case flow == "transfer_out" && other != "":
		return "to " + words(other)
	}
	return words(flow)
}

// provisionCharts draws how the provisions of the pack that posts them (else of the first that has
// any) went from the base to now.
func provisionCharts(n *Night, currency string) []*chart {
	s := n.movement()
	rows := s.of(currency)
	pack := n.Packs.Posts
	if pack == "" {
		for _, i := range rows {
			if s.amount(i, "allowance") != 0 {
				pack = s.text(i, "pack")
				break
			}
		}
	}
	if pack == "" {
		return nil
	}
	own := s.packOf(rows, pack)
	if len(own.rows) == 0 {
		return nil
	}
	var opening, closing int64
	var steps []step
	for _, i := range own.rows {
		amount, flow := s.amount(i, "allowance"), s.text(i, "flow")
		switch flow {
		case "opening":
			opening += amount
			continue
		case "closing":
			closing += amount
			continue
		case "transfer_in", "transfer_out":
			flow = "transfers between classes"
		}
		k := slices.IndexFunc(steps, func(x step) bool { return x.name == words(flow) })
		if k < 0 {
			k = len(steps)
			steps = append(steps, step{name: words(flow)})
		}
		steps[k].amount += amount
		if flow != "transfers between classes" {
			steps[k].loans += s.amount(i, "loans")
		}
	}
	steps = slices.DeleteFunc(steps, func(x step) bool { return x.amount == 0 })
	c := &chart{id: "provisions", title: "Provisions under " + pack, note: "since " + s.text(own.rows[0], "base_date"), file: "regulatory/stage_movement.csv",
		head: []string{"Flow", "Loans", "Allowance"}, texts: 1}
	c.rows = append(c.rows, []string{"opening", "", n.money(currency, opening)})
	for _, x := range steps {
		count := ""
		if x.loans > 0 {
			count = counted(x.loans)
		}
		c.rows = append(c.rows, []string{x.name, count, n.signed(currency, x.amount)})
	}
	c.rows = append(c.rows, []string{"closing", "", n.money(currency, closing)})
	c.desc = fmt.Sprintf("A bridge of the provisions in %s from %s to %s.", currency, n.money(currency, opening), n.money(currency, closing))
	c.key = "Grey: balances. Plain: what was added. Hatched: what was taken."
	c.image = bars(n.bridge(currency, opening, steps, closing))
	return []*chart{c}
}

// changeCharts draws what changed most: the largest moves of balance between classes since the
// base, and the rules with most balance.
func changeCharts(n *Night, currency string) (list []*chart) {
	if c := n.moves(currency); c != nil {
		list = append(list, c)
	}
	if c := n.rules(currency); c != nil {
		list = append(list, c)
	}
	return list
}

func (n *Night) moves(currency string) *chart {
	s := n.movement()
	rows := slices.DeleteFunc(s.of(currency), func(i int) bool { return s.text(i, "flow") != "transfer_in" || s.amount(i, "gross") == 0 })
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b int) int { return compare(s.amount(b, "gross"), s.amount(a, "gross")) })
	all := len(rows)
	rows = rows[:min(all, largestMax)]
	c := &chart{id: "moves", title: "What changed most", note: "moves of balance between classes since " + s.text(rows[0], "base_date"), file: "regulatory/stage_movement.csv",
		head: []string{"Pack", "From", "To", "Way", "Loans", "Balance"}, texts: 4, desc: "Bars of the largest moves between classes in " + currency + "."}
	if all > len(rows) {
		c.more = fmt.Sprintf("The %d largest of %d moves.", len(rows), all)
	}
	var bs []bar
	for _, i := range rows {
		pack, from, to := s.text(i, "pack"), words(s.text(i, "other_class")), words(s.text(i, "class"))
		b := bar{label: fmt.Sprintf("%s: %s → %s", pack, from, to), value: n.money(currency, s.amount(i, "gross")), to: s.amount(i, "gross"), look: "fill"}
		way := n.way(pack, s.text(i, "other_class"), s.text(i, "class"))
		if way == "worse" {
			b.look, b.hatched = "down", true
		}
		bs = append(bs, b)
		c.rows = append(c.rows, []string{pack, from, to, way, counted(s.amount(i, "loans")), n.money(currency, s.amount(i, "gross"))})
	}
	c.key = "Hatched: to a worse class."
	c.image = bars(bs)
	return c
}

// way says whether a class is worse or better than another, by the order of the pack's classes.
func (n *Night) way(pack, from, to string) string {
	s := n.sheet("classification_by_pack", "pack", "class")
	if s == nil {
		return ""
	}
	f, t := -1, -1
	for i := range s.rows {
		if s.text(i, "pack") != pack {
			continue
		}
		if c := s.text(i, "class"); c == from && f < 0 {
			f = i
		} else if c == to && t < 0 {
			t = i
		}
	}
	switch {
	case f < 0 || t < 0:
		return ""
	case t > f:
		return "worse"
	}
	return "better"
}

func (n *Night) rules(currency string) *chart {
	s := n.sheet("rules", "pack", "currency", "rule", "class", "cite", "loans", "balance")
	rows := s.of(currency)
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b int) int { return compare(s.amount(b, "balance"), s.amount(a, "balance")) })
	all := len(rows)
	rows = rows[:min(all, largestMax)]
	c := &chart{id: "rules", title: "Rules", note: "by what is outstanding of the loans that each classifies", file: "regulatory/rules.csv",
		head: []string{"Pack", "Rule", "Class", "Source", "Loans", "Balance"}, texts: 4, desc: "Bars of the rules with most balance in " + currency + "."}
	if all > len(rows) {
		c.more = fmt.Sprintf("The %d largest of %d rules.", len(rows), all)
	}
	var bs []bar
	for _, i := range rows {
		pack, rule, class := s.text(i, "pack"), words(s.text(i, "rule")), words(s.text(i, "class"))
		bs = append(bs, bar{label: fmt.Sprintf("%s: %s", pack, rule), value: n.money(currency, s.amount(i, "balance")), to: max(s.amount(i, "balance"), 0), look: "fill"})
		c.rows = append(c.rows, []string{pack, rule, class, s.text(i, "cite"), counted(s.amount(i, "loans")), n.money(currency, s.amount(i, "balance"))})
	}
	c.image = bars(bs)
	return c
}
