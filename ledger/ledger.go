// Package ledger is double entry: accounts by role, postings that sum to zero,
// entries, totals and the trial balance. Debits are positive and credits are
// negative, everywhere. It is pure.
package ledger

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Role is what an account is for. The chart of accounts maps roles to the
// lender's own codes.
type Role uint8

// The roles. Memo accounts (contingent, off the balance sheet) balance among
// themselves.
const (
	CashClearing             Role = iota // asset: money received or paid, until the bank agrees
	LoanPrincipal                        // asset
	InterestReceivable                   // asset: earned, unpaid and not suspended
	FeeReceivable                        // asset
	PenaltyReceivable                    // asset
	Allowance                            // contra asset: expected losses
	BorrowerCredit                       // liability: overpaid, owed to borrowers
	UnappliedReceipts                    // liability: money that fits no loan (suspense)
	InterestIncome                       // income
	FeeIncome                            // income
	PenaltyIncome                        // income
	RecoveryIncome                       // income: money after charge-off
	ImpairmentExpense                    // expense
	GoodwillExpense                      // expense: what the lender paid in a borrower's place
	InterestInSuspense                   // memo: interest of non-accrual loans
	InterestInSuspenseContra             // memo: its other side
	Roles                                // how many there are
)

// A Type is a section of the trial balance.
type Type uint8

// The types of account.
const (
	Asset Type = iota
	Liability
	Income
	Expense
	Memo
)

var typeNames = [...]string{"asset", "liability", "income", "expense", "memo"}

func (t Type) String() string { return typeNames[t] }

// An Account is one line of the chart of accounts.
type Account struct {
	Role Role
	Code string // the lender's own code
	Name string
	Type Type
}

// A Chart of accounts has one account for each role, indexed by it.
type Chart [Roles]Account

// DefaultChart is the chart of a book whose policy names none.
func DefaultChart() Chart {
	return Chart{
		CashClearing:             {CashClearing, "1001", "cash_clearing", Asset},
		LoanPrincipal:            {LoanPrincipal, "1301", "loan_principal", Asset},
		InterestReceivable:       {InterestReceivable, "1302", "interest_receivable", Asset},
		FeeReceivable:            {FeeReceivable, "1303", "fee_receivable", Asset},
		PenaltyReceivable:        {PenaltyReceivable, "1304", "penalty_receivable", Asset},
		Allowance:                {Allowance, "1309", "allowance", Asset},
		BorrowerCredit:           {BorrowerCredit, "2201", "borrower_credit", Liability},
		UnappliedReceipts:        {UnappliedReceipts, "2202", "unapplied_receipts", Liability},
		InterestIncome:           {InterestIncome, "6001", "interest_income", Income},
		FeeIncome:                {FeeIncome, "6002", "fee_income", Income},
		PenaltyIncome:            {PenaltyIncome, "6003", "penalty_income", Income},
		RecoveryIncome:           {RecoveryIncome, "6004", "recovery_income", Income},
		ImpairmentExpense:        {ImpairmentExpense, "6701", "impairment_expense", Expense},
		GoodwillExpense:          {GoodwillExpense, "6702", "goodwill_expense", Expense},
		InterestInSuspense:       {InterestInSuspense, "9001", "interest_in_suspense", Memo},
		InterestInSuspenseContra: {InterestInSuspenseContra, "9002", "interest_in_suspense_contra", Memo},
	}
}

// A Posting is one line of an entry: debit positive, credit negative.
type Posting struct {
	Role   Role
	Amount money.Amount
}

// An Entry is a set of postings that sum to zero, for one event of one loan.
type Entry struct {
	Kind      EntryKind
	ValueDate civil.Date // the date the entry concerns; a correction keeps the event's
	Source    []byte     // id of the event behind it; empty for accruals
	Origin    *Origin    // of money that came or went; nil where nothing is known of it
	Postings  []Posting
}

// An Origin is how money came, or went, as the bank will tell of it.
type Origin struct {
	Channel   []byte // card, wallet …; empty: not known
	Reference []byte // that the payer or the channel gave; empty: none
}

// Set sets what is known of an origin, and reports whether that is anything.
func (o *Origin) Set(channel, reference []byte) bool {
	o.Channel, o.Reference = channel, reference
	return len(channel)+len(reference) > 0
}

// Sum returns what the entry is out of balance by: 0 for every valid entry.
func (e *Entry) Sum() (sum money.Amount) {
	for i := range e.Postings {
		sum += e.Postings[i].Amount
	}
	return sum
}

// An EntryKind says what made an entry.
type EntryKind uint8

// The kinds of entry. Their numbers are stored: append, never reorder.
const (
	Booking EntryKind = iota
	Accrual
	Fee
	Penalty
	CreditApplied
	Repayment
	Reversal
	Chargeback
	Waiver
	Goodwill
	Prepay
	Settle
	Refund
	Pause
	Restructure
	ChargeOff
	WriteOff
	Recovery
	Release
	Hold           // money that fits no loan, into suspense
	Correction     // net difference to what was posted for an event before
	LateCharge     // charged by the policy
	NonAccrual     // interest into or out of suspense
	Provision      // allowance to its target
	AccrualTotals  // summary of the untouched loans' accruals
	Disburse       // a later tranche
	Capitalization // interest that becomes principal
	EntryKinds     // how many there are
)

// entryKinds says what there is to know of each kind of entry.
var entryKinds = [EntryKinds]struct {
	name        string
	ofEvent     bool // posted for an event or for credit applied, so that a replay can correct it
	bringsMoney bool // for the loan
}{
	Booking:        {name: "booking"},
	Accrual:        {name: "accrual"},
	Fee:            {name: "fee", ofEvent: true},
	Penalty:        {name: "penalty", ofEvent: true},
	CreditApplied:  {name: "credit_applied", ofEvent: true},
	Repayment:      {name: "repayment", ofEvent: true, bringsMoney: true},
	Reversal:       {name: "reversal", ofEvent: true},
	Chargeback:     {name: "chargeback", ofEvent: true},
	Waiver:         {name: "waiver", ofEvent: true},
	Goodwill:       {name: "goodwill", ofEvent: true, bringsMoney: true},
	Prepay:         {name: "prepay", ofEvent: true, bringsMoney: true},
	Settle:         {name: "settle", ofEvent: true},
	Refund:         {name: "refund", ofEvent: true},
	Pause:          {name: "pause", ofEvent: true},
	Restructure:    {name: "restructure", ofEvent: true},
	ChargeOff:      {name: "charge_off", ofEvent: true},
	WriteOff:       {name: "write_off", ofEvent: true},
	Recovery:       {name: "recovery", ofEvent: true, bringsMoney: true},
	Release:        {name: "release"},
	Hold:           {name: "hold"},
	Correction:     {name: "correction", ofEvent: true},
	LateCharge:     {name: "late_charge"},
	NonAccrual:     {name: "non_accrual"},
	Provision:      {name: "provision"},
	AccrualTotals:  {name: "accrual_totals"},
	Disburse:       {name: "disburse", ofEvent: true},
	Capitalization: {name: "capitalization", ofEvent: true},
}

func (k EntryKind) String() string { return entryKinds[k].name }

// OfEvent reports whether entries of a kind are posted for an event, or for credit
// applied, and so can be corrected. Others follow from time or from the night.
func (k EntryKind) OfEvent() bool { return entryKinds[k].ofEvent }

// BringsMoney reports whether entries of a kind bring money for the loan.
func (k EntryKind) BringsMoney() bool { return entryKinds[k].bringsMoney }
