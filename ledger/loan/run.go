package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Run applies events to one loan after another; it is one worker's working
// memory. It never allocates once warm.
type Run struct {
	loan    *Loan
	product *Product
	items   []Installment // from the open instalment on, as far as generated
	next    Cursor        // behind the last of items
	sum     [Fee + 1]money.Amount
	buffer  []Installment // behind items, to be reused
	log     *Log
}

// Start takes up a loan in its state, with the rules of its product; what it
// does is added to the log.
func (r *Run) Start(l *Loan, p *Product, log *Log) {
	r.loan, r.product, r.log = l, p, log
	r.buffer = r.buffer[:0]
	r.items, r.next, r.sum = r.buffer, l.Open, l.Before
	if l.Plan != nil {
		r.items = append(r.items, l.Plan...)
		r.buffer = r.items
		r.next.No = l.Terms.Installments + 1
	}
}

// generate appends the plan's next instalment; false at the end of the plan.
func (r *Run) generate() bool {
	var i Installment
	if !r.loan.Terms.next(&r.next, &i) {
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

// reach makes sure that every instalment due on or before a date is in items.
func (r *Run) reach(day civil.Date) {
	for len(r.items) == 0 || r.items[len(r.items)-1].DueOn <= day {
		if r.loan.Plan != nil || !r.generate() {
			return
		}
	}
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
		if r.items[i].Unpaid() > 0 {
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

// daysPastDue returns the days from the oldest unpaid due date.
func (r *Run) daysPastDue(day civil.Date) int32 {
	if oldest := r.Oldest(day); oldest != civil.None {
		return int32(day - oldest)
	}
	return 0
}

// Advance applies credit to what falls due up to and including a day.
func (r *Run) Advance(day civil.Date) {
	for r.loan.Credit > 0 {
		due := r.firstUnpaid(day)
		if due == civil.None {
			return
		}
		// Credit that arose after the due date cannot be: money meets what is
		// due before any is left over. A charge may lie before the credit.
		r.applyCredit(max(due, r.loan.Last.Date))
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

// applyCredit meets what is due on a day out of the borrower's credit.
func (r *Run) applyCredit(day civil.Date) {
	amount := r.loan.Credit
	met, rest := r.allocate(day, amount)
	r.loan.Credit = rest
	r.loan.Last = Position{day, KindCredit.Rank()}
	r.log.begin(ledger.CreditApplied, day, nil)
	r.log.post(ledger.BorrowerCredit, amount-rest)
	r.log.postMet(met)
}

// Apply applies one event; events come in their order. It returns why the event
// cannot be applied, and then nothing has changed.
func (r *Run) Apply(e *Event) Reason {
	if e.Kind.Rank() > KindCredit.Rank() {
		r.Advance(e.ValueDate)
	} else {
		r.Advance(e.ValueDate - 1)
	}
	l := r.loan
	switch e.Kind {
	case KindFee, KindPenalty:
		r.charge(e)
	case KindRepayment:
		r.repay(e)
	default:
		return UnknownKind
	}
	l.Last = e.Position()
	return OK
}

// charge adds a fee or penalty that is due on its value date.
func (r *Run) charge(e *Event) {
	l := r.loan
	c := Charge{Component: Fee, DueOn: e.ValueDate, Amount: e.Amount, ID: e.ID}
	kind, receivable, income := ledger.Fee, ledger.FeeReceivable, ledger.FeeIncome
	if e.Kind == KindPenalty {
		c.Component, kind, receivable, income = Penalty, ledger.Penalty, ledger.PenaltyReceivable, ledger.PenaltyIncome
	}
	l.Charges = append(l.Charges, c) // events come in order of date and id
	l.Charged[c.Component] += e.Amount
	r.log.begin(kind, e.ValueDate, e.ID)
	r.log.post(receivable, e.Amount)
	r.log.post(income, -e.Amount)
}

// repay allocates money from the borrower; what is left is held as credit.
func (r *Run) repay(e *Event) {
	l := r.loan
	met, rest := r.allocate(e.ValueDate, e.Amount)
	l.Credit += rest
	l.LastPaidOn, l.LastPaidAmount = e.ValueDate, e.Amount
	kind, from := ledger.Repayment, ledger.CashClearing
	if e.Held {
		kind, from = ledger.Release, ledger.UnappliedReceipts
	}
	r.log.begin(kind, e.ValueDate, e.ID)
	r.log.post(from, e.Amount)
	r.log.postMet(met)
	r.log.post(ledger.BorrowerCredit, -rest)
}
