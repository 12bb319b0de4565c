package lookup

import (
	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// A BalanceView is a loan's balances and days past due at the close of an
// earlier day.
type BalanceView struct {
	LoanID      string     `json:"loan_id"`
	AsOf        civil.Date `json:"as_of"`
	Known       string     `json:"known"` // now, or then: with what nights up to as_of had brought
	Currency    string     `json:"currency"`
	Principal   string     `json:"principal_outstanding"`
	Interest    string     `json:"interest_outstanding"`
	Fees        string     `json:"fees_outstanding"`
	Penalties   string     `json:"penalties_outstanding"`
	Total       string     `json:"total_outstanding"`
	PastDue     string     `json:"past_due_amount"`
	Credit      string     `json:"credit_balance"`
	Oldest      civil.Date `json:"oldest_unpaid_due_on"`
	DaysPastDue int32      `json:"days_past_due"`
	Missed      int32      `json:"installments_missed"`
	Events      int        `json:"events"` // that stand up to as_of
}

// AsOf returns a loan's balances at the close of a day: with all that is known now
// of the time up to it or, with knownThen, with only what nights up to it had
// brought. It runs the loan's life again from the journal.
func (r *Reader) AsOf(id string, day civil.Date, knownThen bool) (*BalanceView, error) {
	l, _, err := r.loanAt(id)
	if err != nil {
		return nil, err
	}
	if day < l.Terms.DisbursedOn || knownThen && day < l.BookedOn {
		return nil, book.NotFound("loan %q was disbursed on %s and came into the book on %s: it has no balances on %s",
			id, l.Terms.DisbursedOn, l.BookedOn, day)
	}
	if day > r.Last() {
		return nil, book.NotFound("%s is after the last closed night, %s", day, r.Last())
	}
	pages, err := r.View.History(l)
	if err != nil {
		return nil, err
	}
	events := 0
	for i := range pages {
		p := &pages[i]
		if knownThen && p.Date > day {
			pages = pages[:i]
			break
		}
		events += keepUpTo(p, day)
	}
	v := book.Replay(&r.Rules, l, pages, day, nil)
	f := v.Run.Close(day)
	text := func(c loan.Component) string { return r.Text(l.Currency, f.Outstanding[c]) }
	known := "now"
	if knownThen {
		known = "then"
	}
	return &BalanceView{
		LoanID: id, AsOf: day, Known: known, Currency: r.Names.Currencies[l.Currency], Principal: text(loan.Principal),
		Interest: text(loan.Interest), Fees: text(loan.Fee), Penalties: text(loan.Penalty),
		Total: r.Text(l.Currency, f.Outstanding.Total()), PastDue: r.Text(l.Currency, f.PastDue),
		Credit: r.Text(l.Currency, v.Credit), Oldest: f.Oldest, DaysPastDue: f.DaysPastDue, Missed: f.Missed, Events: events,
	}, nil
}
