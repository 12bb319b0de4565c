// Package aging turns days past due, which ledger/loan counts, into delinquent days,
// buckets, classes and stages, and holds the facts of a night: one row a loan,
// column by column, as the loan tape publishes them. It is pure.
package aging

import (
	"math"

	"daybook/ledger/civil"
)

// Text is a column of strings: row i is Data[Offsets[i]:Offsets[i+1]].
// Offsets has one more element than there are rows, and starts with 0.
type Text struct {
	Data    []byte
	Offsets []int32
}

// Append adds a row.
func (t *Text) Append(s []byte) {
	t.Data = append(t.Data, s...)
	t.End()
}

// AppendString is [Text.Append] of a string.
func (t *Text) AppendString(s string) {
	t.Data = append(t.Data, s...)
	t.End()
}

// End ends a row whose bytes were appended to Data.
func (t *Text) End() {
	if len(t.Offsets) == 0 {
		t.Offsets = append(t.Offsets, 0)
	}
	t.Offsets = append(t.Offsets, int32(len(t.Data)))
}

// Row returns row i, valid until the column changes.
func (t *Text) Row(i int) []byte { return t.Data[t.Offsets[i]:t.Offsets[i+1]] }

// Reset empties the column and keeps its memory.
func (t *Text) Reset() { t.Data, t.Offsets = t.Data[:0], append(t.Offsets[:0], 0) }

// An Amount is a column of money in the tape.
type Amount uint8

// The amount columns, in the order of the tape.
const (
	Principal Amount = iota
	PrincipalOutstanding
	InterestOutstanding
	InterestSuspended
	FeesOutstanding
	PenaltiesOutstanding
	TotalOutstanding
	PastDueAmount
	CreditBalance
	PrincipalPaid
	InterestPaid
	FeesPaid
	PenaltiesPaid
	ChargedOff
	Recovered
	NextDueAmount
	LastPaidAmount
	MonthsSinceLate // no money: whole months since the last day with days past due; NoAmount: never
	// Of the tables of supervisors, not published: total outstanding less interest in memo only;
	// what is provided for a loan by the pack of finrep_f18, and of the backstop; least coverage,
	// and what of it is open.
	Carrying
	EuropeAllowance
	BackstopAllowance
	BackstopRequired
	BackstopShortfall
	Provision // by pack, up to the last
	_
	_
	_
	_
	_
	_
	_
	Amounts // how many there are
)

// NoAmount is the null of an amount: only the next instalment's and the last
// payment's may be null.
const NoAmount int64 = math.MinInt64

// WasOff stands for the total of a loan that was off the book at the last close.
const WasOff = NoAmount

// A Day is a column of dates in the tape; civil.None is null.
type Day uint8

// The date columns.
const (
	BookedOn Day = iota
	DisbursedOn
	FirstDueOn
	OldestUnpaidDueOn
	NextDueOn
	LastPaidOn
	CleanSince
	FirstDelinquencyOn
	LastCuredOn
	MeasureOn
	NonPerformingSince // by pack, up to the last
	_
	_
	_
	_
	_
	_
	_
	Days // how many there are
)

// A Count is a column of whole numbers in the tape.
type Count uint8

// The whole-number columns.
const (
	Installments Count = iota
	DaysPastDue
	DelinquentDays
	InstallmentsMissed
	Score
	ScoreDelta
	RegulatoryPauseDays
	MaterialDays
	WorstDaysPastDue
	Worst3M
	Worst6M
	Worst12M
	Worst24M
	Times30
	Times60
	Times90
	Cures
	Measures
	Counts // how many there are
)

// A Code is a column of low cardinality: each row is an index into the names
// of its [Dictionary]; [NoCode] is null.
type Code uint8

// The coded columns.
const (
	Product Code = iota
	Currency
	Region
	Method
	DayCountCode
	Bucket
	PreviousBucket
	Status
	Accrual
	Classification
	Stage
	BorrowerClassification
	Reason1
	Reason2
	Reason3
	Reason4
	LastCuredBucket
	PackName      // of the policy's packs, in its order: a dictionary without rows
	LateColumn    // names of packs' columns that are decided after the loans are posted: likewise
	SettledColumn // those of them that no other loan changes: likewise
	PackClass     // by pack, up to the last
	_
	_
	_
	_
	_
	_
	_
	PackRule // by pack, up to the last
	_
	_
	_
	_
	_
	_
	_
	Codes // how many there are
)

// NoCode is the null of a coded column.
const NoCode = 0xFFFF

// A Dictionary has the names of one coded column, by code.
type Dictionary []string

// Dictionaries has one dictionary a coded column; they are the same for every
// batch of a night.
type Dictionaries [Codes]Dictionary

// Facts is a batch of rows of the loan tape, column by column, in the order of
// the book's loans. Amounts are whole units of one scale for all currencies:
// the most digits after the point that a currency of the policy has.
type Facts struct {
	Rows          int
	LoanID        Text
	Borrower      Text
	Rate          []int64 // annual rate in billionths
	Amounts       [Amounts][]int64
	Days          [Days][]civil.Date
	Counts        [Counts][]int32
	Codes         [Codes][]uint16
	History24     []byte  // 24 bytes a row, newest month first
	PreviousTotal []int64 // total outstanding at the last close, or WasOff: for migration, not published
	Remaining     []int32 // of a loan past due: instalments that fall due after tonight; not published
	// Band is twice a loan's band of days past due, and one more where it is forborne, and
	// BackstopYears how many factors of the backstop it has reached; not published.
	Band, BackstopYears []uint8
	// Rests is 1 where a row's columns that nearly no loan has anything in are known to hold what a loan at rest has,
	// so that the next batch need not write them again: who writes rows keeps it. Not published.
	Rests []uint8
	// CureEvent is what became of a loan's cure tonight: 0 nothing, 1 it was cured, 2 to 4 its first
	// relapse since, within 3, 6 or 12 months, 5 later; not published.
	CureEvent []uint8
	// ByPayments is 1 where the table past_due counts a loan's instalments and not its days; not published.
	ByPayments []uint8
	// Told is what the pass by borrower is told of each loan's classes, where they may be
	// another loan's doing: empty of one at rest. Not published; without rows where nothing is
	// told.
	Told Text
	// Scored is what the pass by borrower is told of each loan's score, where it finishes scores: not
	// published, and without rows where it does not.
	Scored Text
	// Base is what the last close of an earlier month said; nil where there is none.
	Base *Base
}

// PacksMax is the most packs of a policy: the tape has columns of each.
const PacksMax = 8

// Grow sets the number of rows and sizes every column but the texts, whose
// rows are appended. Values are left as they were: set each of them.
func (f *Facts) Grow(rows int) {
	f.Rows = rows
	column := 0
	for i := range f.Amounts {
		f.Amounts[i] = sized(f.Amounts[i], rows, 8, &column)
	}
	for i := range f.Days {
		f.Days[i] = sized(f.Days[i], rows, 4, &column)
	}
	for i := range f.Counts {
		f.Counts[i] = sized(f.Counts[i], rows, 4, &column)
	}
	for i := range f.Codes {
		f.Codes[i] = sized(f.Codes[i], rows, 2, &column)
	}
	f.Rate = sized(f.Rate, rows, 8, &column)
	f.PreviousTotal = sized(f.PreviousTotal, rows, 8, &column)
	f.Remaining = sized(f.Remaining, rows, 4, &column)
	f.Rests = sized(f.Rests, rows, 1, &column)
	f.CureEvent = sized(f.CureEvent, rows, 1, &column)
	f.ByPayments = sized(f.ByPayments, rows, 1, &column)
	f.Band, f.BackstopYears = sized(f.Band, rows, 1, &column), sized(f.BackstopYears, rows, 1, &column)
	f.History24 = sized(f.History24, 24*rows, 1, &column)
	if f.Base != nil {
		f.Base.grow(rows)
	}
}

// Reset empties the batch and keeps its memory.
func (f *Facts) Reset() {
	f.LoanID.Reset()
	f.Borrower.Reset()
	f.Told.Reset()
	f.Scored.Reset()
	f.Grow(0)
}

// sized makes room for n values of so many bytes in a column, and counts the columns. A row is written to
// all columns at once: each begins a cache line further into a page than the one before,
// since columns that begin alike would all want the same places of the cache.
func sized[T any](s []T, n, bytes int, column *int) []T {
	*column++
	if n <= cap(s) {
		return s[:n]
	}
	const line = 64
	lead := *column * line / bytes
	t := make([]T, lead+max(n, 2*cap(s)))[lead:]
	copy(t, s)
	return t[:n]
}
