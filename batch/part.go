package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"daybook/aging"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
	"daybook/reports/spill"

	"golang.org/x/sync/errgroup"
)

// factsMax is the most rows of facts that a worker gathers before it writes
// them, so that a partition of any size takes the same memory.
const factsMax = 1 << 13

// A part is one contiguous range of partitions, worked by one worker from the
// sorted rows and the book's loans to the tables of the new generation and the
// published parts. What it writes does not depend on who works it or when.
type part struct {
	n        *closing
	number   int
	from, to int // partitions

	build   *store.Part
	history *store.JournalReader
	tape    *reports.Tape
	scores  *reports.Scores
	journal *reports.JournalWriter

	proc      *night.Processor
	annuities loan.Annuities
	facts     aging.Facts
	lines     reports.Journal
	builder   reports.Builder
	result    partResult
	tallies   []tally // by file, of all its parts: 65,000 files take 8 MB
	rejects   rejecter
	holds     mover // money whose entries are the summary's
	returns   mover
	tasks     *queue.Writer
	overflow  *spill.Writer // of borrowers

	rows    sortedRows
	loans   *store.Scan
	held    *store.Scan
	loanAt  loanKey // of the book's next loan and the next held item
	heldAt  loanKey
	hasLoan bool
	hasHeld bool
	entryID int64

	// Scratch of one loan.
	loan      loan.Loan
	booked    newLoan
	past      loan.History
	pages     []store.LoanNight
	pages0    store.LoanNight
	log       loan.Log
	events    []loan.Event
	origin    []rowHead // of each event; the kind is heldRow for those out of suspense
	amounts   []int64   // of each event, at the policy's scale
	kept      []heldItem
	keptAt    map[string]int // of kept, by id, where there are many
	keptKnown int            // how many of kept it has
	left      int            // how many more events the loan takes tonight, releases apart
	refused   []refusedEvent
	waiting   []heldItem // that are events tonight, by the number of their origin
	plan      []loan.Installment
	applied   []*loan.Event
	record    []byte
	blob      []byte
	planRows  []rowHead
	// Of a restructuring with instalments of its own: their rows, and whether its
	// event was met. The first givenOnce rows are the instalments; the others repeat
	// them.
	givenRows   []rowHead
	givenOnce   int
	changesPlan bool
	booking     loan.Event
}

// newPart returns one of a number of workers.
func (n *closing) newPart(workers int) *part {
	return &part{
		n: n, proc: night.NewProcessor(&n.rules), tallies: make([]tally, len(n.inbox.Files)), rejects: rejecter{w: n.rejects.Writer(workers)},
		holds: mover{w: n.holds.Writer(workers)}, returns: mover{w: n.returns.Writer(workers)},
		tasks: n.tasks.Writer(workers), overflow: n.borrowers.Writer(workers),
	}
}

// flushSorted hands over what the worker has gathered for the night's sorters.
func (p *part) flushSorted() error {
	return errors.Join(p.rejects.flush(), p.holds.flush(), p.returns.flush(), p.tasks.Close(), p.overflow.Close())
}

// A partResult is what a part leaves behind for the night.
type partResult struct {
	digest    store.PartDigest
	outputs   []reports.Output
	tallies   []tally // its worker's
	gl        glTotals
	positions []positions // by currency
	suspense  reports.Suspense
	borrowers borrowerHashes
	marked    int64 // borrowers in the lists
	postings  int64
	entries   int64
	replayed  int64
}

// work does the whole part; its result is there once the closers are done.
func (p *part) work(ctx context.Context, closers *errgroup.Group, at *partResult) (err error) {
	n := p.n
	if p.build, err = n.build.Part(p.from, p.to); err != nil {
		return err
	}
	p.history = n.book.NewJournalReader()
	defer p.history.Close()
	name, form := fmt.Sprintf("part-%04d.parquet", p.number), n.record.Form
	if p.tape, err = reports.CreateTape(filepath.Join(n.staging, "loans", name), form, n.o.Date, &n.dictionaries, n.policy.Scale); err != nil {
		return err
	}
	if p.journal, err = reports.CreateJournal(filepath.Join(n.staging, "journal", name), n.journalFormat(), n.o.Date); err != nil {
		return err
	}
	if p.scores, err = reports.CreateScores(filepath.Join(n.staging, "score_adjustments", name), form, n.o.Date, &n.dictionaries); err != nil {
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
func (p *part) finish(closers *errgroup.Group, at *partResult) error {
	if err := p.flushFacts(); err != nil {
		return err
	}
	if err := p.flushLines(); err != nil {
		return err
	}
	result, build := p.result, p.build
	files := [...]func() (reports.Output, error){p.tape.Close, p.journal.Close, p.scores.Close}
	closers.Go(reports.Guarded(func() error {
		for _, file := range files {
			out, err := file()
			if err != nil {
				return err
			}
			result.outputs = append(result.outputs, out)
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
	p.entryID = entryID(p.n.o.Date, q, 0)
	if p.loans, err = p.n.book.Loans(q, q+1); err != nil {
		return err
	}
	defer p.loans.Close()
	if p.held, err = p.n.book.Held(q, q+1); err != nil {
		return err
	}
	defer p.held.Close()
	p.nextLoan()
	p.nextHeld()
	ranges, err := p.n.scatter.ranges(ctx, q, p.n.partBudget)
	if err != nil {
		return err
	}
	for i, r := range ranges {
		if err := p.n.scatter.load(ctx, q, r, p.n.partBudget, &p.rows, p.beyond); err != nil {
			return err
		}
		if err := p.deriveReversals(q, r); err != nil {
			return err
		}
		p.rows.sort()
		p.rows.prune(p.beyond)
		if err := p.merge(ctx, r.last, i == len(ranges)-1); err != nil {
			return err
		}
	}
	if err := p.loans.Err(); err != nil {
		return err
	}
	if err := p.held.Err(); err != nil {
		return err
	}
	return p.n.scatter.drop(q)
}

// merge walks rows, loans and held items of one range of hashes in the order of
// their keys. The last range of a partition takes all that is left.
func (p *part) merge(ctx context.Context, end uint64, last bool) error {
	rows := p.rows.refs
	for count := 0; ; count++ {
		key, ok := p.smallest(rows)
		if !ok || !last && key.hash > end {
			return nil
		}
		if count%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if p.hasLoan && len(rows) > 0 && p.loanAt.hash < rows[0].hash && !p.hasHeld {
			// Most loans are between those that tonight's rows name.
			if err := p.one(key, nil); err != nil {
				return fmt.Errorf("loan %q: %w", key.id, err)
			}
			continue
		}
		n := 0
		for n < len(rows) && rows[n].hash == key.hash && bytes.Equal(rowLoan(rows[n].row), key.id) {
			n++
		}
		if n > 1000 { // it takes its time
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := p.one(key, rows[:n]); err != nil {
			return fmt.Errorf("loan %q: %w", key.id, err)
		}
		rows = rows[n:]
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
func (p *part) nextLoan() {
	if p.hasLoan = p.loans.Next(); p.hasLoan {
		p.loanAt = loanKey{p.loans.Hash(), p.loans.ID()}
	}
}

func (p *part) nextHeld() {
	if p.hasHeld = p.held.Next(); p.hasHeld {
		p.heldAt = loanKey{p.held.Hash(), p.held.ID()}
	}
}

// smallest returns the key that comes next.
func (p *part) smallest(rows []rowRef) (key loanKey, ok bool) {
	if p.hasLoan {
		key, ok = p.loanAt, true
	}
	if len(rows) > 0 {
		if k := (loanKey{rows[0].hash, rowLoan(rows[0].row)}); !ok || k.less(key) {
			key, ok = k, true
		}
	}
	if p.hasHeld && (!ok || p.heldAt.less(key)) {
		key, ok = p.heldAt, true
	}
	return key, ok
}

// one does the night of one loan id: a loan of the book, one booked tonight, or
// an id that only rows or held items name.
func (p *part) one(key loanKey, rows []rowRef) error {
	inBook := p.hasLoan && key.equal(p.loanAt)
	isHeld := p.hasHeld && key.equal(p.heldAt)
	if isHeld {
		key.id = bytes.Clone(key.id) // it may be the held item's, which goes on
	}
	if inBook {
		if err := store.DecodeLoan(p.loans.Record(), &p.loan); err != nil {
			return err
		}
		p.loan.ID = p.loans.ID()
		if int(p.loan.Product) >= len(p.n.rules.Products) || int(p.loan.Currency) >= len(p.n.rules.Scale) {
			return fmt.Errorf("its record names product %d and currency %d, which the book's dictionaries lack", p.loan.Product, p.loan.Currency)
		}
	}
	err := p.loanNight(key, rows, inBook, isHeld)
	if err == nil && inBook {
		p.nextLoan()
	}
	return err
}

// loanNight is the night of one loan id.
func (p *part) loanNight(key loanKey, rows []rowRef, inBook, isHeld bool) error {
	if inBook && len(rows) == 0 && !isHeld {
		in := night.Input{Loan: &p.loan}
		return p.put(key, &in, p.proc.Process(&in))
	}
	p.events, p.origin, p.amounts, p.kept = p.events[:0], p.origin[:0], p.amounts[:0], p.kept[:0]
	p.refused, p.waiting = p.refused[:0], p.waiting[:0]
	clear(p.keptAt)
	p.keptKnown = 0
	p.planRows, p.booked, p.givenRows, p.changesPlan = p.planRows[:0], newLoan{}, p.givenRows[:0], false
	booked, rows, err := p.takeLoanRows(key, rows, inBook)
	if err != nil {
		return err
	}
	p.open(rows)
	if isHeld {
		if err := p.takeHeld(key, inBook || booked); err != nil {
			return err
		}
	}
	if !inBook && !booked {
		return p.unknown(key, rows)
	}
	if err := p.takeEvents(rows); err != nil {
		return err
	}
	in := night.Input{Loan: &p.loan, Booked: booked, Plan: p.plan, Events: p.events}
	if !booked {
		in.Plan = nil
		if night.NeedsHistory(&p.loan, p.events) {
			if err := p.readHistory(key); err != nil {
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
	p.record = store.AppendLoan(p.record[:0], l)
	if err := p.build.AddLoan(key.hash, key.id, p.record); err != nil {
		return err
	}
	at := &p.result.positions[l.Currency]
	at.add(l, r.Receivables)
	row := len(p.facts.LoanID.Offsets) - 1
	if row < 0 {
		row = 0
	}
	if row >= p.facts.Rows {
		p.facts.Grow(min(max(2*p.facts.Rows, 1<<10), factsMax))
	}
	p.proc.Fill(&p.facts, row, l)
	if row+1 == factsMax {
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
	p.blob = store.AppendLoanNight(p.blob[:0], l.LastEntryOn, l.Currency, p.applied, r.Log)
	l.LastEntryOn = p.n.o.Date
	return p.publish(key, l.Currency, p.blob, r.Log)
}

// publish adds a journal entry of the book and its lines.
func (p *part) publish(key loanKey, currency uint16, blob []byte, log *loan.Log) error {
	if err := p.build.AddJournal(key.hash, key.id, blob); err != nil {
		return err
	}
	for i := range log.Len() {
		e := log.Entry(i)
		p.result.gl.add(int(currency), &e)
		if p.entryID&(entriesMax-1) == entriesMax-1 {
			return fmt.Errorf("a partition has %d entries in one night, as many as there are numbers for", entriesMax)
		}
		p.entryID++
		p.result.entries++
		appendLines(&p.lines, p.entryID, key.id, int(currency), &e, p.n.rules.Scale[currency])
	}
	if p.lines.Rows() >= factsMax {
		return p.flushLines()
	}
	return nil
}

// appendLines adds an entry's postings to a batch of the published journal.
func appendLines(j *reports.Journal, id int64, loanID []byte, currency int, e *ledger.Entry, scale int64) {
	for _, x := range e.Postings {
		j.EntryID = append(j.EntryID, id)
		j.ValueDate = append(j.ValueDate, e.ValueDate)
		j.Kind = append(j.Kind, uint16(e.Kind))
		j.SourceID.Append(e.Source)
		j.LoanID.Append(loanID)
		j.Account = append(j.Account, uint16(x.Role))
		j.Currency = append(j.Currency, uint16(currency))
		debit, credit := int64(x.Amount)*scale, int64(0)
		if debit < 0 {
			debit, credit = 0, -debit
		}
		j.Debit = append(j.Debit, debit)
		j.Credit = append(j.Credit, credit)
	}
}

// entryID numbers the entries of a night: business date, partition (256 for the
// summary of untouched loans) and a number within it, in 53 bits, so that every
// tool can hold it.
func entryID(d civil.Date, partition, number int) int64 {
	return int64(d)<<37 | int64(partition)<<28 | int64(number)
}

// entriesMax is how many numbers an entry id has for the entries of one partition.
const entriesMax = 1 << 28

// flushFacts writes the gathered facts to the tape and adds them to the reports.
func (p *part) flushFacts() error {
	rows := max(len(p.facts.LoanID.Offsets)-1, 0)
	if rows == 0 {
		return nil
	}
	p.facts.Grow(rows)
	rec := reports.Record(&p.facts, &p.n.dictionaries, p.n.policy.Scale)
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
	err := errors.Join(p.markBorrowers(&p.facts), p.tasks.Add(rec))
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
