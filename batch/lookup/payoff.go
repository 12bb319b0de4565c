package lookup

import (
	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A PayoffView is what ends a loan on a day: a repayment of the amount, with a settle
// of the same day.
type PayoffView struct {
	LoanID        string      `json:"loan_id"`
	On            civil.Date  `json:"on"`
	AsOf          civil.Date  `json:"as_of"` // the last night: nothing is known of what comes after it
	Currency      string      `json:"currency"`
	Principal     string      `json:"principal"`
	Interest      string      `json:"interest"`
	Fees          string      `json:"fees"`
	Penalties     string      `json:"penalties"`
	SettlementFee string      `json:"settlement_fee"`
	Credit        string      `json:"credit"` // of the borrower, which is taken off
	Amount        string      `json:"amount"`
	DayAdds       string      `json:"day_adds"` // what the day after adds
	Following     []PayoffDay `json:"following"`
}

// A PayoffDay is what ends a loan on a later day if nothing comes before it.
type PayoffDay struct {
	On     civil.Date `json:"on"`
	Amount string     `json:"amount"`
}

// followingDays is how many days after its own a payoff names; a letter is good for ten.
const followingDays = 10

// payoffDaysMax is how far after the last night a payoff may lie: the rules that hold
// then, and what befalls the loan, are not known.
const payoffDaysMax = 366

// Payoff returns what ends a loan on a day, by all that is known of the time up to it. A loan
// that is out of the books then is ended by nothing.
func (r *Reader) Payoff(id string, day civil.Date) (*PayoffView, error) {
	l, _, err := r.loanAt(id)
	if err != nil {
		return nil, err
	}
	switch {
	case day < l.Terms.DisbursedOn:
		return nil, book.NotFound("loan %q was disbursed on %s: there is nothing to pay off on %s", id, l.Terms.DisbursedOn, day)
	case day > r.Last()+payoffDaysMax:
		return nil, book.NotFound("%s is more than %d days after the last closed night, %s", day, payoffDaysMax, r.Last())
	}
	pages, err := r.View.History(l)
	if err != nil {
		return nil, err
	}
	for i := range pages {
		keepUpTo(&pages[i], day)
	}
	on := func(day civil.Date) loan.Payoff {
		return loan.PayoffOn(day, func() *loan.Run { return &book.Replay(&r.Rules, l, pages, day, nil).Run })
	}
	text := func(a money.Amount) string { return r.Text(l.Currency, a) }
	p := on(day)
	if p.Off.Kind != 0 {
		return nil, book.NotFound("loan %q is out of the books since the %s of %s: no payment with a settle ends it; show loan tells what is owed", id, p.Off.Kind, p.Off.On)
	}
	v := &PayoffView{
		LoanID: id, On: day, AsOf: r.Last(), Currency: r.Names.Currencies[l.Currency], Principal: text(p.Owed[loan.Principal]),
		Interest: text(p.Owed[loan.Interest]), Fees: text(p.Owed[loan.Fee]), Penalties: text(p.Owed[loan.Penalty]),
		SettlementFee: text(p.Fee), Credit: text(p.Credit), Amount: text(p.Amount), Following: []PayoffDay{},
	}
	for d := day + 1; d <= min(day+followingDays, civil.Max); d++ {
		next := on(d)
		if d == day+1 {
			v.DayAdds = text(next.Amount - p.Amount)
		}
		v.Following = append(v.Following, PayoffDay{d, text(next.Amount)})
	}
	return v, nil
}

// keepUpTo leaves of a night's events those that count by a day, and returns how many.
func keepUpTo(p *book.Page, day civil.Date) int {
	kept := p.Events[:0]
	for _, e := range p.Events {
		if e.Kind == loan.KindReversal || e.Kind == loan.KindBooking || e.ValueDate <= day {
			kept = append(kept, e)
		}
	}
	p.Events = kept
	return len(kept)
}
