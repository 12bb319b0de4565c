package reports

import (
	"errors"
	"fmt"
	"slices"

	"daybook/aging"
	"daybook/ledger/civil"
)

// historyWidth is the length of a loan's payment history in the tape.
const historyWidth = 24

// RateDigits is the scale of an annual rate: billionths.
const RateDigits = 9

// A slot is one column of the tape: which column of the facts it shows.
type slot struct {
	name     string
	kind     Kind
	index    int
	optional bool
	late     bool // decided after the loans are posted: the second layout appends it
}

// tapeSlots is the loan tape, in the order of the contract, but for the business
// date, which is not of a loan. A new column is a row at the end. Without a next
// instalment or a payment there is no amount of one.
var tapeSlots = []slot{
	{name: "loan_id", kind: Text},
	{name: "borrower_id", kind: Text, index: 1, optional: true},
	{name: "product", kind: Coded, index: int(aging.Product)},
	{name: "currency", kind: Coded, index: int(aging.Currency)},
	{name: "region", kind: Coded, index: int(aging.Region), optional: true},
	{name: "booked_on", kind: Date, index: int(aging.BookedOn), optional: true},
	{name: "disbursed_on", kind: Date, index: int(aging.DisbursedOn), optional: true},
	{name: "first_due_on", kind: Date, index: int(aging.FirstDueOn), optional: true},
	{name: "installments", kind: Count, index: int(aging.Installments)},
	{name: "annual_rate", kind: Rate},
	{name: "method", kind: Coded, index: int(aging.Method)},
	{name: "day_count", kind: Coded, index: int(aging.DayCountCode)},
	{name: "principal", kind: Amount, index: int(aging.Principal)},
	{name: "principal_outstanding", kind: Amount, index: int(aging.PrincipalOutstanding)},
	{name: "interest_outstanding", kind: Amount, index: int(aging.InterestOutstanding)},
	{name: "interest_suspended", kind: Amount, index: int(aging.InterestSuspended)},
	{name: "fees_outstanding", kind: Amount, index: int(aging.FeesOutstanding)},
	{name: "penalties_outstanding", kind: Amount, index: int(aging.PenaltiesOutstanding)},
	{name: "total_outstanding", kind: Amount, index: int(aging.TotalOutstanding)},
	{name: "past_due_amount", kind: Amount, index: int(aging.PastDueAmount)},
	{name: "credit_balance", kind: Amount, index: int(aging.CreditBalance)},
	{name: "principal_paid", kind: Amount, index: int(aging.PrincipalPaid)},
	{name: "interest_paid", kind: Amount, index: int(aging.InterestPaid)},
	{name: "fees_paid", kind: Amount, index: int(aging.FeesPaid)},
	{name: "penalties_paid", kind: Amount, index: int(aging.PenaltiesPaid)},
	{name: "charged_off", kind: Amount, index: int(aging.ChargedOff)},
	{name: "recovered", kind: Amount, index: int(aging.Recovered)},
	{name: "oldest_unpaid_due_on", kind: Date, index: int(aging.OldestUnpaidDueOn), optional: true},
	{name: "days_past_due", kind: Count, index: int(aging.DaysPastDue)},
	{name: "delinquent_days", kind: Count, index: int(aging.DelinquentDays)},
	{name: "installments_missed", kind: Count, index: int(aging.InstallmentsMissed)},
	{name: "bucket", kind: Coded, index: int(aging.Bucket), optional: true},
	{name: "previous_bucket", kind: Coded, index: int(aging.PreviousBucket), optional: true},
	{name: "next_due_on", kind: Date, index: int(aging.NextDueOn), optional: true},
	{name: "next_due_amount", kind: Amount, index: int(aging.NextDueAmount), optional: true},
	{name: "last_paid_on", kind: Date, index: int(aging.LastPaidOn), optional: true},
	{name: "last_paid_amount", kind: Amount, index: int(aging.LastPaidAmount), optional: true},
	{name: "status", kind: Coded, index: int(aging.Status)},
	{name: "accrual", kind: Coded, index: int(aging.Accrual)},
	{name: "classification", kind: Coded, index: int(aging.Classification), optional: true},
	{name: "stage", kind: Coded, index: int(aging.Stage), optional: true},
	{name: "borrower_classification", kind: Coded, index: int(aging.BorrowerClassification), optional: true, late: true},
	{name: "score", kind: Count, index: int(aging.Score)},
	{name: "score_delta", kind: Count, index: int(aging.ScoreDelta)},
	{name: "reason_1", kind: Coded, index: int(aging.Reason1), optional: true},
	{name: "reason_2", kind: Coded, index: int(aging.Reason2), optional: true},
	{name: "reason_3", kind: Coded, index: int(aging.Reason3), optional: true},
	{name: "reason_4", kind: Coded, index: int(aging.Reason4), optional: true},
	{name: "history_24m", kind: Text, index: 2},
	{name: "regulatory_pause_days", kind: Count, index: int(aging.RegulatoryPauseDays)},
}

// countedSlots are what a loan's days come to: they stand behind the others.
var countedSlots = []slot{
	{name: "material_days", kind: Count, index: int(aging.MaterialDays)},
	{name: "worst_days_past_due", kind: Count, index: int(aging.WorstDaysPastDue)},
	{name: "clean_since", kind: Date, index: int(aging.CleanSince), optional: true},
	{name: "first_delinquency_on", kind: Date, index: int(aging.FirstDelinquencyOn), optional: true},
	{name: "months_since_last_late", kind: Number, index: int(aging.MonthsSinceLate), optional: true},
	{name: "worst_3m", kind: Count, index: int(aging.Worst3M)},
	{name: "worst_6m", kind: Count, index: int(aging.Worst6M)},
	{name: "worst_12m", kind: Count, index: int(aging.Worst12M)},
	{name: "worst_24m", kind: Count, index: int(aging.Worst24M)},
	{name: "times_30", kind: Count, index: int(aging.Times30)},
	{name: "times_60", kind: Count, index: int(aging.Times60)},
	{name: "times_90", kind: Count, index: int(aging.Times90)},
	{name: "cures", kind: Count, index: int(aging.Cures)},
	{name: "last_cured_on", kind: Date, index: int(aging.LastCuredOn), optional: true},
	{name: "last_cured_bucket", kind: Coded, index: int(aging.LastCuredBucket), optional: true},
	{name: "measure_on", kind: Date, index: int(aging.MeasureOn), optional: true},
	{name: "measures", kind: Count, index: int(aging.Measures)},
}

// packSlots are the columns of a pack, by its place in the policy.
func packSlots(name string, i int) []slot {
	return []slot{
		{name: name + "_class", kind: Coded, index: int(aging.PackClass) + i, late: true},
		{name: name + "_rule", kind: Coded, index: int(aging.PackRule) + i, late: true},
		{name: name + "_non_performing_since", kind: Date, index: int(aging.NonPerformingSince) + i, optional: true, late: true},
		{name: name + "_provision", kind: Amount, index: int(aging.Provision) + i, late: true},
	}
}

// slots are the columns of the tape, with those of the packs that the words name.
func slots(d *aging.Dictionaries) []slot {
	list := append(slices.Clone(tapeSlots), countedSlots...)
	for i, name := range d[aging.PackName] {
		list = append(list, packSlots(name, i)...)
	}
	return list
}

// TapeColumns returns the tape's columns without rows, and without the business
// date, which a [Sheet] has.
func TapeColumns(d *aging.Dictionaries, scale int) []Column {
	return tapeColumns(nil, d, scale)
}

// tapeColumns shows facts as the tape's columns, without a copy.
func tapeColumns(f *aging.Facts, d *aging.Dictionaries, scale int) []Column {
	if f == nil {
		f = new(aging.Facts)
	}
	list := slots(d)
	columns := make([]Column, len(list))
	for i, s := range list {
		c := Column{Name: s.name, Kind: s.kind, Optional: s.optional}
		switch s.kind {
		case Text:
			switch s.index {
			case 0:
				c.Texts = f.LoanID
			case 1:
				c.Texts = f.Borrower
			default:
				c.Width, c.Texts = historyWidth, fixedTexts(f.History24, historyWidth)
			}
		case Coded:
			c.Names, c.Codes = d[s.index], f.Codes[s.index]
		case Date:
			c.Days = f.Days[s.index]
		case Count:
			c.Counts = f.Counts[s.index]
		case Rate:
			c.Digits, c.Ints = RateDigits, f.Rate
		case Number:
			c.Ints = f.Amounts[s.index]
		case Amount:
			c.Digits, c.Ints = scale, f.Amounts[s.index]
		}
		columns[i] = c
	}
	return columns
}

// A Batch is rows of a night's facts and what their codes stand for, as they walk from
// ageing to the tape, the totals and the exports. What leaves the program as Arrow does so
// by an [ArrowWriter].
type Batch struct {
	*aging.Facts
	Words *aging.Dictionaries
	Scale int // digits of the amounts after the point
}

// Tape shows the batch as the tape's columns, without a copy and without the business
// date.
func (b Batch) Tape() []Column { return tapeColumns(b.Facts, b.Words, b.Scale) }

func fixedTexts(data []byte, width int) aging.Text {
	t := aging.Text{Data: data, Offsets: make([]int32, len(data)/width+1)}
	for i := range t.Offsets {
		t.Offsets[i] = int32(i * width)
	}
	return t
}

// A Tape writes one part of the loan tape. It belongs to one worker at a time.
//
// What is decided of borrowers is known only when all loans are posted, so the columns
// that say it are late: see [Column]. Until then the loans' own values lie aside, and nothing else of a row is
// in memory.
type Tape struct {
	w     *ParquetWriter
	sheet *Sheet
	own   *ownRows // nil where the form has no late column
}

// CreateTape starts a part file of the night of a date. Aside says where late columns lie, until the tape is
// closed or given up; a form without late columns takes nothing of it. It fails if a file exists.
func CreateTape(path string, aside Aside, f *Form, date civil.Date, d *aging.Dictionaries, scale int) (*Tape, error) {
	sheet := f.Sheet("loans", date)
	columns := sheet.Columns(TapeColumns(d, scale))
	late := f.lateColumns(columns, d)
	for _, i := range late {
		columns[i].Late = true
	}
	w, err := f.CreateParquet(path, sheet.table, columns)
	if err != nil {
		return nil, err
	}
	t := &Tape{w: w, sheet: sheet}
	if len(late) > 0 {
		t.own = newOwnRows(aside, columns, late)
	}
	return t, nil
}

// lateColumns returns the places of the columns of the tape that the form has late: what is
// decided of borrowers, and what packs say whose classes may be another loan's doing.
func (f *Form) lateColumns(columns []Column, d *aging.Dictionaries) (places []int) {
	if f.Layout < lateLayout {
		return nil
	}
	for i := range columns {
		name := columns[i].Name
		if f.Layout >= settledLayout && slices.Contains(d[aging.SettledColumn], name) {
			continue
		}
		if slices.Contains(d[aging.LateColumn], name) || slices.ContainsFunc(tapeSlots, func(s slot) bool { return s.late && s.name == name }) {
			places = append(places, i)
		}
	}
	return places
}

// IsLate reports whether the form has a late column, so that [Tape.Close] takes what was decided.
func (t *Tape) IsLate() bool { return t.own != nil }

// Rows returns how many loans were written.
func (t *Tape) Rows() int64 { return t.w.rows }

// Write adds the loans of a batch, with their own codes of the late column. It keeps
// nothing of it.
func (t *Tape) Write(b Batch) error {
	if t.sheet == nil {
		panic("reports: internal error: loans after the last")
	}
	laid := t.sheet.Columns(b.Tape())
	if err := t.w.Write(laid); err != nil || t.own == nil {
		return err
	}
	return t.own.append(laid)
}

// Finish ends the rows: what was gathered goes to the files, and a few KiB stay in memory
// until the tape is closed. After an error both files are removed.
func (t *Tape) Finish() error {
	t.sheet = nil // it has the last batch
	err := t.w.Finish()
	if err == nil && t.own != nil {
		if err = t.own.finish(t.w); err == nil {
			err = t.w.out.Sync() // now, beside the parts that follow: closing it then waits for little
		}
	}
	if err != nil {
		t.Abort()
		return fmt.Errorf("write %s: %w", t.w.file.Name(), err)
	}
	return nil
}

// A Next returns the next row, from 0 on and ascending, whose value was decided otherwise
// than its own, until ok is false: a code, a date or an amount.
type Next func() (row, value int64, ok bool)

// Close appends the late columns, syncs the file, gives up what lay aside and says what the
// tape holds. Decided returns what was decided of a column, by its name; nil: every own value
// stands. A next that can fail is to be asked whether it did before the file is used. The
// bytes depend on the batches and the values alone. Close finishes a tape that is not; after
// an error both files are removed.
func (t *Tape) Close(decided func(column string) Next) (Output, error) {
	if err := t.Finish(); err != nil {
		return Output{}, err
	}
	if t.own == nil {
		if decided != nil {
			panic("reports: internal error: values for a tape without a late column")
		}
		return t.w.Close()
	}
	if err := t.own.appendTo(t.w, decided); err != nil {
		t.Abort()
		return Output{}, fmt.Errorf("write %s: %w", t.w.file.Name(), err)
	}
	out, err := t.w.Close()
	if err = errors.Join(err, t.own.remove()); err != nil {
		return Output{}, err
	}
	return out, nil
}

// Abort removes the files.
func (t *Tape) Abort() {
	t.w.Abort()
	if t.own != nil {
		t.own.remove()
	}
}
