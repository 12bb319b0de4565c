package intake

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"daybook/ledger/loan"
)

// A real lender's night, written by DuckDB.
func TestLendingClub(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "lendingclub")
	in, err := Inspect(t.Context(), filepath.Join(dir, "2018-08-31"), Options{Scale: 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	expected, err := os.Open(filepath.Join(dir, "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer expected.Close()
	lines, err := csv.NewReader(expected).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	paid := map[string]int{}
	var r Reader
	row := int64(0)
	for _, f := range in.Files {
		for g := range f.Groups {
			err := r.ReadGroup(f, g, func(rows *Rows) error {
				for i := range rows.N {
					if rows.Fault[i] != loan.OK {
						t.Errorf("%s row %d: %s", f.Name, rows.First+int64(i), rows.Fault[i].Code())
					}
					switch f.Kind {
					case Repayments:
						paid[string(rows.Columns[RepaymentsLoanID].Text(i))]++
					case Loans:
						row++
						if got, want := string(rows.Columns[LoansLoanID].Text(i)), lines[row][0]; got != want {
							t.Errorf("loan %d is %s, want %s", row, got, want)
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if int(row) != len(lines)-1 {
		t.Errorf("%d loans, want %d", row, len(lines)-1)
	}
	for _, line := range lines[1:] {
		if got, want := itoa(paid[line[0]]), line[1]; got != want {
			t.Errorf("loan %s has %s repayments, want %s", line[0], got, want)
		}
	}
}
