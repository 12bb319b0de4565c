package charts

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Point is a currency on one night of the trend. Amounts are at the night's scale.
type Point struct {
	Date          civil.Date
	Currency      string
	Loans         int64
	Outstanding   int64
	PastDue       int64
	NonPerforming int64 // [reports.Null] where no table says it
}

// trendCharts draws the last nights: what is outstanding, the share past due, and the share that
// is non-performing. One night is no trend.
func trendCharts(n *Night, currency string) []*chart {
	var list []Point
	for _, p := range n.Trend {
		if p.Currency == currency {
			list = append(list, p)
		}
	}
	if p, ok := n.tonight(currency); ok {
		list = append(list, p)
	}
	if len(list) < 2 {
		return nil
	}
	list = list[max(0, len(list)-NightsMax):]
	first, last := list[0].Date, list[len(list)-1].Date
	c := &chart{id: "trend", title: "The last nights", note: fmt.Sprintf("%d nights, %s to %s", len(list), first, last),
		head: []string{"Night", "Loans", "Outstanding", "Past due", "Past due, share", "Non-performing"}, texts: 1}
	var out, late, bad []point
	for _, p := range list {
		day := int64(p.Date)
		out, late = append(out, point{day, p.Outstanding}), append(late, point{day, part(p.PastDue, p.Outstanding)})
		npl := ""
		if p.NonPerforming != reports.Null {
			bad = append(bad, point{day, part(p.NonPerforming, p.Outstanding)})
			npl = percent(bad[len(bad)-1].y)
		}
		c.rows = append(c.rows, []string{p.Date.String(), counted(p.Loans), n.money(currency, p.Outstanding), n.money(currency, p.PastDue),
			percent(part(p.PastDue, p.Outstanding)), npl})
	}
	m := &c.image
	m.panel("Outstanding", out, first, last, 1, func(v int64) string { return n.money(currency, v) })
	m.panel("Past due, share", late, first, last, 2, percent)
	if len(bad) > 0 {
		m.panel("Non-performing, share", bad, first, last, 3, percent)
	}
	m.text(0, m.height+100, "soft", first.String())
	m.text(imageWidth, m.height+100, "end soft", last.String())
	m.height += 150
	c.desc = fmt.Sprintf("Lines over %d nights in %s: outstanding from %s to %s; past due from %s to %s.", len(list), currency,
		n.money(currency, list[0].Outstanding), n.money(currency, list[len(list)-1].Outstanding), percent(late[0].y), percent(late[len(late)-1].y))
	c.key = "Each line has a scale of its own, from its least to its greatest."
	return []*chart{c}
}

// tonight is tonight's point of a currency.
func (n *Night) tonight(currency string) (p Point, ok bool) {
	s := n.sheet("aging", "currency", "loans", "total", "past_due_amount")
	p = Point{Date: n.Date, Currency: currency, NonPerforming: reports.Null}
	for _, i := range s.of(currency) {
		p.Loans += s.amount(i, "loans")
		p.Outstanding += s.amount(i, "total")
		p.PastDue += s.amount(i, "past_due_amount")
		ok = true
	}
	tiers := n.sheet("classification", "currency", "tier", "non_performing")
	for _, i := range tiers.of(currency) {
		if tiers.text(i, "tier") == "total" {
			p.NonPerforming = tiers.amount(i, "non_performing")
		}
	}
	packs := n.sheet("classification_by_pack", "currency", "class", "non_performing", "pack")
	for _, i := range packs.of(currency) {
		if packs.text(i, "class") == "total" && packs.text(i, "pack") == n.Packs.Classifies {
			p.NonPerforming = packs.amount(i, "non_performing")
		}
	}
	return p, ok
}

// panel draws one line below what is there: its name, its last value, its least and greatest.
func (m *image) panel(name string, points []point, first, last civil.Date, number int, show func(v int64) string) {
	top := m.height
	p := plot{left: 30, right: imageWidth - 30, top: top + 210, bottom: top + 580, xLeast: int64(first), xMost: int64(last), yLeast: points[0].y, yMost: points[0].y}
	for _, v := range points {
		p.yLeast, p.yMost = min(p.yLeast, v.y), max(p.yMost, v.y)
	}
	m.text(0, top+120, "b", name)
	m.text(imageWidth, top+120, "end", show(points[len(points)-1].y))
	s := series{points: points}
	least, most := p.yLeast, p.yMost
	if p.yLeast == p.yMost { // a line that does not move, in the middle
		p.yLeast, p.yMost = p.yLeast-2, p.yMost+2
	}
	m.line(p.left, p.bottom+30, p.right, p.bottom+30, "grid")
	m.series(&p, &s, number)
	m.text(0, top+730, "soft", "least "+show(least))
	m.text(imageWidth, top+730, "end soft", "greatest "+show(most))
	m.height = top + 850
}
