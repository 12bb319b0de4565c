package night

import (
	"daybook/aging"
	"daybook/aging/classify"
	"daybook/aging/score"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// million is the unit of shares among features.
const million = 1_000_000

// features returns what tonight's cards and models ask of a loan: at the close of the
// night, but for the score, which is that of the close before.
func (p *Processor) features(l *loan.Loan, f *loan.Figures) (x score.Features) {
	uses := p.rules.Score.Scoring.Uses
	if uses == 0 {
		return x
	}
	x.Set(score.DaysPastDue, int64(f.DaysPastDue))
	x.Set(score.InstallmentsMissed, int64(f.Missed))
	x.Set(score.MonthsOnBook, int64(classify.MonthsBetween(l.Terms.DisbursedOn, p.rules.Date)))
	x.Set(score.CreditBalance, int64(l.Credit))
	x.Set(score.BucketCode, int64(l.Bucket))
	if places := &p.rules.Places; places.Products != nil {
		setPlace(&x, score.ProductCode, places.Products, l.Product)
		setPlace(&x, score.RegionCode, places.Regions, l.Region)
	}
	if p.scoredBefore(l) {
		x.Set(score.LastScore, int64(l.Score))
	}
	if uses.Has(score.Utilisation) && l.Terms.Principal > 0 {
		x.Set(score.Utilisation, money.MulDiv(int64(f.Outstanding[loan.Principal]), million, int64(l.Terms.Principal)))
	}
	if p.rules.Classes != nil {
		p.countedFeatures(&x, l)
	}
	if mean, ok := meanLateness(l.MetDays, p.rules.Date); ok {
		x.Set(score.DaysLateMean, mean)
	}
	if uses.Has(score.InstallmentsLeft) || uses.Has(score.PaidToDue) {
		p.scheduleFeatures(&x, l)
	}
	return x
}

// countedFeatures sets the features that what the loan's days come to tells.
// Source: regulatory.md, section 2.
func (p *Processor) countedFeatures(x *score.Features, l *loan.Loan) {
	s := &p.machine.Standing
	h := aging.History(l.History).Without(s.Bad)
	worst, times := h.Lateness()
	for i, n := range worst {
		x.Set(score.Worst3m+score.Feature(i), int64(n))
	}
	for i, n := range times {
		x.Set(score.Times30+score.Feature(i), int64(n))
	}
	if s.LastLate != civil.None {
		x.Set(score.MonthsSinceLastLate, int64(classify.MonthsBetween(s.LastLate, p.rules.Date)))
	}
	x.Set(score.WorstDaysPastDue, int64(s.Worst))
	x.Set(score.Cures, int64(s.Cures.Count))
	x.Set(score.Restructured, 0)
	if l.Measures > 0 {
		x.Set(score.Restructured, 1)
	}
}

// scoredBefore reports whether the loan has a score of an earlier close.
func (p *Processor) scoredBefore(l *loan.Loan) bool { return l.BookedOn != p.rules.Date }

// setPlace sets the place in the policy of a code of the book, where it has one.
func setPlace(x *score.Features, f score.Feature, places []int64, code uint16) {
	if int(code) < len(places) && places[code] >= 0 {
		x.Set(f, places[code])
	}
}

// scheduleFeatures sets the features that the schedule tells.
func (p *Processor) scheduleFeatures(x *score.Features, l *loan.Loan) {
	if l.Off.Kind == loan.KindWriteOff {
		return // it has no schedule any more
	}
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	met, due, left := p.run.Scheduled(p.rules.Date)
	x.Set(score.InstallmentsLeft, int64(left))
	x.Set(score.PaidToDue, million)
	if due > 0 {
		x.Set(score.PaidToDue, money.MulDiv(int64(met), million, int64(due)))
	}
}
