package batch

import (
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/batch/rows"
	"daybook/ledger/civil"
)

// Loans of the book are worked abreast. One loan's night is a long way through the program,
// longer than what a core keeps of it at hand: so each step is done for a run of loans, one
// after the other, before the next step is done for the same. Every step takes the loans in
// their order, so that what a night writes does not depend on how many there are.

// lanes are how many loans are worked abreast; what they have in memory fits a core's own cache.
// Tests change it.
var lanes = 16

// A lane is how far the night of a loan is.
type lane struct {
	proc      *night.Processor
	key       loanKey
	own       []rows.Ref // tonight's rows of the loan itself
	inBook    bool
	needsPast bool // its night cannot do without what earlier nights did to it
	in        night.Input
	eventful  bool // rows or suspense bring it something
	done      *night.Result
	entry     []byte     // for the journal of the book
	known     []byte     // the book's record of the loan
	record    []byte     // the new one
	entered   civil.Date // the night of its last entry before tonight's
}

// An abreast is the loans that a worker has at hand: a run of the book's within one page, and
// one more for ids that the book has no loan of.
type abreast struct {
	subjects []subject
	read     int // of the run, from the first on: their records are decoded
	at       int // which subject is at hand
	taken    int // of the run are taken up
	settled  int // the nights of those are done; that of the others up to taken waits
}

func newAbreast(r *night.Rules) abreast {
	a := abreast{subjects: make([]subject, lanes+1)}
	for i, proc := range night.NewProcessors(r, lanes+1) {
		a.subjects[i].proc = proc
	}
	return a
}

// alone is the subject of ids that the book has no loan of.
func (a *abreast) alone() int { return len(a.subjects) - 1 }

// isLast reports whether the loan at hand is the last of its run.
func (a *abreast) isLast() bool { return a.taken == a.read }

// hand puts a subject at hand.
func (p *part) hand(at int) { p.at, p.subject = at, &p.subjects[at] }

// take takes up an id, with its rows. A loan of the book is where the scan is.
func (p *part) take(key loanKey, own []rows.Ref, inBook bool) error {
	at := p.alone()
	if inBook {
		if p.isLast() {
			if err := p.readRun(); err != nil {
				return err
			}
		}
		at = p.taken
		p.taken++
	}
	p.hand(at)
	p.key, p.own, p.inBook, p.isLoan = key, own, inBook, inBook
	p.telling, p.reflagged, p.final, p.hasClosed = nil, false, nil, false
	if !inBook {
		return nil
	}
	final, err := p.finals.Of(key.hash, key.id)
	if err != nil {
		return err
	}
	if final != nil {
		p.finished = *final
		p.final = &p.finished
	}
	return p.takeBase(key)
}

// readRun decodes the loans of the next run, from the one at which the scan is.
func (p *part) readRun() error {
	p.read, p.taken, p.settled = 0, 0, 0
	for n := min(lanes, p.loans.Ahead()); p.read < n; p.read++ {
		x := &p.subjects[p.read]
		x.known = p.loans.RecordInPageAhead(p.read)
		if err := book.LoanAhead(p.loans, p.read, &p.n.rules, &x.loan); err != nil {
			return ofLoan(p.loans.IDAhead(p.read), err)
		}
	}
	return nil
}

// settle does the nights that wait.
func (p *part) settle() error {
	from, to := p.settled, p.taken
	p.settled = to
	for i := from; i < to; i++ {
		p.hand(i)
		if _, err := p.prepare(false); err != nil {
			return ofLoan(p.key.id, err)
		}
		if !p.needsPast {
			continue
		}
		if err := p.nights(from, i); err != nil {
			return err
		}
		p.hand(i)
		if err := p.night(); err != nil {
			return err
		}
		from = i + 1
	}
	return p.nights(from, to)
}

// night does the night of the loan at hand, before which none waits. There is memory for the
// past of one loan, for its life to be run again and for a night of many events: the worker's, not each
// lane's, whose processor has its place again once what the night came to is written.
func (p *part) night() error {
	at := p.at
	p.settled = p.taken
	big := len(p.own) > manyRows || len(p.events) > manyRows
	if !p.needsPast && !big {
		return p.nights(at, at+1)
	}
	if p.needsPast {
		if err := p.takeHistory(&p.in); err != nil {
			return ofLoan(p.key.id, err)
		}
	}
	own := p.proc
	p.proc = p.subjects[p.alone()].proc
	err := p.nights(at, at+1)
	p.proc = own
	return err
}

// steps are those of a loan's night behind what it does to the loan itself.
var steps = [...]func(p *part) error{
	(*part).settleEvents, (*part).enterLoan, (*part).keepEntry, (*part).enterLines, (*part).keepLoan, (*part).fillFacts,
}

// nights does the nights of the subjects [from, to), which are prepared, abreast.
func (p *part) nights(from, to int) error {
	loans := p.subjects[from:to]
	for _, step := range night.Steps {
		for i := range loans {
			step(loans[i].proc, &loans[i].in)
		}
	}
	for i := range loans {
		loans[i].done = loans[i].proc.Result()
	}
	for _, step := range steps {
		for i := from; i < to; i++ {
			p.hand(i)
			if err := step(p); err != nil {
				return ofLoan(p.key.id, err)
			}
		}
	}
	return nil
}
