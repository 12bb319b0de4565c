package batch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/aging/score"
	"daybook/batch/book"
	"daybook/batch/bureau"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/lists"
	"daybook/reports/metro2"
	"daybook/reports/spill"

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
	abreast
	*subject  // the loan at hand, one of those
	annuities loan.Annuities
	basing
	earlierNights
	rejects rejecter
	holds   mover // money whose entries are the summary's
	returns mover
	result  left // as far as it is gathered here
}

// A written is what a part is written to, and what is gathered for it.
type written struct {
	build   *store.Part
	tape    *reports.Tape
	scores  *reports.Scores // nil where they are finished borrower by borrower, and written then
	journal *reports.JournalWriter
	evidence
	facts    aging.Facts
	flagged  map[int][]borrower.Flag // flags of loans, by row of facts
	lines    reports.Journal
	builder  reports.Builder
	tallies  []tally // by file, empty between parts: 65,000 files take 8 MB
	tapeRows int64   // written
	// toBorrowers is the way to the pass by borrower.
	toBorrowers *meet.Writer
	watch       lists.Watch
	reAges      *spill.Writer
	observed    *spill.Writer  // nil where scores are not watched
	accounts    *bureau.Writer // nil on a night without a file for the bureaus
	entryID     int64          // of the last entry
	blob        []byte         // scratch
	log         loan.Log       // scratch
}

// An evidence is what is written of terms and postings for those who come to check.
type evidence struct {
	contracts     *reports.Contracts
	termed        []int // rows of facts whose terms the night sets
	leaves        reports.Leaves
	journalFormat reports.JournalFormat
}

// A cursor walks a partition's rows, its loans in the book and its held items, in the
// order of their keys.
type cursor struct {
	rows     rows.Sorted
	loans    *store.Scan
	held     *store.Scan
	flags    *store.Scan // of loans
	finals   *book.Finals
	loanAt   loanKey // of the book's next loan, held item, and flags
	heldAt   loanKey
	flagsAt  loanKey
	hasLoan  bool
	hasHeld  bool
	hasFlags bool
}

// A subject is the loan, or the id, that is being worked; its memory is used again
// for another.
type subject struct {
	lane
	loan    loan.Loan
	booked  rows.NewLoan // the row that books it
	booking loan.Event
	plan    []loan.Installment
	isLoan  bool // there is such a loan, in the book or from tonight on
	left    int  // how many more events the loan takes tonight, releases apart
	applied []*loan.Event
	telling []borrower.Flag // the loan's
	flagging
	lastClose
	tonight
	keeping
	given
}

// A lastClose is what the last close, and that of an earlier month, made of the loan.
type lastClose struct {
	final     *score.Final // of its score, nil where it finished none
	finished  score.Final  // that
	base      night.Base
	closed    metro2.History // the months up to the base for the bureaus, where hasClosed
	hasClosed bool
}

// earlierNights are what a worker reads of a loan's earlier nights: one loan's at a time.
type earlierNights struct {
	history *store.JournalReader
	past    loan.History
	pages   []book.Page
}

// A tonight is the events that the night's rows and suspense bring for a loan.
type tonight struct {
	events  []loan.Event
	origin  []rows.Head   // of each event; the kind is heldRow for those out of suspense
	amounts []int64       // of each event, at the policy's scale
	waiting []record.Held // that are events tonight, by the number of their origin
	refused []refusedEvent
}

// A flagging is the flags that packs read.
type flagging struct {
	packFlags []classify.Flag // of the loan and its borrower
	reflagged bool            // the loan's own are not what the last close knew
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
	planRows  []rows.Head
	givenRows []rows.Head
	givenOnce int
	givenTo   int          // the number of the event that they are of, below zero where there is none
	earned    loan.Earning // of its instalments
}

// manyRows are more rows or items than a subject keeps its memory for: it has a night by itself then, and
// gives up what it took, as a worker has many subjects.
const manyRows = 256

// forget gives up the memory of a night of many rows or held items.
func (x *subject) forget() {
	if len(x.own) <= manyRows && len(x.kept) <= manyRows && len(x.waiting) <= manyRows {
		return
	}
	x.tonight, x.keeping, x.given, x.applied, x.own, x.entry, x.in = tonight{}, keeping{}, given{}, nil, nil, nil, night.Input{}
}

// begin makes the subject ready for the next id.
func (x *subject) begin() {
	x.events, x.origin, x.amounts, x.kept = x.events[:0], x.origin[:0], x.amounts[:0], x.kept[:0]
	x.refused, x.waiting = x.refused[:0], x.waiting[:0]
	clear(x.keptAt)
	x.keptKnown = 0
	x.planRows, x.booked, x.givenRows, x.givenTo = x.planRows[:0], rows.NewLoan{}, x.givenRows[:0], -1
}

// newPart returns one of a number of workers.
func (n *taken) newPart(words *aging.Dictionaries, workers int) *part {
	p := &part{
		n: n, words: words, abreast: newAbreast(&n.rules), rejects: rejecter{w: n.rejects.Writer(workers)},
		holds: mover{w: n.holds.Writer(workers)}, returns: mover{w: n.returns.Writer(workers)},
		written: written{
			tallies: make([]tally, len(n.inbox.Files)), toBorrowers: n.people.Writer(workers), watch: lists.Watch{To: n.watched.Writer(workers)},
			reAges: n.reAged.Writer(workers),
		},
	}
	if n.observed != nil {
		p.observed = n.observed.Writer(workers)
	}
	if n.bureau != nil {
		p.accounts = n.bureau.accounts.Writer(workers)
	}
	p.hand(p.alone())
	p.prepareBases()
	return p
}

// flushSorted hands over what the worker has gathered for the night's sorters.
func (p *part) flushSorted() error {
	return errors.Join(p.rejects.flush(), p.holds.flush(), p.returns.flush(), p.toBorrowers.Close(), p.watch.To.Close(), p.reAges.Close(), p.closeAsked())
}

// closeAsked hands over what only some policies ask for.
func (p *part) closeAsked() (err error) {
	if p.observed != nil {
		err = p.observed.Close()
	}
	if p.accounts != nil {
		err = errors.Join(err, p.accounts.Close())
	}
	return err
}

// work does the whole part; its result is there once the closers are done.
func (p *part) work(ctx context.Context, closers *errgroup.Group, at *left, tape **reports.Tape) (err error) {
	n := p.n
	if p.build, err = n.build.Part(p.from, p.to, p.n.spaces()...); err != nil {
		return err
	}
	p.history = n.book.NewJournalReader()
	defer p.history.Close()
	name, form := publish.PartName(p.number), n.form
	if p.tape, err = reports.CreateTape(filepath.Join(n.staging, "loans", name), reports.Aside{Path: filepath.Join(n.runsDir(), name), Memory: n.people.Own()}, form, n.o.Date, p.words, n.policy.Scale); err != nil {
		return err
	}
	*tape = p.tape
	p.journalFormat = n.journalFormat()
	if p.journal, err = reports.CreateJournal(filepath.Join(n.staging, "journal", name), p.journalFormat, n.o.Date); err != nil {
		return err
	}
	if p.contracts, err = reports.CreateContracts(filepath.Join(n.staging, "contracts", name), form, n.o.Date, p.words, n.policy.Scale); err != nil {
		return err
	}
	if p.scores = nil; !n.rules.ByBorrower {
		if p.scores, err = reports.CreateScores(filepath.Join(n.staging, "score_adjustments", name), form, n.o.Date, p.words); err != nil {
			return err
		}
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
	if err := p.leaves.Close(); err != nil {
		return err
	}
	p.takeLeft()
	result, build, tape := p.result, p.build, p.tape
	files := []func() (reports.Output, error){p.journal.Close, p.contracts.Close}
	if p.scores != nil {
		files = append(files, p.scores.Close)
	}
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
