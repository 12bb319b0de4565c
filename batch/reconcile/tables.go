package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/reports"
)

// The tables of a run are what is published, and what the identity is computed from.
type tables struct {
	statements, summaryTable *reports.Table
	adjustments, repayments  *reports.Table
	summary                  []Currency
	counts                   []BreakCount
	sums                     map[string]*sums
	scale                    int
	chain                    []match.Chained
	rows                     []breakRow // of the table of breaks
}

// Sums are the terms of the identity in one currency, in minor units.
type sums struct {
	gl, before              money.Amount
	opening, balance        money.Amount
	gaps, differences       money.Amount
	outstanding, unmatched  money.Amount
	fees, otherwise         money.Amount
	breakItems, breakAmount int64 // of breaks that somebody has to look at; each without its sign
	Counts
}

// table makes an empty table.
func table(name string, columns ...reports.Column) *reports.Table {
	return &reports.Table{Name: name, Columns: columns}
}

func text(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Text, Optional: true}
}

// word is a column of few words; those that are known are given.
func word(name string, names ...string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Coded, Optional: true, Names: names}
}
func date(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Date, Optional: true}
}
func number(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Number, Optional: true}
}
func truth(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Bool} }

func (t *tables) amount(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Amount, Digits: t.scale, Optional: true}
}

// tables makes what is published of the state and of the run.
func (r *run) tables() (*tables, error) {
	t := &tables{sums: map[string]*sums{}, scale: r.published()}
	chain := slices.Clone(r.state.statements)
	match.Chain(chain)
	t.chain = chain
	if err := r.balances(t); err != nil {
		return nil, err
	}
	r.statementTable(t, chain)
	r.addLines(t)
	r.addBreaks(t, chain)
	r.suggestions(t)
	r.summarise(t)
	return t, nil
}

// published returns how many digits published amounts have: the most among the currencies
// of the policy, and of the statements.
func (r *run) published() int {
	scale := r.view.Policy.Scale
	for i := range r.state.seen {
		digits, _ := money.Digits(r.state.seen[i].Currency)
		scale = max(scale, digits)
	}
	for i := range r.state.statements {
		digits, _ := money.Digits(r.state.statements[i].Currency)
		scale = max(scale, digits)
	}
	return scale
}

// of returns the terms of a currency.
func (t *tables) of(currency string) *sums {
	s := t.sums[currency]
	if s == nil {
		s = &sums{}
		t.sums[currency] = s
	}
	return s
}

// units brings an amount of a currency to the scale of the tables.
func (t *tables) units(a money.Amount, currency string) int64 {
	digits, _ := money.Digits(currency)
	return int64(a) * money.Pow10(t.scale-digits)
}

// known is an amount, or nil.
func (t *tables) known(o match.Optional, currency string) any {
	if !o.Known {
		return nil
	}
	return t.units(o.Amount, currency)
}

// balances adds the ledger's side, and what all runs came to.
func (r *run) balances(t *tables) error {
	for _, l := range r.view.Night.GL {
		if l.Role == ledger.CashClearing {
			t.of(r.view.Names.Currencies[l.Currency]).gl = money.Amount(l.Closing())
		}
	}
	if err := r.before(t); err != nil {
		return err
	}
	for i := range r.state.Totals {
		x := &r.state.Totals[i]
		s := t.of(x.Currency)
		s.fees, s.otherwise = x.Fees, x.Difference
		s.Duplicates, s.Lines, s.Items = x.Duplicates, x.Lines, x.Items
	}
	held := map[string]bool{} // a line may have several holds
	for _, h := range r.state.Held {
		if !held[h.LineID] {
			held[h.LineID] = true
			t.of(h.Currency).SuspenseLines++
		}
	}
	return nil
}

// statementTable lists the chain, and the statements of the date that are not in it.
func (r *run) statementTable(t *tables, chain []match.Chained) {
	x := table(statementsTable, text("account"), word("currency"), text("statement_id"), text("statement_key"), text("number"), text("page"),
		word("format"), text("file"), date("opening_date"), t.amount("opening"), date("closing_date"), t.amount("closing"), t.amount("credits"), t.amount("debits"),
		number("lines"), number("pending_lines"), t.amount("difference"), t.amount("gap"), truth("sequence_gap"), word("state"))
	t.statements = x
	var others []match.Chained
	for i := range r.state.seen {
		if o := &r.state.seen[i]; o.State != match.Loaded {
			others = append(others, o.Chained)
		}
	}
	slices.SortStableFunc(others, func(a, b match.Chained) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Currency, b.Currency), cmp.Compare(a.ClosingDate, b.ClosingDate), cmp.Compare(a.State, b.State),
			strings.Compare(a.Key, b.Key), cmp.Compare(a.Format, b.Format), strings.Compare(a.File, b.File))
	})
	add := func(c *match.Chained) {
		loaded := c.State == match.Loaded
		opening, closing := t.known(c.Opening, c.Currency), t.known(c.Closing, c.Currency)
		var difference, gap any
		if loaded {
			opening, closing = t.units(c.Opens, c.Currency), t.units(c.Closes, c.Currency)
			difference, gap = t.units(c.Difference, c.Currency), t.units(c.Gap, c.Currency)
		} else if c.Opening.Known && c.Closing.Known {
			difference = t.units(c.Closing.Amount-c.Opening.Amount-c.Credits+c.Debits, c.Currency)
		}
		x.Append(c.Account, c.Currency, c.ID, c.Key, c.Number, c.Page, c.Format.String(), c.File, c.OpeningDate, opening, c.ClosingDate, closing,
			t.units(c.Credits, c.Currency), t.units(c.Debits, c.Currency), c.Count, c.Pending, difference, gap, c.SequenceGap, c.State.String())
	}
	at := 0
	for i := range chain {
		c := &chain[i]
		for ; at < len(others) && before(&others[at], c); at++ {
			add(&others[at])
		}
		add(c)
		s := t.of(c.Currency)
		s.Statements++
		s.gaps, s.differences = s.gaps+c.Gap, s.differences+c.Difference
		if c.IsFirst {
			s.opening += c.Opens
		}
		if c.IsLast {
			s.balance += c.Closes
		}
	}
	for ; at < len(others); at++ {
		add(&others[at])
	}
}

// before reports whether a statement that is not in the chain is listed before one that
// is: where its account or currency comes first.
func before(a, c *match.Chained) bool {
	return cmp.Or(strings.Compare(a.Account, c.Account), strings.Compare(a.Currency, c.Currency)) < 0
}

// age is a day's age on the date.
func (r *run) age(d civil.Date) (days int64, band string) {
	n := r.o.Date - d
	return int64(n), match.AgeBand(n)
}

// addLines adds up the lines that are open.
func (r *run) addLines(t *tables) {
	for i := range r.match.Lines {
		if l := &r.match.Lines[i]; r.match.LineIsOpen(i) {
			s := t.of(l.Statement.Currency)
			s.BreakLines++
			s.unmatched += l.Amount
		}
	}
}

// cardinality says how many items are tied to how many lines.
func cardinality(lines, items int) string {
	switch {
	case lines == 0:
		return "0:2"
	case lines > 1:
		return "1:n"
	case items > 1:
		return "n:1"
	}
	return "1:1"
}

// A row of the breaks.
type breakRow struct {
	id, side, kind, currency, account, line string
	entry                                   int64 // 0: none
	key, source, loan                       string
	amount                                  money.Amount
	valueDate                               civil.Date
	otherLine                               string
	otherEntry                              int64 // 0: none
	difference                              match.Optional
	firstSeen, aged                         civil.Date
	suggestion, suggestionID                string
	expected                                bool
}

// addBreaks gathers all that is open, in the order of its table.
func (r *run) addBreaks(t *tables, chain []match.Chained) {
	for i := range r.match.Lines {
		if r.match.LineIsOpen(i) {
			t.rows = append(t.rows, r.lineBreakRow(i))
		}
	}
	for i, o := range r.match.Items {
		if r.match.ItemIsOpen(i) {
			s := t.of(o.Currency)
			s.BreakItems++
			s.outstanding += o.Amount
			t.rows = append(t.rows, r.itemBreakRow(i))
		}
	}
	for i := range chain {
		t.rows = append(t.rows, statementBreakRows(&chain[i])...)
	}
	slices.SortStableFunc(t.rows, func(a, b breakRow) int {
		return cmp.Or(strings.Compare(a.currency, b.currency), strings.Compare(a.side, b.side), strings.Compare(a.id, b.id))
	})
	counts := map[BreakCount]int{}
	for i := range t.rows {
		b := &t.rows[i]
		counts[BreakCount{b.side, b.kind, 0}]++
		if !b.expected {
			s := t.of(b.currency)
			s.breakItems++
			s.breakAmount += t.units(max(b.amount, -b.amount), b.currency)
		}
	}
	for c, n := range counts {
		c.Count = n
		t.counts = append(t.counts, c)
	}
	slices.SortFunc(t.counts, func(a, b BreakCount) int {
		return cmp.Or(strings.Compare(a.Side, b.Side), strings.Compare(a.Kind, b.Kind))
	})
}

// partner is the item that an open line is compared with; nil: none.
func (r *run) partner(line int) *match.Item {
	switch b := r.match.LineBreaks[line]; {
	case b.Past != nil:
		return &b.Past.Item
	case b.Item >= 0:
		return r.match.Items[b.Item]
	}
	return nil
}

func (r *run) lineBreakRow(i int) breakRow {
	l, b := &r.match.Lines[i], r.match.LineBreaks[i]
	row := breakRow{
		id: l.ID(), side: "bank", kind: b.Kind.String(), currency: l.Statement.Currency, account: l.Statement.Account, line: l.ID(), key: l.Key, loan: b.LoanID,
		amount: l.Amount, valueDate: l.ValueDate, difference: b.Difference, firstSeen: l.FirstSeen, aged: l.BookingDate, expected: b.Kind.IsExpected(),
	}
	if b.Line >= 0 {
		row.otherLine = r.match.Lines[b.Line].ID()
	}
	if b.Past != nil {
		row.otherLine = b.Past.LineID
	}
	if other := r.partner(i); other != nil {
		row.otherEntry = other.EntryID
	}
	switch {
	case b.Kind == match.Returned:
		x := r.returns[i]
		row.suggestion = x.kind
		if x.kind != "" {
			row.loan = x.loan
		}
	case b.Kind == match.UnknownOnBank && b.LoanID != "":
		row.suggestion = "repayment"
	}
	if b.Kind == match.Returned {
		row.otherLine = ""
	}
	if row.suggestion != "" {
		row.suggestionID = "bank:" + l.ID()
	}
	return row
}

func (r *run) itemBreakRow(i int) breakRow {
	o, b := r.match.Items[i], r.match.ItemBreaks[i]
	row := breakRow{
		id: "E" + strconv.FormatInt(o.EntryID, 10), side: "ledger", kind: b.Kind.String(), currency: o.Currency, entry: o.EntryID, source: o.SourceID, loan: o.LoanID,
		amount: o.Amount, valueDate: o.ValueDate, difference: b.Difference, firstSeen: o.BusinessDate, aged: o.ValueDate, expected: b.Kind.IsExpected(),
	}
	if b.Line >= 0 {
		row.otherLine = r.match.Lines[b.Line].ID()
	}
	switch {
	case b.Past != nil:
		row.otherEntry = b.Past.EntryID
	case b.Item >= 0:
		row.otherEntry = r.match.Items[b.Item].EntryID
	}
	return row
}

func statementBreakRows(c *match.Chained) (rows []breakRow) {
	row := breakRow{
		id: "S" + c.Key, side: "statement", currency: c.Currency, account: c.Account, key: c.Key, valueDate: c.ClosingDate, firstSeen: c.FirstSeen, aged: c.ClosingDate,
	}
	if row.aged == civil.None {
		row.aged = c.FirstSeen
	}
	if c.Difference != 0 {
		row.kind, row.amount = match.StatementUnbalanced.String(), c.Difference
		rows = append(rows, row)
	}
	if c.Gap != 0 {
		row.kind, row.amount = match.StatementGap.String(), c.Gap
		rows = append(rows, row)
	}
	return rows
}

// summarise proves the identity, from the tables' own sums and never by difference.
// Source: finance.md, section 4.
func (r *run) summarise(t *tables) {
	x := table(summaryTable, word("currency"), text("gl_account"), t.amount("gl_balance"), t.amount("gl_before"), t.amount("bank_opening"), t.amount("bank_balance"),
		t.amount("statement_gaps"), t.amount("statement_differences"), t.amount("outstanding_ledger"), t.amount("unmatched_bank"), t.amount("fees"), t.amount("differences"),
		t.amount("explained"), t.amount("difference"), truth("tied"), number("statements"), number("duplicates"), number("lines"), number("matched_lines"), number("suspense_lines"),
		number("break_lines"), number("items"), number("matched_items"), number("break_items"))
	t.summaryTable = x
	currencies := make([]string, 0, len(t.sums))
	for c := range t.sums {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	account := r.view.Policy.Chart[ledger.CashClearing].Code
	for _, currency := range currencies {
		s := t.sums[currency]
		s.MatchedLines, s.MatchedItems = s.Lines-s.BreakLines-s.SuspenseLines, s.Items-s.BreakItems
		explained := s.balance - s.opening - s.gaps - s.differences - s.unmatched + s.outstanding + s.fees + s.otherwise
		difference := s.gl - s.before - explained
		digits, _ := money.Digits(currency)
		m := func(a money.Amount) string { return a.Text(digits) }
		u := func(a money.Amount) int64 { return t.units(a, currency) }
		t.summary = append(t.summary, Currency{
			currency, account, m(s.gl), m(s.before), m(s.opening), m(s.balance), m(s.gaps), m(s.differences), m(s.outstanding), m(s.unmatched), m(s.fees), m(s.otherwise),
			m(explained), m(difference), difference == 0, s.Counts,
		})
		x.Append(currency, account, u(s.gl), u(s.before), u(s.opening), u(s.balance), u(s.gaps), u(s.differences), u(s.outstanding), u(s.unmatched), u(s.fees), u(s.otherwise),
			u(explained), u(difference), difference == 0, s.Statements, s.Duplicates, s.Lines, s.MatchedLines, s.SuspenseLines, s.BreakLines, s.Items, s.MatchedItems, s.BreakItems)
	}
}

// above says how the breaks are above a limit, or nothing.
func (t *tables) above(limit *policy.Limit) string {
	var items int64
	currencies := make([]string, 0, len(t.sums))
	for c, s := range t.sums {
		items += s.breakItems
		currencies = append(currencies, c)
	}
	if limit.Items >= 0 && items > limit.Items {
		return fmt.Sprintf("%d breaks, reconciliation.threshold allows %d", items, limit.Items)
	}
	slices.Sort(currencies)
	for _, c := range currencies {
		digits, _ := money.Digits(c)
		most := limit.Amount.In(digits)
		if got := t.sums[c].breakAmount; limit.Amount >= 0 && got > t.units(most, c) {
			return fmt.Sprintf("breaks of %s %s, reconciliation.threshold allows %s", reports.Money(got, t.scale, c), c, most.Text(digits))
		}
	}
	return ""
}
