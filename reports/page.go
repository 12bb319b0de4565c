package reports

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"daybook/ledger/civil"
)

// A Page is what report.html and the summary on the terminal show: the night
// at a glance, for someone who opens it at seven in the morning and wants to
// know whether it is right, what has changed and what is to be done.
type Page struct {
	BusinessDate civil.Date
	Software     string
	Policy       string // name
	PolicyDigest string
	Folder       string // where the reports lie
	Scale        int    // of the amounts
	Digits       int    // of what adds up all currencies: the most that one of the policy's has

	Control        ControlTotals
	Aging          *Table // of [Builder.Aging]
	Classification *Table
	Charts         *Charts // nil: none are drawn
	Balances       []Balance
	Activity       []Activity
	Rejects        []RejectTotal
	Queue          QueueTotals
	Stages         []Timing
	Outputs        []Output
}

// Charts are the images of a page by currency, as the room charts draws them. All texts in them
// are escaped already.
type Charts struct {
	Style      string // CSS
	Note       string // what is not drawn; empty: nothing is left out
	Currencies []CurrencyCharts
}

// CurrencyCharts are the charts of one currency, in HTML.
type CurrencyCharts struct {
	Currency string
	HTML     string
}

// of returns the charts of a currency, and whether they stand open on the page: where some
// currencies have none, these are folded.
func (c *Charts) of(currency string) (drawn template.HTML, open bool) {
	if c == nil {
		return "", true
	}
	for _, x := range c.Currencies {
		if x.Currency == currency {
			return template.HTML(x.HTML), true
		}
	}
	return "", c.Note == ""
}

// style returns the CSS of charts.
func (c *Charts) style() template.CSS {
	if c == nil {
		return ""
	}
	return template.CSS(c.Style)
}

// A RejectTotal is the rejected rows of one reason.
type RejectTotal struct {
	Kind       string
	ReasonCode string
	Rows       int64
	Amount     int64
}

// QueueTotals is the collection queue in figures, without anybody's name: who is where stands
// in [ControlTotals].
type QueueTotals struct {
	Tasks         int64
	Loans         int64
	Suppressed    int64
	BelowCapacity int64
	NotDue        int64
	Channels      []QueueChannel
	Reasons       []QueueReason
	Promises      QueuePromises
	OffersMade    int64
	OffersTaken   int64 // borrowers of whom an offer was booked
}

// Add adds tasks of a channel in a currency.
func (q *QueueTotals) Add(channel, currency string, tasks, pastDue int64) {
	for i := range q.Channels {
		if c := &q.Channels[i]; c.Channel == channel && c.Currency == currency {
			c.Tasks, c.PastDue = c.Tasks+tasks, c.PastDue+pastDue
			return
		}
	}
	q.Channels = append(q.Channels, QueueChannel{channel, currency, tasks, pastDue})
}

// A QueueChannel is the tasks of one channel in one currency.
type QueueChannel struct {
	Channel  string
	Currency string
	Tasks    int64
	PastDue  int64
}

// AddReason adds borrowers who were spared for a reason.
func (q *QueueTotals) AddReason(code, rule, channel string, borrowers int64) {
	for i := range q.Reasons {
		if r := &q.Reasons[i]; r.Code == code && r.Rule == rule && r.Channel == channel {
			r.Borrowers += borrowers
			return
		}
	}
	q.Reasons = append(q.Reasons, QueueReason{code, rule, channel, borrowers})
}

// A QueueReason is how many were spared for a reason: of several each counts, and of a rule
// by loan each loan.
type QueueReason struct {
	Code      string
	Rule      string // of a cap or a wait its name, else the code
	Channel   string // empty: all
	Borrowers int64
}

// Name is what the reason is called on the page.
func (r *QueueReason) Name() string {
	if r.Rule == "" || r.Rule == r.Code {
		return r.Code
	}
	return r.Code + " " + r.Rule
}

// QueuePromises are promises to pay: those that money can still change, and what became of
// some of them tonight.
type QueuePromises struct {
	Watched    int64
	Kept       int64
	PartlyKept int64
	Broken     int64
}

//go:embed report.html.tmpl
var pageText string

// pageStyle is the style of all pages. On a narrow screen rows become blocks, so that nothing
// is scrolled sideways; the roles keep them a table for readers.
//
//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"grouped": Grouped,
	"percent": percent,
	"width": func(ppm int64) template.CSS {
		return template.CSS(fmt.Sprintf("width:%d.%02d%%", ppm/10_000, ppm/100%100))
	},
	"words": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"short": func(s string) string { return s[:min(len(s), 12)] },
	"sum":   func(a, b int64) int64 { return a + b },
}).Parse(pageText))

// WriteHTML writes the page: one file, nothing from outside.
func (p *Page) WriteHTML(w io.Writer) error {
	return pageTemplate.Execute(w, p.view())
}

// Grouped puts commas between the thousands of a plain decimal.
func Grouped(s string) string {
	end := strings.IndexByte(s, '.')
	if end < 0 {
		end = len(s)
	}
	start := 0
	if strings.HasPrefix(s, "-") {
		start = 1
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for i := start; i < end; i++ {
		if i > start && (end-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String() + s[end:]
}

// percent shows a share of a million as per cent with two digits.
func percent(ppm int64) string { return Grouped(Decimal((ppm+50)/100, 2, 2)) + " %" }
