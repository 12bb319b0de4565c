package loan

// A Reason says why a row cannot be applied. Its text is the reason_code of
// the rejects table; zero means that nothing is wrong.
type Reason uint8

// The reasons.
const (
	OK                           Reason = iota
	UnknownLoan                         // money is held in suspense
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
	TextTooLong                         // an id above 64 bytes
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
	Reasons                             // how many there are
)

var reasonCodes = [Reasons]string{
	"", "unknown_loan", "duplicate_loan", "conflicting_duplicate", "wrong_currency", "amount_not_positive",
	"amount_precision", "amount_overflow", "value_date_after_business_date", "value_date_before_disbursement",
	"disbursed_after_business_date", "first_due_not_after_disbursement", "installments_out_of_range",
	"rate_out_of_range", "unknown_method", "unknown_day_count", "unknown_frequency", "unknown_product",
	"unknown_target", "target_already_reversed", "missing_value", "text_too_long", "not_utf8", "unknown_kind",
	"schedule_does_not_sum", "duplicate", "unknown_component", "unknown_choice", "amount_above_balance",
	"not_allowed_in_status", "ceiling_exceeded", "not_allowed_by_policy", "until_not_after_value_date",
	"unknown_installment", "already_released", "date_out_of_range",
	"insufficient_credit", "too_many_events", "bad_hours", "unknown_borrower", "unknown_task", "unknown_channel",
	"at_too_late", "at_too_early", "promised_before_made", "promise_too_far", "valid_until_before_valid_from",
	"two_subjects",
}

var reasonTexts = [Reasons]string{
	"", "no loan with this id is booked; money is held in suspense",
	"the loan is booked already with another contract", "the id was applied before with other content",
	"the currency is not the loan's, or is not named by the policy", "the amount must be above zero",
	"the amount is not a whole minor unit of its currency", "the amount is above the largest the book holds",
	"the value date is after the business date", "the value date is before the loan's disbursement",
	"the loan is disbursed after the business date", "the first due date must be after the disbursement",
	"installments must be 1 to 1200, and 1 for lump_sum",
	"the annual rate must be a fraction from 0 to 10 (0.24 is 24 %), and 0 for the method zero",
	"the method is not one of the contract's", "the day count is not one of the contract's",
	"the frequency is not a number of months or days such as 1M or 14D", "the policy has no such product",
	"the target is not an event of this loan", "the target was reversed before", "a value is missing",
	"an id must have at most 64 bytes", "the text is not valid UTF-8", "the kind is not one of the contract's",
	"the explicit instalments do not add up to the loan", "applied before, with equal content",
	"the component is not principal, interest, fee or penalty", "the choice is not one of the kind's",
	"the amount is above what there is to take it from", "the loan's status does not allow this",
	"the policy's ceiling would be exceeded", "the policy does not allow this",
	"until must be after the value date", "the loan has no such instalment", "the held payment is no longer held",
	"the date is outside the years 1900 to 9999",
	"the borrower's credit on that date is less than it takes to settle the loan",
	"more rows or events of one loan or id than a night or its record takes",
	"contact hours are texts such as 09:30, and the first is before the second", "no loan of this borrower is booked",
	"no task with this key is kept, and the row names no borrower", "the channel is not one of the contract's",
	"the contact is later than the day after the business date", "the contact is older than what is kept of contacts",
	"the date promised is before the day of the promise", "the date promised is further ahead than the policy takes",
	"valid_until is before valid_from", "a flag concerns a borrower or a loan, not both",
}

// Code returns the reason's reason_code.
func (r Reason) Code() string { return reasonCodes[r] }

// Text returns the reason in words.
func (r Reason) Text() string { return reasonTexts[r] }
