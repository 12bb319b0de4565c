package loan

import "daybook/ledger/money"

// A Reason says why a row cannot be applied. Its text is the reason_code of
// the rejects table; zero means that nothing is wrong.
type Reason uint8

// The reasons.
const (
	OK                           Reason = iota
	UnknownLoan                         //
	DuplicateLoan                       // the loan exists with another contract
	ConflictingDuplicate                // the id was applied with other content
	WrongCurrency                       // not the loan's currency, or none of the policy
	AmountNotPositive                   //
	AmountPrecision                     // not a whole minor unit
	AmountOverflow                      // above money.Max
	ValueDateAfterBusinessDate          //
	ValueDateBeforeDisbursement         //
	DisbursedAfterBusinessDate          //
	FirstDueNotAfterDisbursement        //
	InstallmentsOutOfRange              // 1 to 1,200; 1 for lump_sum
	RateOutOfRange                      // 0 to 10; 0 for zero
	UnknownMethod                       //
	UnknownDayCount                     //
	UnknownFrequency                    //
	UnknownProduct                      //
	UnknownTarget                       //
	TargetAlreadyReversed               //
	MissingValue                        // null or empty where a value is needed
	TextTooLong                         // a text longer than its column takes
	NotUTF8                             //
	UnknownKind                         //
	ScheduleDoesNotSum                  // explicit instalments that do not add up to the principal
	ExactDuplicate                      // applied before with equal content: counted, not rejected
	UnknownComponent                    //
	UnknownChoice                       //
	AmountAboveBalance                  // more than there is to waive, refund, charge back or pay out
	NotAllowedInStatus                  // the loan's status forbids the event
	CeilingExceeded                     // the policy's ceiling on charges or rates
	NotAllowedByPolicy                  //
	UntilNotAfterValueDate              // a pause that ends before it starts
	UnknownInstallment                  //
	AlreadyReleased                     // the held payment was released or returned before
	DateOutOfRange                      // outside the years 1900 to 9999
	InsufficientCredit                  // less credit than it takes to settle
	TooManyEvents                       // more of one loan or id than a night or the book takes
	BadHours                            // not HH:MM, or the hours end before they begin
	UnknownBorrower                     // a borrower without a loan
	UnknownTask                         // a task's key that is not kept, and no borrower
	UnknownChannel                      //
	AtTooLate                           // of a contact: after the day that follows the business date
	AtTooEarly                          // of a contact: before what is kept
	PromisedBeforeMade                  //
	PromiseTooFar                       // above the policy's horizon
	ValidUntilBeforeValidFrom           //
	TwoSubjects                         // a flag of a borrower and of a loan in one row
	GraceOutOfRange                     // of principal and interest: fewer than the instalments
	UnknownEarned                       //
	PeriodLocked                        // the value date is in a period that is locked
	Reasons                             // how many there are
)

// reasons has the code and the text of each reason.
var reasons = [Reasons]struct{ code, text string }{
	OK:                           {},
	UnknownLoan:                  {"unknown_loan", "no loan with this id is booked"},
	DuplicateLoan:                {"duplicate_loan", "the loan is booked already with another contract"},
	ConflictingDuplicate:         {"conflicting_duplicate", "the id was applied before with other content"},
	WrongCurrency:                {"wrong_currency", "the currency is not the loan's, or is not named by the policy"},
	AmountNotPositive:            {"amount_not_positive", "the amount must be above zero"},
	AmountPrecision:              {"amount_precision", "the amount is not a whole minor unit of its currency"},
	AmountOverflow:               {"amount_overflow", "the amount is above the largest the book holds"},
	ValueDateAfterBusinessDate:   {"value_date_after_business_date", "the value date is after the business date"},
	ValueDateBeforeDisbursement:  {"value_date_before_disbursement", "the value date is before the loan's disbursement"},
	DisbursedAfterBusinessDate:   {"disbursed_after_business_date", "the loan is disbursed after the business date"},
	FirstDueNotAfterDisbursement: {"first_due_not_after_disbursement", "the first due date must be after the disbursement, and that of new terms after their value date"},
	InstallmentsOutOfRange:       {"installments_out_of_range", "installments must be 1 to 1200, and 1 for lump_sum"},
	RateOutOfRange:               {"rate_out_of_range", "the annual rate must be a fraction from 0 to 10 (0.24 is 24 %), and 0 for the method zero"},
	UnknownMethod:                {"unknown_method", "the method is not one of the contract's"},
	UnknownDayCount:              {"unknown_day_count", "the day count is not one of the contract's"},
	UnknownFrequency:             {"unknown_frequency", "the frequency is not a number of months or days such as 1M or 14D, or days of the month such as 1,15"},
	UnknownProduct:               {"unknown_product", "the policy has no such product"},
	UnknownTarget:                {"unknown_target", "the target is no event of this loan that can be taken back; of a release, no held payment, or one of several with that id"},
	TargetAlreadyReversed:        {"target_already_reversed", "the target was reversed before"},
	MissingValue:                 {"missing_value", "a value is missing"},
	TextTooLong:                  {"text_too_long", "a text is longer than its column takes: 64 bytes, reference and reason 1,024"},
	NotUTF8:                      {"not_utf8", "the text is not valid UTF-8"},
	UnknownKind:                  {"unknown_kind", "the kind is not one of the contract's"},
	ScheduleDoesNotSum:           {"schedule_does_not_sum", "the explicit instalments do not add up to the loan, or one of them has no number, the date of another, or an amount below zero"},
	ExactDuplicate:               {"duplicate", "applied before, with equal content"},
	UnknownComponent:             {"unknown_component", "the component is not principal, interest, fee or penalty"},
	UnknownChoice:                {"unknown_choice", "the choice is not one of the kind's"},
	AmountAboveBalance:           {"amount_above_balance", "the amount is above what there is to take it from"},
	NotAllowedInStatus:           {"not_allowed_in_status", "the loan's status does not allow this"},
	CeilingExceeded:              {"ceiling_exceeded", "the policy's ceiling would be exceeded"},
	NotAllowedByPolicy:           {"not_allowed_by_policy", "the policy does not allow this"},
	UntilNotAfterValueDate:       {"until_not_after_value_date", "until must be after the value date"},
	UnknownInstallment:           {"unknown_installment", "the loan has no such instalment"},
	AlreadyReleased:              {"already_released", "the held payment is no longer held"},
	DateOutOfRange:               {"date_out_of_range", "the date is outside the years 1900 to 9999"},
	InsufficientCredit:           {"insufficient_credit", "the borrower's credit on that date is less than it takes to settle the loan"},
	TooManyEvents:                {"too_many_events", "more rows or events of one loan or id than a night or its record takes"},
	BadHours:                     {"bad_hours", "contact hours are texts such as 09:30, and the first is before the second"},
	UnknownBorrower:              {"unknown_borrower", "no loan of this borrower is booked"},
	UnknownTask:                  {"unknown_task", "no task with this key is kept, and the row names no borrower"},
	UnknownChannel:               {"unknown_channel", "the channel is not one of the contract's"},
	AtTooLate:                    {"at_too_late", "the contact is later than the day after the business date"},
	AtTooEarly:                   {"at_too_early", "the contact is older than what is kept of contacts"},
	PromisedBeforeMade:           {"promised_before_made", "the date promised is before the day of the promise"},
	PromiseTooFar:                {"promise_too_far", "the date promised is further ahead than the policy takes"},
	ValidUntilBeforeValidFrom:    {"valid_until_before_valid_from", "valid_until is before valid_from"},
	TwoSubjects:                  {"two_subjects", "a flag concerns a borrower or a loan, not both"},
	GraceOutOfRange:              {"grace_out_of_range", "grace is a number of instalments: of principal and of interest fewer than the loan has, interest-free at most all"},
	UnknownEarned:                {"unknown_earned", "earned is rate, even or line, one word for all instalments of a plan"},
	PeriodLocked:                 {"period_locked", "the value date is in a period that is locked, and the policy refuses such rows"},
}

// ofMisfit is the reason for each misfit of an amount.
var ofMisfit = [...]Reason{money.Fits: OK, money.TooPrecise: AmountPrecision, money.TooLarge: AmountOverflow}

// AmountReason returns why an amount that misfits its currency cannot be taken, or OK.
func AmountReason(m money.Misfit) Reason { return ofMisfit[m] }

// Code returns the reason's reason_code.
func (r Reason) Code() string { return reasons[r].code }

// Text returns the reason in words.
func (r Reason) Text() string { return reasons[r].text }
