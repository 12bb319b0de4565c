package lists

import (
	"context"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// monthlyName is the table of all loans' repayment status by month.
const monthlyName = "monthly_status"

// monthlyFrom are the columns of the tape that it is made of.
var monthlyFrom = []string{
	"loan_id", "borrower_id", "history_24m", "status", "classification", "days_past_due", "past_due_amount", "total_outstanding",
}

// monthlyColumns are the columns of the table, without the business date.
func monthlyColumns(scale int) []reports.Column {
	return []reports.Column{
		{Name: "loan_id", Kind: reports.Text}, {Name: "borrower_id", Kind: reports.Text, Optional: true}, {Name: "month", Kind: reports.Coded},
		{Name: "status", Kind: reports.Text, Width: 1}, {Name: "history", Kind: reports.Text, Width: historyMonths}, {Name: "days_past_due", Kind: reports.Count},
		{Name: "past_due_amount", Kind: reports.Amount, Digits: scale}, {Name: "total_outstanding", Kind: reports.Amount, Digits: scale},
		{Name: "account_state", Kind: reports.Count}, {Name: "class", Kind: reports.Count},
	}
}

// SortMonthly gives a sorter what the table needs of every loan of a published part of the tape,
// where classes are the last that the night decided.
func SortMonthly(ctx context.Context, path string, w *spill.Writer) error {
	var rec []byte
	return reports.EachGroup(ctx, path, monthlyFrom, func(c []*reports.Column, rows int) error {
		for row := range rows {
			rec = rec[:0]
			for _, x := range c[:5] {
				rec = spill.AppendText(rec, x.Texts.Row(row))
			}
			rec = spill.AppendInt(rec, int64(c[5].Counts[row]))
			for _, x := range c[6:] {
				rec = spill.AppendInt(rec, x.Ints[row])
			}
			if err := w.Add(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// appendMonthly appends the row of a record to the columns.
func appendMonthly(c []reports.Column, rec []byte, month string) error {
	r := spill.Record{B: rec}
	id, borrower, history := r.Text(), r.Text(), r.Text()
	status, known := aging.ParseLoanStatus(string(r.Text()))
	class, days := string(r.Text()), int32(r.Int())
	due, total := r.Int(), r.Int()
	if r.Bad = r.Bad || !known || len(history) != historyMonths; r.Bad {
		return r.Err()
	}
	c[0].Texts.Append(id)
	c[1].Texts.Append(borrower)
	c[2].AppendName(month)
	c[3].Texts.Append(history[:1])
	c[4].Texts.Append(history)
	c[5].Counts = append(c[5].Counts, days)
	c[6].Ints, c[7].Ints = append(c[6].Ints, due), append(c[7].Ints, total)
	c[8].Counts = append(c[8].Counts, reports.AccountState(status, days, history[0]))
	c[9].Counts = append(c[9].Counts, reports.FiveClass(class))
	return nil
}

// WriteMonthly writes the table monthly_status of the night of a date to a folder as CSV and as
// Parquet, by loan, from what its sorter holds.
func WriteMonthly(ctx context.Context, dir string, f *reports.Form, date civil.Date, scale int, s *spill.Sorter) ([]reports.Output, error) {
	t := &reports.Table{Name: monthlyName, Columns: monthlyColumns(scale)}
	month := date.String()[:len("2006-01")]
	return writeSorted(ctx, dir, f, date, t, s, func(c []reports.Column, rec []byte) error { return appendMonthly(c, rec, month) })
}
