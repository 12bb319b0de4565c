package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// putOff takes a loan out of the books, by what they carry of it: principal
// against the allowance, fees and penalties against their income; interest
// follows at the close, where accruals are posted. What was paid for days to come
// is credit first, and meets what is due. A charged-off loan goes on ageing; a
// write-off ends it. A loan that is settled is owed nothing and stays what it is: the money
// may have come after the charge-off was booked, and nobody is told of a loss then.
func (r *Run) putOff(e *Event) Reason {
	l := r.loan
	if l.Off.Kind == KindWriteOff || l.Off.Kind == e.Kind {
		return NotAllowedInStatus
	}
	r.log.beginFor(e)
	if l.Off.Kind != 0 {
		l.Off.Kind, l.Off.On = e.Kind, e.ValueDate // it is out of the books already
		return OK
	}
	r.giveBackUnearned(e.ValueDate)
	r.giveBackDeferred(e.ValueDate)
	r.spendEarned(e.ValueDate)
	owed := l.owed(r.earned(e.ValueDate), r.fallen(e.ValueDate), l.Late.Fees, l.Late.Penalties)
	if owed.Total() == 0 && r.nothingToCome(e.ValueDate, &owed) {
		l.Off.Empty = true
		return OK
	}
	l.Off = Off{Kind: e.Kind, On: e.ValueDate, Amount: owed.Total()}
	for _, c := range [...]Component{Principal, Fee, Penalty} {
		r.log.post(components[c].off, owed[c])
		r.log.post(c.Receivable(), -owed[c])
	}
	return OK
}

// giveBackUnearned makes credit of what was paid ahead to instalments to come and is
// not earned on a day.
func (r *Run) giveBackUnearned(day civil.Date) {
	var back Sums
	earned := r.open(day)
	for i := range r.items {
		it := &r.items[i]
		for _, c := range [...]Component{Interest, Fee} {
			if more := it.Paid[c] - it.owed(c, day, earned); more > 0 && it.DueOn > day {
				it.Paid[c] -= more
				back[c] += more
			}
		}
		earned -= it.own()
	}
	r.giveBack(Interest, back[Interest])
	r.giveBack(Fee, back[Fee])
}

// giveBackDeferred makes credit of interest that was paid as a line of a plan asked for it
// and is not earned on a day; the lines to come, whose periods earn it, ask for it again.
func (r *Run) giveBackDeferred(day civil.Date) {
	l := r.loan
	if l.Plan == nil || r.product.DailyInterest {
		return
	}
	unearned := l.Paid[Interest] + l.Waived[Interest] - l.Added[Interest] - r.earned(day)
	back := money.Amount(0)
	for i := range r.items {
		it := &r.items[i]
		if part := min(unearned-back, it.More, l.Paid[Interest]-back); it.DueOn > day && part > 0 {
			it.Due[Interest] += part
			it.More -= part
			back += part
		}
	}
	r.giveBack(Interest, back)
}

// spendEarned meets what is due on a day out of all credit, but for interest that is not
// earned: the books carry none of it.
func (r *Run) spendEarned(day civil.Date) {
	if r.loan.Plan != nil && !r.product.DailyInterest {
		owed := r.loan.owed(r.earned(day), 0, 0, 0)[Interest]
		r.interest = &owed
		defer func() { r.interest = nil }()
	}
	r.spendCredit(day, KindCredit)
}

// ended returns the day up to which a loan earns: a write-off ends it.
func (l *Loan) ended(day civil.Date) civil.Date {
	if l.Off.Kind == KindWriteOff {
		return min(day, l.Off.On)
	}
	return day
}
