package loan

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Loan is what the book keeps of one loan: its contract and its state at the
// last close. Its texts belong to the page it was read from.
type Loan struct {
	ID, Borrower []byte
	Terms        Terms
	Product      uint16 // codes of the book's dictionaries
	Currency     uint16
	Region       uint16
	BookedOn     civil.Date // business date of the night that booked it
	OpeningScore int32

	State
}

// Life is what a loan's events have made of it: a function of the contract, the
// events in their order and the rules, whatever night brought each.
type Life struct {
	// The plan from the first instalment that is not wholly met. Instalments
	// follow from the terms unless Plan holds them explicitly.
	Open   Cursor
	Before [Fee + 1]money.Amount // due with the instalments before Open, all of it met
	Met    [Fee + 1]money.Amount // paid to instalments, including Before
	Plan   []Installment         // explicit instalments from the open one on; nil: from the terms

	Charges []Charge // not wholly paid, by due date and id
	Charged Sums     // fees and penalties charged so far, paid or not
	Paid    Sums     // by component, to instalments and charges
	Credit  money.Amount

	Last           Position // of the last event or credit that was applied
	LastPaidOn     civil.Date
	LastPaidAmount money.Amount
	MetWhen        [3]int32 // instalments wholly met: on time, 1 to 7 days late, later
}

// State is what the book keeps of a loan besides its contract.
type State struct {
	Life

	// As posted at the last close.
	Earned    money.Amount // interest, from the beginning
	Fallen    money.Amount // instalment fees fallen due, from the beginning
	Suspended money.Amount // interest kept in memo only

	LastEntryOn civil.Date // the night of the loan's newest journal entry; civil.None before it
	Applied     []byte     // a fingerprint for each event applied, see [Fingerprint]

	// Ageing and score at the last close.
	Bucket     uint8 // index into the policy's buckets; NoBucket before the first close
	PrevBucket uint8
	Score      int32
	ScoreDelta int32
	Reasons    [4]uint8
	History    [12]byte // 24 months of repayment status in half bytes, newest first
	HistoryOn  civil.Date
	LastStatus uint8 // as the night that closed it last said
}

// NoBucket is the bucket of a loan that no night has closed.
const NoBucket = 0xFF

// A Charge is a fee or penalty on its own, due on its value date.
type Charge struct {
	Component Component // Fee or Penalty
	DueOn     civil.Date
	Amount    money.Amount
	Paid      money.Amount
	ID        []byte
}

// A Position is a place in the order of a loan's life, short of the id.
type Position struct {
	Date civil.Date
	Rank uint8
}

// After reports whether p is after q whatever the ids are.
func (p Position) After(q Position) bool {
	return p.Date > q.Date || p.Date == q.Date && p.Rank > q.Rank
}

// Position returns the event's place, short of its id.
func (e *Event) Position() Position { return Position{e.ValueDate, e.Kind.Rank()} }

// Begin makes the loan as it is just after booking.
func (l *Loan) Begin(plan []Installment) {
	charges, applied := l.Charges[:0], l.Applied[:0]
	l.State = State{LastEntryOn: civil.None, Bucket: NoBucket, PrevBucket: NoBucket, Score: l.OpeningScore, HistoryOn: civil.None}
	l.Life = l.newborn(plan)
	l.Charges, l.Applied = charges, applied
}

// newborn is the life of the loan before its first event. The plan is copied.
func (l *Loan) newborn(plan []Installment) Life {
	return Life{
		Open: l.Terms.start(), Plan: slices.Clone(plan), Last: Position{l.Terms.DisbursedOn, KindBooking.Rank()}, LastPaidOn: civil.None,
	}
}

// PrincipalOutstanding returns the principal that is not paid.
func (l *Loan) PrincipalOutstanding() money.Amount { return l.Terms.Principal - l.Paid[Principal] }

// Outstanding returns what the borrower owes at the last close, by component.
func (l *Loan) Outstanding() Sums {
	return Sums{
		l.PrincipalOutstanding(), l.Earned - l.Paid[Interest], l.Fallen + l.Charged[Fee] - l.Paid[Fee],
		l.Charged[Penalty] - l.Paid[Penalty],
	}
}
