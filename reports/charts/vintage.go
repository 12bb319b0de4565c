package charts

import (
	"fmt"
	"slices"
	"strings"
)

// A cohort is the loans disbursed in a month, at the months on book that are known.
type cohort struct {
	month  string
	months []int64 // ascending
	late   []int64 // 90 days past due and more, millionths of what was lent
	loss   []int64 // lost, net, millionths of what was lent
}

// vintageCharts draws what became of what was lent, by months on book: 90 days past due, and lost.
// With the history it is a curve for each month of disbursement, else one curve over tonight's months.
func vintageCharts(n *Night, currency string) []*chart {
	columns := []string{"currency", "booked_month", "months_on_book", "originated", "past_due_90", "cumulative_loss_rate"}
	file := "regulatory/vintage_history.csv"
	all := cohorts(nil, n.sheet("vintage_history", columns...), currency)
	if len(all) == 0 {
		return acrossMonths(cohorts(nil, n.sheet("vintage", columns...), currency), currency)
	}
	all = cohorts(all, n.sheet("vintage", columns...), currency)
	slices.SortStableFunc(all, func(a, b *cohort) int { return compareText(a.month, b.month) })
	shown := spread(all)
	more := ""
	if len(shown) < len(all) {
		more = fmt.Sprintf("%d of %d months of disbursement, evenly spaced.", len(shown), len(all))
	}
	var list []*chart
	for _, x := range []struct {
		id, title string
		of        func(c *cohort) []int64
	}{
		{"vintage-late", "Vintages: 90 days past due", func(c *cohort) []int64 { return c.late }},
		{"vintage-loss", "Vintages: lost", func(c *cohort) []int64 { return c.loss }},
	} {
		c := &chart{id: x.id, title: x.title, note: "of what was lent, by months on book", file: file, more: more}
		c.curves(shown, x.of)
		c.desc = fmt.Sprintf("Curves of %d months of disbursement in %s: %s, by months on book.", len(shown), currency, x.title)
		list = append(list, c)
	}
	return list
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// cohorts adds the rows of a table to cohorts; what a cohort already has of a number of months stays.
func cohorts(list []*cohort, s *sheet, currency string) []*cohort {
	for _, i := range s.of(currency) {
		month, age := s.text(i, "booked_month"), s.amount(i, "months_on_book")
		if age < 0 || age > monthsMax {
			continue
		}
		k := slices.IndexFunc(list, func(c *cohort) bool { return c.month == month })
		if k < 0 {
			k = len(list)
			list = append(list, &cohort{month: month})
		}
		c := list[k]
		at, found := slices.BinarySearch(c.months, age)
		if found {
			continue
		}
		c.months = slices.Insert(c.months, at, age)
		c.late = slices.Insert(c.late, at, part(s.amount(i, "past_due_90"), s.amount(i, "originated")))
		c.loss = slices.Insert(c.loss, at, s.amount(i, "cumulative_loss_rate"))
	}
	return list
}

// spread returns at most cohortsMax of the cohorts, the first and the last among them.
func spread(all []*cohort) []*cohort {
	if len(all) <= cohortsMax {
		return all
	}
	var list []*cohort
	for k := range cohortsMax {
		list = append(list, all[k*(len(all)-1)/(cohortsMax-1)])
	}
	return list
}

// curves draws cohorts, and makes the table of them: a row for each number of months on book.
func (c *chart) curves(shown []*cohort, of func(*cohort) []int64) {
	var list []series
	ages := map[int64]bool{}
	c.head, c.texts = []string{"Months on book"}, 0
	for _, x := range shown {
		s := series{name: x.month}
		for k, age := range x.months {
			s.points = append(s.points, point{age, of(x)[k]})
			ages[age] = true
		}
		list = append(list, s)
		c.head = append(c.head, x.month)
	}
	for age := range int64(monthsMax + 1) {
		if !ages[age] {
			continue
		}
		row := []string{fmt.Sprint(age)}
		for _, x := range shown {
			cell := ""
			if k, found := slices.BinarySearch(x.months, age); found {
				cell = percent(of(x)[k])
			}
			row = append(row, cell)
		}
		c.rows = append(c.rows, row)
	}
	c.image = ageing(list)
}

// acrossMonths draws the cohorts of one night as two curves over their months on book.
func acrossMonths(all []*cohort, currency string) []*chart {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b *cohort) int { return compare(a.months[0], b.months[0]) })
	late, loss := series{name: "90+ days"}, series{name: "lost"}
	c := &chart{id: "vintage", title: "Vintages", note: "of what was lent, by months on book tonight", file: "regulatory/vintage.csv",
		head: []string{"Months on book", "Disbursed in", "90+ days past due", "Lost"}, texts: 0}
	for _, x := range all {
		late.points = append(late.points, point{x.months[0], x.late[0]})
		loss.points = append(loss.points, point{x.months[0], x.loss[0]})
		c.rows = append(c.rows, []string{fmt.Sprint(x.months[0]), x.month, percent(x.late[0]), percent(x.loss[0])})
	}
	c.desc = fmt.Sprintf("Two curves over the loans of %d months of disbursement in %s: the share 90 days past due and more, and the share lost.", len(all), currency)
	c.more = fmt.Sprintf("Loans of up to %d months; each point is another month of disbursement.", monthsMax)
	c.image = ageing([]series{late, loss})
	return []*chart{c}
}

// round shows millionths as per cent without zeros at the end.
func round(ppm int64) string {
	s, _ := strings.CutSuffix(percent(ppm), " %")
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " %"
}

// ageing draws series of shares over months on book.
func ageing(list []series) (m image) {
	m.height = 1900
	p := plot{left: 560, right: 2680, top: 120, bottom: 1560, xMost: 1}
	for _, s := range list {
		for _, v := range s.points {
			p.xMost, p.yMost, p.yLeast = max(p.xMost, v.x), max(p.yMost, v.y), min(p.yLeast, v.y)
		}
	}
	p.yMost = nice(max(p.yMost, 1_000))
	if p.yLeast < 0 { // more was recovered than lost
		p.yLeast = -nice(-p.yLeast)
	}
	middle := p.yMost / 2
	if p.yLeast < 0 {
		middle = 0
	}
	for _, v := range []int64{p.yLeast, middle, p.yMost} {
		m.line(p.left, p.y(v), p.right, p.y(v), "grid")
		m.text(p.left-50, p.y(v)+38, "end soft", round(v))
	}
	step := max(1, nice((p.xMost+5)/6))
	for v := int64(0); v <= p.xMost; v += step {
		m.line(p.x(v), p.bottom, p.x(v), p.bottom+40, "axis")
		m.text(p.x(v), p.bottom+160, "mid soft", fmt.Sprint(v))
	}
	m.line(p.left, p.bottom, p.right, p.bottom, "axis")
	m.text(p.right, p.bottom+300, "end soft", "months on book")
	for i := range list {
		m.series(&p, &list[i], i+1)
	}
	m.ends(&p, list)
	return m
}
