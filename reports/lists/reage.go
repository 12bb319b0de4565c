package lists

import (
	"context"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// reAgesName is the table of restructurings of open-end loans that are exceptions.
const reAgesName = "re_age_exceptions"

// reAgeReasons are the reasons as texts, in the order of their numbers.
var reAgeReasons = aging.Dictionary{"young", "within_12_months", "third_in_5_years", "fewer_than_3_payments"}

// reAgeColumns are the columns of the table, without the business date.
func reAgeColumns() []reports.Column {
	return []reports.Column{
		{Name: "loan_id", Kind: reports.Text}, {Name: "measure_on", Kind: reports.Date}, {Name: "reason", Kind: reports.Coded, Names: reAgeReasons},
	}
}

// AppendReAge appends to a record what the sorter of the table takes of one measure. reason is
// young, within_12_months, third_in_5_years or fewer_than_3_payments, from 0.
func AppendReAge(rec, loanID []byte, on civil.Date, reason uint8) []byte {
	return append(spill.AppendInt(spill.AppendText(rec, loanID), int64(on)), reason)
}

// WriteReAges writes the table re_age_exceptions of the night of a date to a folder as CSV and
// as Parquet, from what its sorter holds.
func WriteReAges(ctx context.Context, dir string, f *reports.Form, date civil.Date, s *spill.Sorter) ([]reports.Output, error) {
	t := &reports.Table{Name: reAgesName, Columns: reAgeColumns()}
	return writeSorted(ctx, dir, f, date, t, s, func(c []reports.Column, rec []byte) error {
		r := spill.Record{B: rec}
		c[0].Texts.Append(r.Text())
		c[1].Days = append(c[1].Days, civil.Date(r.Int()))
		if len(r.B) != 1 || int(r.B[0]) >= len(reAgeReasons) {
			r.Bad = true
			return r.Err()
		}
		c[2].Codes = append(c[2].Codes, uint16(r.B[0]))
		return r.Err()
	})
}
