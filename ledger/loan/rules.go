package loan

import "daybook/ledger/money"

// A Product is what the policy says of loans of one kind.
type Product struct {
	Name       string
	Method     Method // where the loan's row names none
	Frequency  Frequency
	Rounding   Rounding
	Allocation []AllocationRule // the first whose condition holds decides
	// NonAccrualFromDays is the days past due from which interest is memo only;
	// 0 means never.
	NonAccrualFromDays int32
	CountCharges       bool // charges on their own count as days past due
}

// An AllocationRule says in which order money meets what is due.
type AllocationRule struct {
	AboveDays int32 // applies when days past due are above; -1: always
	Order     [Components]Component
	Vertical  bool // a component over all dates before the next component
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

// rule returns the allocation rule for a loan so many days past due.
func (p *Product) rule(daysPastDue int32) *AllocationRule {
	for i := range p.Allocation {
		if daysPastDue > p.Allocation[i].AboveDays {
			return &p.Allocation[i]
		}
	}
	panic("loan: internal error: product " + p.Name + " has no allocation rule that always applies")
}

// Sums is an amount for each component.
type Sums [Components]money.Amount

// Total returns the sum over the components.
func (s *Sums) Total() money.Amount { return s[Principal] + s[Interest] + s[Fee] + s[Penalty] }
