package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// A part is one contiguous range of partitions, worked by one worker from the
// sorted rows and the book's loans to the tables of the new generation and the
// published parts. What it writes does not depend on who works it or when.
type part struct {
	n        *taken
	words    *aging.Dictionaries
	number   int
	from, to int // partitions
	written
	cursor
	subject
	proc      *night.Processor
	annuities loan.Annuities
	history   *store.JournalReader
	rejects   rejecter
	holds     mover // money whose entries are the summary's
	returns   mover
	result    left // as far as it is gathered here
}

// A written is what a part is written to, and what is gathered for it.
type written struct {
	build    *store.Part
	tape     *reports.Tape
	scores   *reports.Scores
	journal  *reports.JournalWriter
	facts    aging.Facts
	lines    reports.Journal
	builder  reports.Builder
	tallies  []tally // by file, empty between parts: 65,000 files take 8 MB
	tapeRows int64   // written
	// toBorrowers is the way to the pass by borrower.
	toBorrowers *meet.Writer
	entryID     int64  // of the last entry
	record      []byte // scratch
	blob        []byte // scratch
}

// A cursor walks a partition's rows, its loans in the book and its held items, in the
// order of their keys.
type cursor struct {
	rows    rows.Sorted
	loans   *store.Scan
	held    *store.Scan
	waits   *store.Scan
	loanAt  loanKey // of the book's next loan, held item, and what waits
	heldAt  loanKey
	waitAt  loanKey
	hasLoan bool
	hasHeld bool
	hasWait bool
}

// A subject is the loan, or the id, that is being worked; its memory is used again
// for the next.
type subject struct {
	loan    loan.Loan
	booked  rows.NewLoan // the row that books it
	booking loan.Event
	plan    []loan.Installment
	past    loan.History
	pages   []book.Page
	log     loan.Log
	isLoan  bool // there is such a loan, in the book or from tonight on
	left    int  // how many more events the loan takes tonight, releases apart
	applied []*loan.Event
	tonight
	keeping
	given
}

// A tonight is the events that the night's rows and suspense bring for a loan.
type tonight struct {
	events  []loan.Event
	origin  []rows.Head   // of each event; the kind is heldRow for those out of suspense
	amounts []int64       // of each event, at the policy's scale
	waiting []record.Held // that are events tonight, by the number of their origin
	refused []refusedEvent
}

// A keeping is what stays in suspense under an id.
type keeping struct {
	kept      []record.Held
	keptAt    map[string]int // of kept, by id, where there are many
	keptKnown int            // how many of kept it has
}

// A given is explicit instalments: the rows of a loan that is booked, or of a
// restructuring, whose event was met or not. The first givenOnce rows are the
// instalments; the others repeat them.
type given struct {
	planRows    []rows.Head
	givenRows   []rows.Head
	givenOnce   int
	changesPlan bool
}

// begin makes the subject ready for the next id.
func (x *subject) begin() {
	x.events, x.origin, x.amounts, x.kept = x.events[:0], x.origin[:0], x.amounts[:0], x.kept[:0]
	x.refused, x.waiting = x.refused[:0], x.waiting[:0]
	clear(x.keptAt)
	x.keptKnown = 0
	x.planRows, x.booked, x.givenRows, x.changesPlan = x.planRows[:0], rows.NewLoan{}, x.givenRows[:0], false
}

// newPart returns one of a number of workers.
func (n *taken) newPart(words *aging.Dictionaries, workers int) *part {
	return &part{
		n: n, words: words, proc: night.NewProcessor(&n.rules), rejects: rejecter{w: n.rejects.Writer(workers)},
		holds: mover{w: n.holds.Writer(workers)}, returns: mover{w: n.returns.Writer(workers)},
		written: written{
			tallies: make([]tally, len(n.inbox.Files)), toBorrowers: n.people.Writer(workers),
		},
	}
}

// flushSorted hands over what the worker has gathered for the night's sorters.
func (p *part) flushSorted() error {
	return errors.Join(p.rejects.flush(), p.holds.flush(), p.returns.flush(), p.toBorrowers.Close())
}

// work does the whole part; its result is there once the closers are done.
func (p *part) work(ctx context.Context, closers *errgroup.Group, at *left, tape **reports.Tape) (err error) {
	n := p.n
	if p.build, err = n.build.Part(p.from, p.to, store.Waiting, store.Held, store.Loans, store.Journal); err != nil {
		return err
	}
	p.history = n.book.NewJournalReader()
	defer p.history.Close()
	name, form := fmt.Sprintf("part-%04d.parquet", p.number), n.form
	if p.tape, err = reports.CreateTape(filepath.Join(n.staging, "loans", name), filepath.Join(n.runsDir(), name), form, n.o.Date, p.words, n.policy.Scale); err != nil {
		return err
	}
	*tape = p.tape
	if p.journal, err = reports.CreateJournal(filepath.Join(n.staging, "journal", name), n.journalFormat(), n.o.Date); err != nil {
		return err
	}
	if p.scores, err = reports.CreateScores(filepath.Join(n.staging, "score_adjustments", name), form, n.o.Date, p.words); err != nil {
		return err
	}
	p.lines.BusinessDate = n.o.Date
	for q := p.from; q < p.to; q++ {
		if err := p.partition(ctx, q); err != nil {
			return fmt.Errorf("partition %02x: %w", q, err)
		}
		n.advance(1)
	}
	return p.finish(closers, at)
}

// finish writes what is gathered and hands the part's files and tables over to be
// closed: a worker does not wait for the disk before it takes the next part.
func (p *part) finish(closers *errgroup.Group, at *left) error {
	if err := p.flushFacts(); err != nil {
		return err
	}
	if err := p.flushLines(); err != nil {
		return err
	}
	p.takeLeft()
	result, build, tape := p.result, p.build, p.tape
	files := [...]func() (reports.Output, error){p.journal.Close, p.scores.Close}
	closers.Go(reports.Guarded(func() error {
		if err := tape.Finish(); err != nil {
			return err
		}
		for _, file := range files {
			out, err := file()
			if err == nil {
				err = result.addOutput(out, p.n.staging)
			}
			if err != nil {
				return err
			}
		}
		var err error
		result.digest, err = build.Finish()
		*at = result
		return err
	}))
	return nil
}

// partition merges the partition's rows with the book's loans and held items.
func (p *part) partition(ctx context.Context, q int) (err error) {
	p.entryID = book.EntryID(p.n.o.Date, q, 0)
	if p.loans, err = p.n.book.Scan(store.Loans, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.loans.Close()
	if p.held, err = p.n.book.Scan(store.Held, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.held.Close()
	if p.waits, err = p.n.book.Scan(store.Waiting, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.waits.Close()
	p.nextLoan()
	p.nextHeld()
	p.nextWait()
	ranges, err := p.n.scatter.Ranges(ctx, q, p.n.partBudget)
	if err != nil {
		return err
	}
	for i, r := range ranges {
		if err := p.n.scatter.Load(ctx, q, r, p.n.partBudget, &p.rows, p.beyond); err != nil {
			return err
		}
		if err := p.deriveReversals(q, r); err != nil {
			return err
		}
		p.rows.Sort()
		p.rows.Prune(p.beyond)
		if err := p.merge(ctx, r.Last, i == len(ranges)-1); err != nil {
			return err
		}
	}
	if err := p.loans.Err(); err != nil {
		return err
	}
	if err := errors.Join(p.held.Err(), p.waits.Err()); err != nil {
		return err
	}
	return p.n.scatter.Drop(q)
}

// merge walks rows, loans and held items of one range of hashes in the order of
// their keys. The last range of a partition takes all that is left.
func (p *part) merge(ctx context.Context, end uint64, last bool) error {
	refs := p.rows.Refs
	for count := 0; ; count++ {
		key, ok := p.smallest(refs)
		if !ok || !last && key.hash > end {
			return nil
		}
		if count%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if p.hasLoan && len(refs) > 0 && p.loanAt.hash < refs[0].Hash && !p.hasHeld && !p.hasWait {
			// Most loans are between those that tonight's rows name.
			if err := p.one(key, nil); err != nil {
				return fmt.Errorf("loan %q: %w", key.id, err)
			}
			continue
		}
		n := 0
		for n < len(refs) && refs[n].Hash == key.hash && bytes.Equal(rows.IDOf(refs[n].Row), key.id) {
			n++
		}
		if n > 1000 { // it takes its time
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := p.one(key, refs[:n]); err != nil {
			return fmt.Errorf("loan %q: %w", key.id, err)
		}
		refs = refs[n:]
	}
}

// A loanKey is a loan's place in the book.
type loanKey struct {
	hash uint64
	id   []byte
}

func (k loanKey) less(o loanKey) bool {
	return k.hash < o.hash || k.hash == o.hash && bytes.Compare(k.id, o.id) < 0
}

func (k loanKey) equal(o loanKey) bool { return k.hash == o.hash && bytes.Equal(k.id, o.id) }

// nextLoan and nextHeld move on and remember where they are: a hash is computed
// once for each.
func (c *cursor) nextLoan() {
	if c.hasLoan = c.loans.Next(); c.hasLoan {
		c.loanAt = loanKey{c.loans.Hash(), c.loans.ID()}
	}
}

func (c *cursor) nextHeld() {
	if c.hasHeld = c.held.Next(); c.hasHeld {
		c.heldAt = loanKey{c.held.Hash(), c.held.ID()}
	}
}

// smallest returns the key that comes next.
func (c *cursor) smallest(refs []rows.Ref) (key loanKey, ok bool) {
	if c.hasLoan {
		key, ok = c.loanAt, true
	}
	if len(refs) > 0 {
		if k := (loanKey{refs[0].Hash, rows.IDOf(refs[0].Row)}); !ok || k.less(key) {
			key, ok = k, true
		}
	}
	if c.hasHeld && (!ok || c.heldAt.less(key)) {
		key, ok = c.heldAt, true
	}
	if c.hasWait && (!ok || c.waitAt.less(key)) {
		key, ok = c.waitAt, true
	}
	return key, ok
}

// one does the night of one loan id: a loan of the book, one booked tonight, or
// an id that only rows or held items name.
func (p *part) one(key loanKey, refs []rows.Ref) error {
	inBook := p.hasLoan && key.equal(p.loanAt)
	isHeld := p.hasHeld && key.equal(p.heldAt)
	if isHeld {
		key.id = bytes.Clone(key.id) // it may be the held item's, which goes on
	}
	if inBook {
		if err := book.LoanOf(p.loans, &p.n.rules, &p.loan); err != nil {
			return err
		}
	}
	isWaiting := p.hasWait && key.equal(p.waitAt)
	own, people := splitPeople(refs)
	p.isLoan = inBook
	if inBook || isHeld || len(own) > 0 {
		if err := p.loanNight(key, own, inBook, isHeld); err != nil {
			return err
		}
	}
	if isWaiting || len(people) > 0 {
		if err := p.people(key, people, p.isLoan, isWaiting); err != nil {
			return err
		}
	}
	if isWaiting {
		p.nextWait()
	}
	if inBook {
		p.nextLoan()
	}
	return nil
}

// loanNight is the night of one loan id.
func (p *part) loanNight(key loanKey, refs []rows.Ref, inBook, isHeld bool) error {
	if inBook && len(refs) == 0 && !isHeld {
		in := night.Input{Loan: &p.loan}
		return p.put(key, &in, p.proc.Process(&in))
	}
	p.begin()
	booked, refs, err := p.takeLoanRows(key, refs, inBook)
	if err != nil {
		return err
	}
	p.isLoan = inBook || booked
	p.open(refs)
	if isHeld {
		if err := p.takeHeld(key, inBook || booked); err != nil {
			return err
		}
	}
	if !inBook && !booked {
		return p.unknown(key, refs)
	}
	if err := p.takeEvents(refs); err != nil {
		return err
	}
	in := night.Input{Loan: &p.loan, Booked: booked, Plan: p.plan, Events: p.events}
	if !booked {
		in.Plan = nil
		if night.NeedsHistory(&p.loan, p.events) {
			if err := p.readHistory(); err != nil {
				return err
			}
			in.History = &p.past
			p.result.replayed++
		}
	}
	r := p.proc.Process(&in)
	if err := p.settleEvents(key, r); err != nil {
		return err
	}
	return p.put(key, &in, r)
}

// put writes the loan's new record, its journal entry and its facts.
func (p *part) put(key loanKey, in *night.Input, r *night.Result) error {
	l := &p.loan
	if r.Touched {
		if err := p.post(key, in, r); err != nil {
			return err
		}
	}
	p.record = record.AppendLoan(p.record[:0], l)
	if err := p.build.Add(store.Loans, key.hash, key.id, nil, p.record); err != nil {
		return err
	}
	at := &p.result.positions[l.Currency]
	at.Add(l, r.Receivables)
	row := len(p.facts.LoanID.Offsets) - 1
	if row < 0 {
		row = 0
	}
	if row >= p.facts.Rows {
		p.facts.Grow(min(max(2*p.facts.Rows, 1<<10), book.FactsMax))
	}
	p.proc.Fill(&p.facts, row, l)
	if row+1 == book.FactsMax {
		return p.flushFacts()
	}
	return nil
}

// post writes the loan's journal entry, into the book and into the published
// journal.
func (p *part) post(key loanKey, in *night.Input, r *night.Result) error {
	l := in.Loan
	p.applied = p.applied[:0]
	if in.Booked {
		p.booking = loan.Event{
			Kind: loan.KindBooking, ValueDate: l.Terms.DisbursedOn, Amount: l.Terms.Principal, ID: key.id, Plan: in.Plan,
		}
		p.applied = append(p.applied, &p.booking)
	}
	for _, i := range r.Applied {
		p.applied = append(p.applied, &p.events[i])
	}
	p.blob = record.AppendLoanNight(p.blob[:0], l.LastEntryOn, l.Currency, p.applied, r.Log)
	l.LastEntryOn = p.n.o.Date
	return p.publish(key, l.Currency, p.blob, r.Log)
}

// publish adds a journal entry of the book and its lines.
func (p *part) publish(key loanKey, currency uint16, blob []byte, log *loan.Log) error {
	if err := p.build.Add(store.Journal, key.hash, key.id, nil, blob); err != nil {
		return err
	}
	for i := range log.Len() {
		e := log.Entry(i)
		p.result.gl.Add(int(currency), &e)
		if p.entryID&(book.EntriesMax-1) == book.EntriesMax-1 {
			return fmt.Errorf("a partition has %d entries in one night, as many as there are numbers for", book.EntriesMax)
		}
		p.entryID++
		p.result.entries++
		p.lines.AppendEntry(p.entryID, key.id, currency, &e, p.n.rules.Scale[currency])
	}
	if p.lines.Rows() >= book.FactsMax {
		return p.flushLines()
	}
	return nil
}

// flushFacts writes the gathered facts to the tape and adds them to the reports.
func (p *part) flushFacts() error {
	rows := max(len(p.facts.LoanID.Offsets)-1, 0)
	if rows == 0 {
		return nil
	}
	p.facts.Grow(rows)
	rec := reports.Record(&p.facts, p.words, p.n.policy.Scale)
	defer rec.Release()
	if err := p.tape.Write(rec); err != nil {
		return err
	}
	if err := p.scores.Write(rec); err != nil {
		return err
	}
	if err := p.builder.Add(rec); err != nil {
		return err
	}
	err := p.toBorrowers.AddFacts(p.number, p.tapeRows, &p.facts, p.words)
	p.tapeRows += int64(rows)
	p.facts.Reset()
	return err
}

// flushLines writes the gathered lines of the journal.
func (p *part) flushLines() error {
	if p.lines.Rows() == 0 {
		return nil
	}
	p.result.postings += int64(p.lines.Rows())
	if err := p.journal.Write(&p.lines); err != nil {
		return err
	}
	p.lines.Reset()
	return nil
}
