package whatif

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"daybook/ledger/money"
	"daybook/reports"
)

// loans compares loans, and keeps what came of it: the moves between classes, and those
// loans that changed most.
type loans struct {
	c      *comparer
	packs  []string // by their place
	tapes  [2]*tape
	digits int // of amounts after the point
	moves  map[string]*move
	key    []byte // scratch
	most   []change
}

// A move is the loans of a currency that went from one class of a pack to another.
type move struct {
	pack               int
	currency, from, to string
	loans, balance     int64
	provision          [2]int64
}

// A change is one loan that changed.
type change struct {
	id, borrower, product, currency string
	pack                            int
	class                           [2]string
	provision                       [2]int64
	provided                        [2]bool
	score                           [2]int64
	there                           [2]bool // which night has the loan
}

func newLoans(c *comparer, old, new *tape) *loans {
	l := &loans{c: c, packs: slices.Clone(ownPacks), tapes: [2]*tape{old, new}, moves: map[string]*move{}}
	for i, t := range l.tapes {
		if t.reader == nil {
			continue
		}
		for _, column := range t.reader.Columns() {
			l.digits = max(l.digits, digitsOf(&column))
			pack := packOf(column.Name)
			if pack == "" || slices.Contains(l.packs, pack) {
				continue
			}
			l.packs = append(l.packs, pack)
			if i == 1 {
				c.result.NewPacks = append(c.result.NewPacks, pack)
			}
		}
	}
	for _, t := range l.tapes {
		at := func(name string) int {
			if i, ok := t.columns[name]; ok {
				return i
			}
			return -1
		}
		for i, pack := range l.packs {
			columns := packColumns{class: at(pack), provision: -1}
			if i >= len(ownPacks) {
				columns = packColumns{class: at(pack + classSuffix), provision: at(pack + provisionSuffix)}
			}
			t.packs = append(t.packs, columns)
		}
	}
	return l
}

func digitsOf(c *reports.Column) int {
	if c.Kind == reports.Amount {
		return c.Digits
	}
	return 0
}

// compare compares one loan; where one of the nights does not have it, its tape is nil.
func (l *loans) compare(old, new *tape) error {
	tapes := [2]*tape{old, new}
	first := old
	if first == nil {
		first = new
	}
	onBook, moved := false, -1 // the first pack whose class is another
	var balance int64
	for i := len(tapes) - 1; i >= 0; i-- {
		t := tapes[i]
		if t == nil {
			continue
		}
		onBook = onBook || t.onBook()
		v, _, err := t.amount(t.at[total], l.digits)
		if err != nil {
			return err
		}
		balance = v // the old night's, if it has the loan
	}
	most, found := change{pack: -1}, false
	for p := range l.packs {
		class, at := [2][]byte{none, none}, change{pack: p}
		for i, t := range tapes {
			if t == nil {
				continue
			}
			class[i] = t.class(p)
			var err error
			if at.provision[i], at.provided[i], err = t.amount(t.packs[p].provision, l.digits); err != nil {
				return err
			}
		}
		if !bytes.Equal(class[0], class[1]) {
			if moved < 0 {
				moved = p
			}
			if onBook {
				l.add(first, p, class, balance, &at)
			}
		}
		if at.provision[0] != at.provision[1] && (!found || at.byProvision() > most.byProvision()) {
			most, found = at, true
		}
	}
	return l.keep(tapes, most, moved)
}

// keep keeps a loan among those that changed most, if it did.
func (l *loans) keep(tapes [2]*tape, x change, moved int) error {
	for i, t := range tapes {
		if t != nil {
			x.score[i], x.there[i] = t.score(), true
		}
	}
	switch {
	case x.pack >= 0:
	case moved >= 0:
		x.pack = moved
	case x.score[0] == x.score[1] && x.there[0] == x.there[1]:
		return nil // the loan is as it was
	default:
		x.pack = 0
	}
	t := tapes[0]
	if t == nil {
		t = tapes[1]
	}
	x.id = string(t.id)
	if len(l.most) == LoansMax && !x.before(&l.most[LoansMax-1]) {
		return nil
	}
	x.borrower, x.product, x.currency = string(t.text(t.at[borrowerID])), string(t.text(t.at[product])), string(t.text(t.at[currency]))
	for i, t := range tapes {
		x.class[i] = None
		if t == nil {
			continue
		}
		x.class[i] = string(t.class(x.pack))
		var err error
		if x.provision[i], x.provided[i], err = t.amount(t.packs[x.pack].provision, l.digits); err != nil {
			return err
		}
	}
	at, _ := slices.BinarySearchFunc(l.most, &x, func(a change, b *change) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	l.most = slices.Insert(l.most, at, x)
	l.most = l.most[:min(len(l.most), LoansMax)]
	return nil
}

// byProvision is how much the provision changed, whichever way.
func (x *change) byProvision() uint64 { return distance(x.provision[0], x.provision[1]) }

// byScore is how much the score did: not at all where only one night has the loan.
func (x *change) byScore() uint64 {
	if !x.there[0] || !x.there[1] {
		return 0
	}
	return distance(x.score[0], x.score[1])
}

func distance(a, b int64) uint64 {
	if a > b {
		a, b = b, a
	}
	return uint64(b) - uint64(a)
}

// before reports whether a loan stands before another: the greater change of provision,
// then of score, then by id. Amounts of several currencies are compared as figures.
func (x *change) before(y *change) bool {
	return cmp.Or(cmp.Compare(y.byProvision(), x.byProvision()), cmp.Compare(y.byScore(), x.byScore()), cmp.Compare(x.id, y.id)) < 0
}

// add adds a loan to its move.
func (l *loans) add(t *tape, pack int, class [2][]byte, balance int64, at *change) {
	l.key = append(append(l.key[:0], byte(pack)), t.text(t.at[currency])...)
	for _, name := range class {
		l.key = append(append(l.key, 0), name...)
	}
	m := l.moves[string(l.key)]
	if m == nil {
		m = &move{pack: pack, currency: string(t.text(t.at[currency])), from: string(class[0]), to: string(class[1])}
		l.moves[string(l.key)] = m
	}
	m.loans++
	m.balance += balance
	for i := range m.provision {
		m.provision[i] += at.provision[i]
	}
}

// finish makes the tables of what was gathered.
func (l *loans) finish() {
	list := make([]*move, 0, len(l.moves))
	for _, m := range l.moves {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *move) int {
		classes := l.c.o.Classes[l.packs[a.pack]]
		return cmp.Or(a.pack-b.pack, after(l.c.o.Currencies, a.currency, b.currency), after(classes, a.from, b.from), after(classes, a.to, b.to))
	})
	for _, m := range list {
		row := []Value{wordOf(l.packs[m.pack]), wordOf(m.currency), wordOf(m.from), wordOf(m.to), wholeOf(m.loans), l.money(m.balance, m.currency), {}, {}}
		for i := range m.provision {
			if l.tapes[i].packs[m.pack].provision >= 0 {
				row[6+i] = l.money(m.provision[i], m.currency)
			}
		}
		l.c.result.ClassMoves.Rows = append(l.c.result.ClassMoves.Rows, row)
	}
	for i := range l.most {
		l.c.result.Loans.Rows = append(l.c.result.Loans.Rows, l.row(&l.most[i]))
	}
}

// row is a loan as a row of the table loans.
func (l *loans) row(x *change) []Value {
	row := []Value{
		wordOf(x.id), wordOf(x.borrower), wordOf(x.currency), wordOf(x.product), wordOf(l.packs[x.pack]), wordOf(x.class[0]), wordOf(x.class[1]),
		{}, {}, {}, {}, {}, {},
	}
	for i := range x.there {
		if x.provided[i] {
			row[7+i] = l.money(x.provision[i], x.currency)
		}
		if x.there[i] {
			row[10+i] = wholeOf(x.score[i])
		}
	}
	if x.provided[0] || x.provided[1] {
		row[9] = l.money(x.provision[1]-x.provision[0], x.currency)
	}
	if x.there[0] && x.there[1] {
		row[12] = wholeOf(x.score[1] - x.score[0])
	}
	return row
}

func (l *loans) money(v int64, currency string) Value {
	return decimalOf(reports.Money(v, l.digits, currency))
}

// rescale returns a figure with more digits after the point; ok is false where it has no
// place then.
func rescale(v int64, from, to int) (scaled int64, ok bool) {
	if from >= to {
		return v, from == to
	}
	unit := money.Pow10(to - from)
	if v > math.MaxInt64/unit || v < math.MinInt64/unit {
		return 0, false
	}
	return v * unit, true
}
