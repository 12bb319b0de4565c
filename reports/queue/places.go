package queue

import (
	"cmp"
	"slices"

	"daybook/ledger/borrower"
	"daybook/reports"
)

// A Place is where borrowers, or loans of theirs, are tonight.
type Place uint8

// The places. A withheld loan is one of a borrower who is asked for others.
const (
	PlaceTask Place = iota
	PlaceSuppressed
	PlaceWithheld
	PlaceBelow
	PlaceNotDue
	PlaceReported // not of tonight's decisions: what was reported of earlier ones
	places
)

var placeNames = [places]string{"task", "suppressed", "withheld", "below_capacity", "not_due", "reported"}

func (p Place) String() string { return placeNames[p] }

// A PlaceSum is how many are in a place, for a reason and by a channel where there is one.
// Borrowers are of the currency of their worst loan; of several reasons each counts.
type PlaceSum struct {
	Jurisdiction, Currency string
	Place                  Place
	Channel                string
	Code, Rule, Citation   string
	Reminder               bool // nothing is past due
	Borrowers, Loans       int64
	PastDue                int64
}

func (s *PlaceSum) same(o *PlaceSum) bool {
	return s.Place == o.Place && s.Channel == o.Channel && s.Currency == o.Currency && s.Jurisdiction == o.Jurisdiction && s.Code == o.Code &&
		s.Rule == o.Rule && s.Citation == o.Citation && s.Reminder == o.Reminder
}

func (s *PlaceSum) compare(o *PlaceSum) int {
	return cmp.Or(cmp.Compare(s.Jurisdiction, o.Jurisdiction), cmp.Compare(s.Place, o.Place), cmp.Compare(s.Channel, o.Channel),
		cmp.Compare(s.Code, o.Code), cmp.Compare(s.Rule, o.Rule), cmp.Compare(s.Citation, o.Citation), cmp.Compare(s.Currency, o.Currency),
		cmp.Compare(bit(s.Reminder), bit(o.Reminder)))
}

// Places are sums, each of its own kind. They are few.
type Places []PlaceSum

// Add adds a sum.
func (p *Places) Add(s PlaceSum) {
	for i := range *p {
		if o := &(*p)[i]; o.same(&s) {
			o.Borrowers, o.Loans, o.PastDue = o.Borrowers+s.Borrowers, o.Loans+s.Loans, o.PastDue+s.PastDue
			return
		}
	}
	*p = append(*p, s)
}

// Merge adds those of another.
func (p *Places) Merge(o Places) {
	for i := range o {
		p.Add(o[i])
	}
}

// Sort orders them as tables have them.
func (p Places) Sort() { slices.SortFunc(p, func(a, b PlaceSum) int { return a.compare(&b) }) }

func (p *Places) addTask(c *candidate, channel borrower.Channel) {
	p.addAll(c, PlaceTask, channel)
}

// addAll adds the candidate and his loans, those that are withheld to their own place.
func (p *Places) addAll(c *candidate, place Place, channel borrower.Channel) {
	at := p.of(c, place, channel.String())
	(*p)[at].Borrowers++
	for i := range c.loans {
		l := &c.loans[i]
		if len(l.reason) > 0 {
			p.Add(PlaceSum{
				Jurisdiction: string(c.words[wordJurisdiction]), Currency: string(l.currency), Place: PlaceWithheld, Code: string(l.reason), Reminder: c.class == classReminder,
				Loans: 1, PastDue: l.pastDue,
			})
			continue
		}
		p.addLoan(at, l)
	}
}

func (p *Places) addBelow(c *candidate, channel borrower.Channel) { p.addAll(c, PlaceBelow, channel) }

// addLoan adds a loan to the borrower's sum, or to that of its own currency.
func (p *Places) addLoan(at int, l *loanRow) {
	s := &(*p)[at]
	if s.Currency != string(l.currency) {
		p.Add(PlaceSum{Jurisdiction: s.Jurisdiction, Currency: string(l.currency), Place: s.Place, Channel: s.Channel, Reminder: s.Reminder, Loans: 1, PastDue: l.pastDue})
		return
	}
	s.Loans++
	s.PastDue += l.pastDue
}

// of returns where the candidate's own sum is.
func (p *Places) of(c *candidate, place Place, channel string) int {
	for i := range *p {
		s := &(*p)[i]
		if s.Place == place && s.Channel == channel && s.Currency == string(c.words[wordCurrency]) && s.Jurisdiction == string(c.words[wordJurisdiction]) &&
			s.Reminder == (c.class == classReminder) {
			return i
		}
	}
	*p = append(*p, PlaceSum{
		Jurisdiction: string(c.words[wordJurisdiction]), Currency: string(c.words[wordCurrency]), Place: place, Channel: channel, Reminder: c.class == classReminder,
	})
	return len(*p) - 1
}

// classReminder is the class of those with nothing past due.
const classReminder = 2

// ComplianceTable is what a supervisor asks of a night's queue: by rule, how many were
// spared and how many were reached.
func ComplianceTable(p Places, scale int) *reports.Table {
	t := &reports.Table{Name: "collections_compliance", Columns: []reports.Column{
		code("jurisdiction"), code("place"), optional(code("channel")), optional(code("reason_code")), optional(code("rule")), optional(text("citation")),
		number("borrowers"), number("loans"), optional(code("currency")), amount("past_due_amount", scale),
	}}
	merged := Places{}
	for _, s := range p {
		s.Reminder = false
		merged.Add(s)
	}
	merged.Sort()
	for i := range merged {
		s := &merged[i]
		t.Append(orNull(s.Jurisdiction), s.Place.String(), orNull(s.Channel), orNull(s.Code), orNull(s.Rule), s.Citation, s.Borrowers, s.Loans, orNull(s.Currency), s.PastDue)
	}
	return t
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
