// Package night computes what one night does to one loan: it orders the night's
// events among those that came before, applies them, accrues to the business
// date, ages, classifies and scores. It is pure: no clock, no I/O, no
// randomness, no goroutines. The caller reads, writes and commits.
package night

import (
	"daybook/aging"
	"daybook/aging/classify"
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
	// ScoreCodes are the numbers by which the book keeps tonight's reasons of scores, by
	// the policy's own; without them these are the same.
	ScoreCodes []uint8
	// Places are the places in the policy of the book's codes, for who scores loans.
	Places Places
	// Earlier are the rules of days before those, the oldest first.
	Earlier []Grading
	// MonthCloses are the closes before the night in its month.
	MonthCloses []civil.Date
	// Watches says that scores are watched: a loan that was bad at a close is marked.
	Watches bool
	// Accounts says that the night asks [Processor.Account] of loans.
	Accounts bool
	// OldBuckets has, where the policy's buckets have changed since the last
	// close, the new index of each old one, by their days, and OldBucketNames by
	// their names, or loan.NoBucket; nil otherwise.
	OldBuckets, OldBucketNames []uint8
	// ByBorrower says that scores are finished borrower by borrower: see [score.Told].
	ByBorrower bool
	// ByRegion says that what untouched loans accrue is told by their regions too.
	ByRegion bool
	// Locked is the last day of a locked period, of whose value dates nothing is taken; nil: none.
	Locked *civil.Date
	// Classes are how loans are classified; nil: by tiers of days, as Aging has them.
	Classes *Classes
}

// IsLocked reports whether rows of a value date are refused, as its period is locked.
func (r *Rules) IsLocked(d civil.Date) bool { return r.Locked != nil && d <= *r.Locked }

// An Input is one loan with the events that tonight's files bring for it. The
// loan is changed to its state after the night.
type Input struct {
	Loan   *loan.Loan
	Booked bool               // the loan comes into the book tonight
	Plan   []loan.Installment // its explicit instalments, if it has any
	Events []loan.Event       // of tonight, in the order of their files and rows
	Flags  []classify.Flag    // of the loan and its borrower that packs read
	// Reflagged says that on days up to the last close the flags are not what it knew.
	Reflagged bool
	// History is needed when [Processor.NeedsHistory] says so.
	History *loan.History
	// Base is how the loan stood at the last close of an earlier month; nil on a night without one.
	Base *Base
	// Final is what the last close made of its score, where that finished it by borrower; else nil.
	Final *score.Final
}

// A Result is what the night did; it is valid until the next call.
type Result struct {
	Outcomes []loan.Reason // for each event: OK applied, ExactDuplicate, or why it was rejected
	Applied  []int32       // indexes of the applied events, in the order of the loan's life
	Log      *loan.Log     // entries to post
	Figures  loan.Figures
	Touched  bool // there is something to post or to remember for this loan
	// Redisbursed says that a loan of the book has another principal: a tranche came or went.
	Redisbursed bool
	// Passed says that nothing has changed in the loan but what it earned and the day up
	// to which lateness is counted.
	Passed      bool
	Status      aging.LoanStatus
	Accrual     aging.LoanAccrual
	Receivables loan.Sums // of the GL, after the night
	// PreviousTotal is the total outstanding at the last close.
	PreviousTotal money.Amount
	WasOff        bool // off the book at the last close
}

// Totals are what the accruals of untouched loans add up to for one product and
// currency, by kind of entry and account.
type Totals [len(SummaryKinds)][ledger.Roles]money.Amount

// SummaryKinds are the kinds of entry in [Totals].
var SummaryKinds = [...]ledger.EntryKind{ledger.AccrualTotals, ledger.LateCharge, ledger.NonAccrual}

// summaryKind returns the index in Totals of a kind of accrual.
func summaryKind(k ledger.EntryKind) int {
	switch k {
	case ledger.LateCharge:
		return 1
	case ledger.NonAccrual:
		return 2
	}
	return 0
}

// At returns the total of an account by a kind of accrual.
func (t *Totals) At(kind ledger.EntryKind, role ledger.Role) money.Amount {
	return t[summaryKind(kind)][role]
}

// A Processor does the nights of loans, one at a time. It never allocates once warm.
type Processor struct {
	rules  *Rules
	run    loan.Run
	log    loan.Log
	replay loan.Log
	none   loan.History
	result Result
	order  []int32 // scratch
	merged []placed
	index  index
	marks  loan.Marks
	known  grade  // of the loan before tonight's events
	stands []bool // of tonight's events: it holds whatever tonight's reversals change
	// first and tried are tonight's outcomes before its events were tried, and before its
	// reversals.
	first, tried []loan.Reason
	months       int   // that the night opens in the history of a loan of the last close
	since        *Base // how the loan stood at the last close of an earlier month
	passing
	classing
	weighing
	*summing
}

// NewProcessor returns a processor for a night.
func NewProcessor(r *Rules) *Processor { return NewProcessors(r, 1)[0] }

// NewProcessors returns some for one worker, which may have a loan in each of them at a time:
// see [Steps]. What untouched loans accrue they add up together, so that each has the summary
// of all.
func NewProcessors(r *Rules, n int) []*Processor {
	list, sums, months := make([]*Processor, n), newSumming(r), aging.Months(r.Previous, r.Date)
	for i := range list {
		p := &Processor{rules: r, summing: sums, months: months}
		p.classing.ready(p.tellDay)
		p.run.KeepsMet = r.Score.KeepsMet()
		p.second.KeepsMet = p.run.KeepsMet
		list[i] = p
	}
	return list
}

// passQuiet passes the night of a loan to which nothing happens, and which earns interest
// and nothing else; false where it may be another.
func (p *Processor) passQuiet(l *loan.Loan, product *loan.Product) bool {
	r := &p.result
	if l.Suspended != 0 || l.Late.Fees != l.LateFees || l.Late.Penalties != l.LatePenalties {
		return false
	}
	f, ok := loan.Quiet(l, product, p.rules.Date)
	if !ok {
		return false
	}
	r.Figures = f
	if f.Fallen != l.Fallen || p.log.Len() > 0 {
		panic("night: internal error: more than a day has passed for the quiet loan " + string(l.ID))
	}
	earned := f.Earned - l.Earned
	t := p.totals(l)
	t[0][ledger.InterestReceivable] += earned
	t[0][ledger.InterestIncome] -= earned
	l.Earned = f.Earned
	r.Accrual, r.Receivables, r.PreviousTotal = aging.LoanAccruing, f.Outstanding, f.Outstanding.Total()-earned
	return true
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

// accrue posts, by difference, what time has earned and lateness has cost up to
// the business date: one entry for a touched loan, else into the summary. What it
// posts brings the receivables to what the loan's state says, so that the GL ties
// to the states by construction and the checks of the batch prove the rest.
func (p *Processor) accrue(l *loan.Loan, product *loan.Product, before loan.Sums) {
	f := &p.result.Figures
	suspended := money.Amount(0)
	if p.result.Accrual = accrual(l, product, f); p.result.Accrual == aging.LoanNonAccrual {
		suspended = max(f.Outstanding[loan.Interest], 0)
	}
	a := accruals{
		interest: f.Earned - l.Earned, memo: suspended - l.Suspended,
		lateFees: l.Late.Fees - l.LateFees, latePenalties: l.Late.Penalties - l.LatePenalties,
	}
	l.Earned, l.Fallen, l.Suspended = f.Earned, f.Fallen, suspended
	l.LateFees, l.LatePenalties = l.Late.Fees, l.Late.Penalties
	after := loan.Sums{}
	if l.Off.Kind == 0 {
		after = l.OnBooks(f.Outstanding)
	}
	p.result.Receivables = after
	for c := range after {
		a.change[c] = after[c] - before[c]
	}
	if p.log.Len() > 0 {
		moved := p.moved()
		for c := range moved {
			a.change[c] -= moved[c]
		}
	}
	if a.change[loan.Principal] != 0 {
		panic("night: internal error: principal of loan " + string(l.ID) + " is off by " + a.change[loan.Principal].Text(0))
	}
	if p.result.Touched {
		if a != (accruals{}) {
			p.postAccruals(&a)
		}
		return
	}
	t := p.totals(l)
	if earned := a.interest; a == (accruals{change: loan.Sums{0, earned, 0, 0}, interest: earned}) {
		// Nearly every loan: it has earned interest and nothing else.
		t[0][ledger.InterestReceivable] += earned
		t[0][ledger.InterestIncome] -= earned
		return
	}
	a.each(func(kind ledger.EntryKind, role ledger.Role, amount money.Amount) {
		t[summaryKind(kind)][role] += amount
	})
}

// accruals are what a night adds to one loan's receivables besides its events.
type accruals struct {
	change        loan.Sums    // of the receivables, by component
	interest      money.Amount // earned
	memo          money.Amount // change of the interest kept in memo only
	lateFees      money.Amount
	latePenalties money.Amount
}

// each calls fn with the postings, an entry at a time. Income is what interest was
// earned and fees fell due; where the receivables move by another amount, the
// difference is non-accrual or a charge-off.
func (a *accruals) each(fn func(kind ledger.EntryKind, role ledger.Role, amount money.Amount)) {
	interest, fees, penalties := a.change[loan.Interest], a.change[loan.Fee], a.change[loan.Penalty]
	lateFees, latePenalties := min(a.lateFees, max(fees, 0)), min(a.latePenalties, max(penalties, 0))
	fn(ledger.Accrual, ledger.InterestReceivable, a.interest)
	fn(ledger.Accrual, ledger.InterestIncome, -a.interest)
	fn(ledger.Accrual, ledger.FeeReceivable, fees-lateFees)
	fn(ledger.Accrual, ledger.FeeIncome, lateFees-fees)
	fn(ledger.Accrual, ledger.PenaltyReceivable, penalties-latePenalties)
	fn(ledger.Accrual, ledger.PenaltyIncome, latePenalties-penalties)
	fn(ledger.LateCharge, ledger.FeeReceivable, lateFees)
	fn(ledger.LateCharge, ledger.FeeIncome, -lateFees)
	fn(ledger.LateCharge, ledger.PenaltyReceivable, latePenalties)
	fn(ledger.LateCharge, ledger.PenaltyIncome, -latePenalties)
	fn(ledger.NonAccrual, ledger.InterestIncome, a.interest-interest)
	fn(ledger.NonAccrual, ledger.InterestReceivable, interest-a.interest)
	fn(ledger.NonAccrual, ledger.InterestInSuspense, a.memo)
	fn(ledger.NonAccrual, ledger.InterestInSuspenseContra, -a.memo)
}

// postAccruals posts a touched loan's accruals as entries of its own.
func (p *Processor) postAccruals(a *accruals) {
	last := ledger.EntryKinds
	a.each(func(kind ledger.EntryKind, role ledger.Role, amount money.Amount) {
		if amount == 0 {
			return
		}
		if kind != last {
			p.log.Begin(kind, p.rules.Date, nil)
			last = kind
		}
		p.log.Post(role, amount)
	})
}

// moved adds up what tonight's entries have done to the receivables.
func (p *Processor) moved() (s loan.Sums) {
	for i := range p.log.Len() {
		for _, x := range p.log.Entry(i).Postings {
			for c := range loan.Components {
				if x.Role == c.Receivable() {
					s[c] += x.Amount
				}
			}
		}
	}
	return s
}

// Figures are those of the loan that was taken up or processed last.
func (p *Processor) Figures() loan.Figures { return p.result.Figures }

// Restate takes up a loan as a night has left it, so that [Processor.Fill] writes
// the facts of that night again. The rules' date must be that night's.
func (p *Processor) Restate(l *loan.Loan, flags []classify.Flag) *Result {
	p.flags, p.since, p.toldScore = flags, nil, p.toldScore[:0]
	p.log.Reset()
	p.run.Marks = nil
	product := &p.rules.Products[l.Product]
	p.run.Start(l, product, &p.log)
	p.result = Result{Figures: p.run.Close(p.rules.Date), Status: aging.LoanStatus(l.LastStatus), Log: &p.log}
	p.result.Accrual = accrual(l, product, &p.result.Figures)
	p.restateClasses(l)
	return &p.result
}
