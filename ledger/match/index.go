package match

import (
	"cmp"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An entry says that a place, of a line or an item, has a reference, and its day.
type entry struct {
	ref   ref
	on    civil.Date
	place int32
}

// An index finds places by a reference: those of one are together, in the order of their
// days, then in their own. It can go on to the next or the previous free one without looking
// at those between.
type index struct {
	spans  map[ref]span
	places []int32
	on     []civil.Date // of places
	next   []int32      // where to go on from a place that is taken
	prev   []int32
	match  []int32 // of all places
}

// A span is the positions [from, to) of one reference.
type span struct{ from, to int32 }

// newIndex indexes entries of places that match says the match of.
func newIndex(list []entry, match []int32) index {
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.ref, b.ref), cmp.Compare(a.on, b.on), cmp.Compare(a.place, b.place))
	})
	list = slices.Compact(list)
	x := index{
		spans: make(map[ref]span, len(list)), match: match,
		places: make([]int32, len(list)), on: make([]civil.Date, len(list)), next: make([]int32, len(list)), prev: make([]int32, len(list)),
	}
	from := 0
	for i, e := range list {
		x.places[i], x.on[i], x.next[i], x.prev[i] = e.place, e.on, int32(i)+1, int32(i)-1
		if i+1 == len(list) || list[i+1].ref != e.ref {
			x.spans[e.ref] = span{int32(from), int32(i) + 1}
			from = i + 1
		}
	}
	return x
}

func (x *index) free(position int32) bool { return x.match[x.places[position]] == free }

// ahead returns the first free position in [at, to), or to.
func (x *index) ahead(at, to int32) int32 {
	end := at
	for end < to && !x.free(end) {
		end = x.next[end]
	}
	end = min(end, to)
	for at < end { // the way is shorter next time
		at, x.next[at] = x.next[at], end
	}
	return end
}

// behind returns the last free position in [from, at], or from - 1.
func (x *index) behind(at, from int32) int32 {
	end := at
	for end >= from && !x.free(end) {
		end = x.prev[end]
	}
	end = max(end, from-1)
	for at > end {
		at, x.prev[at] = x.prev[at], end
	}
	return end
}

// from returns the first position of a span whose day is not before another.
func (x *index) from(s span, d civil.Date) int32 {
	n, _ := slices.BinarySearch(x.on[s.from:s.to], d)
	return s.from + int32(n)
}

// eachNear calls do with the free places of a reference from a day to another, in the order
// of their days, until it returns false.
func (x *index) eachNear(k ref, from, to civil.Date, do func(place int32) bool) {
	s, ok := x.spans[k]
	if !ok {
		return
	}
	s = span{x.from(s, from), x.from(s, to+1)}
	for at := x.ahead(s.from, s.to); at < s.to; at = x.ahead(at+1, s.to) {
		if !do(x.places[at]) {
			return
		}
	}
}

// eachFree calls do with the free places of a reference, in their order, until it returns
// false.
func (x *index) eachFree(k ref, do func(place int32) bool) {
	s, ok := x.spans[k]
	if !ok {
		return
	}
	for at := x.ahead(s.from, s.to); at < s.to; at = x.ahead(at+1, s.to) {
		if !do(x.places[at]) {
			return
		}
	}
}

// hasFree reports whether a reference has a free place.
func (x *index) hasFree(k ref) bool {
	s, ok := x.spans[k]
	return ok && x.ahead(s.from, s.to) < s.to
}

// nearest returns the free item of a reference that is closest to a date, the first in
// order among those, and how far it is; -1 where none is within the window.
func (r *Run) nearest(x *index, k ref, date, window civil.Date) (item int32, days civil.Date) {
	s, ok := x.spans[k]
	if !ok {
		return -1, 0
	}
	on := x.from(s, date)
	item, days = -1, window+1
	if left := x.behind(on-1, s.from); left >= s.from {
		if d := r.Items[x.places[left]].ValueDate; date-d < days {
			item, days = x.places[x.ahead(x.from(s, d), s.to)], date-d
		}
	}
	if right := x.ahead(on, s.to); right < s.to {
		if d := r.Items[x.places[right]].ValueDate; d-date < days {
			item, days = x.places[right], d-date
		}
	}
	return item, days
}

// with is the reference of what has an amount in a currency, too.
func (k ref) with(amount money.Amount, currency string) ref {
	h := uint64(k) ^ uint64(amount)*0x9e3779b97f4a7c15
	for i := range len(currency) {
		h = (h ^ uint64(currency[i])) * 1099511628211
	}
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return ref(h ^ h>>32)
}

// signed is the reference of what moves money one way in a currency, too.
func (k ref) signed(amount money.Amount, currency string) ref {
	return k.with(money.Amount(sign(amount)), currency)
}
