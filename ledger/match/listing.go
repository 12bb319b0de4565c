package match

import (
	"cmp"
	"math"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A listing finds the items that a line may have been meant for by reference, currency and
// amount: any number of them may share a reference, and none of those between is looked at.
type listing struct {
	currencies  []string // sorted
	free, taken []listed // sorted
	past        map[ref][]*PastItem
}

// A listed item has a reference that something open has, too.
type listed struct {
	ref      ref
	amount   money.Amount
	currency int32
	place    int32
}

func (x *listed) compare(o *listed) int {
	return cmp.Or(cmp.Compare(x.ref, o.ref), cmp.Compare(x.currency, o.currency), cmp.Compare(x.amount, o.amount), cmp.Compare(x.place, o.place))
}

// newListing lists the items of the run, and those of earlier ones.
func (r *Run) newListing(past Past) *listing {
	ls := &listing{past: make(map[ref][]*PastItem, len(past))}
	for i := range r.Items {
		if c := r.Items[i].Currency; len(ls.currencies) == 0 || !slices.Contains(ls.currencies, c) {
			ls.currencies = append(ls.currencies, c)
		}
	}
	slices.Sort(ls.currencies)
	for i := range r.Items {
		x := r.Items[i]
		to := &ls.free
		if r.itemMatch[i] != free {
			to = &ls.taken
		}
		r.read.eachKey(x, func(b []byte) {
			k := refOf(b)
			if _, asked := slices.BinarySearch(r.asks, uint64(k)); asked {
				*to = append(*to, listed{k, x.Amount, ls.currency(x.Currency), int32(i)})
			}
		})
	}
	for _, list := range [...][]listed{ls.free, ls.taken} {
		slices.SortFunc(list, func(a, b listed) int { return a.compare(&b) })
	}
	for k, known := range past {
		for i := range known {
			at := ref(k).with(known[i].Amount, known[i].Currency)
			ls.past[at] = append(ls.past[at], &known[i])
		}
	}
	for _, list := range ls.past {
		slices.SortFunc(list, func(a, b *PastItem) int { return a.compare(&b.Item) })
	}
	return ls
}

// currency returns the number of a currency, -1 where no item has it.
func (ls *listing) currency(c string) int32 {
	if i, ok := slices.BinarySearch(ls.currencies, c); ok {
		return int32(i)
	}
	return -1
}

// from returns the first place of what is not before a reference, a currency and an amount.
func from(list []listed, k ref, currency int32, amount money.Amount) int {
	i, _ := slices.BinarySearchFunc(list, listed{k, amount, currency, -1}, func(a, b listed) int { return a.compare(&b) })
	return i
}

// of returns those of a reference and a currency.
func of(list []listed, k ref, currency int32) []listed {
	return list[from(list, k, currency, math.MinInt64):from(list, k, currency+1, math.MinInt64)]
}

// equal returns those of an amount, too, in the order of items.
func equal(list []listed, k ref, currency int32, amount money.Amount) []listed {
	return list[from(list, k, currency, amount):from(list, k, currency, amount+1)]
}

// first returns the place of the first, -1 of none.
func first(list []listed) int32 {
	if len(list) == 0 {
		return -1
	}
	return list[0].place
}

// outside returns the place of the first of equal items that is further from a date than a
// window; -1 where none is. They are in the order of their value dates.
func (r *Run) outside(list []listed, date, window civil.Date) int32 {
	if len(list) == 0 || r.Items[list[0].place].ValueDate < date-window {
		return first(list)
	}
	i, _ := slices.BinarySearchFunc(list, date+window+1, func(x listed, d civil.Date) int { return cmp.Compare(r.Items[x.place].ValueDate, d) })
	for i > 0 && r.Items[list[i-1].place].ValueDate > date+window {
		i--
	}
	return first(list[i:])
}

// closest returns the place of the item of a reference whose amount is closest to another of
// the same sign, the first in order of several; -1 where there is none.
func closest(list []listed, k ref, currency int32, amount money.Amount) (place int32, off money.Amount) {
	list = of(list, k, currency)
	at := from(list, k, currency, amount)
	place = -1
	if at < len(list) && sign(list[at].amount) == sign(amount) {
		place, off = list[at].place, list[at].amount-amount
	}
	if at == 0 || sign(list[at-1].amount) != sign(amount) {
		return place, off
	}
	below := first(equal(list, k, currency, list[at-1].amount))
	if o := amount - list[at-1].amount; place < 0 || o < off || o == off && below < place {
		place, off = below, o
	}
	return place, off
}

// inDigits returns an amount of a currency in one with other digits; false where it has none there.
func inDigits(a money.Amount, from, to int) (money.Amount, bool) {
	for ; from < to; from++ {
		if abs(a) > math.MaxInt64/10 {
			return 0, false
		}
		a *= 10
	}
	for ; from > to; from-- {
		if a%10 != 0 {
			return 0, false
		}
		a /= 10
	}
	return a, true
}
