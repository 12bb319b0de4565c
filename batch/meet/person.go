package meet

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A person is one borrower, as the night finds him: what was known, and tonight's rows
// in their order. Its memory is used again for the next.
type person struct {
	id    []byte
	refs  []rows.Ref
	state borrower.State

	facts   []rows.Ref // the rows that are facts
	rows    borrower.Rows
	heads   [3][]rows.Head // of rows.Records, rows.Flags and rows.Contacts
	loans   []string       // of the borrower, that contacts name; the first is "" where he has any
	marked  map[rowAt]bool // contacts rows whose id others have
	onTrial map[rowAt]bool // contacts rows whose id others ask for
}

// A rowAt is a row of tonight's files.
type rowAt struct {
	file int
	num  int64
}

// The places of a borrower's rows in heads.
const (
	records = iota
	flags
	contacts
)

func (p *person) begin(id []byte, refs []rows.Ref) {
	p.id, p.refs, p.state = id, refs, borrower.State{}
	p.facts, p.loans = nil, p.loans[:0]
	p.rows.Records, p.rows.Flags, p.rows.Contacts = p.rows.Records[:0], p.rows.Flags[:0], p.rows.Contacts[:0]
	for i := range p.heads {
		p.heads[i] = p.heads[i][:0]
	}
	clear(p.marked)
	clear(p.onTrial)
}

// read reads the borrower's rows but for his facts, which come first.
func (p *person) read() error {
	n := 0
	for n < len(p.refs) && rows.ParseHead(p.refs[n].Row).Kind == rows.FactRow {
		n++
	}
	p.facts = p.refs[:n]
	if n > 0 {
		p.loans = append(p.loans, "")
	}
	for _, ref := range p.refs[n:] {
		if err := p.readRow(rows.ParseHead(ref.Row)); err != nil {
			return err
		}
	}
	slices.Sort(p.loans)
	p.loans = slices.Compact(p.loans)
	return nil
}

func (p *person) readRow(h rows.Head) error {
	switch h.Kind {
	case rows.TrialRow:
		mark(&p.onTrial, h)
	case rows.TakenRow:
		mark(&p.marked, h)
	case rows.RecordRow:
		r, err := rows.ReadRecord(h.Body)
		p.rows.Records = append(p.rows.Records, borrower.RecordRow{Record: r})
		p.heads[records] = append(p.heads[records], h)
		return err
	case rows.FlagRow:
		f, err := rows.ReadFlag(h.Body)
		p.rows.Flags = append(p.rows.Flags, borrower.FlagRow{Flag: f})
		p.heads[flags] = append(p.heads[flags], h)
		return err
	case rows.ContactRow:
		c, err := rows.ReadContact(h.Body)
		p.rows.Contacts = append(p.rows.Contacts, borrower.ContactRow{Contact: c.Contact, Taken: p.marked[at(h)]})
		p.heads[contacts] = append(p.heads[contacts], h)
		if string(c.Owner) == string(p.id) && c.Loan != "" {
			p.loans = append(p.loans, c.Loan)
		}
		return err
	default:
		return rows.ErrDamaged
	}
	return nil
}

func at(h rows.Head) rowAt { return rowAt{int(h.File), h.Num} }

func mark(set *map[rowAt]bool, h rows.Head) {
	if *set == nil {
		*set = map[rowAt]bool{}
	}
	(*set)[at(h)] = true
}

// settle does a borrower's night: what his loans decide together, what is known of him
// now, what became of the rows, and his task.
func (w *worker) settle(ctx context.Context, hash uint64) error {
	p := &w.someone
	if err := p.read(); err != nil {
		return err
	}
	worst, err := w.settleFacts(ctx, p)
	if err != nil {
		return err
	}
	if w.o.Differs != nil && worst != p.state.Worst {
		w.o.Differs(p.id, worst, p.state.Worst)
	}
	if w.o.Build == nil {
		return nil
	}
	if len(p.refs) == len(p.facts) && !p.state.Says() { // as most are
		p.state.Worst = worst
		return w.keep(hash, &p.state)
	}
	after := borrower.Apply(p.state, &p.rows, p.loans, &w.night)
	after = borrower.Expire(after, len(p.facts) > 0, &w.night)
	after.Worst = worst
	w.countRows(p)
	if err := w.keepIDs(p, &after); err != nil {
		return err
	}
	return w.keep(hash, &after)
}

// keep writes what is known of the borrower, if anything is.
func (w *worker) keep(hash uint64, s *borrower.State) error {
	if !s.Says() {
		return nil
	}
	w.rec = record.AppendBorrower(w.rec[:0], s)
	return w.part.Add(store.Borrowers, hash, w.someone.id, nil, w.rec)
}

// settleFacts works what the borrower's loans decide together, and returns the tier of
// the worst on the book, plus one, where his loans are not all of it.
//
// The worst is that among the borrower's loans on the book, in any currency. Where none is on the book, each loan's own stands.
func (w *worker) settleFacts(ctx context.Context, p *person) (uint8, error) {
	w.worst, w.isOnBook = 0, false
	w.tasks.Begin(p.id)
	err := w.eachFact(ctx, p, w.adding)
	for _, place := range w.seenAt {
		w.onBook[place]++
		w.seen[place] = false
	}
	w.seenAt = w.seenAt[:0]
	if err = errors.Join(err, w.tasks.End()); err != nil || !w.isOnBook {
		return 0, err
	}
	w.differ = 0
	err = w.eachFact(ctx, p, w.deciding)
	return w.differ, err
}

// eachFact calls fn with what the night says of the borrower's loans, row by row.
func (w *worker) eachFact(ctx context.Context, p *person, fn func(row []byte) error) error {
	for _, ref := range p.facts {
		if err := fn(ref.Row); err != nil {
			return err
		}
	}
	return w.hot.each(ctx, p.id, fn)
}

// addFact adds one of the borrower's loans to what they are together.
func (w *worker) addFact(row []byte) error {
	f, err := rows.ReadFact(rows.ParseHead(row).Body)
	if err != nil {
		return err
	}
	if len(f.Task) > 0 {
		if err := w.tasks.Loan(f.Task); err != nil {
			return err
		}
	}
	if !f.OnBook {
		return nil
	}
	w.worst, w.isOnBook = max(w.worst, f.Class), true
	place, err := w.place(&f)
	if err == nil && !w.seen[place] {
		w.seen[place] = true
		w.seenAt = append(w.seenAt, place)
	}
	return err
}

// place is where a loan's borrower is counted.
func (w *worker) place(f *rows.Fact) (int, error) {
	place := int(f.Currency)*w.o.Buckets + int(f.Bucket)
	if int(f.Bucket) >= w.o.Buckets || place >= len(w.onBook) {
		return 0, rows.ErrDamaged
	}
	return place, nil
}

// decideFact says of one of the borrower's loans that the worst is another, where it is.
func (w *worker) decideFact(row []byte) error {
	h := rows.ParseHead(row)
	f, err := rows.ReadFact(h.Body)
	if err != nil || f.Class == w.worst {
		return err
	}
	if int(h.File) >= len(w.late) {
		return rows.ErrDamaged
	}
	w.differ = w.worst + 1
	binary.BigEndian.PutUint64(w.decision[:], uint64(h.Num))
	w.decision[8] = w.worst
	return w.late[h.File].Add(w.decision[:])
}

// single does a borrower of one loan, of whom nothing else is known or said: as most
// are. There is nothing to decide but his task.
func (w *worker) single(id []byte, body []byte) error {
	f, err := rows.ReadFact(body)
	if err != nil {
		return err
	}
	if f.OnBook {
		place, err := w.place(&f)
		if err != nil {
			return err
		}
		w.onBook[place]++
	}
	if len(f.Task) == 0 {
		return nil
	}
	w.tasks.Begin(id)
	if err := w.tasks.Loan(f.Task); err != nil {
		return err
	}
	return w.tasks.End()
}

// countRows counts what became of the borrower's rows.
func (w *worker) countRows(p *person) {
	for i, h := range p.heads[records] {
		w.count(h.Kind, int(h.File), h.Num, p.rows.Records[i].Outcome)
	}
	for i, h := range p.heads[flags] {
		w.count(h.Kind, int(h.File), h.Num, p.rows.Flags[i].Outcome)
	}
	for i, h := range p.heads[contacts] {
		w.count(h.Kind, int(h.File), h.Num, p.rows.Contacts[i].Outcome)
	}
}
