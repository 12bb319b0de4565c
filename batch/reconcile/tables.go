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
	statements, lines, matches, breaks, summaryTable *reports.Table
	adjustments, repayments                          *reports.Table
	summary                                          []Currency
	counts                                           []BreakCount
	sums                                             map[string]*sums
	scale                                            int
	chain                                            []match.Chained
	rows                                             []breakRow // of the table of breaks
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
func word(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Coded, Optional: true}
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
	r.lineTable(t)
	r.matchTable(t)
	r.breakTable(t, chain)
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
	for _, h := range r.state.Held {
		t.of(h.Currency).SuspenseLines++
	}
	return nil
}

// statementTable lists the chain, and the statements of the date that are not in it.
func (r *run) statementTable(t *tables, chain []match.Chained) {
	x := table("reconciliation_statements", text("account"), word("currency"), text("statement_id"), text("statement_key"), text("number"), text("page"),
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

// A listed line is one of the table: open, or matched on the date.
type listedLine struct {
	line  *match.BankLine
	match string
	state string
	kind  match.BreakKind
}

// lineTable lists the lines first seen on the date, and those that were open before it.
func (r *run) lineTable(t *tables) {
	x := table("reconciliation_lines", text("line_id"), text("account"), word("currency"), text("statement_key"), number("line_number"), date("booking_date"), date("value_date"),
		t.amount("amount"), truth("reversal"), word("transaction_code"), word("return_reason"), text("end_to_end_id"), text("reference"), text("batch_id"), text("bank_reference"),
		text("original_reference"), t.amount("fee_amount"), text("text"), word("state"), text("match_id"), word("break_kind"), date("first_seen_on"), number("age_days"), word("age_band"))
	t.lines = x
	held := map[string]bool{}
	for _, h := range r.state.Held {
		held[h.LineID] = true
	}
	list := make([]listedLine, 0, len(r.match.Lines))
	for i := range r.match.Lines {
		if r.match.LineMatch(i) == nil {
			l := &r.match.Lines[i]
			list = append(list, listedLine{l, "", "break", r.match.LineBreaks[i].Kind})
			s := t.of(l.Statement.Currency)
			s.BreakLines++
			s.unmatched += l.Amount
		}
	}
	for i := range r.state.matches {
		m := &r.state.matches[i]
		id := matchID(r.o.Date, m.Number)
		for k := range m.Lines {
			state := "matched"
			if held[m.Lines[k].ID()] {
				state = "suspense"
			}
			list = append(list, listedLine{&m.Lines[k], id, state, match.NoBreak})
		}
	}
	slices.SortFunc(list, func(a, b listedLine) int { return a.line.Compare(b.line) })
	x.Grow(len(list))
	for i := range list {
		e := &list[i]
		l := e.line
		currency := l.Statement.Currency
		days, band := r.age(l.BookingDate)
		x.Append(l.ID(), l.Statement.Account, currency, l.Key, l.Number, l.BookingDate, l.ValueDate, t.units(l.Amount, currency), l.Reversal, l.Code, l.ReturnReason,
			l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference, t.known(l.Fee, currency), l.Text, e.state, e.match, e.kind.String(), l.FirstSeen, days, band)
	}
}

// matchTable lists the members of the date's matches.
func (r *run) matchTable(t *tables) {
	x := table("reconciliation_matches", text("match_id"), word("pass"), word("cardinality"), word("side"), text("line_id"), number("entry_id"), text("source_id"), text("loan_id"),
		word("kind"), word("channel"), word("currency"), t.amount("amount"), date("value_date"), number("days"), t.amount("fee"), t.amount("difference"), text("reason"))
	t.matches = x
	for i := range r.state.matches {
		m := &r.state.matches[i]
		id, how := matchID(r.o.Date, m.Number), cardinality(len(m.Lines), len(m.Items))
		days, fee, difference := int64(m.Days), m.Fee, m.Difference
		once := func() { days, fee, difference = 0, 0, 0 }
		for k := range m.Lines {
			l := &m.Lines[k]
			c := l.Statement.Currency
			x.Append(id, m.Pass.String(), how, "bank", l.ID(), nil, nil, nil, nil, nil, c, t.units(l.Amount, c), l.ValueDate, days, t.units(fee, c), t.units(difference, c), m.Reason)
			once()
		}
		for k := range m.Items {
			o := &m.Items[k]
			x.Append(id, m.Pass.String(), how, "ledger", nil, o.EntryID, o.SourceID, o.LoanID, o.Kind.String(), o.Channel, o.Currency, t.units(o.Amount, o.Currency), o.ValueDate,
				days, t.units(fee, o.Currency), t.units(difference, o.Currency), m.Reason)
			once()
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
	entry                                   any
	key, source, loan                       string
	amount                                  money.Amount
	valueDate                               civil.Date
	otherLine                               string
	otherEntry                              any
	difference                              match.Optional
	firstSeen, aged                         civil.Date
	suggestion, suggestionID                string
	expected                                bool
}

// breakTable lists all that is open.
func (r *run) breakTable(t *tables, chain []match.Chained) {
	x := table("reconciliation_breaks", text("break_id"), word("side"), word("break_kind"), word("currency"), text("account"), text("line_id"), number("entry_id"),
		text("statement_key"), text("source_id"), text("loan_id"), t.amount("amount"), date("value_date"), text("other_line_id"), number("other_entry_id"), t.amount("difference"),
		date("first_seen_on"), number("age_days"), word("age_band"), word("suggestion"), text("suggestion_id"))
	t.breaks = x
	var rows []breakRow
	for i := range r.match.Lines {
		if r.match.LineMatch(i) == nil {
			rows = append(rows, r.lineBreakRow(i))
		}
	}
	for i := range r.match.Items {
		if r.match.ItemMatch(i) == nil {
			o := &r.match.Items[i]
			s := t.of(o.Currency)
			s.BreakItems++
			s.outstanding += o.Amount
			rows = append(rows, r.itemBreakRow(i))
		}
	}
	for i := range chain {
		rows = append(rows, statementBreakRows(&chain[i])...)
	}
	slices.SortStableFunc(rows, func(a, b breakRow) int {
		return cmp.Or(strings.Compare(a.currency, b.currency), strings.Compare(a.side, b.side), strings.Compare(a.id, b.id))
	})
	t.rows = rows
	counts := map[BreakCount]int{}
	for i := range rows {
		b := &rows[i]
		days, band := r.age(b.aged)
		x.Append(b.id, b.side, b.kind, b.currency, b.account, b.line, b.entry, b.key, b.source, b.loan, t.units(b.amount, b.currency), b.valueDate, b.otherLine, b.otherEntry,
			t.known(b.difference, b.currency), b.firstSeen, days, band, b.suggestion, b.suggestionID)
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

func (r *run) lineBreakRow(i int) breakRow {
	l, b := &r.match.Lines[i], &r.match.LineBreaks[i]
	row := breakRow{
		id: l.ID(), side: "bank", kind: b.Kind.String(), currency: l.Statement.Currency, account: l.Statement.Account, line: l.ID(), key: l.Key, loan: b.LoanID,
		amount: l.Amount, valueDate: l.ValueDate, difference: b.Difference, firstSeen: l.FirstSeen, aged: l.BookingDate, expected: b.Kind.IsExpected(),
	}
	if b.Line >= 0 {
		row.otherLine = r.match.Lines[b.Line].ID()
	}
	var other *match.Item
	switch {
	case b.Past != nil:
		other, row.otherLine = &b.Past.Item, b.Past.LineID
	case b.Item >= 0:
		other = &r.match.Items[b.Item]
	}
	if other != nil {
		row.otherEntry = other.EntryID
	}
	switch {
	case b.Kind == match.Returned && other.LoanID != "":
		row.loan, row.suggestion = other.LoanID, "reversal"
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
	o, b := &r.match.Items[i], &r.match.ItemBreaks[i]
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
	x := table("reconciliation_summary", word("currency"), text("gl_account"), t.amount("gl_balance"), t.amount("gl_before"), t.amount("bank_opening"), t.amount("bank_balance"),
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
