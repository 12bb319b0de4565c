package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// allocate meets what is owed with an amount, in the order of the rule for the
// loan's days past due on the event's date, and then in advance as far as the
// rule says. It returns what each component received and what is left.
func (r *Run) allocate(e *Event, amount money.Amount) (met Sums, rest money.Amount) {
	r.lastInterest(e.ValueDate)
	r.reach(e.ValueDate)
	_, late := r.daysPastDue(e.ValueDate)
	rule := r.product.rule(late, e.Kind)
	r.noteRule(e.ValueDate, late, rule)
	if r.product.SimpleInterest {
		r.meetEarned(e.ValueDate, &amount, &met)
	}
	r.allocateBy(rule, e.ValueDate, &amount, &met)
	if r.product.SimpleInterest {
		r.payAhead(&amount, &met)
	} else if amount > 0 && rule.InAdvance != HoldAsCredit {
		r.inAdvance(rule, e, &amount, &met)
	}
	r.dropPaidCharges()
	return met, amount
}

// allocateDue meets only what is due on or before a day.
func (r *Run) allocateDue(day civil.Date, amount money.Amount, k Kind) (met Sums, rest money.Amount) {
	r.reach(day)
	_, late := r.daysPastDue(day)
	rule := r.product.rule(late, k)
	r.noteRule(day, late, rule)
	r.allocateBy(rule, day, &amount, &met)
	r.dropPaidCharges()
	return met, amount
}

// allocateBy meets what is due by a day in the order of a rule.
func (r *Run) allocateBy(rule *AllocationRule, day civil.Date, amount *money.Amount, met *Sums) {
	switch {
	case rule.Steps != nil:
		r.bySteps(rule, day, amount, met, PastDue|DueToday)
	case rule.Vertical:
		for _, c := range rule.Order {
			r.payComponent(day, c, amount, met, PastDue|DueToday)
		}
	default:
		r.payByDate(day, rule.Order[:], amount, met, PastDue|DueToday)
	}
}

// bySteps follows an order of positions × components, as far as the positions
// are among those asked for. Horizontally a run of steps of one position is
// finished an instalment at a time.
func (r *Run) bySteps(rule *AllocationRule, day civil.Date, amount *money.Amount, met *Sums, only Timing) {
	steps := rule.Steps
	for len(steps) > 0 && *amount > 0 {
		n := 1
		for !rule.Vertical && n < len(steps) && steps[n].Timing == steps[0].Timing {
			n++
		}
		if timing := steps[0].Timing & only; timing != 0 {
			var order [Components]Component
			for i := range n {
				order[i] = steps[i].Component
			}
			r.payByDate(day, order[:n], amount, met, timing)
		}
		steps = steps[n:]
	}
}

// timing returns where a due date lies, seen from a day.
func timing(due, day civil.Date) Timing {
	switch {
	case due < day:
		return PastDue
	case due == day:
		return DueToday
	}
	return InAdvance
}

// payComponent meets one component over all due dates in the positions asked
// for. On one date an instalment's own fee comes before a charge's.
func (r *Run) payComponent(day civil.Date, c Component, amount *money.Amount, met *Sums, only Timing) {
	order := [1]Component{c}
	r.payByDate(day, order[:], amount, met, only)
}

// payByDate finishes one due date before the next, and on a date one component
// before the next.
func (r *Run) payByDate(day civil.Date, order []Component, amount *money.Amount, met *Sums, only Timing) {
	i, j := 0, 0
	charges := r.loan.Charges
	for *amount > 0 {
		date := civil.Max + 1
		if i < len(r.items) {
			date = r.items[i].DueOn
		}
		if j < len(charges) {
			date = min(date, charges[j].DueOn)
		}
		if date > civil.Max || date > day && only&InAdvance == 0 {
			return
		}
		iEnd, jEnd := i, j
		for iEnd < len(r.items) && r.items[iEnd].DueOn == date {
			iEnd++
		}
		for jEnd < len(charges) && charges[jEnd].DueOn == date {
			jEnd++
		}
		if timing(date, day)&only != 0 {
			for _, c := range order {
				for k := i; k < iEnd; k++ {
					r.payItem(&r.items[k], c, day, amount, met)
				}
				for k := j; k < jEnd; k++ {
					if charges[k].Component == c {
						r.payCharge(&charges[k], day, amount, met)
					}
				}
			}
		}
		i, j = iEnd, jEnd
	}
}

// payItem meets one component of an instalment as far as the amount goes.
func (r *Run) payItem(i *Installment, c Component, day civil.Date, amount *money.Amount, met *Sums) {
	if c == Penalty {
		return
	}
	pay := min(*amount, i.Due[c]-i.Paid[c])
	if c == Interest && r.interest != nil {
		pay = min(pay, *r.interest)
		*r.interest -= max(pay, 0)
	}
	if pay <= 0 {
		return
	}
	i.Paid[c] += pay
	r.loan.Met[c] += pay
	r.loan.Paid[c] += pay
	met[c] += pay
	*amount -= pay
	if r.Trace != nil {
		r.note(TraceStep{Kind: TraceInstallment, Day: day, No: i.No, DueOn: i.DueOn, Component: c, Amount: pay})
	}
	if i.Unpaid() == 0 {
		r.metOn(i.DueOn, day)
	}
}

// payCharge meets a charge as far as the amount goes.
func (r *Run) payCharge(c *Charge, day civil.Date, amount *money.Amount, met *Sums) {
	pay := min(*amount, c.Amount-c.Paid)
	c.Paid += pay
	r.loan.Paid[c.Component] += pay
	met[c.Component] += pay
	*amount -= pay
	if string(c.ID) == string(lateIDs[c.Component]) {
		r.loan.Late.Taken += pay
	}
	if r.Trace != nil && pay > 0 {
		r.note(TraceStep{Kind: TraceCharge, Day: day, DueOn: c.DueOn, Component: c.Component, Amount: pay, Source: string(c.ID)})
	}
}

// dropPaidCharges forgets charges that are wholly met.
func (r *Run) dropPaidCharges() {
	kept := r.loan.Charges[:0]
	for _, c := range r.loan.Charges {
		if c.Paid < c.Amount {
			kept = append(kept, c)
		}
	}
	r.loan.Charges = kept
}

// inAdvance puts money beyond what is due into instalments to come.
func (r *Run) inAdvance(rule *AllocationRule, e *Event, amount *money.Amount, met *Sums) {
	if r.product.DailyInterest {
		if rule.InAdvance == PrepayPrincipal {
			r.prepayDaily(amount, met)
		}
		return // instalments to come are not known before they fall due
	}
	r.explicit()
	order := rule.advanceOrder()
	first := len(r.items)
	for i := range r.items {
		if r.items[i].DueOn > e.ValueDate {
			first = i
			break
		}
	}
	ahead := r.items[first:]
	switch rule.InAdvance {
	case NextInstallment:
		if rule.Steps != nil && rule.Vertical {
			r.bySteps(rule, e.ValueDate, amount, met, InAdvance)
			return
		}
		for i := range ahead {
			r.payWhole(&ahead[i], order, e.ValueDate, amount, met)
		}
	case LastInstallment:
		for i := len(ahead) - 1; i >= 0; i-- {
			r.payWhole(&ahead[i], order, e.ValueDate, amount, met)
		}
	case Spread:
		r.spread(ahead, order, e.ValueDate, amount, met)
	case PrepayPrincipal:
		r.prepayPrincipal(e, ShorterTerm, amount, met)
	}
}

// advanceOrder is the order of components of money in advance.
func (a *AllocationRule) advanceOrder() []Component {
	if a.Steps == nil {
		return a.Order[:]
	}
	var order []Component
	for _, s := range a.Steps {
		if s.Timing&InAdvance != 0 {
			order = append(order, s.Component)
		}
	}
	return order
}

// payWhole meets an instalment, component by component.
func (r *Run) payWhole(i *Installment, order []Component, day civil.Date, amount *money.Amount, met *Sums) {
	for _, c := range order {
		r.payItem(i, c, day, amount, met)
	}
}

// spread meets the instalments to come in equal parts, rounded half-even as all else;
// what one does not need goes to the others, and the last takes what rounding leaves.
func (r *Run) spread(ahead []Installment, order []Component, day civil.Date, amount *money.Amount, met *Sums) {
	for *amount > 0 {
		open := 0
		for i := range ahead {
			if ahead[i].Unpaid() > 0 {
				open++
			}
		}
		if open == 0 {
			return
		}
		share, all := money.Amount(money.MulDiv(int64(*amount), 1, int64(open))), *amount
		for i := range ahead {
			if ahead[i].Unpaid() == 0 {
				continue
			}
			open--
			part := min(share, *amount)
			if open == 0 {
				part = *amount // the last takes the remainder
			}
			before := part
			r.payWhole(&ahead[i], order, day, &part, met)
			*amount -= before - part
		}
		if *amount == all {
			return // the order leaves out what is open
		}
	}
}
