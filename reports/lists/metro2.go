package lists

import (
	"context"

	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// metro2FaultsName is the table of what is not in the bureaus' file, or not as it was given.
const metro2FaultsName = "metro2_faults"

// metro2FaultColumns are the columns of the table, without the business date.
func metro2FaultColumns() []reports.Column {
	return []reports.Column{{Name: "loan_id", Kind: reports.Text}, {Name: "fault", Kind: reports.Text}}
}

// AppendMetro2Fault appends to a record what the sorter of the table takes of one fault.
func AppendMetro2Fault(rec, loanID []byte, fault string) []byte {
	return spill.AppendText(spill.AppendText(rec, loanID), fault)
}

// WriteMetro2Faults writes the table metro2_faults of the night of a date to a folder as CSV and
// as Parquet, from what its sorter holds.
func WriteMetro2Faults(ctx context.Context, dir string, f *reports.Form, date civil.Date, s *spill.Sorter) ([]reports.Output, error) {
	t := &reports.Table{Name: metro2FaultsName, Columns: metro2FaultColumns()}
	return writeSorted(ctx, dir, f, date, t, s, func(c []reports.Column, rec []byte) error {
		r := spill.Record{B: rec}
		c[0].Texts.Append(r.Text())
		c[1].Texts.Append(r.Text())
		return r.Err()
	})
}
