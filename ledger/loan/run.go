package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Run applies events to one loan after another; it is one worker's working
// memory. On the plain path, a loan whose plan follows from its terms, it never
// allocates once warm.
type Run struct {
	loan             *Loan
	latest           *Product      // the rules in force now
	product          *Product      // and those of the date that the run has come to
	items            []Installment // from the open instalment on, as far as generated
	next             Cursor        // behind the last of items
	sum              [Fee + 1]money.Amount
	buffer           []Installment // behind items, to be reused
	split            bool          // year, month and day are those of the first due date
	year, month, day int
	log              *Log
	forced           bool // a replayed event of an earlier night: what it cannot fund becomes debt
	backed           []chargedBack
	interest         *money.Amount // the most that may be met of it now; nil: all that is due

	annuities *Annuities

	Notes
}

// Notes are what a run takes note of beside the loan, for who asks.
type Notes struct {
	Trace    *Trace         // where steps are noted; nil: nowhere
	Marks    *Marks         // where days are noted for who grades the loan; nil: nowhere
	Watch    *Watch         // who is told of each day to classify the loan; nil: nobody
	Past     *[]Installment // where the instalments are kept that the run leaves behind, all met; nil: nowhere
	KeepsMet bool           // the loan keeps the days on which instalments were met
}

// Start takes up a loan in its state, with the rules of its product; what it
// does is added to the log.
func (r *Run) Start(l *Loan, p *Product, log *Log) {
	r.loan, r.latest, r.product, r.log, r.forced, r.backed = l, p, p, log, false, r.backed[:0]
	r.buffer, r.split = r.buffer[:0], false
	r.items, r.next, r.sum = r.buffer, l.Open, l.Before
	if l.Plan != nil {
		r.items = append(r.items, l.Plan...)
		r.buffer = r.items
	}
}

// generate appends the plan's next instalment; false at the end of the plan.
func (r *Run) generate() bool {
	if r.loan.Plan != nil || r.product.DailyInterest {
		return false // all are in items; or they are made as they fall due
	}
	var i Installment
	if !r.loan.Terms.next(&r.next, &i, r.dueOn(r.next.No)) {
		return false
	}
	for c := range i.Due {
		i.Paid[c] = min(max(r.loan.Met[c]-r.sum[c], 0), i.Due[c])
		r.sum[c] += i.Due[c]
	}
	r.items = append(r.items, i)
	r.buffer = r.items
	return true
}

// dueOn is [Terms.DueOn]; it splits the loan's first due date only once.
func (r *Run) dueOn(k int32) civil.Date {
	t := &r.loan.Terms
	if m := r.moves(t); m.Roll != Unmoved {
		return m.dueOn(t, k)
	}
	if t.Frequency < 0 || k == 1 || t.Frequency.ofDays() {
		return t.DueOn(k)
	}
	if !r.split {
		r.split = true
		r.year, r.month, r.day = t.FirstDueOn.Split()
	}
	return civil.MonthDay(r.year, r.month-1+int(k-1)*int(t.Frequency), r.day)
}

// moves says what became of due dates of the terms.
func (r *Run) moves(t *Terms) *DueDates { return &r.latest.at(t.DisbursedOn).DueDates }

// reach makes sure that every instalment due on or before a date is in items.
func (r *Run) reach(day civil.Date) {
	for len(r.items) == 0 || r.items[len(r.items)-1].DueOn <= day {
		if !r.generate() {
			return
		}
	}
}

// explicit makes the plan explicit from the open instalment on, so that it can
// be changed.
func (r *Run) explicit() {
	if r.loan.Plan != nil || r.product.DailyInterest {
		return
	}
	for r.generate() {
	}
	for k := max(r.loan.Open.No-FellMax, 1); k < r.loan.Open.No; k++ {
		r.loan.fell(r.dueOn(k))
	}
	r.loan.Plan = append([]Installment{}, r.items...) // never nil, even where all is met
	// The cursor stands behind the last: nothing is generated any more. Its date
	// stays that of the last instalment which the loan was moved past.
	r.loan.Open = Cursor{No: r.next.No, From: r.loan.Open.From}
}

// insert adds an instalment to an explicit plan, after those due on or before
// the same day.
func (r *Run) insert(i Installment) *Installment {
	if r.loan.Plan == nil { // of daily interest, before anything has fallen due
		r.loan.Plan = []Installment{}
	}
	at := len(r.items)
	for at > 0 && r.items[at-1].DueOn > i.DueOn {
		at--
	}
	r.items = append(r.items, Installment{})
	copy(r.items[at+1:], r.items[at:])
	r.items[at] = i
	r.buffer = r.items
	return &r.items[at]
}

// met reports whether an instalment counts as wholly met for days past due.
func (r *Run) met(i *Installment) bool {
	unpaid := i.Unpaid()
	if share := r.product.CountsAsFull; share > 0 && share < money.RateOne && unpaid > 0 {
		total := i.Total()
		return int64(total-unpaid) >= money.MulDiv(int64(total), int64(share), int64(money.RateOne))
	}
	return unpaid == 0
}

// Oldest returns the due date of the oldest instalment due on or before a day
// that is not wholly met, or civil.None.
func (r *Run) Oldest(day civil.Date) civil.Date {
	r.reach(day)
	oldest := civil.None
	for i := range r.items {
		if r.items[i].DueOn > day {
			break
		}
		if !r.met(&r.items[i]) {
			oldest = r.items[i].DueOn
			break
		}
	}
	if r.product.CountCharges {
		for i := range r.loan.Charges {
			if c := &r.loan.Charges[i]; c.DueOn <= day && (oldest == civil.None || c.DueOn < oldest) {
				oldest = c.DueOn
			}
		}
	}
	return oldest
}

// daysPastDue returns the oldest unpaid due date, or civil.None, and the days from
// it to a day but for those that a regulator's order leaves out.
func (r *Run) daysPastDue(day civil.Date) (oldest civil.Date, days int32) {
	if oldest = r.Oldest(day); oldest != civil.None {
		days = int32(day-oldest) - r.loan.RegulatedDays(oldest, day)
	}
	return oldest, days
}

// stepwise reports whether time itself changes the loan, so that it must be
// walked date by date: late charges, or interest on the real balance.
func (r *Run) stepwise() bool {
	return r.product.DailyInterest || r.product.LateCharges.any()
}

// Advance brings the loan to the close of a day: what falls due falls due, late
// charges are counted, and credit is applied to what is due.
func (r *Run) Advance(day civil.Date) {
	r.watchTo(day - 1)
	for r.markDaily() && r.Marks.on < day-1 {
		next := r.Marks.on + 1
		r.advanceTo(next)
		r.markUntil(next)
	}
	r.advanceTo(day)
}

func (r *Run) advanceTo(day civil.Date) {
	if r.latest.Before != nil {
		r.advanceVersions(day)
		return
	}
	r.advance(day)
}

// advanceVersions advances under each version of the rules for its own days.
func (r *Run) advanceVersions(day civil.Date) {
	var from [versionsMax]*Product
	n := 0
	for p := r.latest; p != nil && n < versionsMax; p = p.Before {
		if p.From <= day {
			from[n] = p
			n++
		}
	}
	for i := n - 1; i >= 0; i-- {
		if from[i].Before != nil {
			r.product = from[i].Before
			r.advance(from[i].From - 1)
		}
	}
	r.product = r.latest.at(day)
	r.advance(day)
}

// versionsMax bounds how many versions of the rules one loan's days are walked
// through: older ones hold as the oldest of them does.
const versionsMax = 64

func (r *Run) advance(day civil.Date) {
	for i := r.toCapitalize(day); i >= 0; i = r.toCapitalize(day) {
		r.advanceBetween(r.items[i].DueOn - 1)
		r.capitalize(i)
	}
	r.advanceBetween(day)
}

// advanceBetween is advance to a day before which no interest becomes principal.
func (r *Run) advanceBetween(day civil.Date) {
	if !r.stepwise() {
		r.advanceCredit(day)
		return
	}
	for {
		step, falls := r.nextStep(day)
		r.count(step)
		if falls {
			r.fallDue(step)
		}
		r.advanceCredit(step)
		if step >= day {
			return
		}
	}
}

// nextStep returns the next date up to day on which something happens by itself:
// the day before anything is late for longer than a wait, and due dates. falls
// says that a daily instalment falls due on it.
func (r *Run) nextStep(day civil.Date) (step civil.Date, falls bool) {
	step = day
	if r.product.DailyInterest {
		if due := r.dailyDue(); due != civil.None && due <= step {
			return due, true
		}
		return step, false
	}
	r.reach(day)
	if r.loan.Credit > 0 {
		// Credit meets what falls due before lateness can begin.
		for i := range r.items {
			if d := r.items[i].DueOn; d > r.loan.Late.On && d < step && r.items[i].Unpaid() > 0 {
				return d, false
			}
		}
	}
	return step, false
}

// advanceCredit applies credit to what falls due up to and including a day.
func (r *Run) advanceCredit(day civil.Date) {
	for r.usableCredit() > 0 {
		due := r.firstUnpaid(day)
		if due == civil.None {
			return
		}
		// Credit that arose after the due date cannot be: money meets what is
		// due before any is left over. A charge may lie before the credit.
		if !r.applyCredit(max(due, r.loan.Last.Date)) {
			return
		}
	}
}

// firstUnpaid returns the earliest due date up to a day with something unpaid.
func (r *Run) firstUnpaid(day civil.Date) civil.Date {
	r.reach(day)
	first := civil.None
	for i := range r.items {
		if r.items[i].DueOn <= day && r.items[i].Unpaid() > 0 {
			first = r.items[i].DueOn
			break
		}
	}
	for i := range r.loan.Charges {
		if c := &r.loan.Charges[i]; c.DueOn <= day && (first == civil.None || c.DueOn < first) {
			first = c.DueOn
		}
	}
	return first
}

// usableCredit is the credit that may meet what is due. Of a loan that is out of
// the books it is recovery, which never exceeds what was charged off; one that is
// written off owes nothing.
func (r *Run) usableCredit() money.Amount {
	l := r.loan
	switch l.Off.Kind {
	case KindChargeOff:
		return min(l.Credit, max(l.Off.Amount-l.Off.Recovered, 0))
	case KindWriteOff:
		return 0
	}
	return l.Credit
}

// applyCredit meets what is due on a day out of the borrower's credit; false where
// the rule lets it meet nothing.
func (r *Run) applyCredit(day civil.Date) bool {
	amount := r.usableCredit()
	r.touch(day)
	r.note(TraceStep{Kind: TraceCreditUsed, Day: day})
	began := r.Trace.len()
	met, rest := r.allocateDue(day, amount, KindCredit)
	r.Trace.used(began, amount-rest)
	if rest == amount {
		return false
	}
	r.loan.Credit -= amount - rest
	r.loan.Last = Position{day, KindCredit.Rank()}
	r.log.begin(ledger.CreditApplied, day, nil, nil)
	r.log.post(ledger.BorrowerCredit, amount-rest)
	r.postMet(met)
	r.trimTaken(day)
	return true
}

// spendCredit meets what is due on a day out of all credit, as part of the entry
// begun last.
func (r *Run) spendCredit(day civil.Date, k Kind) {
	l := r.loan
	met, rest := r.allocateDue(day, l.Credit, k)
	r.log.post(ledger.BorrowerCredit, l.Credit-rest)
	l.Credit = rest
	r.postMet(met)
}

// postMet posts what each component received: against the receivables, or, of a
// loan that is out of the books, as recovery.
func (r *Run) postMet(met Sums) {
	if r.loan.Off.Kind == 0 {
		r.log.postMet(met)
		return
	}
	total := met.Total()
	r.loan.Off.Recovered += total
	r.log.post(ledger.RecoveryIncome, -total)
}
