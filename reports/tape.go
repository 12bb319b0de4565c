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

// amountNames has the tape's names of the amount columns.
var amountNames = [aging.Amounts]string{
	"principal", "principal_outstanding", "interest_outstanding", "interest_suspended", "fees_outstanding",
	"penalties_outstanding", "total_outstanding", "past_due_amount", "credit_balance", "principal_paid",
	"interest_paid", "fees_paid", "penalties_paid", "charged_off", "recovered", "next_due_amount", "last_paid_amount",
}

// A slot is one column of the tape: which column of the facts it shows.
type slot struct {
	name     string
	kind     Kind
	index    int
	optional bool
	late     bool // decided after the loans are posted: the second layout appends it
}

// tapeSlots is the loan tape, in the order of the contract, but for the business
// date, which is not of a loan.
var tapeSlots = []slot{
	{"loan_id", Text, 0, false, false},
	{"borrower_id", Text, 1, true, false},
	{"product", Coded, int(aging.Product), false, false},
	{"currency", Coded, int(aging.Currency), false, false},
	{"region", Coded, int(aging.Region), true, false},
	{"booked_on", Date, int(aging.BookedOn), true, false},
	{"disbursed_on", Date, int(aging.DisbursedOn), true, false},
	{"first_due_on", Date, int(aging.FirstDueOn), true, false},
	{"installments", Count, int(aging.Installments), false, false},
	{"annual_rate", Rate, 0, false, false},
	{"method", Coded, int(aging.Method), false, false},
	{"day_count", Coded, int(aging.DayCountCode), false, false},
	amountSlot(aging.Principal),
	amountSlot(aging.PrincipalOutstanding),
	amountSlot(aging.InterestOutstanding),
	amountSlot(aging.InterestSuspended),
	amountSlot(aging.FeesOutstanding),
	amountSlot(aging.PenaltiesOutstanding),
	amountSlot(aging.TotalOutstanding),
	amountSlot(aging.PastDueAmount),
	amountSlot(aging.CreditBalance),
	amountSlot(aging.PrincipalPaid),
	amountSlot(aging.InterestPaid),
	amountSlot(aging.FeesPaid),
	amountSlot(aging.PenaltiesPaid),
	amountSlot(aging.ChargedOff),
	amountSlot(aging.Recovered),
	{"oldest_unpaid_due_on", Date, int(aging.OldestUnpaidDueOn), true, false},
	{"days_past_due", Count, int(aging.DaysPastDue), false, false},
	{"delinquent_days", Count, int(aging.DelinquentDays), false, false},
	{"installments_missed", Count, int(aging.InstallmentsMissed), false, false},
	{"bucket", Coded, int(aging.Bucket), true, false},
	{"previous_bucket", Coded, int(aging.PreviousBucket), true, false},
	{"next_due_on", Date, int(aging.NextDueOn), true, false},
	amountSlot(aging.NextDueAmount),
	{"last_paid_on", Date, int(aging.LastPaidOn), true, false},
	amountSlot(aging.LastPaidAmount),
	{"status", Coded, int(aging.Status), false, false},
	{"accrual", Coded, int(aging.Accrual), false, false},
	{"classification", Coded, int(aging.Classification), true, false},
	{"stage", Coded, int(aging.Stage), true, false},
	{"borrower_classification", Coded, int(aging.BorrowerClassification), true, true},
	{"score", Count, int(aging.Score), false, false},
	{"score_delta", Count, int(aging.ScoreDelta), false, false},
	{"reason_1", Coded, int(aging.Reason1), true, false},
	{"reason_2", Coded, int(aging.Reason2), true, false},
	{"reason_3", Coded, int(aging.Reason3), true, false},
	{"reason_4", Coded, int(aging.Reason4), true, false},
	{"history_24m", Text, 2, false, false},
}

// amountSlot is an amount's column. Without a next instalment or a payment there
// is no amount of one.
func amountSlot(a aging.Amount) slot {
	return slot{amountNames[a], Amount, int(a), a == aging.NextDueAmount || a == aging.LastPaidAmount, false}
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
	columns := make([]Column, len(tapeSlots))
	for i, s := range tapeSlots {
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
		case Amount:
			c.Digits, c.Ints = scale, f.Amounts[s.index]
		}
		columns[i] = c
	}
	return columns
}

// TapeOf shows a batch that [Record] made as the tape's columns, without a
// copy and without the business date: for exports.
func TapeOf(rec Batch) ([]Column, error) {
	f, d, scale, err := Facts(rec)
	if err != nil {
		return nil, err
	}
	return tapeColumns(f, d, scale), nil
}

func fixedTexts(data []byte, width int) aging.Text {
	t := aging.Text{Data: data, Offsets: make([]int32, len(data)/width+1)}
	for i := range t.Offsets {
		t.Offsets[i] = int32(i * width)
	}
	return t
}

// A Tape writes one part of the loan tape. It belongs to one worker at a time.
//
// What is decided of borrowers is known only when all loans are posted, so the column
// that says it is late: see [Column]. Until then the loans' own codes lie in a side file,
// two bytes a row, and nothing of a row is in memory.
type Tape struct {
	w     *ParquetWriter
	sheet *Sheet
	late  int       // the late column's place; -1: none
	own   *sideFile // nil where the form has no late column
}

// CreateTape starts a part file of the night of a date. Side is the path of the side
// file, which is there until the tape is closed or given up; a form without late columns
// has none. It fails if a file exists.
func CreateTape(path, side string, f *Form, date civil.Date, d *aging.Dictionaries, scale int) (*Tape, error) {
	sheet := f.Sheet("loans", date)
	columns := sheet.Columns(TapeColumns(d, scale))
	late := f.lateColumn(columns)
	if late >= 0 {
		columns[late].Late = true
	}
	w, err := f.CreateParquet(path, columns)
	if err != nil {
		return nil, err
	}
	t := &Tape{w: w, sheet: sheet, late: late}
	if late >= 0 {
		if t.own, err = createSideFile(side); err != nil {
			w.Abort()
			return nil, err
		}
	}
	return t, nil
}

// lateColumn returns the place of the one column of the tape that the form has late,
// or -1.
func (f *Form) lateColumn(columns []Column) int {
	if f.Layout < lateLayout {
		return -1
	}
	return slices.IndexFunc(columns, func(c Column) bool {
		return slices.ContainsFunc(tapeSlots, func(s slot) bool { return s.late && s.name == c.Name })
	})
}

// IsLate reports whether the form has a late column, so that [Tape.Close] takes codes.
func (t *Tape) IsLate() bool { return t.own != nil }

// Rows returns how many loans were written.
func (t *Tape) Rows() int64 { return t.w.rows }

// Write adds the loans of a batch that [Record] made, with their own codes of the late
// column. It keeps nothing of it.
func (t *Tape) Write(rec Batch) error {
	columns, err := TapeOf(rec)
	if err != nil {
		return fmt.Errorf("loan tape: %w", err)
	}
	if t.sheet == nil {
		panic("reports: internal error: loans after the last")
	}
	laid := t.sheet.Columns(columns)
	if err := t.w.Write(laid); err != nil || t.own == nil {
		return err
	}
	return t.own.append(laid[t.late].Codes)
}

// Finish ends the rows: what was gathered goes to the files, and a few KiB stay in memory
// until the tape is closed. After an error both files are removed.
func (t *Tape) Finish() error {
	t.sheet = nil // it has the last batch
	err := t.w.Finish()
	if err == nil && t.own != nil {
		err = t.own.finish(t.w)
	}
	if err != nil {
		t.Abort()
		return fmt.Errorf("write %s: %w", t.w.file.Name(), err)
	}
	return nil
}

// Close appends the late column, syncs the file, removes the side file and says what the
// tape holds. Next returns the next row, from 0 on and ascending, whose code was decided
// otherwise than its own, until ok is false; if it is nil, every own code stands. A next
// that can fail is to be asked whether it did before the file is used. The bytes depend on
// the batches and the codes alone. Close finishes a tape that is not; after an error both
// files are removed.
func (t *Tape) Close(next func() (row int64, code uint16, ok bool)) (Output, error) {
	if err := t.Finish(); err != nil {
		return Output{}, err
	}
	if t.own == nil {
		if next != nil {
			panic("reports: internal error: codes for a tape without a late column")
		}
		return t.w.Close()
	}
	if err := t.own.appendTo(t.w, next); err != nil {
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
