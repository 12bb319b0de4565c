package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// pageView is a page with its figures as text, by currency.
type pageView struct {
	*Page
	Weekday    string
	Headlines  []headline
	Untied     []string
	Currencies []currencyView
	Movements  []movement
	Rejected   int64 // rows
	Refused    int64 // rows of the table of rejects: rejected or held
	Channels   []channelView
	Reasons    []reasonView
	Times      []stageView
	Sheet      template.CSS
	Style      template.CSS // of charts
}

// Money shows an amount of all currencies with commas.
func (v *pageView) Money(amount int64) string { return Grouped(Decimal(amount, v.Scale, v.Digits)) }

type currencyView struct {
	Totals     CurrencyTotals
	Headlines  []headline
	Aging      []agingLine
	Charts     template.HTML
	Folded     bool
	Balances   []balanceLine
	Debits     string
	Credits    string
	OutOfOrder bool // debits and credits differ
}

type headline struct{ Label, Value, Note string }

type agingLine struct {
	Bucket, Borrowers, Total, PastDue string
	Loans                             int64
	Share, Bar                        int64
}

type balanceLine struct {
	Code, Name, Type, Opening, Debits, Credits, Closing string
}

type movement struct {
	Account, Currency, Kind, Debits, Credits string
	Entries                                  int64
}

type channelView struct {
	Channel, Currency, PastDue string
	Tasks                      int64
}

// A reasonView is a reason that spared borrowers; its bar is relative to the most frequent.
type reasonView struct {
	*QueueReason
	Bar int64
}

type stageView struct {
	Stage, Seconds, Rate string
	Bar                  int64
}

var weekdays = [...]string{"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"}

func (p *Page) view() *pageView {
	v := &pageView{Page: p, Weekday: weekdays[((int(p.BusinessDate)%7)+7)%7], Sheet: template.CSS(pageStyle), Style: p.Charts.style()}
	for i := range p.Control.Files {
		if f := &p.Control.Files[i]; !f.Tied {
			v.Untied = append(v.Untied, f.Path)
		}
	}
	for i := range p.Control.Files {
		v.Rejected += p.Control.Files[i].Rejected
	}
	for _, r := range p.Rejects {
		v.Refused += r.Rows
	}
	for _, c := range p.Control.Currencies {
		for _, t := range c.Ties() {
			if !t.Tied {
				v.Untied = append(v.Untied, c.Currency+" "+t.Name)
			}
		}
		v.Currencies = append(v.Currencies, p.currency(c))
	}
	for i := range p.Control.Queue {
		if c := &p.Control.Queue[i]; !c.Tied {
			v.Untied = append(v.Untied, c.Currency+" queue")
		}
	}
	v.Headlines = p.headlines(v.Rejected)
	v.Movements = p.movements()
	for _, c := range p.Queue.Channels {
		v.Channels = append(v.Channels, channelView{c.Channel, c.Currency, p.money(c.Currency, c.PastDue), c.Tasks})
	}
	v.Reasons = p.reasons()
	v.Times = p.stages()
	return v
}

// reasonsShown is how many reasons the page has room for.
const reasonsShown = 10

// reasons returns the reasons that spared most.
func (p *Page) reasons() []reasonView {
	list := slices.Clone(p.Queue.Reasons)
	slices.SortStableFunc(list, func(a, b QueueReason) int {
		return cmp.Or(cmp.Compare(b.Borrowers, a.Borrowers), strings.Compare(a.Code, b.Code), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Channel, b.Channel))
	})
	var all []reasonView
	for i := range list[:min(len(list), reasonsShown)] {
		all = append(all, reasonView{&list[i], list[i].Borrowers * 1_000_000 / max(list[0].Borrowers, 1)})
	}
	return all
}

// headlines is the night in all currencies.
func (p *Page) headlines(rejected int64) []headline {
	var in, applied, duplicates, held int64
	for i := range p.Control.Files {
		f := &p.Control.Files[i]
		in, applied, duplicates, held = in+f.RowsIn, applied+f.Applied, duplicates+f.Duplicates, held+f.Held
	}
	var took time.Duration
	for _, s := range p.Stages {
		took += s.Took
	}
	return []headline{
		{"Rows applied", counted(applied), "of " + plural(in, "row") + " in, " + plural(duplicates, "duplicate")},
		{"Rejected", counted(rejected), counted(held) + " held in suspense"},
		{"To be contacted", counted(p.Queue.Tasks), counted(p.Queue.Suppressed) + " suppressed, " + counted(p.Queue.BelowCapacity) + " below capacity"},
		{"Took", fmt.Sprintf("%.2f s", took.Seconds()), "in " + plural(int64(len(p.Stages)), "stage")},
	}
}

func counted(n int64) string { return Grouped(fmt.Sprint(n)) }

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return counted(n) + " " + noun + "s"
}

func (p *Page) money(currency string, amount int64) string {
	return Grouped(Money(amount, p.Scale, currency))
}

func (p *Page) currency(totals CurrencyTotals) currencyView {
	v, money := currencyView{Totals: totals}, func(amount int64) string { return p.money(totals.Currency, amount) }
	p.addAging(&v)
	p.addRatios(&v)
	drawn, open := p.Charts.of(totals.Currency)
	v.Charts, v.Folded = drawn, !open
	var debits, credits int64
	for _, b := range sortedBalances(p.Balances) {
		if b.Currency != totals.Currency {
			continue
		}
		debits, credits = debits+b.Debits, credits+b.Credits
		v.Balances = append(v.Balances, balanceLine{b.Account.Code, b.Account.Name, b.Account.Type.String(),
			money(b.Opening), money(b.Debits), money(b.Credits), money(b.Closing())})
	}
	v.Debits, v.Credits, v.OutOfOrder = money(debits), money(credits), debits != credits
	return v
}

// rows calls f with the rows of a currency.
func (p *Page) rows(t *Table, currency string, f func(i int)) {
	if t == nil {
		return
	}
	c := t.column("currency")
	for i := range t.Rows() {
		if c.Names[c.Codes[i]] == currency {
			f(i)
		}
	}
}

// column returns the column of a name, which the program knows to be there.
func (t *Table) column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	panic("reports: internal error: table " + t.Name + " has no column " + name)
}

func (t *Table) text(name string, row int) string {
	return string(t.column(name).AppendValue(nil, row))
}

func (p *Page) addAging(v *currencyView) {
	t := p.Aging
	var loans, total, late int64
	widest := int64(1)
	p.rows(t, v.Totals.Currency, func(i int) {
		loans += t.column("loans").Ints[i]
		total += t.column("total").Ints[i]
		late += t.column("past_due_amount").Ints[i]
		widest = max(widest, t.column("share").Ints[i])
	})
	p.rows(t, v.Totals.Currency, func(i int) {
		share := max(t.column("share").Ints[i], 0)
		v.Aging = append(v.Aging, agingLine{
			Bucket: t.text("bucket", i), Loans: t.column("loans").Ints[i], Borrowers: Grouped(t.text("borrowers", i)),
			Total: p.money(v.Totals.Currency, t.column("total").Ints[i]), PastDue: p.money(v.Totals.Currency, t.column("past_due_amount").Ints[i]),
			Share: share, Bar: share * 1_000_000 / widest,
		})
	})
	v.Headlines = append(v.Headlines,
		headline{"Outstanding", p.money(v.Totals.Currency, total), plural(loans, "loan") + " on the book"},
		headline{"Past due", p.money(v.Totals.Currency, late), percent(max(ratio(late, total), 0)) + " of outstanding"})
}

// addRatios adds what is non-performing, and how far it is covered.
func (p *Page) addRatios(v *currencyView) {
	t := p.Classification
	p.rows(t, v.Totals.Currency, func(i int) {
		if t.text("tier", i) != "total" {
			return
		}
		npl := headline{"Non-performing", percent(max(t.column("npl_ratio").Ints[i], 0)), p.money(v.Totals.Currency, t.column("non_performing").Ints[i])}
		v.Headlines = append(v.Headlines, npl)
		if c := t.column("coverage").Ints[i]; c != Null {
			v.Headlines = append(v.Headlines, headline{"Coverage", percent(c), "allowance " + p.money(v.Totals.Currency, t.column("allowance").Ints[i])})
		}
	})
}

// movements returns the ten largest movements of the night.
func (p *Page) movements() []movement {
	lines := slices.Clone(p.Activity)
	slices.SortStableFunc(lines, func(a, b Activity) int {
		return cmp.Or(cmp.Compare(max(b.Debits, b.Credits), max(a.Debits, a.Credits)), strings.Compare(a.Account.Code, b.Account.Code),
			strings.Compare(a.Currency, b.Currency), cmp.Compare(a.Kind, b.Kind))
	})
	var all []movement
	for _, a := range lines[:min(len(lines), 10)] {
		all = append(all, movement{a.Account.Name, a.Currency, a.Kind.String(), p.money(a.Currency, a.Debits), p.money(a.Currency, a.Credits), a.Entries})
	}
	return all
}

func (p *Page) stages() []stageView {
	longest := int64(1)
	for _, s := range p.Stages {
		longest = max(longest, int64(s.Took))
	}
	var all []stageView
	for _, s := range p.Stages {
		v := stageView{Stage: s.Stage, Seconds: fmt.Sprintf("%.2f s", s.Took.Seconds()), Bar: int64(float64(s.Took) / float64(longest) * 1e6)}
		if s.Rows > 0 && s.Took > 0 {
			v.Rate = Grouped(fmt.Sprintf("%.0f", float64(s.Rows)/s.Took.Seconds())) + " rows/s"
		}
		all = append(all, v)
	}
	return all
}
