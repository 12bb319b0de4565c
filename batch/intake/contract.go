package intake

import "daybook/ledger/loan"

// A Kind says what a file's rows are. The part of the file's name before the
// first '-' or '.' names it.
type Kind uint8

// The kinds of file.
const (
	Loans Kind = iota
	Borrowers
	Schedules
	Repayments
	Adjustments
	Contacts
	Flags
	Kinds // how many there are
)

var kindNames = [Kinds]string{
	"loans", "borrowers", "schedules", "repayments", "adjustments", "contacts", "flags",
}

func (k Kind) String() string { return kindNames[k] }

// ParseKind returns the kind of a name such as "repayments".
func ParseKind(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// The columns of each kind, as indexes into [Rows].Columns.
const (
	LoansLoanID = iota
	LoansBorrowerID
	LoansProduct
	LoansCurrency
	LoansPrincipal
	LoansDisbursedOn
	LoansFirstDueOn
	LoansInstallments
	LoansAnnualRate
	LoansMethod
	LoansDayCount
	LoansFrequency
	LoansFeePerInstallment
	LoansRegion
	LoansOpeningScore
	LoansPrincipalGrace
	LoansInterestGrace
	LoansInterestFree
)

const (
	BorrowersBorrowerID = iota
	BorrowersAsOf
	BorrowersJurisdiction
	BorrowersTimeZone
	BorrowersSecondTimeZone
	BorrowersContactFrom
	BorrowersContactUntil
	BorrowersLanguage
	BorrowersRegion
	BorrowersBirthDate
	BorrowersEmployment
	BorrowersAffordableAmount
	BorrowersCurrency
)

const (
	SchedulesLoanID = iota
	SchedulesNumber
	SchedulesDueOn
	SchedulesPrincipal
	SchedulesInterest
	SchedulesFee
	SchedulesEarned
)

const (
	RepaymentsRepaymentID = iota
	RepaymentsLoanID
	RepaymentsValueDate
	RepaymentsAmount
	RepaymentsCurrency
	RepaymentsChannel
	RepaymentsReference
)

const (
	AdjustmentsAdjustmentID = iota
	AdjustmentsLoanID
	AdjustmentsKind
	AdjustmentsValueDate
	AdjustmentsAmount
	AdjustmentsComponent
	AdjustmentsTargetID
	AdjustmentsUntil
	AdjustmentsInstallments
	AdjustmentsAnnualRate
	AdjustmentsFrequency
	AdjustmentsFirstDueOn
	AdjustmentsChoice
	AdjustmentsReason
)

const (
	ContactsContactID = iota
	ContactsBorrowerID
	ContactsTaskKey
	ContactsLoanID
	ContactsKind
	ContactsAt
	ContactsChannel
	ContactsOutcome
	ContactsAmount
	ContactsCurrency
	ContactsPromisedOn
	ContactsUntil
	ContactsReason
	ContactsTargetID
)

const (
	FlagsBorrowerID = iota
	FlagsLoanID
	FlagsFlag
	FlagsValidFrom
	FlagsValidUntil
)

// A form says what a column's values mean, whatever their physical type.
type form uint8

const (
	word    form = iota // an id, a code or a name: at most wordMax bytes
	note                // free text: at most noteMax bytes
	amount              // money
	rate                // a rate a year
	date                // a calendar date
	instant             // a point in time
	clock               // a time of day, as a text such as 09:30
	count               // a whole number
)

const (
	wordMax = 64
	noteMax = 1024
)

// A field is one column of the contract.
type field struct {
	name     string
	form     form
	required bool
	bad      loan.Reason // a count that is no whole number
}

var contract = [Kinds][]field{
	Loans: {
		{name: "loan_id", required: true}, {name: "borrower_id", required: true},
		{name: "product", required: true}, {name: "currency", required: true},
		{name: "principal", form: amount, required: true}, {name: "disbursed_on", form: date, required: true},
		{name: "first_due_on", form: date, required: true},
		{name: "installments", form: count, required: true, bad: loan.InstallmentsOutOfRange},
		{name: "annual_rate", form: rate, required: true}, {name: "method"}, {name: "day_count"}, {name: "frequency"},
		{name: "fee_per_installment", form: amount}, {name: "region"},
		{name: "opening_score", form: count, bad: loan.AmountPrecision},
		{name: "principal_grace", form: count, bad: loan.GraceOutOfRange},
		{name: "interest_grace", form: count, bad: loan.GraceOutOfRange},
		{name: "interest_free", form: count, bad: loan.GraceOutOfRange},
	},
	Borrowers: {
		{name: "borrower_id", required: true}, {name: "as_of", form: date}, {name: "jurisdiction"}, {name: "time_zone"},
		{name: "second_time_zone"}, {name: "contact_from", form: clock}, {name: "contact_until", form: clock},
		{name: "language"}, {name: "region"}, {name: "birth_date", form: date}, {name: "employment"},
		{name: "affordable_amount", form: amount}, {name: "currency"},
	},
	Schedules: {
		{name: "loan_id", required: true}, {name: "number", form: count, required: true, bad: loan.UnknownInstallment},
		{name: "due_on", form: date, required: true}, {name: "principal", form: amount, required: true},
		{name: "interest", form: amount, required: true}, {name: "fee", form: amount}, {name: "earned"},
	},
	Repayments: {
		{name: "repayment_id", required: true}, {name: "loan_id", required: true},
		{name: "value_date", form: date, required: true}, {name: "amount", form: amount, required: true},
		{name: "currency", required: true}, {name: "channel"}, {name: "reference", form: note},
	},
	Adjustments: {
		{name: "adjustment_id", required: true}, {name: "loan_id", required: true}, {name: "kind", required: true},
		{name: "value_date", form: date, required: true}, {name: "amount", form: amount}, {name: "component"},
		{name: "target_id"}, {name: "until", form: date},
		{name: "installments", form: count, bad: loan.InstallmentsOutOfRange}, {name: "annual_rate", form: rate},
		{name: "frequency"}, {name: "first_due_on", form: date}, {name: "choice"}, {name: "reason", form: note},
	},
	Contacts: {
		{name: "contact_id", required: true}, {name: "borrower_id"}, {name: "task_key"}, {name: "loan_id"},
		{name: "kind", required: true}, {name: "at", form: instant, required: true}, {name: "channel"},
		{name: "outcome"}, {name: "amount", form: amount}, {name: "currency"}, {name: "promised_on", form: date},
		{name: "until", form: date}, {name: "reason", form: note}, {name: "target_id"},
	},
	Flags: {
		{name: "borrower_id"}, {name: "loan_id"}, {name: "flag", required: true},
		{name: "valid_from", form: date, required: true}, {name: "valid_until", form: date},
	},
}

// A subject says which two columns name whom a row concerns: a file needs one of
// them, and so does each row.
type subject struct {
	columns [2]int
	one     bool // a row may not have both
}

var subjects = map[Kind]subject{
	Contacts: {columns: [2]int{ContactsBorrowerID, ContactsTaskKey}},
	Flags:    {columns: [2]int{FlagsBorrowerID, FlagsLoanID}, one: true},
}

// Columns returns the names of a kind's columns in the contract's order.
func (k Kind) Columns() []string {
	names := make([]string, len(contract[k]))
	for i, f := range contract[k] {
		names[i] = f.name
	}
	return names
}

// LongestText returns how many bytes a column takes at most; 0 where it is no text.
func (k Kind) LongestText(column int) int {
	switch contract[k][column].form {
	case word:
		return wordMax
	case note:
		return noteMax
	}
	return 0
}
