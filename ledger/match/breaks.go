package match

import (
	"math"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A BreakKind says why a line or an item is open, or what is wrong with a statement.
type BreakKind uint8

// The kinds of break. Their numbers are stored.
const (
	NoBreak BreakKind = iota
	BankFee
	Returned
	SwappedReference
	SignDiffers
	CurrencyDiffers
	DateDiffers
	AmountDiffers
	DuplicateOnBank
	Ambiguous
	UnknownOnBank
	DuplicateInLedger
	MissingInBatch
	Outstanding
	MissingOnBank
	StatementUnbalanced
	StatementGap
	BreakKinds // how many there are
)

var breakNames = [BreakKinds]string{
	"", "bank_fee", "returned", "swapped_reference", "sign_differs", "currency_differs", "date_differs", "amount_differs",
	"duplicate_on_bank", "ambiguous", "unknown_on_bank", "duplicate_in_ledger", "missing_in_batch", "outstanding", "missing_on_bank",
	"statement_unbalanced", "statement_gap",
}

func (k BreakKind) String() string { return breakNames[k] }

// IsExpected reports whether a break asks nobody to look: it is in no threshold.
func (k BreakKind) IsExpected() bool { return k == BankFee || k == Outstanding }

// IsExpectedKind is [BreakKind.IsExpected] of a kind by its name.
func IsExpectedKind(name string) bool {
	i := slices.Index(breakNames[:], name)
	return i >= 0 && BreakKind(i).IsExpected()
}

// A Break is why a line or an item is open. Its partners are places in the run, -1 where
// there is none.
type Break struct {
	Kind       BreakKind
	Line       int32
	Item       int32
	Past       *PastItem // a partner that an earlier run matched, where Item is -1
	Difference Optional  // line less item, of a partner in the same currency
	LoanID     string    // of the one loan that an unknown credit names
}

func breakOf(kind BreakKind) Break { return Break{Kind: kind, Line: -1, Item: -1} }

// Asks returns the references for which [Run.Finish] has to know what earlier runs matched:
// those of what is open after [Run.Refer].
func (r *Run) Asks() []uint64 {
	var list []uint64
	add := func(b []byte) { list = append(list, uint64(refOf(b))) }
	for line := range r.Lines {
		if r.lineMatch[line] == free {
			r.read.eachRef(&r.Lines[line], rankEndToEnd, rankOfBank, func(_ int, b []byte) { add(b) })
		}
	}
	for item := range r.Items {
		if r.itemMatch[item] == free {
			r.read.eachKey(r.Items[item], add)
		}
	}
	slices.Sort(list)
	r.asks = slices.Compact(list)
	return r.asks
}

// Keys makes the references that items are found by, as [Run.Asks] has them. It belongs to
// one goroutine.
type Keys struct{ read reader }

// NewKeys returns one of references of some letters and digits.
func NewKeys(least int) *Keys { return &Keys{reader{least: max(least, 1)}} }

// Each calls do with the references of an item.
func (k *Keys) Each(x *Item, do func(ref uint64)) {
	k.read.eachKey(x, func(b []byte) { do(uint64(refOf(b))) })
}

// A PastItem is an item that an earlier run matched.
type PastItem struct {
	Item
	LineID string // the first line of its match; empty: none
}

// Past is what earlier runs matched: items by a reference that was asked for.
type Past map[uint64][]PastItem

// Finish ties what amount and date tie, and says why the rest is open.
func (r *Run) Finish(past Past) {
	r.byAmounts(func(k ref) bool {
		_, ever := r.index.spans[k]
		return ever || len(past[uint64(k)]) > 0
	})
	r.LineBreaks, r.ItemBreaks = make([]*Break, len(r.Lines)), make([]*Break, len(r.Items))
	r.list = r.newListing(past)
	crosswise := r.newCrosswise()
	for line := range r.Lines {
		if r.lineMatch[line] == free {
			b := r.lineBreak(line, crosswise)
			r.LineBreaks[line] = &b
		}
	}
	named := map[int32]int32{} // item → the first line that names it
	for line, b := range r.LineBreaks {
		if b == nil {
			continue
		}
		switch b.Kind {
		case SwappedReference, SignDiffers, CurrencyDiffers, DateDiffers, AmountDiffers:
			if _, ok := named[b.Item]; !ok {
				named[b.Item] = int32(line)
			}
		}
	}
	for item := range r.Items {
		if r.itemMatch[item] == free {
			b := r.itemBreak(item, named)
			r.ItemBreaks[item] = &b
		}
	}
	r.list = nil
}

// lineBreak says why a line is open: the first kind that fits.
// Source: finance.md, section 3, break kinds.
func (r *Run) lineBreak(line int, crosswise crosswise) Break {
	l := &r.Lines[line]
	if r.fees[line] {
		return breakOf(BankFee)
	}
	if l.Reversal {
		if b := r.opposite(line); b.Kind != NoBreak {
			return b
		}
	}
	for kind := SwappedReference; kind <= AmountDiffers; kind++ {
		partner, other := r.partner(kind, line, crosswise)
		if partner < 0 {
			continue
		}
		b := Break{Kind: kind, Line: other, Item: partner}
		if x := r.Items[partner]; x.Currency == l.Statement.Currency {
			b.Difference = Optional{l.Amount - x.Amount, true}
		}
		return b
	}
	if b := r.duplicate(line); b.Kind != NoBreak {
		return b
	}
	if r.ambiguous.lines[line] {
		return breakOf(Ambiguous)
	}
	return breakOf(UnknownOnBank)
}

// partner returns the open item that an open line refers to and that differs from it in what
// a kind says, -1 where there is none: the closest of those that differ in their amount, of
// others the first. Of a swapped reference it returns the other line, too.
func (r *Run) partner(kind BreakKind, line int, crosswise crosswise) (partner, other int32) {
	l := &r.Lines[line]
	partner, other = -1, -1
	currency := r.list.currency(l.Statement.Currency)
	var least money.Amount
	see := func(place int32, off money.Amount) bool {
		better := place >= 0 && (partner < 0 || off < least || off == least && place < partner)
		if better {
			partner, least = place, off
		}
		return better
	}
	r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) {
		k := refOf(b)
		switch kind {
		case SwappedReference:
			crosswise.each(r.list, k, currency, func(x listed) {
				if m, ok := crosswise[crossing{x.amount, l.Amount, currency}]; ok && x.amount != l.Amount && see(x.place, 0) {
					other = m
				}
			})
		case SignDiffers:
			see(first(equal(r.list.free, k, currency, -l.Amount)), 0)
		case CurrencyDiffers:
			for c, name := range r.list.currencies {
				amount, ok := inDigits(l.Amount, r.digits(l.Statement.Currency), r.digits(name))
				if ok && int32(c) != currency {
					see(first(equal(r.list.free, k, int32(c), amount)), 0)
				}
			}
		case DateDiffers:
			see(r.outside(equal(r.list.free, k, currency, l.Amount), l.Date(), r.Rules.ReferenceWindow), 0)
		default:
			see(closest(r.list.free, k, currency, l.Amount))
		}
	})
	return partner, other
}

// An earliest item is the first of several, in their order: of this run, or of an earlier one.
type earliest struct {
	place int32 // -1 of an earlier run's
	item  *Item
	past  *PastItem
}

func (e *earliest) see(place int32, x *Item, past *PastItem) {
	if e.item == nil || x.compare(e.item) < 0 {
		*e = earliest{place, x, past}
	}
}

// seeTaken looks at the items of a reference and an amount that are matched, but those of an entry.
func (r *Run) seeTaken(e *earliest, k ref, currency string, amount money.Amount, but int64) {
	for _, x := range equal(r.list.taken, k, r.list.currency(currency), amount) {
		if o := r.Items[x.place]; o.EntryID != but {
			e.see(x.place, o, nil)
			break
		}
	}
	for _, o := range r.list.past[k.with(amount, currency)] {
		if o.EntryID != but && o.Amount == amount && o.Currency == currency {
			e.see(-1, &o.Item, o)
			break
		}
	}
}

// noEntry is the number of no entry.
const noEntry = math.MinInt64

// opposite is the break of a line that gives back what an item brought.
func (r *Run) opposite(line int) Break {
	l := &r.Lines[line]
	currency := l.Statement.Currency
	var e earliest
	r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) {
		k := refOf(b)
		if open := first(equal(r.list.free, k, r.list.currency(currency), -l.Amount)); open >= 0 {
			e.see(open, r.Items[open], nil)
		}
		r.seeTaken(&e, k, currency, -l.Amount, noEntry)
	})
	if e.item == nil {
		return Break{}
	}
	return Break{Kind: Returned, Line: -1, Item: e.place, Past: e.past, Difference: Optional{l.Amount - e.item.Amount, true}}
}

// duplicate is the break of a line whose item another line has met.
func (r *Run) duplicate(line int) Break {
	l := &r.Lines[line]
	var e earliest
	r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) { r.seeTaken(&e, refOf(b), l.Statement.Currency, l.Amount, noEntry) })
	if e.item == nil {
		return Break{}
	}
	b := Break{Kind: DuplicateOnBank, Line: -1, Item: e.place, Past: e.past, Difference: Optional{0, true}}
	if e.place >= 0 {
		if m := r.ItemMatch(int(e.place)); len(m.Lines) > 0 {
			b.Line = m.Lines[0]
		}
	}
	return b
}

// itemBreak says why an item is open: the first kind that fits.
func (r *Run) itemBreak(item int, named map[int32]int32) Break {
	if line, ok := named[int32(item)]; ok {
		b := r.LineBreaks[line]
		return Break{Kind: b.Kind, Line: line, Item: -1, Difference: b.Difference}
	}
	x := r.Items[item]
	if b := r.again(item); b.Kind != NoBreak {
		return b
	}
	for i := range r.Rules.Settlements {
		if rule := &r.Rules.Settlements[i]; rule.Channel == x.Channel {
			if g, ok := rule.group(x, &r.read); ok && r.settled[g] {
				return breakOf(MissingInBatch)
			}
		}
	}
	switch {
	case r.ambiguous.items[item]:
		return breakOf(Ambiguous)
	case r.Date-x.ValueDate <= r.Rules.Outstanding:
		return breakOf(Outstanding)
	}
	return breakOf(MissingOnBank)
}

// again is the break of an item that another entry has been matched for.
func (r *Run) again(item int) Break {
	x := r.Items[item]
	var e earliest
	r.read.eachKey(x, func(b []byte) { r.seeTaken(&e, refOf(b), x.Currency, x.Amount, x.EntryID) })
	if e.item == nil {
		return Break{}
	}
	return Break{Kind: DuplicateInLedger, Line: -1, Item: e.place, Past: e.past, Difference: Optional{0, true}}
}

// A crossing says that an open line of an amount refers to an open item of another.
type crossing struct {
	line, item money.Amount
	currency   int32
}

// crosswise finds the first line of each crossing.
type crosswise map[crossing]int32

// crossMax is how many open items may share a reference that may have been swapped: one that
// more have names none of them.
const crossMax = 32

// each calls do with the open items of a reference and a currency, unless they are too many.
func (c crosswise) each(ls *listing, k ref, currency int32, do func(x listed)) {
	if list := of(ls.free, k, currency); len(list) <= crossMax {
		for _, x := range list {
			do(x)
		}
	}
}

// newCrosswise notes the crossings that another may be the counterpart of: whose amounts are
// some line's and some item's, too.
func (r *Run) newCrosswise() crosswise {
	type sum struct {
		amount   money.Amount
		currency int32
	}
	lines, items := map[sum]bool{}, map[sum]bool{}
	for line := range r.Lines {
		if l := &r.Lines[line]; r.lineMatch[line] == free {
			lines[sum{l.Amount, r.list.currency(l.Statement.Currency)}] = true
		}
	}
	for _, x := range r.list.free {
		items[sum{x.amount, x.currency}] = true
	}
	c := crosswise{}
	for line := range r.Lines {
		l := &r.Lines[line]
		currency := r.list.currency(l.Statement.Currency)
		if r.lineMatch[line] != free || !items[sum{l.Amount, currency}] {
			continue
		}
		r.read.eachRef(l, rankEndToEnd, rankOfBank, func(_ int, b []byte) {
			c.each(r.list, refOf(b), currency, func(x listed) {
				k := crossing{l.Amount, x.amount, currency}
				if _, known := c[k]; !known && x.amount != l.Amount && lines[sum{x.amount, currency}] {
					c[k] = int32(line)
				}
			})
		})
	}
	return c
}

// LoanAsks returns the references by which lines that nobody knows may name a loan: of
// credits, all ranks.
func (r *Run) LoanAsks() []uint64 {
	var list []uint64
	most := 1 << 20
	r.eachUnknownCredit(func(line int) {
		r.read.eachRef(&r.Lines[line], rankEndToEnd, rankText, func(_ int, b []byte) { list = append(list, uint64(refOf(b))) })
		if len(list) >= most { // texts say the same again and again
			slices.Sort(list)
			list = slices.Compact(list)
			most = max(most, 2*len(list))
		}
	})
	slices.Sort(list)
	return slices.Compact(list)
}

// LoanRef returns the reference that a loan is named by, as [Run.LoanAsks] has it; false
// where its id is too short to be one.
func LoanRef(to []byte, loanID string, leastReference int) (b []byte, k uint64, ok bool) {
	b = normalise(to[:0], loanID, max(leastReference, 1))
	return b, uint64(refOf(b)), len(b) > 0
}

// Name notes the loans that unknown credits name, where it is exactly one. loans has those
// of the book by reference; of more than two two are enough.
func (r *Run) Name(loans map[uint64][]string) {
	r.eachUnknownCredit(func(line int) {
		var one []string
		r.read.eachRef(&r.Lines[line], rankEndToEnd, rankText, func(_ int, b []byte) { one = append(one, loans[uint64(refOf(b))]...) })
		slices.Sort(one)
		if one = slices.Compact(one); len(one) == 1 {
			r.LineBreaks[line].LoanID = one[0]
		}
	})
}

func (r *Run) eachUnknownCredit(do func(line int)) {
	for line := range r.Lines {
		if b := r.LineBreaks[line]; b != nil && b.Kind == UnknownOnBank && r.Lines[line].Amount > 0 {
			do(line)
		}
	}
}

// AgeBands are the bands of age in days, the youngest first.
var AgeBands = []string{"0-7", "8-30", "31-90", "over 90"}

// bandEnds are the last days of all but the last.
var bandEnds = [...]civil.Date{7, 30, 90}

// AgeBand returns the band of an age in days; one below zero is in the first.
func AgeBand(days civil.Date) string {
	i, _ := slices.BinarySearch(bandEnds[:], days)
	return AgeBands[i]
}
