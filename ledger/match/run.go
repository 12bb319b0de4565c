package match

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Pass is a way in which lines and items are tied.
type Pass uint8

// The passes, in their order. Their numbers are stored.
const (
	Manual       Pass = iota // by a person
	ByReferences             // a reference, and equal amounts
	NetOfFee                 // a reference, and what the channel kept
	ReferenceSum             // items of one reference, in one line
	Split                    // an item, in lines with its reference
	Internal                 // released money: no line of the bank
	ByLoan                   // the loan's id, and equal amounts
	Settled                  // a channel's payout
	AmountDate               // amount and date, where there is but one
	Passes                   // how many there are
)

var passNames = [Passes]string{
	"manual", "reference", "net_of_fee", "reference_sum", "split", "internal", "loan", "settlement", "amount_date",
}

func (p Pass) String() string { return passNames[p] }

// A Match ties lines and items, by their places in the run.
type Match struct {
	Pass       Pass
	Lines      []int32
	Items      []int32
	Days       civil.Date
	Fee        money.Amount // what a rule says was kept: items less lines
	Difference money.Amount // items less lines otherwise
	Reason     string       // of a person's
	byRule     bool         // a rule of fees says what it differs by
}

// A Run ties what is open on a date. Its lines and items are in their order.
type Run struct {
	Date    civil.Date
	Rules   *Rules
	Lines   []BankLine
	Items   []*Item
	Matches []Match
	Settled []SettledGroup // groups of settlement rules that are tied tonight
	// Breaks of lines and of items that are open in the end, by their place; see [Run.Finish].
	LineBreaks []*Break
	ItemBreaks []*Break

	digits    func(currency string) int
	lineMatch []int32 // place of the match; free: none
	itemMatch []int32
	fees      []bool // of lines: charges of the bank
	rests     bool   // nothing is tied any more
	read      reader
	settled   map[Group]bool // groups that have a settlement, tonight's too
	ambiguous struct{ lines, items []bool }
	tying
}

// A tying is what a run needs until it is done.
type tying struct {
	ones  []int32  // memory of lists of one
	index index    // of items, by what references tie
	refs  index    // of lines, by references of ranks 1 to 4, before the splits
	asks  []uint64 // references of what is open after [Run.Refer]
	list  *listing // what open lines and items may have been meant for
}

// A SettledGroup is a group and its match, by its place in the run.
type SettledGroup struct {
	Group Group
	Match int
}

// free is the match of what has none.
const free = -1

// Begin starts a run of what is open: lines and items are put into their order. digits
// says how many digits a currency's amounts have; settled are the groups of settlement
// rules that earlier runs have tied.
func Begin(date civil.Date, rules *Rules, lines []BankLine, items []*Item, digits func(currency string) int, settled []Group) *Run {
	slices.SortFunc(lines, func(a, b BankLine) int { return a.Compare(&b) })
	slices.SortFunc(items, (*Item).compare)
	r := &Run{
		Date: date, Rules: rules, Lines: lines, Items: items, digits: digits, read: reader{least: max(rules.MinimumReference, 1)},
		lineMatch: slices.Repeat([]int32{free}, len(lines)), itemMatch: slices.Repeat([]int32{free}, len(items)),
		fees: make([]bool, len(lines)), settled: make(map[Group]bool, len(settled)),
	}
	for i := range lines {
		r.fees[i] = lines[i].IsBankFee(rules.FeeCodes)
	}
	for _, g := range settled {
		r.settled[g] = true
	}
	r.index = r.itemIndex(r.keysOf)
	return r
}

// LineMatch returns the match of a line, or nil where it is open.
func (r *Run) LineMatch(line int) *Match { return r.matchAt(r.lineMatch[line]) }

// ItemMatch returns the match of an item, or nil where it is open.
func (r *Run) ItemMatch(item int) *Match { return r.matchAt(r.itemMatch[item]) }

// Forget gives back the memory of what is only needed to tie: of the matches, only whether
// something has one is known then.
func (r *Run) Forget() {
	r.Matches, r.tying = nil, tying{}
}

// LineIsOpen reports whether a line has no match.
func (r *Run) LineIsOpen(line int) bool { return r.lineMatch[line] == free }

// ItemIsOpen reports whether an item has no match.
func (r *Run) ItemIsOpen(item int) bool { return r.itemMatch[item] == free }

func (r *Run) matchAt(i int32) *Match {
	if i == free {
		return nil
	}
	return &r.Matches[i]
}

// days is how far a line and an item are apart.
func (r *Run) days(line, item int) civil.Date {
	return distance(r.Lines[line].Date(), r.Items[item].ValueDate)
}

func distance(a, b civil.Date) civil.Date {
	if a < b {
		return b - a
	}
	return a - b
}

// take ties lines and items that are open. What they differ by is a fee where a rule says so.
func (r *Run) take(m Match) {
	var left money.Amount
	for _, i := range m.Items {
		left += r.Items[i].Amount
		r.mark(r.itemMatch, i)
	}
	for _, l := range m.Lines {
		left -= r.Lines[l].Amount
		r.mark(r.lineMatch, l)
	}
	switch m.Pass {
	case Internal:
	case ReferenceSum, Settled:
		m.Fee = left
	case NetOfFee:
		if m.Fee, m.Difference = left, 0; !m.byRule {
			m.Fee, m.Difference = 0, left
		}
	default:
		m.Difference = left
	}
	r.Matches = append(r.Matches, m)
}

// one is a list of one place; lists share their memory.
func (r *Run) one(place int32) []int32 {
	if len(r.ones) == cap(r.ones) {
		r.ones = make([]int32, 0, 1<<14)
	}
	n := len(r.ones)
	r.ones = append(r.ones, place)
	return r.ones[n : n+1 : n+1]
}

// mark gives a place the match that is being made.
func (r *Run) mark(places []int32, i int32) {
	if places[i] != free {
		panic("match: internal error: what is matched is matched again")
	}
	places[i] = int32(len(r.Matches))
}

// sign returns -1, 0 or 1.
func sign(a money.Amount) int {
	switch {
	case a < 0:
		return -1
	case a > 0:
		return 1
	}
	return 0
}

func abs(a money.Amount) money.Amount {
	if a < 0 {
		return -a
	}
	return a
}

// Refer ties what references, sums, loans and settlements tie: all passes but the last.
func (r *Run) Refer() {
	r.references()
	r.netOfFees()
	r.sums()
	r.refs = r.lineIndex(func(k ref, _ *BankLine) ref { return k })
	r.splits()
	r.internal()
	r.byLoan()
	r.settlements()
}

// Rest stands in for [Run.Refer] where nothing is new since a run that tied what can be
// tied: nothing more is, and [Run.Finish] says why.
func (r *Run) Rest() {
	r.rests = true
	r.refs = r.lineIndex(func(k ref, _ *BankLine) ref { return k })
}

// lineIndex indexes the lines that are free by what key makes of their references of ranks
// 1 to 4.
func (r *Run) lineIndex(key func(k ref, l *BankLine) ref) index {
	var list []entry
	for line := range r.Lines {
		if r.lineMatch[line] == free {
			l := &r.Lines[line]
			r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) { list = append(list, entry{key(refOf(b), l), l.Date(), int32(line)}) })
		}
	}
	return newIndex(list, r.lineMatch)
}
