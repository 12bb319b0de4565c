package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Tranche is principal that was disbursed after the loan was booked.
type Tranche struct {
	On     civil.Date
	Amount money.Amount
}

// Disbursed returns the principal disbursed in all.
func (l *Loan) Disbursed() money.Amount {
	sum := l.Terms.Principal
	for i := range l.Later {
		sum += l.Later[i].Amount
	}
	return sum
}

// disburse adds a tranche to the principal, and computes the instalments to come anew from
// its value date: as many as there are, of the same dates. What the current period has
// earned stays. It is money that left the bank: where nothing is to come it is due at once,
// and of a loan that is out of the books it is as debt that comes back.
func (r *Run) disburse(e *Event) Reason {
	l := r.loan
	if !r.forced && !r.fits(e.Amount) {
		return AmountOverflow
	}
	r.log.beginFor(e)
	r.log.post(ledger.CashClearing, -e.Amount)
	first, toCome := 0, r.next.No <= l.Terms.Installments
	if !r.product.DailyInterest {
		r.explicit()
		first = r.firstAfter(e.ValueDate)
		toCome = first < len(r.items)
	}
	l.Later = append(l.Later, Tranche{e.ValueDate, e.Amount})
	if l.Off.Kind != 0 || !toCome {
		r.owe(e, Principal, e.Amount)
		r.advanceCredit(e.ValueDate)
		return OK
	}
	r.log.post(ledger.LoanPrincipal, e.Amount)
	t := *r.loan.InForce()
	t.Principal += e.Amount
	if r.product.DailyInterest {
		r.next.Balance += e.Amount
		l.Open = r.next
		r.levelOff(&t, r.toFallDue(), r.next.Balance)
		l.Changed = &t
		return OK
	}
	balance := e.Amount
	for i := first; i < len(r.items); i++ {
		balance += r.items[i].Due[Principal] - r.items[i].Paid[Principal]
	}
	r.levelOff(&t, r.items[first:], balance)
	r.respread(&t, e.ValueDate, first, balance, LowerInstallment)
	return OK
}

// fits reports whether a loan can take so much more principal: balances and the interest
// over the whole term stay within what every column holds.
func (r *Run) fits(amount money.Amount) bool {
	t := *r.loan.InForce()
	t.Principal = r.loan.Disbursed() + amount
	return amount <= money.Max && t.Principal <= money.Max && !t.interestAbove(SumMax/scaleMax)
}

// scaleMax is the most units of the published columns that a minor unit has.
const scaleMax = 1000

// toFallDue are the dates of the instalments to come of a loan that makes them as they
// fall due.
func (r *Run) toFallDue() (items []Installment) {
	from := r.next.From
	for k := r.next.No; k <= r.loan.Terms.Installments; k++ {
		due := r.dueOn(k)
		items = append(items, Installment{No: k, From: from, DueOn: due})
		from = due
	}
	return items
}

// levelOff gives terms the level payment or the equal part that pays a balance over given
// instalments.
func (r *Run) levelOff(t *Terms, items []Installment, balance money.Amount) {
	paying := items[t.inGrace(items):]
	if t.Level = r.levelOf(t, paying, balance); t.Method != Annuity {
		t.Level = money.Amount(money.MulDiv(int64(balance), 1, int64(len(paying))))
	}
}
