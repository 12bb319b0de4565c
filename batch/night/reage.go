package night

import (
	"slices"

	"daybook/aging/classify"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// usPack is the pack by which measures of open-end loans are looked at.
const usPack = "us"

// A ReAgeReason is why a measure of an open-end loan is an exception.
type ReAgeReason uint8

// The reasons; of a measure the first that there is.
const (
	ReAgeYoung       ReAgeReason = iota // it comes before nine months
	ReAgeTwice                          // another one was within twelve months before it
	ReAgeThird                          // two others were within five years before it
	ReAgeFewPayments                    // fewer than three payments in the three months before it
	ReAgeReasons                        // how many there are
)

// A ReAge is a measure that is an exception.
type ReAge struct {
	On     civil.Date
	Reason ReAgeReason
}

// mayReAge reports whether the pack is in force.
func mayReAge(packs []*classify.Pack) bool {
	return slices.ContainsFunc(packs, func(p *classify.Pack) bool { return p.Name == usPack })
}

// ReAged reports whether a loan, as the night has left it, has a measure of the month that the
// table of exceptions looks at, so that its history is asked for.
func (p *Processor) ReAged(l *loan.Loan) bool {
	c := p.rules.Classes
	return c != nil && c.reAges && l.Measures > 0 && l.MeasureOn >= monthStart(p.rules.Date) && c.Versions[len(c.Versions)-1].Subjects[l.Product].OpenEnd
}

// monthStart is the first day of a day's month.
func monthStart(d civil.Date) civil.Date {
	y, m, _ := d.Split()
	return civil.Of(y, m, 1)
}

// ReAges returns the measures of a loan with a value date in the month of a day, up to it, that are
// exceptions, in their order. Events are all that were ever applied; those undone do not count.
// Source: regulatory.md, section 8, re_age_exceptions; 65 FR 36903.
func ReAges(events []*loan.Event, disbursed, on civil.Date) (list []ReAge) {
	var measures, payments []civil.Date
	undone := map[string]bool{}
	for _, e := range events {
		if e.Kind.Undoes() {
			undone[string(e.Target)] = true
		}
	}
	for _, e := range events {
		switch {
		case undone[string(e.ID)] || !e.IsMeasure() && !e.Kind.BringsMoney():
		case e.IsMeasure():
			measures = append(measures, e.ValueDate)
		default:
			payments = append(payments, e.ValueDate)
		}
	}
	slices.Sort(measures)
	for i, day := range measures {
		if day < monthStart(on) || day > on {
			continue
		}
		if reason := reAgeReason(day, disbursed, measures[:i], payments); reason < ReAgeReasons {
			list = append(list, ReAge{day, reason})
		}
	}
	return list
}

// reAgeReason returns the first reason why a measure is an exception, ReAgeReasons where it
// is none. Before are the measures before it.
func reAgeReason(day, disbursed civil.Date, before, payments []civil.Date) ReAgeReason {
	within := func(months int) (n int) {
		for _, d := range before {
			if day < d.Later(months) {
				n++
			}
		}
		return n
	}
	paid := 0
	for _, d := range payments {
		if d < day && d >= day.Later(-3) {
			paid++
		}
	}
	switch {
	case day < disbursed.Later(9):
		return ReAgeYoung
	case within(12) > 0:
		return ReAgeTwice
	case within(60) > 1:
		return ReAgeThird
	case paid < 3:
		return ReAgeFewPayments
	}
	return ReAgeReasons
}

// countsPayments reports whether the table past_due counts instalments of a loan, and not its
// days: by the rule two_payments, where they are months apart.
// Source: regulatory.md, section 8, past_due.
func (p *Processor) countsPayments(l *loan.Loan) bool {
	c := p.rules.Classes
	if c == nil || !c.twoPayments {
		return false
	}
	return l.InForce().Frequency.InMonths()
}

// twoPaymentsOf reports whether the first pack with a rule for the table past_due has two_payments.
func twoPaymentsOf(packs []*classify.Pack) bool {
	i := slices.IndexFunc(packs, func(p *classify.Pack) bool { return p.PastDue != "" })
	return i >= 0 && packs[i].PastDue == "two_payments"
}
