package loan

import (
	"bytes"

	"daybook/ledger"
	"daybook/ledger/money"
)

// Apply applies one event; events come in their order. It returns why the event
// cannot be applied, and then nothing but the time before it has changed.
func (r *Run) Apply(e *Event) Reason {
	// The balance that a daily loan earns on, and its lateness, are counted up to
	// the event before it changes them.
	if e.Kind.AfterLateness() {
		r.Advance(e.ValueDate)
	} else {
		r.Advance(e.ValueDate - 1)
	}
	r.product = r.latest.at(e.ValueDate)
	r.touch(e.ValueDate)
	if r.loan.Off.Kind == KindWriteOff && !kinds[e.Kind].afterWriteOff && !r.forced {
		return NotAllowedInStatus
	}
	r.note(TraceStep{Kind: TraceEvent, Day: e.ValueDate, Event: e})
	credit := r.loan.Credit
	reason := r.apply(e)
	r.trimTaken(e.ValueDate)
	if more := r.loan.Credit - credit; more > 0 {
		r.note(TraceStep{Kind: TraceCredit, Day: e.ValueDate, Amount: more})
		r.advanceCredit(e.ValueDate) // what new terms give back meets what is overdue at once
	}
	if reason == OK || r.forced { // it stands, and may hold once more comes before it
		r.loan.Last = e.Position()
	}
	return reason
}

func (r *Run) apply(e *Event) Reason {
	if kinds[e.Kind].underCeiling {
		if left, ok := r.underCeiling(e.ValueDate); ok && e.Amount > left && !r.forced {
			return CeilingExceeded
		}
	}
	switch e.Kind {
	case KindFee, KindPenalty:
		r.charge(e)
	case KindRepayment, KindRecovery, KindRelease:
		return r.pay(e)
	case KindGoodwill:
		return r.goodwill(e)
	case KindChargeback:
		return r.chargeback(e)
	case KindWaiver:
		return r.waive(e)
	case KindPrepay:
		return r.prepay(e)
	case KindSettle:
		return r.settle(e)
	case KindRefund:
		return r.refund(e)
	case KindDisburse:
		return r.disburse(e)
	case KindPause:
		return r.pause(e)
	case KindRestructure:
		return r.restructure(e)
	case KindChargeOff, KindWriteOff:
		return r.putOff(e)
	default:
		return UnknownKind
	}
	return OK
}

// charge adds a fee or penalty that is due on its value date.
func (r *Run) charge(e *Event) {
	l := r.loan
	c := Charge{Component: Fee, DueOn: e.ValueDate, Amount: e.Amount, ID: e.ID}
	income := ledger.FeeIncome
	if e.Kind == KindPenalty {
		c.Component, income = Penalty, ledger.PenaltyIncome
	}
	r.addCharge(c)
	l.Charged[c.Component] += e.Amount
	r.log.beginFor(e)
	if l.Off.Kind == 0 {
		r.log.post(c.Component.Receivable(), e.Amount)
		r.log.post(income, -e.Amount)
	}
}

// addCharge keeps the charges in the order of their due dates and ids.
func (r *Run) addCharge(c Charge) {
	l := r.loan
	at := len(l.Charges)
	for at > 0 && (l.Charges[at-1].DueOn > c.DueOn || l.Charges[at-1].DueOn == c.DueOn && bytes.Compare(l.Charges[at-1].ID, c.ID) > 0) {
		at--
	}
	l.Charges = append(l.Charges, Charge{})
	copy(l.Charges[at+1:], l.Charges[at:])
	l.Charges[at] = c
}

// pay allocates money from the borrower. What is beyond what is due goes where
// the rule for money in advance says.
func (r *Run) pay(e *Event) Reason {
	l := r.loan
	if e.Kind == KindRecovery && l.Off.Kind == 0 && !l.Off.Empty && !r.forced {
		return NotAllowedInStatus
	}
	if kinds[e.Kind].paysLast {
		l.LastPaidOn, l.LastPaidAmount = e.ValueDate, e.Amount
	}
	r.log.beginFor(e)
	r.log.post(ledger.CashClearing, e.Amount)
	if l.Off.Kind != 0 {
		r.recover(e)
		return OK
	}
	met, rest := r.allocate(e, e.Amount)
	l.Credit += rest
	r.log.postMet(met)
	r.log.post(ledger.BorrowerCredit, -rest)
	return OK
}

// recover takes money on a loan that is out of the books: recovery income, never
// more than what was charged off; the rest is credit. The loan goes on ageing,
// so the money still meets what is due.
func (r *Run) recover(e *Event) {
	l := r.loan
	taken := min(e.Amount, max(l.Off.Amount-l.Off.Recovered, 0))
	l.Off.Recovered += taken
	if l.Off.Kind == KindChargeOff {
		_, left := r.allocateDue(e.ValueDate, taken, e.Kind)
		r.explicit()
		earned := r.open(e.ValueDate)
		for i := range r.items {
			it := &r.items[i]
			for _, c := range [...]Component{Principal, Interest, Fee} {
				var met Sums
				part := min(left, max(it.owed(c, e.ValueDate, earned)-it.Paid[c], 0))
				left -= part
				r.payItem(it, c, e.ValueDate, &part, &met)
			}
			earned -= it.own()
		}
		r.meetDaily(Principal, &left)
		r.meetDaily(Interest, &left)
	}
	l.Credit += e.Amount - taken
	r.log.post(ledger.RecoveryIncome, -taken)
	r.log.post(ledger.BorrowerCredit, -(e.Amount - taken))
}

// goodwill is the lender paying in the borrower's place.
func (r *Run) goodwill(e *Event) Reason {
	if r.loan.Off.Kind != 0 && !r.forced {
		return NotAllowedInStatus
	}
	r.log.beginFor(e)
	r.log.post(ledger.GoodwillExpense, e.Amount)
	if r.loan.Off.Kind != 0 {
		r.recover(e)
		return OK
	}
	met, rest := r.allocate(e, e.Amount)
	r.loan.Credit += rest
	r.postMet(met)
	r.log.post(ledger.BorrowerCredit, -rest)
	return OK
}

// A chargedBack is money that went back to the payer of an event.
type chargedBack struct {
	target []byte
	amount money.Amount
	debt   Sums // what of it became debt again
}

// chargeback gives money back to the payer: out of credit first, then as new
// debt, of the components that the money had met, on the next instalment that is
// not yet due. The money has left the bank, so that it is never refused: what is
// beyond the payment is principal owed.
func (r *Run) chargeback(e *Event) Reason {
	paid, met, ok := r.log.paidBy(e.Target)
	if !ok {
		return UnknownTarget
	}
	for i := range r.backed {
		if bytes.Equal(r.backed[i].target, e.Target) {
			paid -= r.backed[i].amount
			for c, owed := range r.backed[i].debt {
				met[c] = max(met[c]-owed, 0)
			}
		}
	}
	l := r.loan
	back := chargedBack{target: e.Target, amount: e.Amount}
	fromCredit := min(l.Credit, e.Amount)
	l.Credit -= fromCredit
	r.log.beginFor(e)
	r.log.post(ledger.BorrowerCredit, fromCredit)
	r.log.post(ledger.CashClearing, -e.Amount)
	debt := e.Amount - fromCredit
	for _, c := range [...]Component{Principal, Interest, Fee, Penalty} {
		part := min(debt, met[c])
		if c == Principal && debt > met.Total() {
			part = debt - (met.Total() - met[c]) // beyond what it had met: principal
		}
		r.addDebt(e, c, part)
		back.debt[c] = part
		debt -= part
	}
	r.backed = append(r.backed, back)
	return OK
}

// addDebt makes a component owed again: on the next instalment that is not yet
// due, or, after the last one, on the event's own date.
func (r *Run) addDebt(e *Event, c Component, amount money.Amount) {
	if amount <= 0 {
		return
	}
	r.loan.Added[c] += amount
	r.owe(e, c, amount)
}

// owe posts debt of a component that is new, and puts it where addDebt says.
func (r *Run) owe(e *Event, c Component, amount money.Amount) {
	l := r.loan
	if l.Off.Kind == 0 {
		r.log.post(c.Receivable(), amount)
	} else {
		// It takes back what was recovered; beyond that it is charged off in its turn.
		back := min(amount, l.Off.Recovered)
		l.Off.Recovered -= back
		l.Off.Amount += amount - back
		r.log.post(ledger.RecoveryIncome, back)
		r.log.post(components[c].off, amount-back)
	}
	if c == Penalty {
		r.addCharge(Charge{Component: Penalty, DueOn: e.ValueDate, Amount: amount, ID: e.ID})
		return
	}
	r.explicit()
	var at *Installment
	for i := range r.items {
		if r.items[i].DueOn > e.ValueDate {
			at = &r.items[i]
			break
		}
	}
	if at == nil {
		// It has no number: it is none of the plan's, and how many there were is not known any
		// more where all are met.
		i := Installment{From: e.ValueDate, DueOn: e.ValueDate}
		i.Due[c], i.Extra[c] = amount, amount
		r.insert(i)
		return
	}
	at.Due[c] += amount
	at.Extra[c] += amount
}

// lastNo returns the number of the plan's last instalment.
func (r *Run) lastNo() int32 {
	if n := len(r.items); n > 0 {
		return r.items[n-1].No
	}
	return r.next.No - 1
}

// waive forgives part of a component: what is due, oldest first, and of interest
// also what is earned and not yet due.
func (r *Run) waive(e *Event) Reason {
	l := r.loan
	if e.Component == Principal && e.Choice != PrincipalForgiveness {
		return UnknownChoice
	}
	if l.Off.Kind != 0 && !r.forced {
		return NotAllowedInStatus
	}
	amount := e.Amount
	if there := r.waivable(e); amount > there {
		if !r.forced {
			return AmountAboveBalance
		}
		amount = there
	}
	left, waived := amount, Sums{}
	r.payComponent(e.ValueDate, e.Component, &left, &waived, PastDue|DueToday)
	if left > 0 {
		r.explicit()
		r.payComponent(e.ValueDate, e.Component, &left, &waived, InAdvance)
		r.meetDaily(e.Component, &left)
	}
	// It was met, but not paid.
	l.Paid[e.Component] -= amount
	l.Waived[e.Component] += amount
	r.dropPaidCharges()
	r.log.beginFor(e)
	if l.Off.Kind == 0 { // the books carry nothing of a loan that is out of them
		r.log.post(components[e.Component].waived, amount)
		r.log.post(e.Component.Receivable(), -amount)
	}
	return OK
}

// waivable returns how much of a component there is to forgive on a day.
func (r *Run) waivable(e *Event) (amount money.Amount) {
	r.reach(e.ValueDate)
	c := e.Component
	switch c {
	case Principal:
		return r.loan.PrincipalOwed()
	case Interest:
		earned := r.earned(e.ValueDate)
		return max(earned+r.loan.Added[Interest]-r.loan.Paid[Interest]-r.loan.Waived[Interest], 0)
	}
	for i := range r.items {
		if it := &r.items[i]; it.DueOn <= e.ValueDate && c == Fee {
			amount += it.Due[Fee] - it.Paid[Fee]
		}
	}
	for i := range r.loan.Charges {
		if x := &r.loan.Charges[i]; x.DueOn <= e.ValueDate && x.Component == c {
			amount += x.Amount - x.Paid
		}
	}
	return amount
}

// refund gives credit back. The money has left the bank, so that it is never refused:
// the part that no credit funds, any more or ever, becomes principal owed.
func (r *Run) refund(e *Event) Reason {
	l := r.loan
	funded := min(l.Credit, e.Amount)
	l.Credit -= funded
	r.log.beginFor(e)
	r.log.post(ledger.BorrowerCredit, funded)
	r.log.post(ledger.CashClearing, -e.Amount)
	r.addDebt(e, Principal, e.Amount-funded)
	return OK
}
