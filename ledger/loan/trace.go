package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Trace remembers what a run does step by step, for people who ask why. A run
// without one, as every night's is, pays nothing for it.
type Trace struct{ Steps []TraceStep }

// A TraceKind says what a step did.
type TraceKind uint8

// The kinds of step.
const (
	TraceEvent       TraceKind = iota // an event begins
	TraceRule                         // an allocation rule was chosen
	TraceInstallment                  // money met a component of an instalment
	TraceCharge                       // money met a charge
	TraceCredit                       // what was left is held as credit
	TraceCreditUsed                   // credit was applied to what is due
	TraceLate                         // the policy charged for lateness
	TraceSpared                       // no late charge for what late charges took
	TraceEarned                       // money met interest that is earned and not due
	TraceAhead                        // money met principal that is not due, and shortens or lowers what is
	TraceBack                         // what was paid ahead of being owed is credit again
)

// A TraceStep is one step. Of the fields only those that its kind needs are set.
type TraceStep struct {
	Kind        TraceKind
	Day         civil.Date // that the run had come to
	Event       *Event
	Rule        int   // index of the product's allocation rules
	DaysPastDue int32 // that chose it
	No          int32 // of the instalment
	DueOn       civil.Date
	Component   Component
	Amount      money.Amount
	Source      string // id of the charge
}

// note adds a step.
func (r *Run) note(s TraceStep) {
	if r.Trace != nil {
		r.Trace.Steps = append(r.Trace.Steps, s)
	}
}

func (t *Trace) len() int {
	if t == nil {
		return 0
	}
	return len(t.Steps)
}

// used says how much credit the step before the first of some has applied; one that applied
// none is forgotten, with those that follow it.
func (t *Trace) used(first int, amount money.Amount) {
	switch {
	case t == nil:
	case amount == 0:
		t.Steps = t.Steps[:first-1]
	default:
		t.Steps[first-1].Amount = amount
	}
}

// noteRule notes which rule was chosen.
func (r *Run) noteRule(day civil.Date, daysPastDue int32, rule *AllocationRule) {
	if r.Trace == nil {
		return
	}
	for i := range r.product.Allocation {
		if &r.product.Allocation[i] == rule {
			r.note(TraceStep{Kind: TraceRule, Day: day, Rule: i, DaysPastDue: daysPastDue})
		}
	}
}
