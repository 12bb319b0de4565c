package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// restructure gives what is owed new terms. What is past due comes current: its
// principal is spread over the new instalments, and the interest and fees that
// are owed fall due with the first of them, or, of an offered plan, with all of them.
func (r *Run) restructure(e *Event) Reason {
	if r.loan.Off.Kind != 0 && !r.forced {
		return NotAllowedInStatus
	}
	if r.product.DailyInterest {
		return NotAllowedByPolicy
	}
	for r.generate() {
	}
	t, first, reason := r.newTerms(e)
	if reason != OK {
		return reason
	}
	if e.BringsPlan() {
		if reason := r.checkPlan(e); reason != OK {
			return reason
		}
	}
	r.log.beginFor(e)
	r.explicit()
	all := len(r.items)
	r.pop(e.ValueDate) // what is met stays as it was
	first = max(first-(all-len(r.items)), 0)
	no := r.lastNo()
	for i := first; i < len(r.items); i++ {
		if r.items[i].No > 0 { // a prepayment has no number
			no = r.items[i].No - 1
			break
		}
	}
	moved, unearned := r.lift(e.ValueDate, first, r.accrued)
	t.Principal = moved[Principal]
	plan := r.newPlan(e, &t, moved)
	for i := range plan {
		plan[i].No = no + int32(i) + 1
	}
	plan[0].More += unearned
	r.items = append(r.items, plan...)
	r.buffer = r.items
	r.loan.Changed, r.loan.Fell = &t, nil
	if e.IsMeasure() {
		r.loan.Measures++
		r.loan.MeasureOn, r.loan.MeasureFirstDue = e.ValueDate, plan[0].DueOn
	}
	return OK
}

// commercial is the reason of a restructuring whose borrower is in no difficulty.
const commercial = "commercial"

// IsMeasure reports whether the event is a restructuring of a borrower in difficulty: any
// whose reason is not commercial.
func (e *Event) IsMeasure() bool {
	return e.Kind == KindRestructure && string(e.Reason) != commercial
}

// newPlan is the instalments that new terms come to, with what is owed of interest and
// fees.
func (r *Run) newPlan(e *Event, t *Terms, moved [Fee + 1]money.Amount) (plan []Installment) {
	switch e.Choice {
	case Planned:
		t.RoundedBy(r.factors(), Rounding{})
		plan = r.givenPlan(e, moved[Principal])
		moved[Fee] += r.liftFees()
		SpreadOwed(plan, Interest, moved[Interest])
		SpreadOwed(plan, Fee, moved[Fee])
		return plan
	case Explicit:
		plan = r.givenPlan(e, moved[Principal])
	default:
		t.RoundedBy(r.factors(), r.product.Rounding)
		plan = r.product.plan(t)
	}
	plan[0].owe(Interest, moved[Interest])
	plan[0].owe(Fee, moved[Fee])
	return plan
}

// owe makes what is owed already fall due with an instalment.
func (i *Installment) owe(c Component, amount money.Amount) {
	i.Due[c] += amount
	i.Extra[c] += amount
}

// liftFees takes what is not met of fees that were charged on their own out of the
// charges.
func (r *Run) liftFees() (moved money.Amount) {
	for i := range r.loan.Charges {
		if c := &r.loan.Charges[i]; c.Component == Fee {
			moved += c.Amount - c.Paid
			c.Amount = c.Paid
		}
	}
	r.dropPaidCharges()
	return moved
}

// newTerms returns the terms of the instalments to come, and the index of the
// first that they replace.
func (r *Run) newTerms(e *Event) (t Terms, first int, reason Reason) {
	t = *r.loan.InForce()
	t.DisbursedOn, t.Grace = e.ValueDate, Grace{}
	if e.Choice == Planned {
		t.Method = Annuity // whatever the contract's is
	}
	if e.Rate >= 0 {
		if e.Rate > 10*money.RateOne || t.Method == Zero && e.Rate != 0 {
			return t, 0, RateOutOfRange
		}
		t.Rate = e.Rate
	}
	if e.Frequency != 0 {
		t.Frequency = e.Frequency
	}
	ahead := r.firstAfter(e.ValueDate)
	remaining := int32(len(r.items) - ahead)
	next := e.FirstDueOn
	if next == 0 && remaining > 0 {
		next = r.moves(r.loan.InForce()).before(r.loan.InForce(), r.items, ahead, e.ValueDate)
	}
	if e.BringsPlan() {
		if len(e.Plan) == 0 {
			return t, 0, ScheduleDoesNotSum
		}
		next = e.Plan[0].DueOn
	}
	if next <= e.ValueDate {
		return t, 0, FirstDueNotAfterDisbursement
	}
	t.FirstDueOn = next
	switch e.Choice {
	case Reage:
		t.Installments = e.Installments
	case Reamortize:
		t.Installments = remaining
	case Extend:
		t.Installments, first = remaining+e.Installments, ahead
		if e.Installments < 1 {
			return t, 0, InstallmentsOutOfRange
		}
	case Planned:
		t.Installments = int32(len(e.Plan))
	case Explicit:
		if t.Installments = int32(len(e.Plan)); t.Method == Capitalized {
			t.Method = InterestOnly // its lines say what falls due
		}
	default:
		return t, 0, UnknownChoice
	}
	if t.Installments < 1 || t.Installments > InstallmentsMax || t.Method == LumpSum && t.Installments != 1 {
		return t, 0, InstallmentsOutOfRange
	}
	return t, first, OK
}

// factors are those behind level payments of new terms.
func (r *Run) factors() *Annuities {
	if r.annuities == nil {
		r.annuities = &Annuities{}
	}
	return r.annuities
}

// checkPlan checks the explicit instalments of a restructuring against what is
// owed.
func (r *Run) checkPlan(e *Event) Reason {
	if !InOrder(e.Plan, e.ValueDate) {
		return ScheduleDoesNotSum
	}
	total := money.Amount(0)
	for i := range e.Plan {
		total += e.Plan[i].Due[Principal]
	}
	if total != r.loan.PrincipalOwed() && !r.forced {
		return ScheduleDoesNotSum
	}
	return OK
}

// InOrder reports whether the instalments of a plan fall due after a day, each after the
// one before it.
func InOrder(plan []Installment, from civil.Date) bool {
	for i := range plan {
		if plan[i].DueOn <= from {
			return false
		}
		from = plan[i].DueOn
	}
	return true
}

// givenPlan is the plan of the event for a principal; in a replay that changed
// it the last instalments take the difference.
func (r *Run) givenPlan(e *Event, principal money.Amount) []Installment {
	plan := append([]Installment(nil), e.Plan...)
	from := e.ValueDate
	for i := range plan {
		plan[i].From, from = from, plan[i].DueOn
		plan[i].Paid, plan[i].Extra = [Fee + 1]money.Amount{}, [Fee + 1]money.Amount{}
		plan[i].Due[Principal] = min(plan[i].Due[Principal], principal)
		if i == len(plan)-1 {
			plan[i].Due[Principal] = principal
		}
		principal -= plan[i].Due[Principal]
	}
	return plan
}
