package reconcile

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// The references of matched items lie by date, sorted, so that a run can ask which of them
// earlier runs tied without having them in memory. A value has many, and in its key the last.
//
//	reference (8 bytes) · number of the match (4) · place of the item in it (4)

// A keyEntry says that an item of a match has a reference.
type keyEntry struct {
	ref   uint64
	match uint32
	item  uint32
}

const keyEntryBytes = 16

func (k keyEntry) compare(o keyEntry) int {
	return cmp.Or(cmp.Compare(k.ref, o.ref), cmp.Compare(k.match, o.match), cmp.Compare(k.item, o.item))
}

// refKey is the key of a value whose last reference is this one.
func refKey(d civil.Date, ref uint64, n uint32) []byte {
	b := dateKey(d, letterKeys, 0)
	b = binary.BigEndian.AppendUint64(b[:len(b)-4], ref)
	return binary.BigEndian.AppendUint32(b, n)
}

// keyEntries are the references of the date's matched items, in order.
func (s *state) keyEntries() (list []keyEntry) {
	keys := match.NewKeys(1)
	list = make([]keyEntry, 0, len(s.matches))
	for i := range s.matches {
		m := &s.matches[i]
		for k, x := range m.Items {
			keys.Each(x, func(ref uint64) { list = append(list, keyEntry{ref, uint32(m.Number), uint32(k)}) })
		}
	}
	slices.SortFunc(list, keyEntry.compare)
	return list
}

// keys writes them.
func (w *writer) keys(s *state) {
	list := s.keyEntries()
	value := make([]byte, 0, valueBytes)
	for i, k := range list {
		value = binary.BigEndian.AppendUint64(value, k.ref)
		value = binary.BigEndian.AppendUint32(value, k.match)
		value = binary.BigEndian.AppendUint32(value, k.item)
		if (len(value) >= valueBytes || i == len(list)-1) && w.err == nil {
			w.err = w.put(refKey(s.Date, k.ref, uint32(i)), value)
			value = value[:0]
		}
	}
}

// askedMax is how many items of one reference are looked at.
const askedMax = 1000

// past returns what earlier runs, and earlier ones of the date, matched of references.
func (r *run) past(asks []uint64) (match.Past, error) {
	past := match.Past{}
	if len(asks) == 0 {
		return past, nil
	}
	r.tonight(asks, past)
	dates, err := r.state.dates(r.book)
	if err != nil {
		return nil, err
	}
	for _, d := range dates {
		if d >= r.o.Date {
			continue
		}
		found, err := keysOf(r.book, d, asks)
		if err != nil {
			return nil, err
		}
		if err := r.addPast(d, found, past); err != nil {
			return nil, err
		}
	}
	return past, nil
}

// tonight adds what earlier runs of the date matched.
func (r *run) tonight(asks []uint64, past match.Past) {
	keys := match.NewKeys(1)
	for i := range r.state.matches {
		m := &r.state.matches[i]
		for k, x := range m.Items {
			keys.Each(x, func(ref uint64) {
				if _, asked := slices.BinarySearch(asks, ref); asked {
					past[ref] = append(past[ref], pastItem(m, k))
				}
			})
		}
	}
}

func pastItem(m *record.BankMatch, item int) match.PastItem {
	x := match.PastItem{Item: *m.Items[item]}
	if len(m.Lines) > 0 {
		x.LineID = m.Lines[0].ID()
	}
	return x
}

// dates returns the dates that have been reconciled.
func (s *state) dates(b *store.Book) (dates []civil.Date, err error) {
	from := []byte{spaceDates}
	for {
		next := civil.None
		err := b.EachOwn(store.Reconciliation, from, []byte{spaceNow}, func(key, _ []byte) error {
			if len(key) < 6 {
				return fmt.Errorf("key %x is none of a date", key)
			}
			next = civil.Date(binary.BigEndian.Uint32(key[1:]) ^ 1<<31)
			return errStop
		})
		if err != nil && !errors.Is(err, errStop) {
			return nil, err
		}
		if next == civil.None {
			return dates, nil
		}
		dates = append(dates, next)
		from = dateKey(next+1, 0, 0)
	}
}

// keysOf returns a date's entries of references, which are sorted.
func keysOf(b *store.Book, d civil.Date, asks []uint64) (found []keyEntry, err error) {
	end := dateKey(d, letterKeys+1, 0)
	at := 0
	for at < len(asks) {
		from := refKey(d, asks[at], 0)
		read := false
		err := b.EachOwn(store.Reconciliation, from, end, func(key, value []byte) error {
			if len(value)%keyEntryBytes != 0 || len(value) == 0 {
				return fmt.Errorf("references at %x are damaged", key)
			}
			read = true
			n := len(value) / keyEntryBytes
			ref := func(i int) uint64 { return binary.BigEndian.Uint64(value[i*keyEntryBytes:]) }
			last := ref(n - 1)
			for ; at < len(asks) && asks[at] <= last; at++ {
				i := sort.Search(n, func(i int) bool { return ref(i) >= asks[at] })
				for count := 0; i < n && ref(i) == asks[at] && count < askedMax; i, count = i+1, count+1 {
					e := value[i*keyEntryBytes:]
					found = append(found, keyEntry{asks[at], binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])})
				}
				if asks[at] == last { // the next value may begin with it
					return nil
				}
			}
			return errStop // on to the value of the next
		})
		switch {
		case err != nil && !errors.Is(err, errStop):
			return nil, err
		case !read || err == nil:
			return found, nil // no value holds what is left
		}
	}
	return found, nil
}

// addPast adds the items behind a date's entries; matches that were opened again are none.
func (r *run) addPast(d civil.Date, found []keyEntry, past match.Past) error {
	slices.SortFunc(found, func(a, b keyEntry) int { return cmp.Or(cmp.Compare(a.match, b.match), a.compare(b)) })
	opened := make(map[string]bool, len(r.state.Undone))
	for _, u := range r.state.Undone {
		opened[u.Match] = true
	}
	return r.state.eachFound(r.book, d, found, func(k keyEntry, m *record.BankMatch) {
		if int(k.item) < len(m.Items) && !opened[matchID(d, m.Number)] {
			past[k.ref] = append(past[k.ref], pastItem(m, int(k.item)))
		}
	})
}

// eachFound calls do with entries of an earlier date and their matches, in the order of which
// the entries are. A value is read once, however many of its matches are named.
func (s *state) eachFound(b *store.Book, d civil.Date, found []keyEntry, do func(k keyEntry, m *record.BankMatch)) error {
	for at := 0; at < len(found); {
		began := at
		err := b.EachOwn(store.Reconciliation, dateKey(d, letterMatches, found[at].match), dateKey(d, letterMatches+1, 0), func(_, value []byte) error {
			dec := record.BankDecoder{Statement: s.statement}
			if err := dec.Open(value); err != nil {
				return err
			}
			for dec.More() && at < len(found) {
				m := dec.ReadMatch()
				for at < len(found) && found[at].match < uint32(m.Number) {
					at++ // there is none
				}
				for ; at < len(found) && found[at].match == uint32(m.Number); at++ {
					do(found[at], &m)
				}
			}
			return cmp.Or(dec.Err(), errStop)
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		if at == began {
			at++ // there is none, and none behind it
		}
	}
	return nil
}

// find returns a match of a date, nil where there is none.
func (s *state) find(b *store.Book, d civil.Date, number int) (m *record.BankMatch, err error) {
	if d == s.Date {
		for i := range s.matches {
			if s.matches[i].Number == number {
				return &s.matches[i], nil
			}
		}
		return nil, nil
	}
	err = b.EachOwn(store.Reconciliation, dateKey(d, letterMatches, uint32(number)), dateKey(d, letterMatches+1, 0), func(_, value []byte) error {
		dec := record.BankDecoder{Statement: s.statement}
		if err := dec.Open(value); err != nil {
			return err
		}
		for dec.More() {
			if x := dec.ReadMatch(); x.Number == number {
				m = &x
				break
			}
		}
		return cmp.Or(dec.Err(), errStop)
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return m, err
}
