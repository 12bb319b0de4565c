package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Product is what the policy says of loans of one kind.
type Product struct {
	Name string
	// From is the first value date that these rules hold for; before it, those of
	// Before do, where there are any.
	From   civil.Date
	Before *Product

	Card       bool           // credit card receivables, where the law sets them apart
	Method     Method         // where the loan's row names none
	DayCount   civil.DayCount // where the loan's row names none
	Frequency  Frequency      // where the loan's row names none
	Rounding   Rounding
	Grace      Grace // where the loan's row names none
	DueDates   DueDates
	Allocation []AllocationRule // the first whose condition holds decides
	// NonAccrualFromDays is the days past due from which interest is memo only;
	// 0 means never.
	NonAccrualFromDays int32
	CountCharges       bool // charges on their own count as days past due
	// CountsAsFull is the share of an instalment whose payment counts as all of it
	// for days past due (FFIEC, 65 FR 36903: 90 %); 0 or RateOne: all of it.
	CountsAsFull  money.Rate
	DailyInterest bool // interest on the principal really outstanding, else as scheduled
	// SimpleInterest is DailyInterest of which a payment meets all that is earned up to
	// its own value date, and principal with the rest.
	SimpleInterest bool
	LateCharges    LateCharges
	Ceiling        money.Rate // of all charges of a loan, a year, on its principal; 0: none
	Settle         SettleFee
	TierFrom       []int32 // days past due from which each classification tier begins
}

// NonAccrual reports whether interest of a loan that is so many days past due is
// memo only: from NonAccrualFromDays on, and while it is charged off. A write-off
// ends interest.
func (p *Product) NonAccrual(l *Loan, daysPastDue int32) bool {
	if l.Off.Kind != 0 {
		return l.Off.Kind == KindChargeOff
	}
	return p.NonAccrualFromDays > 0 && daysPastDue >= p.NonAccrualFromDays
}

// at returns the rules that hold on a date.
func (p *Product) at(d civil.Date) *Product {
	for p.Before != nil && d < p.From {
		p = p.Before
	}
	return p
}

// An AllocationRule says in which order money meets what is due.
type AllocationRule struct {
	AboveDays int32   // applies when days past due are above; -1: always
	Kinds     KindSet // and to events of these kinds; none: all that allocate money
	Tiers     uint64  // and to loans whose days past due on the day are of these tiers, a bit each; 0: all
	Order     [Components]Component
	Vertical  bool // a component over all dates before the next component
	// Steps is the order by position and component, where Order for everything
	// due on or before the day does not say it all; nil otherwise.
	Steps     []Step
	InAdvance Advance // what becomes of money beyond what is due
}

// A Step is one place in an order of allocation. Horizontally, consecutive
// steps of one Timing are a group: it is finished, an instalment at a time,
// before the next group. Vertically, each step is finished over all its
// instalments before the next.
type Step struct {
	Timing    Timing
	Component Component
}

// A Timing is a set of positions of what is owed, seen from a value date.
type Timing uint8

// The positions.
const (
	PastDue   Timing = 1 << iota // due before the day
	DueToday                     // due on the day
	InAdvance                    // due after the day
)

// An Advance says what becomes of money beyond what is due.
type Advance uint8

// The rules for money in advance.
const (
	HoldAsCredit    Advance = iota // a liability to the borrower until something takes it
	NextInstallment                // the instalments to come, the next first
	LastInstallment                // the instalments to come, the last first
	Spread                         // the instalments to come, in equal parts
	PrepayPrincipal                // principal ahead of schedule, the rest re-computed
	Advances                       // how many there are
)

var advanceNames = [Advances]string{"hold_as_credit", "next_installment", "last_installment", "spread", "prepay_principal"}

func (a Advance) String() string { return advanceNames[a] }

// A KindSet is a set of kinds of event.
type KindSet uint32

// Has reports whether the set has a kind.
func (s KindSet) Has(k Kind) bool { return s>>k&1 == 1 }

// LateCharges say what lateness costs. The zero value charges nothing.
type LateCharges struct {
	PenaltyInterest PenaltyInterest
	FixedFee        FixedFee
	Share           LateShare
	// Caps on the late charges of one loan over its life, each 0 where there is none.
	CapAmount money.Amount
	CapShare  money.Rate // of the loan's original principal
}

// PenaltyInterest accrues each day on overdue amounts (罚息, 银发〔2003〕251号): at
// the contract's rate times Multiplier, or at Rate. Both 0: none.
type PenaltyInterest struct {
	Multiplier money.Rate // RateOne is the contract's rate
	Rate       money.Rate // a year
	On         [Components]bool
	DayCount   civil.DayCount
	GraceDays  int32 // the first days past due, which are never charged
	WaitDays   int32 // days past due above which charging starts, back to the end of the grace
}

// A FixedFee is charged once for each instalment missed, on the first day on
// which that instalment is more than WaitDays past due. Amount 0: none.
type FixedFee struct {
	Amount    money.Amount
	Component Component // Fee or Penalty
	WaitDays  int32
	Max       money.Amount // of all fixed fees of one loan; 0: no limit
}

// A LateShare is charged once for each instalment missed, as a FixedFee is: a share of
// the instalment, or of what of it is unpaid on that day. Rate 0: none.
type LateShare struct {
	Overdue   bool // of what is unpaid, else of the whole instalment
	On        [Components]bool
	Rate      money.Rate
	Min, Max  money.Amount // of one charge; Max 0: no limit
	Component Component    // Fee or Penalty
	WaitDays  int32
}

// of returns the charge for an instalment.
func (s *LateShare) of(it *Installment) money.Amount {
	base := money.Amount(0)
	for c := range it.Due {
		if s.On[c] {
			base += it.Due[c]
			if s.Overdue {
				base -= it.Paid[c]
			}
		}
	}
	if base <= 0 {
		return 0
	}
	amount := max(money.Amount(money.MulDiv(int64(base), int64(s.Rate), int64(money.RateOne))), s.Min)
	if s.Max > 0 {
		amount = min(amount, s.Max)
	}
	return amount
}

// A SettleFee is the price of early settlement: a share of the principal that
// is paid before it is due, and nothing once the loan is FreeAfterMonths old.
type SettleFee struct {
	Rate            money.Rate
	FreeAfterMonths int32 // months since disbursement; below zero: never free
}

// DefaultAllocation is the order of the built-in policy: up to 90 days past due
// an instalment at a time, penalty, fee, interest, principal; above it
// principal before interest and costs (先本后息).
func DefaultAllocation() []AllocationRule {
	return []AllocationRule{
		{AboveDays: 90, Order: [Components]Component{Principal, Interest, Fee, Penalty}, Vertical: true},
		{AboveDays: -1, Order: [Components]Component{Penalty, Fee, Interest, Principal}},
	}
}

// rule returns the allocation rule for an event of a kind on a loan so many days
// past due.
func (p *Product) rule(daysPastDue int32, k Kind) *AllocationRule {
	for i := range p.Allocation {
		a := &p.Allocation[i]
		if daysPastDue > a.AboveDays && (a.Kinds == 0 || a.Kinds.Has(k)) && (a.Tiers == 0 || a.Tiers>>p.tier(daysPastDue)&1 == 1) {
			return a
		}
	}
	panic("loan: internal error: product " + p.Name + " has no allocation rule that always applies")
}

// tier returns the index of the classification tier of a number of days past due.
func (p *Product) tier(daysPastDue int32) int {
	i := len(p.TierFrom) - 1
	for i > 0 && daysPastDue < p.TierFrom[i] {
		i--
	}
	return max(i, 0)
}

// Sums is an amount for each component.
type Sums [Components]money.Amount

// Total returns the sum over the components.
func (s *Sums) Total() money.Amount { return s[Principal] + s[Interest] + s[Fee] + s[Penalty] }
