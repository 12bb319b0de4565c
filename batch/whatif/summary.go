package whatif

import (
	"slices"
	"strconv"

	"daybook/ledger"
	"daybook/reports"
)

// A measured is one figure of the summary: as it is written, and as what it is compared.
type measured struct {
	there  bool
	value  int64
	digits int
	kind   reports.Kind
}

// summarize makes the table of what the two nights come to, by currency: the ratios and
// the allowance of the table classification, the night's impairment expense, the tasks of
// the queue.
func (c *comparer) summarize() {
	pages := [2]*reports.Page{c.old.Page, c.new.Page}
	var currencies []string
	for _, p := range pages {
		for _, name := range currenciesOf(p) {
			if !slices.Contains(currencies, name) {
				currencies = append(currencies, name)
			}
		}
	}
	slices.SortFunc(currencies, func(a, b string) int { return after(c.o.Currencies, a, b) })
	for _, currency := range currencies {
		for _, m := range measures {
			var v [2]measured
			for i, p := range pages {
				v[i] = m.of(p, currency)
			}
			c.result.Summary.Rows = append(c.result.Summary.Rows, summaryRow(currency, m.name, v))
		}
	}
}

// measures are the summary's, in their order.
var measures = []struct {
	name string
	of   func(p *reports.Page, currency string) measured
}{
	{"npl_ratio", totalOf("npl_ratio")},
	{"coverage", totalOf("coverage")},
	{"allowance", totalOf("allowance")},
	{"expense", expense},
	{"tasks", tasks},
}

// totalOf is a column of the row total of the table classification.
func totalOf(name string) func(p *reports.Page, currency string) measured {
	return func(p *reports.Page, currency string) measured {
		t := p.Classification
		if t == nil || columnOf(t, name) < 0 {
			return measured{}
		}
		for row := range t.Rows() {
			if cellOf(t, "currency", row) == currency && cellOf(t, "tier", row) == "total" {
				c := &t.Columns[columnOf(t, name)]
				if c.Null(row) {
					return measured{}
				}
				return measured{true, c.Ints[row], c.Digits, c.Kind}
			}
		}
		return measured{}
	}
}

func columnOf(t *reports.Table, name string) int {
	return slices.IndexFunc(t.Columns, func(c reports.Column) bool { return c.Name == name })
}

func cellOf(t *reports.Table, column string, row int) string {
	at := columnOf(t, column)
	if at < 0 {
		return ""
	}
	return string(t.Columns[at].AppendValue(nil, row))
}

// expense is what the night posts to impairment expense, debits less credits.
func expense(p *reports.Page, currency string) measured {
	v := measured{there: true, digits: p.Scale, kind: reports.Amount}
	for _, b := range p.Balances {
		if b.Currency == currency && b.Account.Role == ledger.ImpairmentExpense {
			v.value += b.Debits - b.Credits
		}
	}
	return v
}

// tasks is how many tasks the queue has.
func tasks(p *reports.Page, currency string) measured {
	v := measured{there: true, kind: reports.Number}
	for _, c := range p.Queue.Channels {
		if c.Currency == currency {
			v.value += c.Tasks
		}
	}
	return v
}

// currenciesOf are those that something of a night is in.
func currenciesOf(p *reports.Page) (list []string) {
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if t := p.Classification; t != nil {
		for row := range t.Rows() {
			add(cellOf(t, "currency", row))
		}
	}
	for _, b := range p.Balances {
		add(b.Currency)
	}
	for _, c := range p.Queue.Channels {
		add(c.Currency)
	}
	return list
}

func summaryRow(currency, measure string, v [2]measured) []Value {
	row := []Value{wordOf(currency), wordOf(measure), v[0].text(currency), v[1].text(currency), {}}
	if !v[0].there || !v[1].there {
		return row
	}
	digits := max(v[0].digits, v[1].digits)
	x, okX := rescale(v[0].value, v[0].digits, digits)
	y, okY := rescale(v[1].value, v[1].digits, digits)
	if okX && okY {
		row[4] = measured{true, y - x, digits, v[1].kind}.text(currency)
	}
	return row
}

// text is a figure as it is written.
func (m measured) text(currency string) Value {
	switch {
	case !m.there:
		return Value{}
	case m.kind == reports.Amount:
		return decimalOf(reports.Money(m.value, m.digits, currency))
	case m.kind == reports.Rate:
		return decimalOf(reports.Decimal(m.value, m.digits, m.digits))
	}
	return Value{strconv.FormatInt(m.value, 10), Whole}
}
