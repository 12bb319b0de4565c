package statement

import (
	"regexp"
	"strconv"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

func (s *Statement) balances() section {
	l := &s.Locale
	t := table{Head: append([]head{{}}, s.heads("owed")...)}
	line := func(name string, b *Balances, strong bool) {
		t.Rows = append(t.Rows, row{Cells: append(plain(name), s.cells(l.Number, b.parts(), b.Owed)...), Strong: strong})
	}
	line(l.say("opening", l.Date(s.From)), &s.Opening, false)
	before, after := s.Opening.parts(), s.Closing.parts()
	for i := range after {
		after[i].Amount -= before[i].Amount
	}
	change := s.Closing.Owed
	change.Amount -= s.Opening.Owed.Amount
	t.Rows = append(t.Rows, row{Cells: append(plain(l.say("movement")), s.cells(l.Number, after, change)...)})
	line(l.say("closing", l.Date(s.To)), &s.Closing, true)
	return section{Title: l.say("balances"), Note: s.Currency, Tables: []table{t}}
}

func (s *Statement) history() section {
	l := &s.Locale
	t := table{Head: append([]head{
		{Text: l.say("value_date"), Sub: l.say("posted_on")}, {Text: l.say("what")}, {Text: l.say("amount"), Figure: true},
	}, s.heads("balance")...)}
	whole := func(name string, on civil.Date, b *Balances) {
		cells := append(plain(l.Date(on), l.say(name), ""), s.cells(l.Number, b.parts(), b.Owed)...)
		t.Rows = append(t.Rows, row{Cells: cells, Strong: true})
	}
	whole("opening_row", s.From, &s.Opening)
	for i := range s.Events {
		e := &s.Events[i]
		date := cell{Text: l.Date(e.ValueDate)}
		if posted := l.Date(e.PostedOn); posted != "" {
			date.Subs = []string{posted}
		}
		cells := append([]cell{date, s.what(e), {Text: s.figure(e.Amount)}}, s.cells(s.figure, e.parts(), e.Balance)...)
		cells[len(cells)-1].Text = l.Number(e.Balance)
		t.Rows = append(t.Rows, row{Cells: cells, Undone: e.ReversedOn != civil.None && s.Known == "now"})
	}
	whole("closing_row", s.To, &s.Closing)
	sec := section{Title: l.say("history"), Note: s.Currency, Tables: []table{t}}
	if len(s.Events) == 0 {
		sec.Empty = l.say("nothing_happened")
	}
	return sec
}

// what says what an event is.
func (s *Statement) what(e *Event) (c cell) {
	l := &s.Locale
	kind := e.Kind
	if kind == Accrued && e.Fees.Amount == 0 && e.Penalties.Amount == 0 && e.Principal.Amount == 0 {
		kind = "interest"
	}
	if c.Text = l.word("kind_", kind); kind == SettlementFee {
		c.Text = l.say(SettlementFee)
	}
	if e.Component != "" {
		c.Text += ": " + l.say(map[string]string{"principal": "principal", "interest": "interest", "fee": "fees", "penalty": "penalties"}[e.Component])
	}
	if e.Until != civil.None {
		c.Text += " " + l.say("until", l.Date(e.Until))
	}
	if e.ID != "" && e.Kind != "booking" { // that has the loan's own
		c.Subs = append(c.Subs, reports.Visible(e.ID))
	}
	if e.TargetID != "" {
		c.Subs = append(c.Subs, l.say("target", reports.Visible(e.TargetID)))
	}
	var marks []string
	if e.Late {
		marks = append(marks, l.say("late"))
	}
	if e.ReversedOn != civil.None {
		marks = append(marks, l.say("reversed", l.Date(e.ReversedOn)))
	}
	c.Mark = strings.Join(marks, ", ")
	return c
}

func (s *Statement) dues() section {
	l := &s.Locale
	t := table{Head: []head{{Text: l.say("due_on")}, {Text: l.say("number"), Figure: true}, {Text: l.say("principal"), Figure: true},
		{Text: l.say("interest"), Figure: true}, {Text: l.say("fees"), Figure: true}, {Text: l.say("to_pay"), Figure: true}}}
	for _, d := range s.NextDues {
		number := ""
		if d.Number > 0 {
			number = strconv.Itoa(int(d.Number))
		}
		t.Rows = append(t.Rows, row{Cells: plain(l.Date(d.DueOn), number, s.figure(d.Principal), s.figure(d.Interest), s.figure(d.Fees), l.Number(d.Amount))})
	}
	if len(t.Rows) == 0 {
		return section{Title: l.say("next_dues"), Empty: l.say("no_dues")}
	}
	return section{Title: l.say("next_dues"), Note: s.Currency, Tables: []table{t}}
}

func (s *Statement) payoff() section {
	l, p := &s.Locale, &s.Payoff
	parts := table{Half: true, Head: []head{{Text: l.say("payoff_on", l.Date(p.On))}, {Text: l.say("amount"), Figure: true}}}
	add := func(name string, m Money, always bool) {
		if always || m.Amount != 0 {
			parts.Rows = append(parts.Rows, row{Cells: plain(l.say(name), l.Number(m)), Strong: name == "payoff_amount"})
		}
	}
	add("principal", p.Principal, true)
	add("interest_earned", p.Interest, true)
	add("fees", p.Fees, false)
	add("penalties", p.Penalties, false)
	add("settlement_fee", p.SettlementFee, false)
	add("less_credit", Money{-p.Credit.Amount, p.Credit.Digits}, false)
	add("payoff_amount", p.Amount, true)
	later := table{Half: true, Head: []head{{Text: l.say("later")}, {Text: l.say("payoff_amount"), Figure: true}}}
	for _, d := range p.Following {
		later.Rows = append(later.Rows, row{Cells: plain(l.Date(d.On), l.Number(d.Amount))})
	}
	if p.Amount.Amount == 0 {
		return section{Title: l.say("payoff"), Note: s.Currency, Tables: []table{parts}}
	}
	return section{Title: l.say("payoff"), Note: s.Currency + " · " + l.say("payoff_note"), Tables: []table{parts, later}}
}

func (s *Statement) totals() section {
	l, y := &s.Locale, &s.Year
	t := table{Half: true, Head: []head{{}, {Text: l.say("charged"), Figure: true}, {Text: l.say("paid"), Figure: true}}}
	add := func(name string, charged, paid Money, strong bool) {
		t.Rows = append(t.Rows, row{Cells: plain(l.say(name), s.figure(charged), l.Number(paid)), Strong: strong})
	}
	charged := Money{y.InterestCharged.Amount + y.FeesCharged.Amount + y.PenaltiesCharged.Amount, y.Paid.Digits}
	add("principal", Money{}, y.PrincipalPaid, false)
	add("interest", y.InterestCharged, y.InterestPaid, false)
	add("fees", y.FeesCharged, y.FeesPaid, false)
	add("penalties", y.PenaltiesCharged, y.PenaltiesPaid, false)
	if after := y.Paid.Amount - y.PrincipalPaid.Amount - y.InterestPaid.Amount - y.FeesPaid.Amount - y.PenaltiesPaid.Amount; after != 0 {
		add("paid_written_off", Money{}, Money{after, y.Paid.Digits}, false)
	}
	add("total", charged, y.Paid, true)
	return section{Title: l.say("year", y.Year), Note: s.Currency + " · " + l.say("from_to", l.Date(y.From), l.Date(y.To)), Tables: []table{t}}
}

func (s *Statement) contract() section {
	l := &s.Locale
	sec := section{Title: l.say("terms"), Tables: s.terms(&s.Terms, "")}
	if s.InForce != nil {
		sec.Tables = append(sec.Tables, s.terms(s.InForce, l.say("terms_in_force"))...)
	}
	return sec
}

// terms are the two halves of a contract's terms.
func (s *Statement) terms(t *Terms, title string) []table {
	l := &s.Locale
	amount := func(m Money) string { return l.Amount(m, s.Currency) }
	borrowed, from := "borrowed", "disbursed_on"
	if title != "" {
		borrowed, from = "base", "agreed_on"
	}
	left, right := table{Title: title, Half: true}, table{Half: true}
	if title != "" {
		right.Title = "\u00a0"
	}
	add := func(to *table, name, value string) {
		if value != "" {
			to.Rows = append(to.Rows, row{Cells: plain(l.say(name), value)})
		}
	}
	add(&left, borrowed, amount(t.Principal))
	add(&left, "rate", l.Percent(t.AnnualRate))
	add(&left, "method", l.word("method_", t.Method))
	add(&left, "day_count", t.DayCount)
	add(&left, "product", reports.Visible(t.Product))
	add(&right, "installments", strconv.Itoa(int(t.Installments)))
	add(&right, "frequency", l.frequency(t.Frequency))
	if t.Level.Amount > 0 {
		add(&right, "level", amount(t.Level))
	}
	if t.Fee.Amount > 0 {
		add(&right, "fee_each", amount(t.Fee))
	}
	add(&right, from, l.Date(t.DisbursedOn))
	add(&right, "first_due_on", l.Date(t.FirstDueOn))
	add(&right, "last_due_on", l.Date(t.LastDueOn))
	return []table{left, right}
}

var everyForm = regexp.MustCompile(`^([0-9]+)([MD])$`)

// frequency says how often an instalment falls due.
func (l *Locale) frequency(f string) string {
	m := everyForm.FindStringSubmatch(f)
	switch {
	case m == nil:
		return l.say("on_days", strings.ReplaceAll(f, ",", ", "))
	case f == "1M":
		return l.say("every_month")
	}
	n, _ := strconv.Atoi(m[1]) // digits
	if m[2] == "M" {
		return l.say("every_months", n)
	}
	return l.say("every_days", n)
}
