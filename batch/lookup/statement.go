package lookup

import (
	"slices"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports/statement"
)

// A StatementOf says of what days a statement is, and what is known for it.
type StatementOf struct {
	From, To civil.Date
	AsOf     civil.Date // not before To; civil.None is To
	// Then tells the account as the nights told it: each line is what a night of the
	// period posted, and the balances are those that were published, so that one statement
	// begins where the one before it ended. Otherwise all that is known now counts, on its
	// value date.
	Then bool
}

// nextDues is how many instalments due on its day or to come a statement names.
const nextDues = 3

// checkStatement refuses a statement of days that the book can't tell of.
func (r *Reader) checkStatement(id string, l *loan.Loan, of *StatementOf) error {
	switch {
	case of.AsOf > r.Last():
		return book.NotFound("%s is after the last closed night, %s", of.AsOf, r.Last())
	case of.To < l.Terms.DisbursedOn, of.Then && of.To < l.BookedOn:
		return book.NotFound("loan %q was disbursed on %s and came into the book on %s: there is nothing to state up to %s",
			id, l.Terms.DisbursedOn, l.BookedOn, of.To)
	}
	return nil
}

// CheckStatement says why a statement of a loan can't be had; nil where it can.
func (r *Reader) CheckStatement(id string, of StatementOf) error {
	of.fill()
	l, _, err := r.loanAt(id)
	if err != nil {
		return err
	}
	return r.checkStatement(id, l, &of)
}

func (of *StatementOf) fill() {
	if of.AsOf == civil.None {
		of.AsOf = of.To
	}
}

// Statement returns a loan's statement. What does not tie is a panic.
func (r *Reader) Statement(id string, of StatementOf) (*statement.Statement, error) {
	of.fill()
	l, _, err := r.loanAt(id)
	if err != nil {
		return nil, err
	}
	if err := r.checkStatement(id, l, &of); err != nil {
		return nil, err
	}
	pages, err := r.View.History(l)
	if err != nil {
		return nil, err
	}
	state, _, _, err := r.known(l.Debtor())
	if err != nil {
		return nil, err
	}
	language := ""
	if state.Record != nil {
		language = state.Record.Language
	}
	digits, _ := money.Digits(r.Names.Currencies[l.Currency])
	nights, err := r.nights()
	if err != nil {
		return nil, err
	}
	t := &stater{Reader: r, loan: l, of: of, pages: pages, nights: nights, digits: digits, known: r.Last()}
	if of.Then {
		t.known = of.AsOf
	}
	t.reversals()
	locale := statement.LocaleOf(language)
	s := &statement.Statement{
		Kind: "statement", FormatVersion: statement.FormatVersion, LoanID: id, Currency: r.Names.Currencies[l.Currency],
		Period: statement.Period{From: of.From, To: of.To, AsOf: of.AsOf, Known: "now", LastNight: t.lastKnown()},
		Locale: locale, Language: locale.Language, Events: []statement.Event{}, NextDues: []statement.Due{},
	}
	if of.Then {
		s.Known = "then"
	}
	t.tell(s)
	t.stand(s)
	s.Check()
	return s, nil
}

// A stater works out one statement. It runs the loan's life again for each figure: a
// movement is what a loan is worth with an event less what it is without it, so that the
// lines add up whatever an event changes beside itself.
type stater struct {
	*Reader
	loan     *loan.Loan
	of       StatementOf
	pages    []book.Page
	nights   []civil.Date // that the book has closed, in order
	known    civil.Date   // the night up to which something is known
	digits   int
	reversed map[string]reversal
	life     book.Life
}

// A reversal is what undid an event.
type reversal struct {
	on civil.Date // the night that brought it
	id string
}

// lastKnown is the last night that a statement may know of.
func (t *stater) lastKnown() civil.Date {
	last := t.nights[0]
	for _, d := range t.nights {
		if d <= t.known {
			last = d
		}
	}
	return last
}

// reversals notes what is known to be undone.
func (t *stater) reversals() {
	t.reversed = map[string]reversal{}
	for i := range t.pages {
		p := &t.pages[i]
		for k := range p.Events {
			if e := &p.Events[k]; e.Kind == loan.KindReversal && p.Date <= t.known {
				t.reversed[string(e.Target)] = reversal{p.Date, string(e.ID)}
			}
		}
	}
}

// knowledge returns the events that a life is run with: of nights up to one, and with value
// dates up to a day.
func (t *stater) knowledge(night, day civil.Date) []loan.Event {
	var list []loan.Event
	for i := range t.pages {
		p := &t.pages[i]
		if p.Date > night {
			break
		}
		for k := range p.Events {
			if e := &p.Events[k]; e.Kind == loan.KindReversal || e.Kind == loan.KindBooking || e.ValueDate <= day {
				list = append(list, *e)
			}
		}
	}
	return list
}

// A moment is how a loan stands at the close of a day.
type moment struct {
	owed    loan.Sums
	credit  money.Amount
	paid    loan.Sums
	charged loan.Sums    // since the beginning; of interest what is earned
	fees    money.Amount // of them those that events charged
	off     loan.Off
	figures loan.Figures
}

// at runs the loan's life up to a day with some events. Before the loan there is nothing.
func (t *stater) at(day civil.Date, events []loan.Event) (m moment) {
	if len(events) == 0 || day < t.loan.Terms.DisbursedOn {
		return m
	}
	t.replay(day, events)
	m.figures = t.life.Run.Close(day)
	l, f := &t.life.Loan, &m.figures
	m.owed, m.credit, m.paid = f.Outstanding, l.Credit, l.Paid
	m.charged = loan.Sums{
		loan.Interest: f.Earned, loan.Fee: f.Fallen + l.Late.Fees + l.Charged[loan.Fee], loan.Penalty: l.Late.Penalties + l.Charged[loan.Penalty],
	}
	m.fees, m.off = l.Charged[loan.Fee], l.Off
	return m
}

// replay runs the loan's life with some events up to the close of a day.
func (t *stater) replay(day civil.Date, events []loan.Event) {
	page := book.Page{}
	page.Events = events
	t.life.Replay(&t.Rules, t.loan, []book.Page{page}, day, nil)
}

// standing are the events that count on a day: by what is known now, or was known then.
func (t *stater) standing(day civil.Date) []loan.Event {
	if t.of.Then {
		return t.knowledge(min(day, t.known), day)
	}
	return t.knowledge(t.known, day)
}

// dues returns the due dates after one day and before another, as a life has them with
// some events.
func (t *stater) dues(events []loan.Event, after, before civil.Date) (days []civil.Date) {
	if after+1 >= before || len(events) == 0 {
		return nil
	}
	t.at(before-1, events)
	for _, item := range t.life.Items() {
		if item.DueOn > after && item.DueOn < before && item.Total() > 0 {
			days = append(days, item.DueOn)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

func (t *stater) money(a money.Amount) statement.Money {
	return statement.Money{Amount: a, Digits: t.digits}
}

func (t *stater) balances(m *moment) statement.Balances {
	return statement.Balances{
		Principal: t.money(m.owed[loan.Principal]), Interest: t.money(m.owed[loan.Interest]), Fees: t.money(m.owed[loan.Fee]),
		Penalties: t.money(m.owed[loan.Penalty]), Owed: t.money(m.owed.Total()), Credit: t.money(m.credit),
	}
}
