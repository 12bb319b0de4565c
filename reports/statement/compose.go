package statement

import "daybook/reports"

// A page is what a statement says in its language, in the order in which it is read: the
// HTML and the PDF are two ways to set the same page.
type page struct {
	Title     string
	Loan      string
	Period    string
	Lead      string
	Addressee []string
	Cards     []card
	Notes     []note
	Sections  []section
	Foot      []string
}

// A card is a figure that is seen first.
type card struct{ Label, Value, Note string }

// A note is a sentence about how the loan stands.
type note struct {
	Text  string
	Grave bool // it is about what should have been paid
}

// A section is a heading with its tables.
type section struct {
	Title  string
	Note   string
	Tables []table
	Empty  string // what stands where there are no tables
}

// A table has a head, or is a list of names and values.
type table struct {
	Title string
	Head  []head
	Rows  []row
	Half  bool // it is narrow: two of them stand side by side
}

// A head is a column's.
type head struct {
	Text, Sub string
	Figure    bool // its cells stand to the right
}

// A row is a line of a table.
type row struct {
	Cells  []cell
	Strong bool
	Undone bool // what it says does not hold any more
}

// A cell has a text, smaller ones below it, and marks.
type cell struct {
	Text string
	Subs []string
	Mark string
}

// plain are cells of a text alone.
func plain(list ...string) (cells []cell) {
	for _, text := range list {
		cells = append(cells, cell{Text: text})
	}
	return cells
}

// compose says a statement in its language.
func compose(s *Statement) *page {
	l := &s.Locale
	p := &page{
		Title: l.say("title"), Loan: reports.Visible(s.LoanID), Period: l.say("from_to", l.Date(s.From), l.Date(s.To)), Lead: l.say("lead"),
		Addressee: s.Addressee, Cards: s.cards(), Notes: s.notes(),
	}
	p.Sections = []section{s.balances(), s.history(), s.dues()}
	if !s.OffBooks() {
		p.Sections = append(p.Sections, s.payoff())
	}
	p.Sections = append(p.Sections, s.totals(), s.contract())
	p.Foot = []string{l.say("known_"+s.Known, l.Date(s.LastNight)), l.say("amounts_in", s.Currency)}
	return p
}

// cards are what is owed, past due, due next, and what a payoff costs.
func (s *Statement) cards() []card {
	l := &s.Locale
	amount := func(m Money) string { return l.Amount(m, s.Currency) }
	past := card{l.say("past_due"), l.say("nothing_past_due"), l.say("on_day", l.Date(s.AsOf))}
	if s.PastDue.Amount.Amount > 0 && !s.Recovered { // nothing is asked for any more
		past.Value, past.Note = amount(s.PastDue.Amount), l.say("since", l.Date(s.PastDue.Since))
	}
	next := card{Label: l.say("next_payment"), Value: l.say("no_payment")}
	if len(s.NextDues) > 0 {
		next.Value, next.Note = amount(s.NextDues[0].Amount), l.say("due_day", l.Date(s.NextDues[0].DueOn))
	}
	list := []card{{l.say("you_owe"), amount(s.Closing.Owed), l.say("on_day", l.Date(s.To))}, past, next}
	if !s.OffBooks() {
		list = append(list, card{l.say("payoff_card"), amount(s.Payoff.Amount), l.say("on_day", l.Date(s.Payoff.On))})
	}
	return list
}

// notes are what a figure alone does not say.
func (s *Statement) notes() (list []note) {
	l := &s.Locale
	switch s.Status {
	case "charged_off":
		if !s.Recovered {
			list = append(list, note{Text: l.say("note_charged_off")})
			break
		}
		list = append(list, note{Text: l.say("note_recovered")})
		if s.Payoff.Credit.Amount > 0 {
			list = append(list, note{Text: l.say("note_left_over", l.Amount(s.Payoff.Credit, s.Currency))})
		}
	case "settled", "written_off":
		list = append(list, note{Text: l.say("note_" + s.Status)})
	case "overpaid":
		list = append(list, note{Text: l.say("note_overpaid", l.Amount(s.Payoff.Credit, s.Currency))})
	}
	if s.PastDue.Amount.Amount > 0 && s.Status == "active" {
		list = append(list, note{l.say("note_past_due", l.Amount(s.PastDue.Amount, s.Currency), l.Date(s.PastDue.Since)), true})
	}
	if o := s.OpeningStated; o != nil {
		list = append(list, note{Text: l.say("note_restated", l.Amount(o.Owed, s.Currency), l.Amount(s.Opening.Owed, s.Currency))})
	}
	if s.Closing.Credit.Amount > 0 && s.Status == "active" {
		list = append(list, note{Text: l.say("credit_note")})
	}
	return list
}

// figure writes an amount in a table, and nothing for zero.
func (s *Statement) figure(m Money) string {
	if m.Amount == 0 {
		return ""
	}
	return s.Locale.Number(m)
}

// heads are the columns of components, with that of the credit where there is some.
func (s *Statement) heads(last string) []head {
	l := &s.Locale
	var list []head
	for _, name := range []string{"principal", "interest", "fees", "penalties"} {
		list = append(list, head{Text: l.say(name), Figure: true})
	}
	if s.HasCredit() {
		list = append(list, head{Text: l.say("credit"), Figure: true})
	}
	return append(list, head{Text: l.say(last), Figure: true})
}

// cells are those below [Statement.heads].
func (s *Statement) cells(write func(Money) string, parts [5]Money, last Money) []cell {
	var list []string
	for i, m := range parts {
		if i < 4 || s.HasCredit() {
			list = append(list, write(m))
		}
	}
	return plain(append(list, write(last))...)
}

// At is the head of a column; nothing where the table has none.
func (t *table) At(i int) head {
	if i < len(t.Head) {
		return t.Head[i]
	}
	return head{}
}

// Names reports whether the cells of a column name their rows: the first, where it is no
// date, and of a list.
func (t *table) Names(i int) bool { return i == 0 && (t.Half || t.Head[0].Text == "") }

// Class is how the cells of a column are set.
func (t *table) Class(i int) string {
	switch {
	case t.At(i).Figure:
		return "n"
	case t.Head == nil && i > 0:
		return "n value"
	}
	return ""
}
