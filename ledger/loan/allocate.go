package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// allocate meets what is due on or before a day with an amount, in the order of
// the rule for the loan's days past due on that day. It returns what each
// component received and what is left.
func (r *Run) allocate(day civil.Date, amount money.Amount) (met Sums, rest money.Amount) {
	r.reach(day)
	rule := r.product.rule(r.daysPastDue(day))
	if rule.Vertical {
		for _, c := range rule.Order {
			r.payComponent(day, c, &amount, &met)
		}
	} else {
		r.payByDate(day, rule, &amount, &met)
	}
	r.dropPaidCharges()
	return met, amount
}

// payComponent meets one component over all due dates. On one date an
// instalment's own fee comes before a charge's.
func (r *Run) payComponent(day civil.Date, c Component, amount *money.Amount, met *Sums) {
	i, j := 0, 0
	for *amount > 0 {
		for j < len(r.loan.Charges) && r.loan.Charges[j].Component != c {
			j++
		}
		item := i < len(r.items) && r.items[i].DueOn <= day
		charge := j < len(r.loan.Charges) && r.loan.Charges[j].DueOn <= day
		switch {
		case item && (!charge || r.items[i].DueOn <= r.loan.Charges[j].DueOn):
			r.payItem(&r.items[i], c, day, amount, met)
			i++
		case charge:
			r.payCharge(&r.loan.Charges[j], amount, met)
			j++
		default:
			return
		}
	}
}

// payByDate finishes one due date before the next, and on a date one component
// before the next.
func (r *Run) payByDate(day civil.Date, rule *AllocationRule, amount *money.Amount, met *Sums) {
	i, j := 0, 0
	for *amount > 0 {
		date := civil.None
		if i < len(r.items) && r.items[i].DueOn <= day {
			date = r.items[i].DueOn
		}
		if j < len(r.loan.Charges) && r.loan.Charges[j].DueOn <= day && (date == civil.None || r.loan.Charges[j].DueOn < date) {
			date = r.loan.Charges[j].DueOn
		}
		if date == civil.None {
			return
		}
		iEnd, jEnd := i, j
		for iEnd < len(r.items) && r.items[iEnd].DueOn == date {
			iEnd++
		}
		for jEnd < len(r.loan.Charges) && r.loan.Charges[jEnd].DueOn == date {
			jEnd++
		}
		for _, c := range rule.Order {
			for k := i; k < iEnd; k++ {
				r.payItem(&r.items[k], c, day, amount, met)
			}
			for k := j; k < jEnd; k++ {
				if r.loan.Charges[k].Component == c {
					r.payCharge(&r.loan.Charges[k], amount, met)
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
	if pay <= 0 {
		return
	}
	i.Paid[c] += pay
	r.loan.Met[c] += pay
	r.loan.Paid[c] += pay
	met[c] += pay
	*amount -= pay
	if i.Unpaid() == 0 {
		r.loan.MetWhen[lateness(day-i.DueOn)]++
	}
}

// payCharge meets a charge as far as the amount goes.
func (r *Run) payCharge(c *Charge, amount *money.Amount, met *Sums) {
	pay := min(*amount, c.Amount-c.Paid)
	c.Paid += pay
	r.loan.Paid[c.Component] += pay
	met[c.Component] += pay
	*amount -= pay
}

// dropPaidCharges forgets charges that are wholly paid.
func (r *Run) dropPaidCharges() {
	kept := r.loan.Charges[:0]
	for _, c := range r.loan.Charges {
		if c.Paid < c.Amount {
			kept = append(kept, c)
		}
	}
	r.loan.Charges = kept
}
