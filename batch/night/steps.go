package night

import (
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Steps are the steps of a loan's night, in their order; [Processor.Result] has what they
// come to. Each takes up where the one before has left the processor, so that loans with a
// processor each can be worked abreast, a step for all of them and then the next: the code
// of a night is larger than what a core keeps at hand of it, and a step is not.
var Steps = [...]func(p *Processor, in *Input){
	(*Processor).begin, (*Processor).applyTonight, (*Processor).closeDay, (*Processor).ageLoan, (*Processor).classifyLoan,
	(*Processor).decideLoan,
}

// A passing is what the steps of a loan's night leave each other.
type passing struct {
	quiet bool // nothing happens to the loan but a day
	aged  aged // as the last close left it
	// Before tonight's events:
	onBooks   loan.Sums
	disbursed money.Amount
	// replayed says that the loan's life was run from its beginning.
	replayed bool
	only     Input // of [Processor.Process]
}

// Process does one loan's night.
func (p *Processor) Process(in *Input) *Result {
	p.only = *in // the caller's would be allocated, as who calls through a table may keep it
	for _, step := range Steps {
		step(p, &p.only)
	}
	return &p.result
}

// Result is what the night did to the loan that was processed last.
func (p *Processor) Result() *Result { return &p.result }

// begin takes up the loan: it passes a quiet one's night, and decides what of another's
// events counts.
func (p *Processor) begin(in *Input) {
	l := in.Loan
	p.log.Reset()
	p.flags, p.since = in.Flags, in.Base
	if p.rules.Accounts {
		p.standAt(in)
	}
	r := &p.result
	r.Outcomes, r.Applied, r.Log, r.Touched, r.Redisbursed = r.Outcomes[:0], r.Applied[:0], &p.log, false, false
	p.takeFinal(in)
	p.aged = agedOf(l)
	p.quiet = len(in.Events) == 0 && !in.Booked && !(p.newlyScored() && p.MustRelive(in)) && p.passQuiet(l, &p.rules.Products[l.Product])
	if p.quiet {
		return
	}
	owed := l.Outstanding()
	p.onBooks, p.disbursed = l.OnBooks(owed), l.Disbursed()
	r.PreviousTotal = owed.Total()
	if in.Booked {
		r.PreviousTotal, p.onBooks = 0, loan.Sums{}
		p.book(l)
	}
	if p.replayed, p.run.Marks = false, nil; !in.Booked {
		p.noting(l, in.Events)
	}
	p.beginDays(in)
	if len(in.Events) > 0 {
		p.weighEvents(in)
	}
}

// applyTonight applies the events that count.
func (p *Processor) applyTonight(in *Input) {
	product := &p.rules.Products[in.Loan.Product]
	switch {
	case p.quiet:
	case len(in.Events) > 0:
		p.apply(in, product)
	default:
		p.run.Start(in.Loan, product, &p.log)
	}
}

// closeDay brings the loan to the close of the day, and accrues.
func (p *Processor) closeDay(in *Input) {
	if p.quiet {
		return
	}
	l, r := in.Loan, &p.result
	p.run.Advance(p.rules.Date)
	p.run.NoteClose(p.rules.Date, false)
	p.run.Marks = nil
	r.Figures = p.run.Close(p.rules.Date)
	r.Touched = in.Booked || p.log.Len() > 0 || len(r.Applied) > 0
	r.Redisbursed = !in.Booked && l.Disbursed() != p.disbursed
	p.accrue(l, &p.rules.Products[l.Product], p.onBooks)
}

// classifyLoan tells who classifies the loan of its days.
func (p *Processor) classifyLoan(in *Input) {
	if !p.quiet {
		p.classify(in, &p.rules.Products[in.Loan.Product])
	}
}

// decideLoan decides the loan's classes, and holds the night's entries to their balance.
func (p *Processor) decideLoan(in *Input) {
	l, r, same := in.Loan, &p.result, true
	switch {
	case p.quiet:
		same = p.classifyQuiet(in)
	case p.rules.Classes != nil:
		p.decideTold(l)
	}
	r.Passed = p.quiet && same && p.aged == agedOf(l) && !p.reweighed
	if r.Touched {
		p.check(l)
	}
}
