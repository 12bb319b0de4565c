// Package statement is a borrower's statement: its figures as a value, and what is
// handed to him of it, an HTML page, a PDF or a JSON object with the same figures. It
// knows five languages. It has no clock: the same statement gives the same bytes.
//
// A statement ties, or nothing of it is written: for each component its opening
// balance and its events come to its closing balance, see [Statement.Check].
package statement

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// FormatVersion is the version of the JSON object.
const FormatVersion = 1

// Money is an amount in minor units, and how many digits of it stand after the point.
type Money struct {
	Amount money.Amount
	Digits int
}

// MarshalText writes the amount as a plain decimal.
func (m Money) MarshalText() ([]byte, error) { return m.Amount.Append(nil, m.Digits), nil }

// Balances are what is owed of each component, and the borrower's own credit, which is
// not taken off.
type Balances struct {
	Principal Money `json:"principal"`
	Interest  Money `json:"interest"`
	Fees      Money `json:"fees"`
	Penalties Money `json:"penalties"`
	Owed      Money `json:"owed"` // the four together
	Credit    Money `json:"credit"`
}

// A Statement is what one loan's statement says.
type Statement struct {
	Kind          string `json:"kind"` // statement
	FormatVersion int    `json:"format_version"`
	LoanID        string `json:"loan_id"`
	Period
	Language      string    `json:"language"` // that it is written in
	Currency      string    `json:"currency"`
	Status        string    `json:"status"`    // on AsOf
	Recovered     bool      `json:"recovered"` // all that was charged off is, on AsOf: nothing is asked for any more
	Terms         Terms     `json:"terms"`
	InForce       *Terms    `json:"terms_in_force"` // nil where no event has changed them
	Opening       Balances  `json:"opening"`
	OpeningStated *Balances `json:"opening_as_stated"` // as the nights up to it had it, where that is another; nil: the same
	Events        []Event   `json:"events"`
	Closing       Balances  `json:"closing"`
	PastDue       PastDue   `json:"past_due"`
	NextDues      []Due     `json:"next_dues"`
	Payoff        Payoff    `json:"payoff"`
	Year          Year      `json:"year"`

	Locale    Locale   `json:"-"` // how it is written
	Addressee []string `json:"addressee,omitempty"`
}

// Period is what a statement is of, and what is known for it.
type Period struct {
	From      civil.Date `json:"from"`
	To        civil.Date `json:"to"`
	AsOf      civil.Date `json:"as_of"`      // the day of what is past due, falls due next, and pays the loan off
	Known     string     `json:"known"`      // now, or then
	LastNight civil.Date `json:"last_night"` // whose events are the last that are known
}

// Terms are a contract's.
type Terms struct {
	Product      string     `json:"product"`
	Method       string     `json:"method"`
	DayCount     string     `json:"day_count"`
	Principal    Money      `json:"principal"`
	AnnualRate   string     `json:"annual_rate"`
	Installments int32      `json:"installments"`
	Frequency    string     `json:"frequency"`
	Fee          Money      `json:"fee_per_installment"`
	Level        Money      `json:"level_payment"` // zero where there is none
	DisbursedOn  civil.Date `json:"disbursed_on"`
	FirstDueOn   civil.Date `json:"first_due_on"`
	LastDueOn    civil.Date `json:"last_due_on"`
}

// An Event is one line of the account's history: what happened, what it moved of each
// component, and what is owed after it.
type Event struct {
	ValueDate  civil.Date `json:"value_date"`
	PostedOn   civil.Date `json:"posted_on"` // [civil.None]: night by night up to the value date
	Kind       string     `json:"kind"`
	ID         string     `json:"id"`
	TargetID   string     `json:"target_id"`
	Component  string     `json:"component"` // of a waiver
	Until      civil.Date `json:"until"`     // of a pause
	Amount     Money      `json:"amount"`
	Principal  Money      `json:"principal"`
	Interest   Money      `json:"interest"`
	Fees       Money      `json:"fees"`
	Penalties  Money      `json:"penalties"`
	Credit     Money      `json:"credit"`
	Balance    Money      `json:"balance"` // owed after it, without the credit
	Late       bool       `json:"late"`    // posted on a later night than its value date's
	ReversedOn civil.Date `json:"reversed_on"`
	ReversedBy string     `json:"reversed_by"`
}

// The kinds of events that are none of the loan's own.
const (
	Accrued    = "accrual"        // interest, and charges that time brings
	CreditUsed = "credit_applied" // the borrower's credit met what fell due
	// SettlementFee is what a settlement costs, which is paid with it.
	SettlementFee = "settlement_fee"
)

// PastDue is what should have been paid before a day.
type PastDue struct {
	Amount       Money      `json:"amount"`
	Since        civil.Date `json:"since"` // the oldest due date that is not met
	Days         int32      `json:"days"`
	Installments int32      `json:"installments"`
}

// A Due is an instalment that is due on the statement's day or later, or what was charged on that day, which has no number:
// what of it is to be paid still. Fees have the penalties of the day.
type Due struct {
	Number    int32      `json:"number"`
	DueOn     civil.Date `json:"due_on"`
	Principal Money      `json:"principal"`
	Interest  Money      `json:"interest"`
	Fees      Money      `json:"fees"`
	Amount    Money      `json:"amount"`
}

// OffBooks reports whether the loan is charged or written off: then nothing ends it.
func (s *Statement) OffBooks() bool { return s.Status == "charged_off" || s.Status == "written_off" }

// A Payoff is what ends the loan on a day.
type Payoff struct {
	On            civil.Date  `json:"on"`
	Principal     Money       `json:"principal"`
	Interest      Money       `json:"interest"` // earned by the day and not paid
	Fees          Money       `json:"fees"`
	Penalties     Money       `json:"penalties"`
	SettlementFee Money       `json:"settlement_fee"`
	Credit        Money       `json:"credit"` // which is taken off
	Amount        Money       `json:"amount"`
	Following     []PayoffDay `json:"following"`
}

// A PayoffDay is what ends the loan on a later day if nothing comes before it.
type PayoffDay struct {
	On     civil.Date `json:"on"`
	Amount Money      `json:"amount"`
}

// Year are the totals of the calendar year that a statement ends in, up to its end.
type Year struct {
	Year             int        `json:"year"`
	From             civil.Date `json:"from"`
	To               civil.Date `json:"to"`
	PrincipalPaid    Money      `json:"principal_paid"`
	InterestPaid     Money      `json:"interest_paid"`
	FeesPaid         Money      `json:"fees_paid"`
	PenaltiesPaid    Money      `json:"penalties_paid"`
	Paid             Money      `json:"paid"` // these, and what was paid after a write-off, which is of none of them
	InterestCharged  Money      `json:"interest_charged"`
	FeesCharged      Money      `json:"fees_charged"`
	PenaltiesCharged Money      `json:"penalties_charged"`
}

// parts are the components of balances, in one order.
func (b *Balances) parts() [5]Money {
	return [...]Money{b.Principal, b.Interest, b.Fees, b.Penalties, b.Credit}
}

func (e *Event) parts() [5]Money {
	return [...]Money{e.Principal, e.Interest, e.Fees, e.Penalties, e.Credit}
}

var partNames = [...]string{"principal", "interest", "fees", "penalties", "credit"}

// Check proves that the statement ties: opening and movements come to the closing
// balance, of each component; every balance is the sum of its parts, and every line's is
// what the lines up to it come to. What does not tie is a fault of the program.
func (s *Statement) Check() {
	sum := s.Opening.parts()
	owed := func(p [5]Money) money.Amount { return p[0].Amount + p[1].Amount + p[2].Amount + p[3].Amount }
	for i := range s.Events {
		e := &s.Events[i]
		for c, m := range e.parts() {
			sum[c].Amount += m.Amount
		}
		if owed(sum) != e.Balance.Amount {
			panic(fmt.Sprintf("statement: internal error: loan %q: the balance after line %d is off by %d", s.LoanID, i+1, e.Balance.Amount-owed(sum)))
		}
	}
	for c, want := range s.Closing.parts() {
		if sum[c].Amount != want.Amount {
			panic(fmt.Sprintf("statement: internal error: loan %q: %s does not tie: opening and movements are off by %d", s.LoanID, partNames[c], sum[c].Amount-want.Amount))
		}
	}
	for _, b := range []*Balances{&s.Opening, &s.Closing} {
		if owed(b.parts()) != b.Owed.Amount {
			panic(fmt.Sprintf("statement: internal error: loan %q: what is owed is not the sum of its components", s.LoanID))
		}
	}
}

// HasCredit reports whether any line or balance has credit of the borrower.
func (s *Statement) HasCredit() bool {
	any := s.Opening.Credit.Amount != 0 || s.Closing.Credit.Amount != 0
	for i := range s.Events {
		any = any || s.Events[i].Credit.Amount != 0
	}
	return any
}
