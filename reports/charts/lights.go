package charts

import (
	"fmt"
	"slices"
)

// lightCharts draws the monitoring of scores: a row for each segment and measure, the gravest
// first, its state as a shape and a word.
func lightCharts(n *Night, currency string) []*chart {
	s := n.sheet("score_monitoring", "currency", "segment", "measure", "value", "n", "reference_n", "state")
	rows := s.of(currency)
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		return compare(gravity(s.text(b, "state")), gravity(s.text(a, "state")))
	})
	c := &chart{id: "monitoring", title: "Monitoring of scores", file: "regulatory/score_monitoring.csv",
		head: []string{"Segment", "Measure", "State", "Value", "Loans", "Loans of the reference"}, texts: 3}
	if len(rows) > lightsMax {
		c.more = fmt.Sprintf("The %d gravest of %d.", lightsMax, len(rows))
		rows = rows[:lightsMax]
	}
	counts := map[int64]int{}
	m := &c.image
	for k, i := range rows {
		y, state := length(k)*200, s.text(i, "state")
		if state == "" {
			state = "–"
		}
		counts[gravity(state)]++
		m.light(state, 60, y+95)
		m.text(160, y+135, "b", fitted(words(state), 460))
		m.text(640, y+135, "", fitted(words(s.text(i, "measure"))+" · "+words(s.text(i, "segment")), 2000))
		m.text(imageWidth, y+135, "end", s.text(i, "value"))
		c.rows = append(c.rows, []string{words(s.text(i, "segment")), words(s.text(i, "measure")), words(state), s.text(i, "value"),
			counted(s.amount(i, "n")), counted(s.amount(i, "reference_n"))})
	}
	m.height = length(len(rows)) * 200
	c.desc = fmt.Sprintf("Lights of the monitoring of scores in %s: %d to act on, %d to watch, %d others.", currency, counts[2], counts[1], counts[0])
	c.key = "Square: act. Triangle: watch. Disc: stable, or not measured."
	return []*chart{c}
}

// gravity is the place of a state, the gravest last.
func gravity(state string) int64 { return int64(slices.Index([]string{"watch", "act"}, state) + 1) }

// light draws the shape of a state.
func (m *image) light(state string, x, y length) {
	const r length = 45
	switch gravity(state) {
	case 2:
		m.rect(x-r, y-r, 2*r, 2*r, "act")
	case 1:
		fmt.Fprintf(m, `<path d="M%s %sl%s %sh-%sz" class="watch"/>`+"\n", x, y-r, r, 2*r, 2*r)
	default:
		fmt.Fprintf(m, `<circle cx="%s" cy="%s" r="%s" class="calm"/>`+"\n", x, y, r)
	}
}
