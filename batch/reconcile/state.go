package reconcile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// What the book keeps of the reconciliation:
//
//	1 · date · letter · number → what a date's runs did: matches, files, keys of what was matched
//	2 · letter · number        → how things stand after the last run
//
// A run replaces its date and how things stand, which lie side by side, in one step.
const (
	spaceDates = 1
	spaceNow   = 2

	letterHead       = 'h' // of spaceNow: head
	letterLines      = 'l' // of spaceNow: open lines
	letterItems      = 'i' // of spaceNow: open items
	letterStatements = 's' // of spaceNow: loaded statements; of a date: occurrences
	letterMatches    = 'm' // of a date, by the number of the first in the value
	letterKeys       = 'k' // of a date: references of matched items
	letterSettled    = 't' // of spaceNow: lists of the head, which have no limit
	letterHeld       = 'u'
	letterUndone     = 'v'
	letterRows       = 'w'
	letterFiles      = 'x'
)

func dateKey(d civil.Date, letter byte, number uint32) []byte {
	b := binary.BigEndian.AppendUint32([]byte{spaceDates}, uint32(d)^1<<31)
	return binary.BigEndian.AppendUint32(append(b, letter), number)
}

func nowKey(letter byte, number uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{spaceNow, letter}, number)
}

// A head is how things stand, but for what is open. Its lists are kept beside it, since they
// grow with the years.
type head struct {
	Version int        `json:"version"`
	Date    civil.Date `json:"date"`     // last reconciled
	From    civil.Date `json:"from"`     // first business date of items; civil.None: all
	ItemsTo civil.Date `json:"items_to"` // business date up to which items have been collected
	Totals  []total    `json:"totals"`   // by currency
	Next    int        `json:"next"`     // number of the date's next match
	// Settled are the groups of settlement rules that have been tied.
	Settled []settled `json:"-"`
	// Held is money in suspense whose line has been matched.
	Held   []heldLine `json:"-"`
	Undone []undone   `json:"-"` // matches that were opened again
	Files  []ReadFile `json:"-"` // that the date's runs read
	Rows   []manual   `json:"-"` // matches by hand, of all dates
}

const headVersion = 2

// A total is what all runs came to in a currency.
type total struct {
	Currency   string       `json:"currency"`
	Duplicates int64        `json:"duplicates,omitempty"`
	Lines      int64        `json:"lines"`
	Items      int64        `json:"items"`
	Fees       money.Amount `json:"fees"`
	Difference money.Amount `json:"differences"`
}

type settled struct {
	match.Group
	Match string `json:"match"`
}

// A heldLine is a matched line whose money is in suspense.
type heldLine struct {
	LineID   string `json:"line"`
	Currency string `json:"currency"`
	SourceID string `json:"source"` // of the hold
	Match    string `json:"match"`
}

// An undone match is open again.
type undone struct {
	Match  string     `json:"match_id"`
	Reason string     `json:"reason"`
	On     civil.Date `json:"business_date"` // of the run that opened it
}

// A manual row is a match by hand.
type manual struct {
	Match   string     `json:"match_id"`
	LineID  string     `json:"line_id"`
	EntryID int64      `json:"entry_id"`
	Reason  string     `json:"reason"`
	On      civil.Date `json:"business_date"`
}

// An occurrence is a statement in a file of the date.
type occurrence struct {
	match.Chained
	number int // in its file
}

// A state is the reconciliation as the book keeps it, and as a run changes it.
type state struct {
	head
	lines      []match.BankLine // open
	items      []*match.Item    // open
	statements []match.Chained  // loaded, of all runs
	places     map[string]int   // of statements, by key
	seen       []occurrence     // statements of the date's files
	matches    []record.BankMatch
	first      bool // of the date
}

// load reads the state; one of a book that was never reconciled is empty.
func load(b *store.Book) (*state, error) {
	s := &state{head: head{Date: civil.None, From: civil.None, ItemsTo: civil.None}, places: map[string]int{}}
	raw, ok, err := b.Own(store.Reconciliation, nowKey(letterHead, 0))
	if err != nil || !ok {
		return s, err
	}
	err = json.Unmarshal(raw, &s.head)
	if err == nil && s.Version == 1 {
		err = s.readLists(raw)
	}
	if err != nil || s.Version < 1 || s.Version > headVersion {
		return nil, errors.Join(errors.New("the book's reconciliation is damaged, or of a newer version of daybook"), err)
	}
	each := func(from, to []byte, read func(d *record.BankDecoder)) error {
		return eachRecord(b, from, to, s, func(_ []byte, d *record.BankDecoder) { read(d) })
	}
	now := func(letter byte, read func(d *record.BankDecoder)) error {
		return each(nowKey(letter, 0), nowKey(letter+1, 0), read)
	}
	on := func(letter byte, read func(d *record.BankDecoder)) error {
		return each(dateKey(s.Date, letter, 0), dateKey(s.Date, letter+1, 0), read)
	}
	return s, errors.Join(
		readList(b, letterSettled, &s.Settled), readList(b, letterHeld, &s.Held), readList(b, letterUndone, &s.Undone), readList(b, letterRows, &s.Rows),
		readList(b, letterFiles, &s.Files),
		now(letterStatements, func(d *record.BankDecoder) { s.addStatement(d.ReadStatement()) }),
		now(letterLines, func(d *record.BankDecoder) { s.lines = append(s.lines, d.ReadLine()) }),
		now(letterItems, func(d *record.BankDecoder) { s.items = append(s.items, d.ReadItem()) }),
		on(letterStatements, func(d *record.BankDecoder) {
			s.seen = append(s.seen, occurrence{Chained: d.ReadStatement(), number: d.Number()})
		}),
		on(letterMatches, func(d *record.BankDecoder) { s.matches = append(s.matches, d.ReadMatch()) }),
	)
}

// readLists reads the lists of a head of version 1, which has them in itself; the next run writes them beside it.
func (s *state) readLists(raw []byte) error {
	lists := struct {
		Settled *[]settled  `json:"settled"`
		Held    *[]heldLine `json:"held"`
		Undone  *[]undone   `json:"undone"`
		Files   *[]ReadFile `json:"files"`
		Rows    *[]manual   `json:"manual"`
	}{&s.Settled, &s.Held, &s.Undone, &s.Files, &s.Rows}
	s.Version = headVersion
	return json.Unmarshal(raw, &lists)
}

// eachRecord calls read for each thing in the values of some keys.
func eachRecord(b *store.Book, from, to []byte, s *state, read func(key []byte, d *record.BankDecoder)) error {
	return b.EachOwn(store.Reconciliation, from, to, func(key, value []byte) error {
		d := record.BankDecoder{Statement: s.statement}
		if err := d.Open(value); err != nil {
			return err
		}
		for d.More() {
			read(key, &d)
		}
		return d.Err()
	})
}

func (s *state) statement(place int) *match.Chained {
	if place < 0 || place >= len(s.statements) {
		return nil
	}
	return &s.statements[place]
}

// addStatement adds a loaded statement. Lines point to it: statements never move once
// lines have been read.
func (s *state) addStatement(c match.Chained) int {
	place := len(s.statements)
	s.statements = append(s.statements, c)
	s.places[c.Key] = place
	return place
}

// begin starts another date.
func (s *state) begin(d, from civil.Date) {
	s.Version, s.Date, s.From, s.first = headVersion, d, from, true
	s.seen, s.matches, s.Next, s.Files = nil, nil, 1, nil
}

func (s *state) groups() (list []match.Group) {
	for _, g := range s.Settled {
		list = append(list, g.Group)
	}
	return list
}

// of returns the totals of a currency.
func (s *state) of(currency string) *total {
	i, ok := slices.BinarySearchFunc(s.Totals, currency, func(t total, c string) int { return strings.Compare(t.Currency, c) })
	if !ok {
		s.Totals = slices.Insert(s.Totals, i, total{Currency: currency})
	}
	return &s.Totals[i]
}

// matchID names a match.
func matchID(d civil.Date, number int) string {
	return fmt.Sprintf("M%s-%06d", strings.ReplaceAll(d.String(), "-", ""), number)
}

// take adds what the run has found to the state.
func (s *state) take(r *run) {
	m := r.match
	lines, items := make([]match.BankLine, 0, len(m.Lines)), make([]*match.Item, 0, len(m.Items)) // matches share their memory
	s.matches = slices.Grow(s.matches, len(m.Matches))
	for i := range m.Matches {
		x := &m.Matches[i]
		l, k := len(lines), len(items)
		for _, line := range x.Lines {
			lines = append(lines, m.Lines[line])
		}
		for _, item := range x.Items {
			items = append(items, m.Items[item])
		}
		out := record.BankMatch{
			Number: s.Next, Pass: x.Pass, Days: x.Days, Fee: x.Fee, Difference: x.Difference, Reason: x.Reason,
			Lines: lines[l:len(lines):len(lines)], Items: items[k:len(items):len(items)],
		}
		s.Next++
		s.account(r, &out)
	}
	for _, g := range m.Settled {
		s.Settled = append(s.Settled, settled{g.Group, matchID(s.Date, s.matches[len(s.matches)-len(m.Matches)+g.Match].Number)})
	}
	for i := range r.newLines {
		s.of(r.newLines[i].Statement.Currency).Lines++
	}
	s.lines, s.items = nil, nil
	for i := range m.Lines {
		if m.LineIsOpen(i) {
			s.lines = append(s.lines, m.Lines[i])
		}
	}
	for i := range m.Items {
		if m.ItemIsOpen(i) {
			s.items = append(s.items, m.Items[i])
		}
	}
}

// account adds a match of tonight.
func (s *state) account(r *run, m *record.BankMatch) {
	t := s.of(m.Items[0].Currency)
	t.Fees, t.Difference = t.Fees+m.Fee, t.Difference+m.Difference
	s.hold(m)
	s.matches = append(s.matches, *m)
	if m.Pass != match.Manual {
		return
	}
	id := matchID(s.Date, m.Number)
	for k := range m.Lines {
		for _, item := range m.Items {
			lineID := m.Lines[k].ID()
			s.Rows = append(s.Rows, manual{id, lineID, item.EntryID, r.reasonByHand(lineID, item.EntryID), s.Date})
		}
	}
}

// hold notes the lines of a match whose money is in suspense.
func (s *state) hold(m *record.BankMatch) {
	for _, x := range m.Items {
		if !isHold(x) || x.Released {
			continue
		}
		for k := range m.Lines {
			s.Held = append(s.Held, heldLine{m.Lines[k].ID(), x.Currency, x.SourceID, matchID(s.Date, m.Number)})
		}
	}
}

// release notes what has left suspense.
func (s *state) release(list map[released]bool) {
	if len(list) == 0 {
		return
	}
	for i := range s.items {
		if x := s.items[i]; isHold(x) && list[released{x.SourceID, x.Currency}] {
			x.Released = true
		}
	}
	s.Held = slices.DeleteFunc(s.Held, func(h heldLine) bool { return list[released{h.SourceID, h.Currency}] })
}

// store writes the date and how things stand, in one step.
func (s *state) store(b *store.Book) error {
	raw, err := json.Marshal(&s.head)
	if err != nil {
		return err
	}
	return b.ReplaceOwn(store.Reconciliation, dateKey(s.Date, 0, 0), nil, func(put func(key, value []byte) error) error {
		w := writer{put: put}
		w.keys(s)
		last := 0 // a value's key has the last match in it, so that one seek finds any
		w.begin(func(uint32) []byte { return dateKey(s.Date, letterMatches, uint32(last)) })
		for i := range s.matches {
			last = s.matches[i].Number
			w.add(func(e *record.BankEncoder) { e.Match(&s.matches[i], func(key string) int { return s.places[key] }) })
		}
		w.begin(func(n uint32) []byte { return dateKey(s.Date, letterStatements, n) })
		for i := range s.seen {
			w.add(func(e *record.BankEncoder) {
				e.Statement(&s.seen[i].Chained)
				e.Number(s.seen[i].number)
			})
		}
		w.flush()
		if w.err == nil {
			w.err = put(nowKey(letterHead, 0), raw)
		}
		w.begin(func(n uint32) []byte { return nowKey(letterItems, n) })
		for i := range s.items {
			w.add(func(e *record.BankEncoder) { e.Item(s.items[i]) })
		}
		w.begin(func(n uint32) []byte { return nowKey(letterLines, n) })
		for i := range s.lines {
			w.add(func(e *record.BankEncoder) { e.Line(&s.lines[i], s.places[s.lines[i].Key]) })
		}
		w.begin(func(n uint32) []byte { return nowKey(letterStatements, n) })
		for i := range s.statements {
			w.add(func(e *record.BankEncoder) { e.Statement(&s.statements[i]) })
		}
		w.flush()
		writeList(&w, letterSettled, s.Settled)
		writeList(&w, letterHeld, s.Held)
		writeList(&w, letterUndone, s.Undone)
		writeList(&w, letterRows, s.Rows)
		writeList(&w, letterFiles, s.Files)
		return w.err
	})
}

// writeList writes a list of the head, in values of about a size.
func writeList[T any](w *writer, letter byte, list []T) {
	value := []byte("[")
	n := uint32(0)
	for i := range list {
		one, err := json.Marshal(&list[i])
		w.err = errors.Join(w.err, err)
		if value = append(value, one...); len(value) < valueBytes && i < len(list)-1 {
			value = append(value, ',')
			continue
		}
		if w.err == nil {
			w.err = w.put(nowKey(letter, n), append(value, ']'))
		}
		value, n = value[:1], n+1
	}
}

// readList reads a list of the head.
func readList[T any](b *store.Book, letter byte, list *[]T) error {
	return b.EachOwn(store.Reconciliation, nowKey(letter, 0), nowKey(letter+1, 0), func(key, value []byte) error {
		var some []T
		if err := json.Unmarshal(value, &some); err != nil {
			return fmt.Errorf("record %x of the reconciliation is damaged: %w", key, err)
		}
		*list = append(*list, some...)
		return nil
	})
}

// A writer cuts things into values.
type writer struct {
	put  func(key, value []byte) error
	key  func(n uint32) []byte
	e    record.BankEncoder
	n    uint32
	some bool
	err  error
}

// begin ends a run of keys and begins another.
func (w *writer) begin(key func(n uint32) []byte) {
	w.flush()
	w.key, w.n = key, 0
}

func (w *writer) add(write func(e *record.BankEncoder)) {
	if !w.some {
		w.e.Reset()
		w.some = true
	}
	if write(&w.e); w.e.Len() >= valueBytes {
		w.flush()
	}
}

func (w *writer) flush() {
	if w.some && w.err == nil {
		w.err = w.put(w.key(w.n), w.e.Bytes())
	}
	if w.some {
		w.n++
	}
	w.some = false
}
