package borrower

import (
	"cmp"
	"slices"
	"sort"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Treatment is what the nights did about a borrower: the tasks that they exported, how
// often he fell below capacity, and what has come of his promises.
type Treatment struct {
	Tasks []Task // ascending by day; one a day at most
	// Below is on how many nights he fell below capacity since his last task, before the
	// night BelowOn; on that night he did too. [civil.None]: he did not on the last.
	Below    int32
	BelowOn  civil.Date
	Offered  civil.Date // last night that applied an offer to a loan of his
	Payments []Payment  // of the loans that promises are about, ascending
	Promised []Promised // by id
}

// A Task is a contact that was asked for on a day: as long as no attempt with its key is
// reported, it counts as all the attempts that it allowed.
type Task struct {
	On       civil.Date // contact day
	Channel  Channel
	Attempts int
	Key      string
	Loans    []string // covered, ascending
	// RecalledOn is the night that recalled a placement with an agency.
	RecalledOn civil.Date
}

// A Payment is a repayment of a loan as it stands: not reversed, and less what was charged
// back. Amounts are in minor units.
type Payment struct {
	ID        string
	Loan      string
	ValueDate civil.Date
	Amount    money.Amount
	Currency  string
}

// Compare orders payments by value date and id, then loan.
func (p *Payment) Compare(o *Payment) int {
	return cmp.Or(cmp.Compare(p.ValueDate, o.ValueDate), cmp.Compare(p.ID, o.ID), cmp.Compare(p.Loan, o.Loan))
}

// A Standing is what has become of a promise.
type Standing uint8

// The standings. Their numbers are stored: append, never reorder.
const (
	Open Standing = iota
	Kept
	PartlyKept
	Broken
	Standings // how many there are
)

var standingWords = [Standings]string{"open", "kept", "partly_kept", "broken"}

func (s Standing) String() string { return standingWords[s] }

// A Promised is what the last night found of a promise.
type Promised struct {
	ID        string
	Standing  Standing
	DecidedOn civil.Date
	Taken     money.Amount
}

// Says reports whether there is anything to keep.
func (t *Treatment) Says() bool {
	return len(t.Tasks) > 0 || t.Below > 0 || t.BelowOn != civil.None || t.Offered != civil.None || len(t.Payments) > 0 || len(t.Promised) > 0
}

// Same reports whether two treatments say the same.
func (t *Treatment) Same(o *Treatment) bool {
	sameTask := func(a, b Task) bool {
		return a.On == b.On && a.Channel == b.Channel && a.Attempts == b.Attempts && a.Key == b.Key && a.RecalledOn == b.RecalledOn &&
			slices.Equal(a.Loans, b.Loans)
	}
	return t.Below == o.Below && t.BelowOn == o.BelowOn && t.Offered == o.Offered && slices.EqualFunc(t.Tasks, o.Tasks, sameTask) &&
		slices.Equal(t.Payments, o.Payments) && slices.Equal(t.Promised, o.Promised)
}

// NoTreatment is that of somebody about whom nothing was done.
func NoTreatment() Treatment { return Treatment{BelowOn: civil.None, Offered: civil.None} }

// TimesBelow returns on how many nights before one he fell below capacity since his last
// task.
func (t *Treatment) TimesBelow(night civil.Date) int32 {
	if t.BelowOn != civil.None && t.BelowOn < night {
		return t.Below + 1
	}
	return t.Below
}

// Before returns the treatment as it was before a night's tasks: the tasks of the nights
// before, for contact days up to the night's own.
func (t *Treatment) Before(night civil.Date) []Task {
	n := sort.Search(len(t.Tasks), func(i int) bool { return t.Tasks[i].On > night })
	return t.Tasks[:n:n]
}

// LastTask returns the contact day of the last task; [civil.None] without one.
func (t *Treatment) LastTask() civil.Date {
	if len(t.Tasks) == 0 {
		return civil.None
	}
	return t.Tasks[len(t.Tasks)-1].On
}

// Check reports whether a Treatment is in the order that it promises.
func (t *Treatment) Check() bool {
	return slices.IsSortedFunc(t.Tasks, func(a, b Task) int { return cmp.Compare(a.On, b.On) }) &&
		slices.IsSortedFunc(t.Payments, func(a, b Payment) int { return a.Compare(&b) }) &&
		slices.IsSortedFunc(t.Promised, func(a, b Promised) int { return cmp.Compare(a.ID, b.ID) })
}
