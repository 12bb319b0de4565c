// Package offers makes of the offers that a borrower in hardship has taken the files that
// book them: it reads what a night published, and writes adjustments and schedules to an
// inbox. It decides nothing: what an offer costs was computed when it was made, and
// whether it is booked is decided by the night that reads the files.
//
// An offer is booked with the business date of the night that made it as its value date,
// so that the life of the loan, run again from there, comes to its figures.
package offers

import (
	"fmt"

	"daybook/ledger/civil"
)

// The kinds of offer, as the night writes them.
const (
	installmentPlan    = "installment_plan"
	reducedInstallment = "reduced_installment"
	extension          = "extension"
	pause              = "pause"
	penaltyWaiver      = "penalty_waiver"
	interestWaiver     = "interest_waiver"
	settlement         = "settlement"
)

// A RefusedError reports offers that can't be booked, and what can be done.
type RefusedError struct {
	Text, Hint string
	Unknown    bool // the night has no such offer
}

func (e *RefusedError) Error() string { return e.Text }

func refused(hint, format string, args ...any) error {
	return &RefusedError{Text: fmt.Sprintf(format, args...), Hint: hint}
}

// An offer is a row of offers.parquet: what of it is booked. Amounts have the digits of
// the file, dates that it has not are [civil.None], amounts that it has not are 0.
type offer struct {
	id, loan, kind string
	valueDate      civil.Date
	validUntil     civil.Date
	months         int64
	firstDueOn     civil.Date
	until          civil.Date
	rate           int64 // a year, with the digits of its column
	waived         int64
	forgiven       int64
	pay            int64
	payBy          civil.Date
	lines          []line
	owed           [components]int64 // of a settlement: outstanding at the close of the value date
}

// The components, in the order in which a settlement forgives them.
const (
	penalty = iota
	fee
	interest
	principal
	components // how many there are
)

var componentNames = [components]string{"penalty", "fee", "interest", "principal"}

// A line is a row of offer_installments.parquet.
type line struct {
	number              int64
	dueOn               civil.Date
	principal, interest int64
}

// plan reports whether the offer gives the loan new instalments.
func (o *offer) plan() bool {
	return o.kind == installmentPlan || o.kind == reducedInstallment || o.kind == extension
}
