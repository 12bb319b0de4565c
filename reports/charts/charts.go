// Package charts draws what report.html shows of a night's tables: each chart is inline SVG
// with a title and a description, and behind it, folded, the table of the figures that it
// shows. It makes text from tables, and nothing else: no file, no clock, no script, nothing
// from outside. The same tables give the same bytes: coordinates are integers, orders those of
// the tables.
//
// A chart appears when its table is there and has rows of the currency. What has no end (currencies,
// classes, buckets, cohorts) is bounded, and a chart that leaves something out says so.
package charts

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// The most that is drawn. More would be slow to open, and nobody would read it; all of it is in
// the tables of the folder regulatory.
const (
	currenciesMax = 6  // those with most loans
	packsMax      = 8  // of the policy's order
	classesMax    = 12 // of a pack
	bucketsMax    = 13 // of a heat map, each way; the others are added up
	cohortsMax    = 5  // of the curves, evenly spaced
	monthsMax     = 36 // on book
	largestMax    = 10 // moves, rules
	lightsMax     = 24 // the gravest
	NightsMax     = 30 // of the trend, tonight included
)

// A Night is what its charts are drawn from.
type Night struct {
	Scale  int              // of the amounts
	Tables []*reports.Table // of the folder regulatory; charts whose table is not there are not drawn
	Date   civil.Date
	Packs  Packs
	Trend  []Point // of earlier nights, oldest first
}

// Packs are the names of the packs that charts ask for; empty where the policy has none such.
type Packs struct {
	Classifies string // says what is non-performing in the trend
	Stages     string // its classes are stages
	Posts      string // its provisions are posted
}

// Draw returns the charts of a night by currency, in the order of the table aging.
func Draw(n *Night) *reports.Charts {
	out := &reports.Charts{Style: style}
	currencies, all := n.currencies()
	for i, currency := range currencies {
		c := reports.CurrencyCharts{Currency: currency}
		var b strings.Builder
		for _, draw := range []func(n *Night, currency string) []*chart{
			classCharts, provisionCharts, migrationCharts, changeCharts, stageCharts, vintageCharts, trendCharts, lightCharts,
		} {
			for _, x := range draw(n, currency) {
				x.id = fmt.Sprintf("%s-%d", x.id, i+1)
				x.write(&b)
			}
		}
		if c.HTML = b.String(); c.HTML != "" {
			out.Currencies = append(out.Currencies, c)
		}
	}
	if len(currencies) < all {
		out.Note = fmt.Sprintf("Charts are drawn for the %d currencies with most loans; those of the other %d are folded, and have their figures in regulatory.", len(currencies), all-len(currencies))
	}
	return out
}

// currencies returns those that are drawn, in the order of the table aging, and how many there are.
func (n *Night) currencies() (drawn []string, all int) {
	s := n.sheet("aging", "currency", "loans")
	if s == nil {
		return nil, 0
	}
	var names []string
	loans := map[string]int64{}
	for i := range s.rows {
		c := s.text(i, "currency")
		if !slices.Contains(names, c) {
			names = append(names, c)
		}
		loans[c] += s.amount(i, "loans")
	}
	most := slices.Clone(names)
	slices.SortStableFunc(most, func(a, b string) int { return compare(loans[b], loans[a]) })
	most = most[:min(len(most), currenciesMax)]
	for _, c := range names {
		if slices.Contains(most, c) {
			drawn = append(drawn, c)
		}
	}
	return drawn, len(names)
}

// A chart is an image and the table behind it.
type chart struct {
	id    string // unique on the page
	title string
	note  string // after the title, in small
	desc  string // what the image shows, for those who do not see it
	image image
	key   string // what marks mean; may be empty
	more  string // what is left out; may be empty
	file  string // in the folder regulatory, that has all of it; empty: none
	head  []string
	rows  [][]string // as many cells as head
	texts int        // how many columns at the left are texts
}

// write appends the chart as HTML. Every text is escaped here or by image.
func (c *chart) write(b *strings.Builder) {
	fmt.Fprintf(b, "<section class=\"chart\">\n  <h3>%s", escape(c.title))
	if c.note != "" {
		fmt.Fprintf(b, " <small>%s</small>", escape(c.note))
	}
	fmt.Fprintf(b, "</h3>\n  <svg role=\"img\" aria-labelledby=\"%s-t %s-d\" viewBox=\"0 0 %s %s\">\n", c.id, c.id, imageWidth, c.image.height)
	fmt.Fprintf(b, "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>\n", c.id, escape(c.title), c.id, escape(c.desc))
	b.WriteString(strings.NewReplacer(hatchMark, "url(#"+c.id+"-h)", hatchName, c.id+"-h").Replace(c.image.String()))
	b.WriteString("</svg>\n")
	for _, text := range []string{c.key, c.more} {
		if text != "" {
			fmt.Fprintf(b, "  <p class=\"key\">%s</p>\n", escape(text))
		}
	}
	b.WriteString("  <details><summary>The figures")
	if c.file != "" {
		fmt.Fprintf(b, " <small>%s</small>", escape(c.file))
	}
	b.WriteString("</summary>\n")
	c.writeTable(b)
	b.WriteString("  </details>\n</section>\n")
}

// writeTable appends the table. On a narrow screen its rows become blocks, so that nothing is
// scrolled sideways; the roles keep it a table for readers then, and each cell has its head.
func (c *chart) writeTable(b *strings.Builder) {
	fmt.Fprintf(b, "  <table class=\"stack\" role=\"table\" aria-label=\"%s\"><thead role=\"rowgroup\"><tr role=\"row\">", escape(c.title))
	number := func(k int) string {
		if k < c.texts {
			return ""
		}
		return ` class="n"`
	}
	for k, h := range c.head {
		fmt.Fprintf(b, "<th role=\"columnheader\"%s>%s</th>", number(k), escape(h))
	}
	b.WriteString("</tr></thead><tbody role=\"rowgroup\">\n")
	for _, row := range c.rows {
		b.WriteString(`<tr role="row">`)
		for k, cell := range row {
			fmt.Fprintf(b, "<td role=\"cell\" data-head=\"%s\"%s>%s</td>", escape(c.head[k]), number(k), escape(cell))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table>\n")
}
