package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
)

// capitalizedID is the source of entries that add interest to principal.
var capitalizedID = []byte("capitalization")

// toCapitalize returns the first item whose period ended by a day, and whose interest is to
// be added to principal and was not; below zero where there is none.
func (r *Run) toCapitalize(day civil.Date) int {
	if r.loan.Terms.Method != Capitalized || r.loan.Off.Kind != 0 || r.loan.InForce().Method != Capitalized {
		return -1
	}
	for i := range len(r.items) - 1 {
		if it := &r.items[i]; it.DueOn <= day && it.More > 0 {
			return i
		}
	}
	return -1
}

// capitalize adds the interest of item i to the principal on the date on which its period
// ended: what is owed stays, and is principal from then on. It falls due with the last
// instalment.
func (r *Run) capitalize(i int) {
	l, it, last := r.loan, &r.items[i], &r.items[len(r.items)-1]
	interest := it.More
	// Its own line asks for it, and is met by it, as far as it was not met before.
	last.More, last.Due[Interest] = last.More+interest, last.Due[Interest]-interest
	paid := min(interest, max(last.Paid[Interest]-last.Extra[Interest], 0))
	last.Paid[Interest] -= paid
	it.More, it.Due[Interest], it.Paid[Interest] = 0, it.Due[Interest]+interest, it.Paid[Interest]+interest
	if interest -= paid; interest == 0 {
		return
	}
	last.Due[Principal], last.Extra[Principal] = last.Due[Principal]+interest, last.Extra[Principal]+interest
	l.Met[Interest] += interest
	l.Waived[Interest] += interest
	l.Added[Principal] += interest
	if on := (Position{it.DueOn, KindDue.Rank()}); on.After(l.Last) {
		l.Last = on
	}
	r.log.begin(ledger.Capitalization, it.DueOn, capitalizedID, nil)
	r.log.post(ledger.LoanPrincipal, interest)
	r.log.post(ledger.InterestReceivable, -interest)
}
