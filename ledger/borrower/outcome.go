package borrower

// An Outcome says what became of a row.
type Outcome uint8

// The outcomes. All but the first two are rejects.
const (
	Applied              Outcome = iota // accepted, also where what is known already stands
	Duplicate                           // accepted before with equal content
	ConflictingDuplicate                // accepted before, or sent in the same night, with other content
	UnknownBorrower                     // he has no loan
	UnknownLoan                         // not his
	UnknownChannel                      // of a consent
	MissingValue                        // what the kind needs
	AmountNotPositive                   //
	AtTooLate                           //
	AtTooEarly                          //
	PromisedBeforeMade                  //
	PromiseTooFar                       //
	UntilBeforeFrom                     // of a flag
	TooMany                             // more than is kept of one borrower
	UnknownTask                         // its key is not kept, and it names nobody
	Outcomes                            // how many there are
)

var outcomeCodes = [Outcomes]string{
	"", "duplicate", "conflicting_duplicate", "unknown_borrower", "unknown_loan", "unknown_channel", "missing_value",
	"amount_not_positive", "at_too_late", "at_too_early", "promised_before_made", "promise_too_far",
	"valid_until_before_valid_from", "too_many_events",
	"unknown_task",
}

// Code returns the reason_code of a row's reject, empty for one that is applied.
func (o Outcome) Code() string { return outcomeCodes[o] }
