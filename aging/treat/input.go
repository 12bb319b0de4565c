package treat

import (
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Loan is what a night's tape says of one of a borrower's loans: one that is past due,
// or, of a borrower with nothing past due, one that a reminder may be of. Amounts are
// those of the tape.
type Loan struct {
	ID             string
	Product        string
	Currency       string
	Bucket         string
	Active         bool // not charged off
	Recovered      bool // all that was charged off of it is recovered
	DaysPastDue    int32
	DelinquentDays int32
	Score          int32
	PastDue        int64
	Total          int64      // outstanding
	NextDueOn      civil.Date // [civil.None]: nothing is still to fall due
	NextDue        int64
	Flags          []borrower.Flag
	Owed
}

// Owed is what the offers for a loan are computed from.
type Owed struct {
	Principal int64 // outstanding, as the three that follow
	Interest  int64
	Fees      int64
	Penalties int64
	Credit    int64
	Rate      money.Rate // of the contract, a year
	DayCount  civil.DayCount
	Remaining int32 // instalments that fall due after tonight
	Scheduled bool  // interest is the schedule's, not earned by the day
	Unit      int64 // the minor unit of the currency, in units of the amounts
}

// An Offer is what a borrower in hardship may choose for one loan.
type Offer struct {
	Loan        *Loan
	Kind        OfferKind
	Rank        int // from 1, by loan
	Months      int // instalments of a plan, months of a pause; 0: neither
	FirstDueOn  civil.Date
	Until       civil.Date // of a pause; dates that an offer has not are [civil.None]
	HasRate     bool
	Rate        money.Rate // of a plan, a year
	Installment int64      // the greatest of a plan
	Last        int64      // of a plan
	NewInterest int64      // of a plan
	Waived      int64      // of penalties, or interest
	Forgiven    int64      // of a settlement
	Pay         int64      // of a settlement, by PayBy
	PayBy       civil.Date
	HasTotal    bool // there is a total to pay: not for a pause
	TotalToPay  int64
	ExtraCost   int64
	Lines       []OfferLine // of a plan
}

// An OfferLine is one instalment of a plan that is offered.
type OfferLine struct {
	Number       int
	DueOn        civil.Date
	Principal    int64
	Interest     int64 // new
	OwedInterest int64
	OwedFee      int64
}

// Total is what the instalment comes to.
func (l *OfferLine) Total() int64 { return l.Principal + l.Interest + l.OwedInterest + l.OwedFee }

// A Planner makes the schedules of plans: those that a restructuring with the choice plan
// comes to when it is booked.
type Planner interface {
	// Level returns principal and interest of n monthly instalments, the first a month after
	// from, of a principal in minor units at a rate a year: the annuity rounded half-even to
	// the minor unit, or level principal where the rate is 0.
	Level(principal money.Amount, rate money.Rate, from civil.Date, n int, dayCount civil.DayCount) []Line
	// Reduced is the same with first instalments whose principal is what is left of most[k]
	// after their interest, and the annuity of the principal that is left over the others.
	// ok is false where a principal would be below zero, or nothing is left for the annuity.
	Reduced(principal money.Amount, rate money.Rate, from civil.Date, n int, most []money.Amount, dayCount civil.DayCount) (lines []Line, ok bool)
}

// A Line is one instalment of a schedule, in minor units.
type Line struct {
	DueOn     civil.Date
	Principal money.Amount
	Interest  money.Amount
}

// An OfferAsk is what [Hardship.OffersTo] is asked: which loans of a borrower, on the
// business date, and what he said of himself.
type OfferAsk struct {
	On                 civil.Date // the business date, from which on an offer counts
	Reason             string     // of the case
	Loans              []*Loan    // that the task covers, ascending by id
	Affordable         int64      // what he can pay a month, in units of the amounts; below zero: not known
	AffordableCurrency string     // of loans of another, what he can pay is not known
	PlanMonthsMax      int        // the law's, or the policy's lower one; 0: no limit
	Planner            Planner
}
