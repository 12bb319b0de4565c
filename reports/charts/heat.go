package charts

import (
	"fmt"
	"slices"

	"daybook/aging"
)

// migrationCharts draws where the balance of each bucket went: since the last close, and since the
// base. Cells are rates by balance.
func migrationCharts(n *Night, currency string) (list []*chart) {
	for _, x := range []struct{ id, table string }{{"migration", "migration"}, {"migration-month", "migration_month"}} {
		s := n.sheet(x.table, "currency", "from", "to", "loans", "balance", "balance_now")
		rows := s.of(currency)
		if len(rows) == 0 {
			continue
		}
		c := &chart{id: x.id, title: "Migration since the last close", note: "per cent of each bucket's balance", file: "regulatory/" + x.table + ".csv",
			head: []string{"From", "To", "Loans", "Balance then", "Balance now", "Of balance"}, texts: 2}
		if x.table == "migration_month" && s.columns["base_date"] != nil {
			c.title = "Migration since " + s.text(rows[0], "base_date")
		}
		if n.heat(c, s, rows, currency) {
			list = append(list, c)
		}
	}
	return list
}

// A square is balances by where they were and where they are.
type square struct {
	from, to []string
	balance  map[[2]string]int64
	now      map[[2]string]int64
	loans    map[[2]string]int64
}

// others is the name of what has no place in a heat map.
const others = "others"

// squareOf adds up rows, with the buckets in the order of the table aging, and others behind the most
// that there is room for.
func (n *Night) squareOf(s *sheet, rows []int) *square {
	q := &square{balance: map[[2]string]int64{}, now: map[[2]string]int64{}, loans: map[[2]string]int64{}}
	order := n.buckets()
	place := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	names := func(column string) (list []string) {
		for _, i := range rows {
			if name := s.text(i, column); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		slices.SortStableFunc(list, func(a, b string) int { return compare(int64(place(a)), int64(place(b))) })
		return list
	}
	from, to := names("from"), names("to")
	q.from, q.to = cut(from), cut(to)
	within := func(list []string, name string) string {
		if slices.Contains(list, name) {
			return name
		}
		return others
	}
	for _, i := range rows {
		at := [2]string{within(q.from, s.text(i, "from")), within(q.to, s.text(i, "to"))}
		q.balance[at] += s.amount(i, "balance")
		q.now[at] += s.amount(i, "balance_now")
		q.loans[at] += s.amount(i, "loans")
	}
	return q
}

// cut leaves as many names as there is room for, the last of them for the others.
func cut(list []string) []string {
	if len(list) <= bucketsMax {
		return list
	}
	return append(slices.Clone(list[:bucketsMax-1]), others)
}

// buckets are the buckets in the order of the table aging.
func (n *Night) buckets() []string {
	s := n.sheet("aging", "bucket")
	if s == nil {
		return nil
	}
	return s.columns["bucket"].Names
}

// The measures of a heat map.
const (
	heatLeft   length = 560
	heatTop    length = 660
	heatHeight length = 230
	heatRight  length = 280 // for the slanting names
	heatGap    length = 15
)

// heat fills in a chart; it reports whether there was anything to draw.
func (n *Night) heat(c *chart, s *sheet, rows []int, currency string) bool {
	q := n.squareOf(s, rows)
	order := n.buckets()
	width := (imageWidth - heatLeft - heatRight) / length(len(q.to))
	m := &c.image
	for k, name := range q.to {
		x := heatLeft + length(k)*width + width/2 + 35
		fmt.Fprintf(m, `<text x="%s" y="%s" transform="rotate(-60 %s %s)">%s</text>`+"\n", x, heatTop-60, x, heatTop-60, escape(fitted(words(name), 700)))
	}
	size := "cell"
	if width < 260 {
		size = "cell small"
	}
	y := heatTop
	for _, from := range q.from {
		var all int64
		for _, to := range q.to {
			all += q.balance[[2]string{from, to}]
		}
		m.text(0, y+155, "", fitted(words(from), heatLeft-30))
		for k, to := range q.to {
			at := [2]string{from, to}
			x := heatLeft + length(k)*width
			if q.loans[at] == 0 {
				m.text(x+width/2, y+155, "mid soft", "·")
				continue
			}
			rate, text, kind := part(q.balance[at], all), "", direction(order, from, to)
			look := fmt.Sprintf("%s%d", kind, grade(rate))
			if all == 0 { // new loans had no balance
				text, look = "new", "same1"
				if from != "new" {
					text = "–"
				}
			} else {
				text = short(rate)
			}
			m.rect(x+heatGap, y+heatGap, width-2*heatGap, heatHeight-2*heatGap, look)
			m.mark(kind, x+heatGap, y+heatGap, width-2*heatGap, heatHeight-2*heatGap)
			m.text(x+width/2, y+155, size, text)
			shown := ""
			if all != 0 {
				shown = percent(rate)
			}
			c.rows = append(c.rows, []string{words(from), words(to), counted(q.loans[at]), n.money(currency, q.balance[at]), n.money(currency, q.now[at]), shown})
		}
		y += heatHeight
	}
	m.height = y + 20
	c.desc = fmt.Sprintf("A heat map of %d by %d: a row for each bucket before, a column for each bucket or status now, in %s. Each cell has the share of the row's balance in per cent.", len(q.from), len(q.to), currency)
	c.key = "Corner above: worse. Corner below: better. No corner: the same, or new. The darker, the larger the share."
	if slices.Contains(q.from, others) || slices.Contains(q.to, others) {
		c.more = fmt.Sprintf("What is behind the first %d is added up as others.", bucketsMax-1)
	}
	return len(c.rows) > 0
}

// grade is how dark a cell is, 1 to 4.
func grade(ppm int64) int {
	switch {
	case ppm < 10_000:
		return 1
	case ppm < 100_000:
		return 2
	case ppm < 400_000:
		return 3
	}
	return 4
}

// mark cuts a corner of a cell, so that its kind is not its colour alone.
func (m *image) mark(kind string, x, y, width, height length) {
	const side length = 55
	switch kind {
	case "worse":
		fmt.Fprintf(m, `<path d="M%s %sh-%sl%s %sz" class="corner"/>`+"\n", x+width, y, side, side, side)
	case "better":
		fmt.Fprintf(m, `<path d="M%s %sh%sl-%s -%sz" class="corner"/>`+"\n", x, y+height, side, side, side)
	}
}

// direction says whether a move is worse, better or the same.
func direction(order []string, from, to string) string {
	f, t := slices.Index(order, from), slices.Index(order, to)
	status, _ := aging.ParseLoanStatus(to)
	switch {
	case f < 0 || f == t || to == others:
		return "same"
	case status.Lost() || t > f:
		return "worse"
	}
	return "better"
}
