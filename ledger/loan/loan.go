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
	Contract     []byte // all of the above as the store has it; nil for a loan that it has not

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

	Charges []Charge // not wholly met, by due date and id
	Charged Sums     // fees and penalties charged so far, met or not
	Added   Sums     // debt that came back: chargebacks, refunds without funds
	Later   []Tranche
	Paid    Sums // by component, to instalments and charges
	Waived  Sums // met and not paid: forgiven, or interest that was added to principal
	Credit  money.Amount

	Late  Late
	Daily Daily
	Relief
	Off Off
	Restructured

	Last           Position // of the last event or credit that was applied
	LastPaidOn     civil.Date
	LastPaidAmount money.Amount
	Punctual
}

// Punctual is when instalments were wholly met.
type Punctual struct {
	MetWhen [3]int32 // on time, 1 to 7 days late, later
	// MetDays are those of the last twelve months of due dates and those due later, in the
	// order in which they were met; of who asks for it, see [Run.KeepsMet].
	MetDays []MetDay
}

// A MetDay is an instalment that was wholly met.
type MetDay struct{ DueOn, On civil.Date }

// State is what the book keeps of a loan besides its contract.
type State struct {
	Life

	// As posted at the last close.
	Earned    money.Amount // interest, from the beginning
	Fallen    money.Amount // instalment fees fallen due, from the beginning
	Suspended money.Amount // interest kept in memo only

	LateFees      money.Amount // late charges of the policy, from the beginning
	LatePenalties money.Amount

	LastEntryOn civil.Date // the night of the loan's newest journal entry; civil.None before it
	Applied     []byte     // a fingerprint for each event applied, see [Fingerprint]

	// Ageing and score at the last close.
	Bucket     uint8 // index into the policy's buckets; NoBucket before the first close
	PrevBucket uint8
	Score      int32
	ScoreDelta int32
	Reasons    [4]uint8
	History    [12]byte // 24 months of repayment status in half bytes, newest first
	LastStatus uint8    // as the night that closed it last said
	Standing   []byte   // what its days come to, for who classifies it; empty where all is as at first
	Scored     []byte   // the points of its events, for who scores it; empty where there are none
	Provided   []byte   // what the last run provided for it, for who provides at a month's end alone; empty where that is nothing
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

// Late is what lateness has cost so far: charged by the policy, and posted by
// difference at each close, as interest is.
type Late struct {
	On              civil.Date   // lateness is counted up to here; civil.None before it is
	Items           []LateItem   // of the instalments that are overdue
	Fees, Penalties money.Amount // charged so far, over the loan's life
	Fixed           money.Amount // of them: by fixed fees
	// Taken is what payments met of late charges while instalments went short for it.
	Taken money.Amount
}

// A LateItem is the lateness of one instalment.
type LateItem struct {
	No      int32
	DueOn   civil.Date
	FeeDone bool         // the fixed fee was charged
	Shared  bool         // and the share
	Sum     int64        // overdue amount × days
	Charged money.Amount // penalty interest so far
}

// Daily is the interest of a loan that earns it on the principal really
// outstanding: sums of principal × days, in years of 365 and of 366 days. Days of
// 30/360 can't be added up night by night (from the 15th to the 31st are 16 days, and
// to the 15th of the next month 30), so the run of days with one balance that is not
// over is kept apart, and counted as a whole.
type Daily struct {
	On      civil.Date // counted up to here
	Sum     int64
	SumLeap int64
	Fallen  money.Amount // interest that has fallen due, or was met before
	Run     civil.Date   // under 30/360: since when the balance has been Base
	Base    money.Amount // 0 before the first run
	// What a simple-interest loan was paid since its last due date beyond what was
	// due: it counts for the instalment that falls due next.
	Ahead [Interest + 1]money.Amount
}

// Relief is the spans of days that do not count as delinquent.
type Relief struct {
	Pauses    []Pause // the lender's own
	Regulated []Pause // that days past due leave out too
}

// Restructured is what restructurings have made of the terms. The zero value is a loan
// without one.
type Restructured struct {
	Changed *Terms // of the last restructuring; nil before one
	// Measures counts the restructurings of a borrower in difficulty: all but those
	// whose reason is commercial. MeasureOn is the value date of the last of them, and
	// MeasureFirstDue the first due date that it agreed.
	// Both are nothing before the first.
	Measures        int32
	MeasureOn       civil.Date
	MeasureFirstDue civil.Date
	// Fell are the last due dates of an explicit plan in force that the loan was moved
	// past, FellMax at most, in their order.
	Fell []civil.Date
}

// FellMax is how many due dates that a loan was moved past are kept.
const FellMax = 12

// A Pause is a span of days, [From, Until), that does not count as delinquent.
type Pause struct{ From, Until civil.Date }

// Off is a loan's end in the books, by charge-off or write-off. The zero value is
// a loan on the books.
type Off struct {
	Kind      Kind // KindChargeOff, KindWriteOff, or 0
	On        civil.Date
	Amount    money.Amount // charged off, of all components
	Recovered money.Amount
	Empty     bool // without a kind: a charge-off stands that found the loan settled
}

// IsRecovered reports whether all that was charged off is recovered.
func (o *Off) IsRecovered() bool { return o.Recovered >= o.Amount }

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
	l.Contract = nil
	charges, applied := l.Charges[:0], l.Applied[:0]
	l.State = State{LastEntryOn: civil.None, Bucket: NoBucket, PrevBucket: NoBucket, Score: l.OpeningScore}
	l.Life = l.newborn(plan)
	l.Charges, l.Applied = charges, applied
}

// newborn is the life of the loan before its first event. The plan is copied.
func (l *Loan) newborn(plan []Installment) Life {
	return Life{
		Open: l.Terms.start(), Plan: slices.Clone(plan), Late: Late{On: civil.None},
		Daily: Daily{On: l.Terms.DisbursedOn}, Last: Position{l.Terms.DisbursedOn, KindBooking.Rank()}, LastPaidOn: civil.None,
	}
}

// Debtor is the id by which who owes the loan is known: the borrower's, or the loan's own
// where it names none.
func (l *Loan) Debtor() []byte {
	if len(l.Borrower) == 0 {
		return l.ID
	}
	return l.Borrower
}

// PrincipalOwed returns the principal that is owed.
func (l *Loan) PrincipalOwed() money.Amount {
	return l.Disbursed() + l.Added[Principal] - l.Paid[Principal] - l.Waived[Principal]
}

// Volume returns the money that events have moved so far.
func (l *Loan) Volume() money.Amount {
	return l.Credit + l.Disbursed() - l.Terms.Principal + l.Paid.Total() + l.Waived.Total() + l.Charged.Total() + l.Added.Total() + l.Off.Recovered
}

// owed returns what the borrower owes, given the interest earned and the
// instalment fees and late charges fallen due, by component.
func (l *Loan) owed(earned, fallen, lateFees, latePenalties money.Amount) (s Sums) {
	if l.Off.Kind == KindWriteOff {
		return s
	}
	s = Sums{l.Disbursed(), earned, fallen + lateFees + l.Charged[Fee], latePenalties + l.Charged[Penalty]}
	for c := range s {
		s[c] += l.Added[c] - l.Paid[c] - l.Waived[c]
	}
	return s
}

// Outstanding returns what the borrower owes at the last close, by component.
func (l *Loan) Outstanding() Sums { return l.owed(l.Earned, l.Fallen, l.LateFees, l.LatePenalties) }

// Receivables returns what the GL carries of the loan at the last close, by
// component: nothing once it is charged off, and no suspended interest.
func (l *Loan) Receivables() (s Sums) {
	if l.Off.Kind != 0 {
		return s
	}
	return l.OnBooks(l.Outstanding())
}

// OnBooks is [Loan.Receivables] for one who has [Loan.Outstanding] already.
func (l *Loan) OnBooks(owed Sums) Sums {
	if l.Off.Kind != 0 {
		return Sums{}
	}
	owed[Interest] -= l.Suspended
	return owed
}
