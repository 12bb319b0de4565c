package match

import (
	"cmp"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// sharedMax is how many items may share a reference that ties one of them to a line of
// another amount; sums have as many items at most.
const sharedMax = 1000

// bankPrefix begins the source of an item that was made of a line of the bank, with the
// line's id after it.
const bankPrefix = "bank:"

// pair ties lines and items one to one: of all pairs those that are closest first, then by
// the order of lines, then of items, each if both are still free. best returns the first
// item of a line in that order, or -1, and how far it is.
//
// Pairs are never listed: a line waits under the days of its best item, and looks again
// when it comes to it. As those days only grow, the order is that of the list.
func (r *Run) pair(as Match, window civil.Date, may func(line int) bool, best func(line int) (item int32, days civil.Date)) {
	waiting := make([][]int32, window+1)
	for line := range r.Lines {
		if r.lineMatch[line] == free && may(line) {
			if item, days := best(line); item >= 0 {
				waiting[days] = append(waiting[days], int32(line))
			}
		}
	}
	for now := range waiting {
		lines := waiting[now]
		slices.Sort(lines)
		for _, line := range lines {
			item, days := best(int(line))
			switch {
			case item < 0:
			case days > civil.Date(now):
				waiting[days] = append(waiting[days], line)
			default:
				as.Lines, as.Items, as.Days = r.one(line), r.one(item), days
				r.take(as)
			}
		}
		waiting[now] = nil
	}
}

func anyLine(int) bool { return true }

// closer keeps the better of two items: the closer, then the first.
func closer(item int32, days civil.Date, other int32, otherDays civil.Date) (int32, civil.Date) {
	if other >= 0 && (item < 0 || otherDays < days || otherDays == days && other < item) {
		return other, otherDays
	}
	return item, days
}

// refsOf calls do with a line's references of one rank.
func (r *Run) refsOf(line, rank int, do func(k ref)) {
	l := &r.Lines[line]
	if rank == rankBank {
		do(refOf(append(r.read.b[:0], bankPrefix+l.ID()...)) ^ asIs)
		return
	}
	r.read.eachRef(l, rank, rank, func(_ int, b []byte) { do(refOf(b)) })
}

// asIs tells references that are compared as they are from normalised ones.
const asIs ref = 0x5bd1e9955bd1e995

// keysOf calls do with the references of an item that lines of a rank can have.
func (r *Run) keysOf(item int, do func(k ref)) {
	x := r.Items[item]
	r.read.eachKey(x, func(b []byte) { do(refOf(b)) })
	for _, id := range [...]string{x.SourceID, x.Reference} {
		if strings.HasPrefix(id, bankPrefix) {
			do(refOf([]byte(id)) ^ asIs)
		}
	}
}

// itemIndex indexes the items that are free by what keys calls do with.
func (r *Run) itemIndex(keys func(item int, do func(k ref))) index {
	list := make([]entry, 0, len(r.Items))
	for item := range r.Items {
		if r.itemMatch[item] == free {
			keys(item, func(k ref) { list = append(list, entry{k, r.Items[item].ValueDate, int32(item)}) })
		}
	}
	return newIndex(list, r.itemMatch)
}

// references is the pass `reference`.
func (r *Run) references() {
	exact := r.itemIndex(func(item int, do func(k ref)) {
		x := r.Items[item]
		r.keysOf(item, func(k ref) { do(k.with(x.Amount, x.Currency)) })
	})
	r.byBankIDs(&exact)
	for rank := rankEndToEnd; rank < ranks; rank++ {
		r.pair(Match{Pass: ByReferences}, r.Rules.ReferenceWindow, anyLine, func(line int) (item int32, days civil.Date) {
			item = -1
			l := &r.Lines[line]
			r.refsOf(line, rank, func(k ref) {
				other, d := r.nearest(&exact, k.with(l.Amount, l.Statement.Currency), l.Date(), r.Rules.ReferenceWindow)
				item, days = closer(item, days, other, d)
			})
			return item, days
		})
	}
}

// byBankIDs ties what was made of a line of the bank to that line, however far they are
// apart: a reversal has the value date of what it reverses.
func (r *Run) byBankIDs(exact *index) {
	var pairs []Match
	for line := range r.Lines {
		l := &r.Lines[line]
		if r.lineMatch[line] != free {
			continue
		}
		r.refsOf(line, rankBank, func(k ref) {
			if item, days := r.nearest(exact, k.with(l.Amount, l.Statement.Currency), l.Date(), civil.Max-civil.Min); item >= 0 {
				pairs = append(pairs, Match{Pass: ByReferences, Lines: []int32{int32(line)}, Items: []int32{item}, Days: days})
			}
		})
	}
	slices.SortStableFunc(pairs, func(a, b Match) int { return cmp.Compare(a.Days, b.Days) })
	for _, m := range pairs {
		if r.itemMatch[m.Items[0]] == free { // its source and its reference may name two lines
			r.take(m)
		}
	}
}

// netOfFees is the pass `net_of_fee`: first what a channel's rule says, then what the
// tolerance lets pass.
func (r *Run) netOfFees() {
	if len(r.Rules.Fees) > 0 {
		r.nearly(true, func(line, item int) bool {
			l, x := &r.Lines[line], r.Items[item]
			f, digits := r.Rules.fee(x.Channel), r.digits(x.Currency)
			return f != nil && abs(x.Amount-l.Amount-feeOf(f.Rate, f.Fixed, x.Amount, 1, digits)) <= f.Tolerance.In(digits)
		})
	}
	if r.Rules.Tolerance > 0 {
		r.nearly(false, func(line, item int) bool {
			l, x := &r.Lines[line], r.Items[item]
			return abs(x.Amount-l.Amount) <= r.Rules.Tolerance.In(r.digits(x.Currency))
		})
	}
}

// nearly pairs lines and items of one reference of ranks 0 to 4, currency and sign whose
// amounts fit.
func (r *Run) nearly(byRule bool, fits func(line, item int) bool) {
	for rank := rankBank; rank < rankText; rank++ {
		r.pair(Match{Pass: NetOfFee, byRule: byRule}, r.Rules.ReferenceWindow, anyLine, func(line int) (item int32, days civil.Date) {
			item = -1
			l := &r.Lines[line]
			r.refsOf(line, rank, func(k ref) {
				if s := r.index.spans[k]; s.to-s.from > sharedMax {
					return
				}
				r.index.eachFree(k, func(place int32) bool {
					x := r.Items[place]
					d := r.days(line, int(place))
					if x.Currency == l.Statement.Currency && sign(x.Amount) == sign(l.Amount) && d <= r.Rules.ReferenceWindow && fits(line, int(place)) {
						item, days = closer(item, days, place, d)
					}
					return true
				})
			})
			return item, days
		})
	}
}

// byLoan is the pass `loan`. A line that refers to an open item waits for that.
func (r *Run) byLoan() {
	exact := r.itemIndex(func(item int, do func(k ref)) {
		x := r.Items[item]
		if b := normalise(nil, x.LoanID, r.read.least); len(b) > 0 {
			do(refOf(b).with(x.Amount, x.Currency))
		}
	})
	refers := make([]bool, len(r.Lines))
	for line := range r.Lines {
		refers[line] = r.lineMatch[line] == free && r.refersToOpen(line)
	}
	may := func(line int) bool { return !r.fees[line] && !refers[line] }
	r.pair(Match{Pass: ByLoan}, r.Rules.AmountWindow, may, func(line int) (item int32, days civil.Date) {
		item = -1
		l := &r.Lines[line]
		r.read.eachRef(l, rankEndToEnd, rankText, func(_ int, b []byte) {
			other, d := r.nearest(&exact, refOf(b).with(l.Amount, l.Statement.Currency), l.Date(), r.Rules.AmountWindow)
			item, days = closer(item, days, other, d)
		})
		return item, days
	})
}

// refersToOpen reports whether a line has a reference of ranks 1 to 4 to an open item.
func (r *Run) refersToOpen(line int) (refers bool) {
	r.read.eachRef(&r.Lines[line], rankEndToEnd, rankOfBank, func(_ int, b []byte) { refers = refers || r.index.hasFree(refOf(b)) })
	return refers
}
