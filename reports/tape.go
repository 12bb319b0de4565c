package reports

import (
	"fmt"

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
}

// tapeSlots is the loan tape, in the order of the contract, but for the business
// date, which is not of a loan. A new column is a row at the end. Without a next
// instalment or a payment there is no amount of one.
var tapeSlots = []slot{
	{"loan_id", Text, 0, false},
	{"borrower_id", Text, 1, true},
	{"product", Coded, int(aging.Product), false},
	{"currency", Coded, int(aging.Currency), false},
	{"region", Coded, int(aging.Region), true},
	{"booked_on", Date, int(aging.BookedOn), true},
	{"disbursed_on", Date, int(aging.DisbursedOn), true},
	{"first_due_on", Date, int(aging.FirstDueOn), true},
	{"installments", Count, int(aging.Installments), false},
	{"annual_rate", Rate, 0, false},
	{"method", Coded, int(aging.Method), false},
	{"day_count", Coded, int(aging.DayCountCode), false},
	{"principal", Amount, int(aging.Principal), false},
	{"principal_outstanding", Amount, int(aging.PrincipalOutstanding), false},
	{"interest_outstanding", Amount, int(aging.InterestOutstanding), false},
	{"interest_suspended", Amount, int(aging.InterestSuspended), false},
	{"fees_outstanding", Amount, int(aging.FeesOutstanding), false},
	{"penalties_outstanding", Amount, int(aging.PenaltiesOutstanding), false},
	{"total_outstanding", Amount, int(aging.TotalOutstanding), false},
	{"past_due_amount", Amount, int(aging.PastDueAmount), false},
	{"credit_balance", Amount, int(aging.CreditBalance), false},
	{"principal_paid", Amount, int(aging.PrincipalPaid), false},
	{"interest_paid", Amount, int(aging.InterestPaid), false},
	{"fees_paid", Amount, int(aging.FeesPaid), false},
	{"penalties_paid", Amount, int(aging.PenaltiesPaid), false},
	{"charged_off", Amount, int(aging.ChargedOff), false},
	{"recovered", Amount, int(aging.Recovered), false},
	{"oldest_unpaid_due_on", Date, int(aging.OldestUnpaidDueOn), true},
	{"days_past_due", Count, int(aging.DaysPastDue), false},
	{"delinquent_days", Count, int(aging.DelinquentDays), false},
	{"installments_missed", Count, int(aging.InstallmentsMissed), false},
	{"bucket", Coded, int(aging.Bucket), true},
	{"previous_bucket", Coded, int(aging.PreviousBucket), true},
	{"next_due_on", Date, int(aging.NextDueOn), true},
	{"next_due_amount", Amount, int(aging.NextDueAmount), true},
	{"last_paid_on", Date, int(aging.LastPaidOn), true},
	{"last_paid_amount", Amount, int(aging.LastPaidAmount), true},
	{"status", Coded, int(aging.Status), false},
	{"accrual", Coded, int(aging.Accrual), false},
	{"classification", Coded, int(aging.Classification), true},
	{"stage", Coded, int(aging.Stage), true},
	{"borrower_classification", Coded, int(aging.BorrowerClassification), true},
	{"score", Count, int(aging.Score), false},
	{"score_delta", Count, int(aging.ScoreDelta), false},
	{"reason_1", Coded, int(aging.Reason1), true},
	{"reason_2", Coded, int(aging.Reason2), true},
	{"reason_3", Coded, int(aging.Reason3), true},
	{"reason_4", Coded, int(aging.Reason4), true},
	{"history_24m", Text, 2, false},
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

// A Tape writes one part of the loan tape. It belongs to one worker.
type Tape struct {
	w     *ParquetWriter
	sheet *Sheet
}

// CreateTape starts a part file of the night of a date.
func CreateTape(path string, f *Form, date civil.Date, d *aging.Dictionaries, scale int) (*Tape, error) {
	sheet := f.Sheet("loans", date)
	w, err := f.CreateParquet(path, sheet.Columns(TapeColumns(d, scale)))
	if err != nil {
		return nil, err
	}
	return &Tape{w, sheet}, nil
}

// Write adds the loans of a batch that [Record] made. It keeps nothing of it.
func (t *Tape) Write(rec Batch) error {
	columns, err := TapeOf(rec)
	if err != nil {
		return fmt.Errorf("loan tape: %w", err)
	}
	return t.w.Write(t.sheet.Columns(columns))
}

// Close syncs the file and says what it holds.
func (t *Tape) Close() (Output, error) { return t.w.Close() }

// Abort removes the file.
func (t *Tape) Abort() { t.w.Abort() }
