package reconcile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// An asked undo waits for the next run.
type asked struct {
	Match  string `json:"match_id"`
	Reason string `json:"reason"`
}

func seqKey(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// asks returns the matches that are to be opened again, by number.
func asks(b *store.Book) (list []asked, err error) {
	err = b.EachOwn(store.Undone, nil, nil, func(key, value []byte) error {
		var a asked
		if err := json.Unmarshal(value, &a); err != nil || len(key) != 4 || binary.BigEndian.Uint32(key) != uint32(len(list)) {
			return errors.Join(fmt.Errorf("record %x of a match to open again is damaged", key), err)
		}
		list = append(list, a)
		return nil
	})
	return list, err
}

// Undo has the next run open a match again. Where there is no such match, or it is opened
// already, the error is a [book.NotFoundError].
func Undo(b *store.Book, id, reason string) error {
	s, err := load(b)
	if err != nil {
		return err
	}
	list, err := asks(b)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(a asked) bool { return a.Match == id }) {
		return book.NotFound("match %s has been opened again already", id)
	}
	m, _, err := s.named(b, id)
	if err != nil {
		return err
	}
	if m == nil {
		return book.NotFound("the book has no match %s: reconciliation_matches of its date lists them", id)
	}
	raw, err := json.Marshal(asked{id, reason})
	if err != nil {
		return err
	}
	return b.PutOwn(store.Undone, seqKey(uint32(len(list))), raw)
}

// named returns a match by its id, and its date; nil where there is none.
func (s *state) named(b *store.Book, id string) (m *bankMatch, d civil.Date, err error) {
	day, number, ok := strings.Cut(strings.TrimPrefix(id, "M"), "-")
	n, wrong := strconv.Atoi(number)
	if !ok || wrong != nil || len(day) != 8 || n < 1 {
		return nil, civil.None, nil
	}
	d, wrong = civil.Parse(day[:4] + "-" + day[4:6] + "-" + day[6:])
	if wrong != nil || matchID(d, n) != id {
		return nil, civil.None, nil
	}
	m, err = s.find(b, d, n)
	return m, d, err
}

// undo opens the matches again that were asked for since the last run.
func (r *run) undo() error {
	list, err := asks(r.book)
	if err != nil {
		return err
	}
	s := r.state
	for i := len(s.Undone); i < len(list); i++ {
		m, d, err := s.named(r.book, list[i].Match)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("match %s, which is to be opened again, is not in the book", list[i].Match)
		}
		r.nothing = false
		s.Undone = append(s.Undone, undone{list[i].Match, list[i].Reason, r.o.Date})
		s.open(m, list[i].Match)
		if d == s.Date {
			s.matches = slices.DeleteFunc(s.matches, func(x bankMatch) bool { return x.Number == m.Number })
		}
	}
	return nil
}

// open takes a match back: its lines and items are open again.
func (s *state) open(m *bankMatch, id string) {
	s.lines = append(s.lines, m.Lines...)
	for _, kept := range m.Items {
		x := *kept
		// Money that was in suspense when it was matched, and is not any more, has left it since.
		x.Released = isHold(&x) && !slices.ContainsFunc(s.Held, func(h heldLine) bool { return h.Match == id && h.SourceID == x.SourceID })
		s.items = append(s.items, &x)
	}
	if len(m.Items) > 0 {
		t := s.of(m.Items[0].Currency)
		t.Fees, t.Difference = t.Fees-m.Fee, t.Difference-m.Difference
	}
	s.Held = slices.DeleteFunc(s.Held, func(h heldLine) bool { return h.Match == id })
	s.Settled = slices.DeleteFunc(s.Settled, func(g settled) bool { return g.Match == id })
}
