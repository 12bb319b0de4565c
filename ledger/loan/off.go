package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
)

// putOff takes a loan out of the books, by what they carry of it: principal
// against the allowance, fees and penalties against their income; interest
// follows at the close, where accruals are posted. A charged-off loan goes on
// ageing; a write-off ends it.
func (r *Run) putOff(e *Event) Reason {
	l := r.loan
	if l.Off.Kind == KindWriteOff || l.Off.Kind == e.Kind {
		return NotAllowedInStatus
	}
	kind := ledger.ChargeOff
	if e.Kind == KindWriteOff {
		kind = ledger.WriteOff
	}
	r.log.begin(kind, e.ValueDate, e.ID)
	if l.Off.Kind != 0 {
		l.Off.Kind, l.Off.On = e.Kind, e.ValueDate // it is out of the books already
		return OK
	}
	owed := l.owed(r.earned(e.ValueDate), r.fallen(e.ValueDate), l.Late.Fees, l.Late.Penalties)
	l.Off = Off{Kind: e.Kind, On: e.ValueDate, Amount: owed.Total()}
	r.log.post(ledger.Allowance, owed[Principal])
	r.log.post(ledger.LoanPrincipal, -owed[Principal])
	r.log.post(ledger.FeeIncome, owed[Fee])
	r.log.post(ledger.FeeReceivable, -owed[Fee])
	r.log.post(ledger.PenaltyIncome, owed[Penalty])
	r.log.post(ledger.PenaltyReceivable, -owed[Penalty])
	return OK
}

// ended returns the day up to which a loan earns: a write-off ends it.
func (l *Loan) ended(day civil.Date) civil.Date {
	if l.Off.Kind == KindWriteOff {
		return min(day, l.Off.On)
	}
	return day
}
