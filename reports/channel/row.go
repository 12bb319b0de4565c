// Package channel knows what the systems of a channel are handed of a night's queue: the
// columns of each channel's CSV, and the files of the vendors where these want another
// form. A channel is given what it needs to do its work and no more: no id of a borrower
// or loan, no reason of hardship, no score, no birth date, no employment. Its own system
// finds whom it concerns by the task's key.
//
// Rows are written one by one as they come; memory does not grow with them.
package channel

import "daybook/ledger/civil"

// A Row is a task as far as any channel may know it. Texts may lie in memory that is used
// again: nothing of a row is kept.
type Row struct {
	TaskKey   []byte
	ContactOn civil.Date
	Language  []byte
	Tone      []byte
	Template  []byte
	Education []byte
	Notices   []byte
	Time      Time   // of a timed channel
	Debt      Debt   // amounts are of its currency
	Next      Next   // of a reminder
	Masked    Masked // where the policy brings the ids back
}

// A Time is when a borrower may be reached.
type Time struct {
	EarliestLocal []byte // RFC 3339 in the home zone, with its offset
	LatestLocal   []byte
	Zone          []byte // its IANA name
	UTCOffset     []byte // tonight's, such as +08:00
	Earliest      int64  // microseconds of UTC since 1970; reports.Null where there are none
	Latest        int64
	Attempts      int32
}

// A Debt is what is owed of the loans that a task covers.
type Debt struct {
	Rank        int32
	Currency    []byte
	Loans       int32
	DaysPastDue int32
	Bucket      []byte
	PastDue     int64
	Total       int64
	Offers      []byte
	Scale       int // digits after the point that amounts have
	Digits      int // and those that they are written with
}

// A Next is the instalment that a reminder is about.
type Next struct {
	On     civil.Date // civil.None where there is none
	Amount int64
}

// Masked are ids whose middle is hidden.
type Masked struct {
	Borrower  []byte
	WorstLoan []byte
}
