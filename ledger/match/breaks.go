package match

import (
	"cmp"
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
	return slices.Compact(list)
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
	crosswise := r.newCrosswise()
	for line := range r.Lines {
		if r.lineMatch[line] == free {
			b := r.lineBreak(line, crosswise, past)
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
			b := r.itemBreak(item, named, past)
			r.ItemBreaks[item] = &b
		}
	}
}

// places calls do with the items of this run that a line refers to, each once, in their
// order: those that are free, or all.
func (r *Run) places(line int, all bool, do func(item int32)) {
	var list []int32
	r.read.eachRef(&r.Lines[line], rankEndToEnd, rankOfBank, func(_ int, b []byte) { list = r.index.collect(list, refOf(b), all) })
	slices.Sort(list)
	for _, item := range slices.Compact(list) {
		do(item)
	}
}

// collect appends the places of a reference, those that are free or all: at most as many as
// may share one.
func (x *index) collect(list []int32, k ref, all bool) []int32 {
	n := len(list)
	if !all {
		x.eachFree(k, func(place int32) bool {
			list = append(list, place)
			return len(list) < n+sharedMax
		})
		return list
	}
	s := x.spans[k]
	return append(list, x.places[s.from:min(s.to, s.from+sharedMax)]...)
}

// equalIn reports whether two amounts are the same number of units of their currencies.
func equalIn(a money.Amount, digitsA int, b money.Amount, digitsB int) bool {
	for digitsA < digitsB {
		a, digitsA = a*10, digitsA+1
	}
	for digitsB < digitsA {
		b, digitsB = b*10, digitsB+1
	}
	return a == b
}

// lineBreak says why a line is open: the first kind that fits.
// Source: finance.md, section 3, break kinds.
func (r *Run) lineBreak(line int, crosswise crosswise, past Past) Break {
	l := &r.Lines[line]
	if r.fees[line] {
		return breakOf(BankFee)
	}
	if l.Reversal {
		if b := r.opposite(line, past); b.Kind != NoBreak {
			return b
		}
	}
	for kind := SwappedReference; kind <= AmountDiffers; kind++ {
		partner := int32(-1)
		var least money.Amount
		r.places(line, false, func(item int32) {
			x := r.Items[item]
			if !r.suits(kind, line, item, crosswise) {
				return
			}
			// Of those that differ in their amount the closest; of others the first.
			if off := abs(l.Amount - x.Amount); partner < 0 || kind == AmountDiffers && off < least {
				partner, least = item, off
			}
		})
		if partner >= 0 {
			b := Break{Kind: kind, Line: -1, Item: partner}
			if x := r.Items[partner]; x.Currency == l.Statement.Currency {
				b.Difference = Optional{l.Amount - x.Amount, true}
			}
			if kind == SwappedReference {
				b.Line = crosswise.of(r, int32(line), partner)
			}
			return b
		}
	}
	if b := r.duplicate(line, past); b.Kind != NoBreak {
		return b
	}
	if r.ambiguous.lines[line] {
		return breakOf(Ambiguous)
	}
	return breakOf(UnknownOnBank)
}

// suits reports whether an open item that an open line refers to differs in what a kind says.
func (r *Run) suits(kind BreakKind, line int, item int32, crosswise crosswise) bool {
	l, x := &r.Lines[line], r.Items[item]
	same := x.Currency == l.Statement.Currency
	switch kind {
	case SwappedReference:
		return same && crosswise.of(r, int32(line), item) >= 0
	case SignDiffers:
		return same && l.Amount == -x.Amount
	case CurrencyDiffers:
		return !same && equalIn(l.Amount, r.digits(l.Statement.Currency), x.Amount, r.digits(x.Currency))
	case DateDiffers:
		return same && l.Amount == x.Amount && r.days(line, int(item)) > r.Rules.ReferenceWindow
	}
	return same && sign(l.Amount) == sign(x.Amount)
}

// matched calls do with the items that a reference of a line has, of this run and of earlier
// ones, in the order of items; place is -1 of an earlier run's.
func (r *Run) matched(line int, past Past, open bool, do func(place int32, x *Item, past *PastItem) (done bool)) {
	type found struct {
		place int32
		item  *Item
		past  *PastItem
	}
	var list []found
	r.places(line, true, func(item int32) {
		if open || r.itemMatch[item] != free {
			list = append(list, found{item, r.Items[item], nil})
		}
	})
	r.read.eachRef(&r.Lines[line], rankEndToEnd, rankOfBank, func(_ int, b []byte) {
		known := past[uint64(refOf(b))]
		for i := range known {
			list = append(list, found{-1, &known[i].Item, &known[i]})
		}
	})
	slices.SortStableFunc(list, func(a, b found) int { return a.item.compare(b.item) })
	for _, f := range list {
		if do(f.place, f.item, f.past) {
			return
		}
	}
}

// opposite is the break of a line that gives back what an item brought.
func (r *Run) opposite(line int, past Past) (b Break) {
	l := &r.Lines[line]
	r.matched(line, past, true, func(place int32, x *Item, before *PastItem) bool {
		if x.Currency != l.Statement.Currency || x.Amount != -l.Amount {
			return false
		}
		b = Break{Kind: Returned, Line: -1, Item: place, Past: before, Difference: Optional{l.Amount - x.Amount, true}}
		return true
	})
	return b
}

// duplicate is the break of a line whose item another line has met.
func (r *Run) duplicate(line int, past Past) (b Break) {
	l := &r.Lines[line]
	r.matched(line, past, false, func(place int32, x *Item, before *PastItem) bool {
		if x.Currency != l.Statement.Currency || x.Amount != l.Amount {
			return false
		}
		b = Break{Kind: DuplicateOnBank, Line: -1, Item: place, Past: before, Difference: Optional{0, true}}
		if place < 0 {
			return true
		}
		if m := r.ItemMatch(int(place)); len(m.Lines) > 0 {
			b.Line = m.Lines[0]
		}
		return true
	})
	return b
}

// itemBreak says why an item is open: the first kind that fits.
func (r *Run) itemBreak(item int, named map[int32]int32, past Past) Break {
	if line, ok := named[int32(item)]; ok {
		b := r.LineBreaks[line]
		return Break{Kind: b.Kind, Line: line, Item: -1, Difference: b.Difference}
	}
	x := r.Items[item]
	if b := r.again(item, past); b.Kind != NoBreak {
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
func (r *Run) again(item int, past Past) (b Break) {
	x := r.Items[item]
	var first *Item
	see := func(at int32, o *Item, before *PastItem) {
		if o.EntryID != x.EntryID && o.Currency == x.Currency && o.Amount == x.Amount && (first == nil || o.compare(first) < 0) {
			first, b = o, Break{Kind: DuplicateInLedger, Line: -1, Item: at, Past: before, Difference: Optional{0, true}}
		}
	}
	r.read.eachKey(x, func(b []byte) {
		for _, at := range r.index.collect(nil, refOf(b), true) {
			if r.itemMatch[at] != free {
				see(at, r.Items[at], nil)
			}
		}
		known := past[uint64(refOf(b))]
		for i := range known {
			see(-1, &known[i].Item, &known[i])
		}
	})
	return b
}

// A crossing is an open line that refers to an open item of another amount.
type crossing struct{ line, item int32 }

// crosswise finds crossings by the amounts of line and item, and their currency.
type crosswise map[ref][]crossing

func crossed(line, item money.Amount, currency string) ref {
	return ref(1).with(line, "").with(item, currency)
}

func (r *Run) newCrosswise() crosswise {
	c := crosswise{}
	for line := range r.Lines {
		if r.lineMatch[line] != free {
			continue
		}
		l := &r.Lines[line]
		r.places(line, false, func(item int32) {
			if x := r.Items[item]; x.Currency == l.Statement.Currency && x.Amount != l.Amount {
				k := crossed(l.Amount, x.Amount, x.Currency)
				c[k] = append(c[k], crossing{int32(line), item})
			}
		})
	}
	return c
}

// of returns the first line that refers to an item with a line's amount, and has the amount
// of the item that the line refers to; -1 where there is none.
func (c crosswise) of(r *Run, line, item int32) int32 {
	l, x := &r.Lines[line], r.Items[item]
	if l.Amount == x.Amount {
		return -1
	}
	for _, other := range c[crossed(x.Amount, l.Amount, x.Currency)] {
		m, y := &r.Lines[other.line], r.Items[other.item]
		if other.line != line && other.item != item && m.Amount == x.Amount && y.Amount == l.Amount && y.Currency == x.Currency {
			return other.line
		}
	}
	return -1
}

// LoanAsks returns the references by which lines that nobody knows may name a loan: of
// credits, all ranks.
func (r *Run) LoanAsks() []uint64 {
	var list []uint64
	r.eachUnknownCredit(func(line int) {
		r.read.eachRef(&r.Lines[line], rankEndToEnd, rankText, func(_ int, b []byte) { list = append(list, uint64(refOf(b))) })
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

// Bands of age, in days.
var bands = [...]struct {
	upTo civil.Date
	name string
}{{7, "0-7"}, {30, "8-30"}, {90, "31-90"}, {1 << 30, "over 90"}}

// AgeBand returns the band of an age in days; one below zero is in the first.
func AgeBand(days civil.Date) string {
	i, _ := slices.BinarySearchFunc(bands[:], days, func(b struct {
		upTo civil.Date
		name string
	}, days civil.Date) int {
		return cmp.Compare(b.upTo, days)
	})
	return bands[i].name
}
