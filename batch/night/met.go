package night

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Where tonight's policy asks how late instalments were met, loans keep on which day each of the
// last twelve months of due dates was. It is a function of the life: a life that is run again makes
// it anew.

// metMonths is how many months of due dates count.
const metMonths = 12

// keepMet forgets what no later night asks for, or all of it where this one does not.
func (p *Processor) keepMet(l *loan.Loan) {
	if len(l.MetDays) == 0 {
		return
	}
	until := civil.Max
	if p.run.KeepsMet {
		until = p.rules.Date.Later(-metMonths)
	}
	if l.ForgetMet(until) {
		p.reweighed = true
	}
}

// meanLateness returns how many hundredths of a day after their due dates instalments were met,
// of those that fell due in the twelve months up to a day, rounded half-even; early is below zero.
// Source: regulatory.md, section 6, features.
func meanLateness(met []loan.MetDay, day civil.Date) (mean int64, ok bool) {
	n, sum := int64(0), int64(0)
	for _, m := range met {
		if m.DueOn <= day && m.DueOn > day.Later(-metMonths) {
			n, sum = n+1, sum+int64(m.On-m.DueOn)
		}
	}
	if n == 0 {
		return 0, false
	}
	return money.MulDiv(sum, 100, n), true
}
