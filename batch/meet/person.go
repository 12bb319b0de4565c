package meet

import (
	"context"
	"errors"
	"slices"

	"daybook/aging/classify"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A person is one borrower, as the night finds him: what was known, and tonight's rows
// in their order. Its memory is used again for the next.
type person struct {
	id        []byte
	refs      []rows.Ref
	state     borrower.State
	treatment borrower.Treatment
	after     borrower.State     // as tonight's rows leave it
	now       borrower.Treatment // as the night leaves it, before its tasks

	facts   []rows.Key // what the night says of his loans
	rows    borrower.Rows
	heads   [3][]rows.Head // of rows.Records, rows.Flags and rows.Contacts
	loans   []string       // of the borrower, that contacts name; the first is "" where he has any
	marked  map[rowAt]bool // contacts rows whose id others have
	onTrial map[rowAt]bool // contacts rows whose id others ask for
	moves   []rows.Move    // of tonight, of his loans
	offered bool           // an offer was applied to one of them
	bond    classify.Bond  // what his loans make of each other, as it was
	reader  record.TreatmentReader
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

func (p *person) begin(id []byte, facts []rows.Key, refs []rows.Ref) {
	p.id, p.facts, p.refs, p.state, p.loans = id, facts, refs, borrower.State{}, p.loans[:0]
	p.treatment, p.moves, p.offered = borrower.NoTreatment(), p.moves[:0], false
	p.bond.Forget()
	p.rows.Records, p.rows.Flags, p.rows.Contacts = p.rows.Records[:0], p.rows.Flags[:0], p.rows.Contacts[:0]
	for i := range p.heads {
		p.heads[i] = p.heads[i][:0]
	}
	clear(p.marked)
	clear(p.onTrial)
}

// read reads the borrower's rows.
func (p *person) read() error {
	if len(p.facts) > 0 {
		p.loans = append(p.loans, "")
	}
	for _, ref := range p.refs {
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
	case rows.MoneyRow:
		m, err := rows.ReadMove(h.Body)
		p.moves = append(p.moves, m)
		return err
	case rows.OfferRow:
		p.offered = true
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
	worst, err := w.settleLoans(ctx, p)
	if err != nil {
		return err
	}
	if w.o.Differs != nil && worst != p.state.Worst {
		w.o.Differs(p.id, worst, p.state.Worst)
	}
	if w.o.BondDiffers != nil && !w.sameBond(&p.bond) {
		w.o.BondDiffers(p.id)
	}
	if w.o.Build == nil {
		return w.treatAgain(p)
	}
	after := &p.after
	*after = borrower.State{HadLoan: p.state.HadLoan || len(p.facts) > 0}
	if len(p.refs) > 0 || !p.state.SaysOnlyWorst() {
		*after = borrower.Apply(p.state, &p.rows, p.loans, &w.night)
		*after = borrower.Expire(*after, len(p.facts) > 0, &p.treatment, &w.night)
		if err := w.resolve(ctx, p, after); err != nil {
			return err
		}
		w.countRows(p)
		if err := w.keepIDs(p, after); err != nil {
			return err
		}
	}
	after.Worst = worst
	if err := w.treatPerson(ctx, p, after); err != nil {
		return err
	}
	return errors.Join(w.keepBond(hash, p.id), w.keep(hash, p.id, after))
}

// settleLoans is settleFacts of a borrower of whom something is known or said.
func (w *worker) settleLoans(ctx context.Context, p *person) (uint8, error) {
	if w.g.Holds() || w.binds(&p.bond) || !w.alikeAll(p.facts) {
		return w.settleFacts(ctx, p.id, p.facts, &p.bond)
	}
	w.forget()
	w.unbind()
	return 0, nil
}

// keep writes what is known of the borrower, if anything is.
func (w *worker) keep(hash uint64, id []byte, s *borrower.State) error {
	if !s.Says() {
		return nil
	}
	w.rec = record.AppendBorrower(w.rec[:0], s)
	return w.part.Add(store.Borrowers, hash, id, nil, w.rec)
}

// loansOnly does a borrower of whom nothing is known or said but what the night says of
// his loans: as most are.
func (w *worker) loansOnly(ctx context.Context, keys []rows.Key) error {
	if w.trying {
		return nil
	}
	if w.alikeAll(keys) {
		return nil
	}
	first := w.facts.at(keys[0])
	if len(keys) == 1 && len(w.facts.hot.ids) == 0 && !w.stirs(first) {
		return w.single(first)
	}
	id := first.id()
	worst, err := w.settleFacts(ctx, id, keys, &noBond)
	if err == nil {
		err = w.score(ctx, id, keys, &w.empty, &w.none)
	}
	if err == nil {
		err = errors.Join(w.treatLoans(id), w.keepBond(keys[0].Hash, id))
	}
	if err == nil && w.o.BondDiffers != nil && w.bond.Says() {
		w.o.BondDiffers(id)
	}
	if err != nil || worst == 0 {
		return err
	}
	if w.o.Differs != nil {
		w.o.Differs(id, worst, 0)
	}
	if w.o.Build == nil {
		return nil
	}
	return w.keep(keys[0].Hash, id, &borrower.State{Worst: worst})
}

// settleFacts works what the borrower's loans decide together, and returns the tier of
// the worst on the book, plus one, where his loans are not all of it.
//
// The worst is that among the borrower's loans on the book, in any currency. Where none is on the book, each loan's own stands.
func (w *worker) settleFacts(ctx context.Context, id []byte, keys []rows.Key, before *classify.Bond) (uint8, error) {
	w.worst, w.isOnBook = 0, false
	w.forget()
	if err := w.bind(ctx, id, keys, before); err != nil {
		return 0, err
	}
	w.nth = 0
	err := w.eachFact(ctx, id, keys, w.adding)
	w.countPlaces()
	if err != nil {
		return 0, err
	}
	if !w.isOnBook && w.bound == nil {
		return 0, nil
	}
	w.differ, w.nth = 0, 0
	err = w.eachFact(ctx, id, keys, w.differing)
	return w.differ, err
}

// eachFact calls fn with what the night says of the borrower's loans, one by one.
func (w *worker) eachFact(ctx context.Context, id []byte, keys []rows.Key, fn func(f fact) error) error {
	for _, k := range keys {
		if err := fn(w.facts.at(k)); err != nil {
			return err
		}
	}
	return w.facts.hot.each(ctx, id, fn)
}

// addFact adds one of the borrower's loans to what they are together.
func (w *worker) addFact(f fact) error {
	if rest := f.rest(); len(rest) > 0 && w.o.Rules != nil {
		if w.g.Holds() {
			w.name(rest)
		}
		if err := w.learn(rest); err != nil {
			return err
		}
	}
	class := w.classOf(f)
	w.nth++
	if !f.onBook() {
		return nil
	}
	w.worst, w.isOnBook = max(w.worst, class), true
	place, err := w.place(f)
	if err == nil {
		w.sawOnBook(place)
	}
	return err
}

// sawOnBook notes that the borrower at hand is to be counted at a place.
func (c *counted) sawOnBook(place int) {
	if !c.seen[place] {
		c.seen[place] = true
		c.seenAt = append(c.seenAt, place)
	}
}

// countPlaces counts the borrower at hand, at each place once.
func (c *counted) countPlaces() {
	for _, place := range c.seenAt {
		c.onBook[place]++
		c.seen[place] = false
	}
	c.seenAt = c.seenAt[:0]
}

// place is where a loan's borrower is counted.
func (w *worker) place(f fact) (int, error) {
	bucket := int(f[factBucket])
	place := int(f[factCurrency])*len(w.o.Names.Buckets) + bucket
	if bucket >= len(w.o.Names.Buckets) || place >= len(w.onBook) {
		return 0, rows.ErrDamaged
	}
	return place, nil
}

// decideFact says of one of the borrower's loans that the worst is another than its own, and
// what else was decided of it, where anything was.
func (w *worker) decideFact(f fact) error {
	part := f.part()
	if part >= len(w.late) {
		return rows.ErrDamaged
	}
	differs := w.isOnBook && f.class() != w.worst
	if differs {
		w.differ = w.worst + 1
	}
	rec, any := w.appendDecision(f, w.worst, differs)
	w.nth++
	if !any {
		return nil
	}
	return w.late[part].Add(rec)
}

// single does a borrower of one loan, of whom nothing else is known or said. There is
// nothing to decide but his task.
func (w *worker) single(f fact) error {
	if f.onBook() {
		place, err := w.place(f)
		if err != nil {
			return err
		}
		w.onBook[place]++
	}
	rest := f.rest()
	if w.o.Rules == nil || len(rest) == 0 || rest[0]&loanNamed != 0 {
		if w.o.Scoring == nil {
			return nil
		}
		w.forget()
		return w.scoreSingle(f)
	}
	w.forget()
	if err := errors.Join(w.learn(rest), w.scoreSingle(f)); err != nil {
		return err
	}
	return w.treatLoans(f.id())
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
