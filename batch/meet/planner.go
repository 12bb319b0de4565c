package meet

import (
	"daybook/aging/treat"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A Planner makes the schedules of offers as the ledger makes them when they are booked.
// It belongs to one worker. The zero value is ready to use.
type Planner struct{ annuities loan.Annuities }

var _ treat.Planner = (*Planner)(nil)

// Level is a level plan, see [treat.Planner].
func (p *Planner) Level(principal money.Amount, rate money.Rate, from civil.Date, n int, dayCount civil.DayCount) []treat.Line {
	return lines(p.annuities.LevelPlan(loan.OfferedTerms(principal, rate, from, n, dayCount)))
}

// Reduced is a plan with reduced first instalments, see [treat.Planner].
func (p *Planner) Reduced(principal money.Amount, rate money.Rate, from civil.Date, n int, most []money.Amount, dayCount civil.DayCount) (list []treat.Line, ok bool) {
	plan, ok := p.annuities.ReducedPlan(loan.OfferedTerms(principal, rate, from, n, dayCount), most)
	return lines(plan), ok
}

func lines(plan []loan.Installment) []treat.Line {
	list := make([]treat.Line, len(plan))
	for i := range plan {
		list[i] = treat.Line{DueOn: plan[i].DueOn, Principal: plan[i].Due[loan.Principal], Interest: plan[i].Due[loan.Interest]}
	}
	return list
}
