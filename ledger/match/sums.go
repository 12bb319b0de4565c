package match

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// splitMax is the most lines that one item is split into.
const splitMax = 100

// sums is the pass `reference_sum`: the items of a reference, in one line.
func (r *Run) sums() {
	alike := r.itemIndex(func(item int, do func(k ref)) {
		x := r.Items[item]
		r.keysOf(item, func(k ref) { do(k.signed(x.Amount, x.Currency)) })
	})
	many := map[ref]int{} // of references and days that have too many items: how many matches there were
	for line := range r.Lines {
		l := &r.Lines[line]
		for rank := rankEndToEnd; rank < rankText && r.lineMatch[line] == free; rank++ {
			// The callee ties the line, so that what it has of this rank is listed first.
			var refs []ref
			r.read.eachRef(l, rank, rank, func(_ int, b []byte) { refs = append(refs, refOf(b)) })
			for _, k := range refs {
				if r.lineMatch[line] == free {
					r.sum(&alike, many, line, k)
				}
			}
		}
	}
}

// sum ties a line to the items of a reference, where they come to it or to it and their fees.
// Items of another sign or currency, or too far away, are not looked at: a reference may have
// any number of them.
func (r *Run) sum(alike *index, many map[ref]int, line int, k ref) {
	l := &r.Lines[line]
	window := r.Rules.ReferenceWindow
	var items []int32
	var sum money.Amount
	var days civil.Date
	k = k.signed(l.Amount, l.Statement.Currency)
	today := k.with(money.Amount(l.Date()), "")
	if n, ok := many[today]; ok && n == len(r.Matches) {
		return
	}
	alike.eachNear(k, l.Date()-window, l.Date()+window, func(item int32) bool {
		items, sum, days = append(items, item), sum+r.Items[item].Amount, max(days, r.days(line, int(item)))
		return len(items) <= sharedMax
	})
	if len(items) > sharedMax {
		many[today] = len(r.Matches)
		return
	}
	if len(items) < 2 {
		return
	}
	if sum == l.Amount || r.isNet(items, sum, l.Amount) {
		r.take(Match{Pass: ReferenceSum, Lines: []int32{int32(line)}, Items: items, Days: days})
	}
}

// isNet reports whether items are of one channel with a rule of fees, and a line has what
// that leaves of their sum.
func (r *Run) isNet(items []int32, sum, line money.Amount) bool {
	first := r.Items[items[0]]
	f := r.Rules.fee(first.Channel)
	if f == nil || slices.ContainsFunc(items, func(i int32) bool { return r.Items[i].Channel != first.Channel }) {
		return false
	}
	digits := r.digits(first.Currency)
	return abs(sum-line-feeOf(f.Rate, f.Fixed, sum, len(items), digits)) <= f.Tolerance.In(digits)
}

// splits is the pass `split`: one item in several lines that refer to it.
func (r *Run) splits() {
	alike := r.lineIndex(func(k ref, l *BankLine) ref { return k.signed(l.Amount, l.Statement.Currency) })
	window := r.Rules.ReferenceWindow
	for item := range r.Items {
		if r.itemMatch[item] != free {
			continue
		}
		x := r.Items[item]
		var lines []int32
		r.read.eachKey(x, func(b []byte) {
			n := len(lines)
			alike.eachNear(refOf(b).signed(x.Amount, x.Currency), x.ValueDate-window, x.ValueDate+window, func(line int32) bool {
				lines = append(lines, line)
				return len(lines) <= n+splitMax
			})
		})
		slices.Sort(lines)
		lines = slices.Compact(lines)
		if len(lines) < 2 || len(lines) > splitMax {
			continue
		}
		var sum money.Amount
		var days civil.Date
		for _, line := range lines {
			sum, days = sum+r.Lines[line].Amount, max(days, r.days(int(line), item))
		}
		if sum == x.Amount {
			r.take(Match{Pass: Split, Lines: lines, Items: []int32{int32(item)}, Days: days})
		}
	}
}

// internal is the pass of that name: money that a release takes out of suspense, and that
// goes to its loan the same night.
func (r *Run) internal() {
	type movement struct {
		source, currency string
		on               civil.Date
		amount           money.Amount
	}
	var opposite map[movement][]int32
	for item := range r.Items {
		x := r.Items[item]
		if r.itemMatch[item] != free || !isRelease(x) {
			continue
		}
		if opposite == nil { // most nights release nothing
			opposite = map[movement][]int32{}
			for i := range r.Items {
				if o := r.Items[i]; r.itemMatch[i] == free {
					k := movement{o.SourceID, o.Currency, o.BusinessDate, o.Amount}
					opposite[k] = append(opposite[k], int32(i))
				}
			}
		}
		k := movement{x.SourceID, x.Currency, x.BusinessDate, -x.Amount}
		for len(opposite[k]) > 0 && r.itemMatch[opposite[k][0]] != free {
			opposite[k] = opposite[k][1:]
		}
		if len(opposite[k]) > 0 {
			other := opposite[k][0]
			r.take(Match{Pass: Internal, Items: []int32{min(int32(item), other), max(int32(item), other)}})
		}
	}
}
