package main

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// A naive model of reconciliation, as docs/finance.md says it: nested loops over all lines
// and all items, a few lines a pass, exact integers. What it knows of a bank's lines and of
// the ledger's items it is given; it reads no file and shares nothing with the program.

// A recFee is a fee rule, or what a settlement rule says of fees.
type recFee struct {
	channel          string
	rate             int64 // billionths
	fixed, tolerance int64 // minor units
}

// of returns the fee of n items that come to an amount: half-even(amount × rate) + fixed × n.
func (f *recFee) of(amount int64, n int) int64 {
	exact := new(big.Int).Mul(big.NewInt(amount), big.NewInt(f.rate))
	whole, rest := new(big.Int).DivMod(exact, big.NewInt(1e9), new(big.Int))
	if half := rest.Cmp(big.NewInt(5e8)); half > 0 || half == 0 && whole.Bit(0) == 1 {
		whole.Add(whole, big.NewInt(1))
	}
	return whole.Int64() + f.fixed*int64(n)
}

func (f *recFee) fits(items, line int64, n int) bool {
	return abs64(items-line-f.of(items, n)) <= f.tolerance
}

// A recSettlement is a settlement rule.
type recSettlement struct {
	recFee
	groupBy string // value_date, business_date or reference
	lagDays civil.Date
	text    string
}

// A recPolicy is the policy's section reconciliation.
type recPolicy struct {
	from                                          civil.Date // [civil.None]: all nights
	referenceWindow, amountWindow, outstandingDay civil.Date
	minimumReference                              int
	tolerance                                     int64
	fees                                          []recFee
	settlements                                   []recSettlement
	feeCodes                                      []string
}

func (p *recPolicy) feeOf(channel string) *recFee {
	for i := range p.fees {
		if p.fees[i].channel == channel {
			return &p.fees[i]
		}
	}
	return nil
}

func (p *recPolicy) settles(channel string) bool {
	return slices.ContainsFunc(p.settlements, func(s recSettlement) bool { return s.channel == channel })
}

// A recLine is a line of a loaded statement.
type recLine struct {
	match.Line
	id, account, currency, key string
	format                     match.Format
	seenOn                     civil.Date // the night of the run that loaded it

	refs  [6][]string // by rank
	class recClass    // what the bank meant, which the model does not read
	style int         // how the bank writes it
}

// A recItem is a cash item of the ledger.
type recItem struct {
	entry                                            int64
	business, value                                  civil.Date
	kind, source, loan, currency, channel, reference string
	amount                                           int64
	releasedOn                                       civil.Date // of a hold: the night that it left suspense, or [civil.None]
	released                                         *recItem   // what it left with, of a loan or of none
	keys                                             []string
}

// A recMatch is lines and items that belong together.
type recMatch struct {
	pass            string
	date            civil.Date // of the run
	number          int        // within its date
	lines           []*recLine
	items           []*recItem
	days            civil.Date
	fee, difference int64
	rule            int    // of a settlement
	group           string // of a settlement
}

// A recModel is a run of the model.
type recModel struct {
	recPolicy
	date    civil.Date
	lines   []*recLine
	items   []*recItem
	loans   []string // of the book, by DATE
	matches []*recMatch

	lineIn          map[*recLine]*recMatch
	itemIn          map[*recItem]*recMatch
	ambiguousLines  map[*recLine]bool
	ambiguousItems  map[*recItem]bool
	matchesOfTheDay int
}

// reconcile runs the passes over all lines known and all items booked by a date, some of
// which earlier runs have matched.
func (p *recPolicy) reconcile(date civil.Date, lines []*recLine, items []*recItem, loans []string, earlier []*recMatch) *recModel {
	m := &recModel{recPolicy: *p, date: date, lines: slices.Clone(lines), loans: loans, matches: slices.Clone(earlier),
		lineIn: map[*recLine]*recMatch{}, itemIn: map[*recItem]*recMatch{},
		ambiguousLines: map[*recLine]bool{}, ambiguousItems: map[*recItem]bool{}}
	for _, x := range items {
		if x.business <= date && (p.from == civil.None || x.business >= p.from) {
			x.keys = p.normalised(x.source, x.reference)
			m.items = append(m.items, x)
		}
	}
	for _, l := range m.lines {
		l.refs = p.references(l)
	}
	slices.SortFunc(m.lines, lineOrder)
	slices.SortFunc(m.items, itemOrder)
	for _, x := range earlier {
		m.note(x)
		if x.date == date {
			m.matchesOfTheDay++
		}
	}
	m.byReference()
	m.netOfFee()
	m.referenceSum()
	m.split()
	m.internal()
	m.byLoan()
	m.settlement()
	m.byAmountAndDate()
	return m
}

func lineOrder(a, b *recLine) int {
	return cmp.Or(cmp.Compare(a.BookingDate, b.BookingDate), cmp.Compare(a.ValueDate, b.ValueDate),
		cmp.Compare(a.account, b.account), cmp.Compare(a.key, b.key), cmp.Compare(a.Number, b.Number))
}

func itemOrder(a, b *recItem) int {
	return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.business, b.business), cmp.Compare(a.entry, b.entry))
}

// normalised returns the references that are long enough, as they are compared.
func (p *recPolicy) normalised(texts ...string) (refs []string) {
	for _, text := range texts {
		ref := strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToUpper(text))
		if ref != "" && len(ref) >= p.minimumReference {
			refs = append(refs, ref)
		}
	}
	return refs
}

// references returns a line's references by rank.
func (p *recPolicy) references(l *recLine) [6][]string {
	tokens := strings.FieldsFunc(l.Text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._/-", r)
	})
	return [6][]string{
		{"bank:" + l.id}, p.normalised(l.EndToEndID, l.OriginalReference), p.normalised(l.Reference),
		p.normalised(l.BatchID), p.normalised(l.BankReference), p.normalised(tokens...),
	}
}

// rank returns the first of some ranks at which a line names an item.
func (l *recLine) rank(x *recItem, from, to int) (int, bool) {
	for rank := from; rank <= to; rank++ {
		if rank == 0 && (x.source == l.refs[0][0] || x.reference == l.refs[0][0]) {
			return 0, true
		}
		for _, key := range x.keys {
			if rank > 0 && slices.Contains(l.refs[rank], key) {
				return rank, true
			}
		}
	}
	return 0, false
}

// names reports whether a line has a reference of some ranks.
func (l *recLine) names(ref string, from, to int) bool {
	for rank := from; rank <= to; rank++ {
		if slices.Contains(l.refs[rank], ref) {
			return true
		}
	}
	return false
}

// refersTo reports whether a line names an item by more than its text.
func (l *recLine) refersTo(x *recItem) bool {
	_, ok := l.rank(x, 1, 4)
	return ok
}

// isFee reports whether a line has a fee code.
func (m *recModel) isFee(l *recLine) bool {
	parts := strings.Split(l.Code, "-")
	codes := [match.Formats][]string{
		match.Camt053: {"CHRG", "FEES", "COMM", "COMT"},
		match.MT940:   {"NCHG", "NCOM", "805", "806", "807", "808", "809"},
		match.BAI2:    {"661", "698"},
	}[l.format]
	for _, code := range []string{l.Code, parts[len(parts)-1], l.GVC} {
		if code != "" && (slices.Contains(codes, code) || slices.Contains(m.feeCodes, code)) {
			return true
		}
	}
	return false
}

func daysBetween(l *recLine, x *recItem) civil.Date {
	return max(l.Date()-x.value, x.value-l.Date())
}

func alike(l *recLine, x *recItem) bool {
	return l.currency == x.currency && (l.Amount > 0) == (x.amount > 0)
}

func abs64(x int64) int64 { return max(x, -x) }

// openLines and openItems return what is in no match, in order.
func (m *recModel) openLines() (open []*recLine) {
	for _, l := range m.lines {
		if m.lineIn[l] == nil {
			open = append(open, l)
		}
	}
	return open
}

func (m *recModel) openItems() (open []*recItem) {
	for _, x := range m.items {
		if m.itemIn[x] == nil {
			open = append(open, x)
		}
	}
	return open
}

// take makes a match. What its items have beyond its lines is a fee, or a difference.
func (m *recModel) take(pass string, lines []*recLine, items []*recItem, days civil.Date, fee bool) *recMatch {
	m.matchesOfTheDay++
	x := &recMatch{pass: pass, date: m.date, number: m.matchesOfTheDay, lines: lines, items: items, days: days}
	over := int64(0)
	for _, item := range items {
		over += item.amount
	}
	for _, l := range lines {
		over -= int64(l.Amount)
	}
	if fee {
		x.fee = over
	} else {
		x.difference = over
	}
	m.matches = append(m.matches, x)
	m.note(x)
	return x
}

func (m *recModel) note(x *recMatch) {
	for _, l := range x.lines {
		m.lineIn[l] = x
	}
	for _, item := range x.items {
		m.itemIn[item] = x
	}
}
