// Package night computes what one night does to one loan: it orders the night's
// events among those that came before, applies them, accrues to the business
// date, ages, classifies and scores. It is pure: no clock, no I/O, no
// randomness, no goroutines. The caller reads, writes and commits.
package night

import (
	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Rules are what the policy and the book's dictionaries say for one night.
type Rules struct {
	Date     civil.Date     // business date
	Previous civil.Date     // business date of the last close, or civil.None
	Products []loan.Product // by product code
	Scale    []int64        // by currency code: units of the tape's scale in one minor unit
	Aging    aging.Rules
	Score    score.Points
	// OldBuckets has, where the policy's buckets have changed since the last
	// close, the new index of each old one, or loan.NoBucket; nil otherwise.
	OldBuckets []uint8
}

// The names behind the codes that this package writes into facts, in the order
// of the codes.
var (
	Statuses = aging.Dictionary{"active", "settled", "overpaid", "charged_off", "written_off", "quarantined"}
	Accruals = aging.Dictionary{"accruing", "non_accrual"}
)

// The codes of status and accrual.
const (
	Active = iota
	Settled
	Overpaid
	ChargedOff
	WrittenOff
	Quarantined
)

const (
	accruing = iota
	nonAccrual
)

// An Input is one loan with the events that tonight's files bring for it. The
// loan is changed to its state after the night.
type Input struct {
	Loan   *loan.Loan
	Booked bool               // the loan comes into the book tonight
	Plan   []loan.Installment // its explicit instalments, if it has any
	Events []loan.Event       // of tonight, in the order of their files and rows
	// History is needed when [Processor.NeedsHistory] says so.
	History *loan.History
}

// A Result is what the night did; it is valid until the next call.
type Result struct {
	Outcomes []loan.Reason // for each event: OK applied, ExactDuplicate, or why it was rejected
	Applied  []int32       // indexes of the applied events, in the order of the loan's life
	Log      *loan.Log     // entries to post
	Figures  loan.Figures
	Touched  bool // there is something to post or to remember for this loan
	Status   uint16
	Accrual  uint16
	// PreviousTotal is the total outstanding at the last close.
	PreviousTotal money.Amount
}

// Totals are what the accruals of untouched loans add up to, by account, for one
// product and currency.
type Totals [ledger.Roles]money.Amount

// A Processor is one worker's night. It never allocates once warm.
type Processor struct {
	rules  *Rules
	run    loan.Run
	log    loan.Log
	replay loan.Log
	none   loan.History
	result Result
	order  []int32 // scratch
	merged []loan.Event
	// Summary is what untouched loans accrued: [product][currency].
	Summary [][]Totals
}

// NewProcessor returns a processor for a night.
func NewProcessor(r *Rules) *Processor {
	p := &Processor{rules: r, Summary: make([][]Totals, len(r.Products))}
	for i := range p.Summary {
		p.Summary[i] = make([]Totals, len(r.Scale))
	}
	return p
}

// Process does one loan's night.
func (p *Processor) Process(in *Input) *Result {
	l := in.Loan
	product := &p.rules.Products[l.Product]
	p.log.Reset()
	before := l.Outstanding()
	p.result = Result{
		Outcomes: p.result.Outcomes[:0], Applied: p.result.Applied[:0], Log: &p.log, PreviousTotal: before.Total(),
	}
	if in.Booked {
		p.result.PreviousTotal = 0
		p.book(l)
	}
	metBefore := l.MetWhen
	if len(in.Events) > 0 {
		p.apply(in, product)
	} else {
		p.run.Start(l, product, &p.log)
	}
	p.run.Advance(p.rules.Date)
	p.result.Figures = p.run.Close(p.rules.Date)
	p.result.Touched = in.Booked || p.log.Len() > 0 || len(p.result.Applied) > 0
	p.accrue(l, product)
	p.age(in, metBefore)
	if p.result.Touched {
		p.check(l)
	}
	return &p.result
}

// book posts the loan itself.
func (p *Processor) book(l *loan.Loan) {
	p.log.Begin(ledger.Booking, l.Terms.DisbursedOn, l.ID)
	p.log.Post(ledger.LoanPrincipal, l.Terms.Principal)
	p.log.Post(ledger.CashClearing, -l.Terms.Principal)
}

// check stops the night on an entry that does not balance: a broken invariant.
func (p *Processor) check(l *loan.Loan) {
	for i := range p.log.Len() {
		e := p.log.Entry(i)
		if sum := e.Sum(); sum != 0 {
			panic("night: internal error: " + e.Kind.String() + " entry of loan " + string(l.ID) + " is off by " + sum.Text(0))
		}
	}
}

// accrue posts interest and instalment fees by difference, up to the business
// date: one entry for a touched loan, else into the summary.
func (p *Processor) accrue(l *loan.Loan, product *loan.Product) {
	f := &p.result.Figures
	interest, fees := f.Earned-l.Earned, f.Fallen-l.Fallen
	p.result.Accrual = accruing
	suspended := money.Amount(0)
	if from := product.NonAccrualFromDays; from > 0 && f.DaysPastDue >= from {
		p.result.Accrual = nonAccrual
		suspended = max(f.Outstanding[loan.Interest], 0)
	}
	held := suspended - l.Suspended
	l.Earned, l.Fallen, l.Suspended = f.Earned, f.Fallen, suspended
	if interest == 0 && fees == 0 && held == 0 {
		return
	}
	if !p.result.Touched {
		t := &p.Summary[l.Product][l.Currency]
		t[ledger.InterestReceivable] += interest - held
		t[ledger.InterestIncome] -= interest - held
		t[ledger.FeeReceivable] += fees
		t[ledger.FeeIncome] -= fees
		t[ledger.InterestInSuspense] += held
		t[ledger.InterestInSuspenseContra] -= held
		return
	}
	if interest != 0 || fees != 0 {
		p.log.Begin(ledger.Accrual, p.rules.Date, nil)
		p.log.Post(ledger.InterestReceivable, interest)
		p.log.Post(ledger.InterestIncome, -interest)
		p.log.Post(ledger.FeeReceivable, fees)
		p.log.Post(ledger.FeeIncome, -fees)
	}
	if held != 0 {
		p.log.Begin(ledger.NonAccrual, p.rules.Date, nil)
		p.log.Post(ledger.InterestIncome, held)
		p.log.Post(ledger.InterestReceivable, -held)
		p.log.Post(ledger.InterestInSuspense, held)
		p.log.Post(ledger.InterestInSuspenseContra, -held)
	}
}

// Restate takes up a loan as a night has left it, so that [Processor.Fill] writes
// the facts of that night again. The rules' date must be that night's.
func (p *Processor) Restate(l *loan.Loan) *Result {
	p.log.Reset()
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	p.result = Result{Figures: p.run.Close(p.rules.Date), Status: uint16(l.LastStatus), Log: &p.log}
	if from := p.rules.Products[l.Product].NonAccrualFromDays; from > 0 && p.result.Figures.DaysPastDue >= from {
		p.result.Accrual = nonAccrual
	}
	return &p.result
}
