package reports

import (
	"slices"

	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
)

// contractTerms are the columns of the tape that are a loan's terms, in its order.
var contractTerms = []string{
	"loan_id", "borrower_id", "product", "currency", "region", "booked_on", "disbursed_on", "first_due_on", "installments", "annual_rate", "method",
	"day_count", "principal",
}

// contractColumns shows a tape's columns as those of contracts.
func contractColumns(tape []Column) []Column {
	list := make([]Column, 0, len(contractTerms))
	for _, name := range contractTerms {
		list = append(list, tape[slices.IndexFunc(tape, func(c Column) bool { return c.Name == name })])
	}
	return list
}

// Contracts writes one part of the contracts: the terms of the loans that a night books or
// changes. It belongs to one worker.
type Contracts struct {
	w       *ParquetWriter
	sheet   *Sheet
	columns []Column
}

// CreateContracts starts a part file of the night of a date; of a form that has no contracts
// it returns nil, which writes nothing.
func CreateContracts(path string, f *Form, date civil.Date, d *aging.Dictionaries, scale int) (*Contracts, error) {
	if len(f.Tables["contracts"]) == 0 {
		return nil, nil
	}
	sheet, columns := f.Sheet("contracts", date), contractColumns(TapeColumns(d, scale))
	w, err := f.CreateParquet(path, sheet.table, sheet.Columns(columns))
	if err != nil {
		return nil, err
	}
	return &Contracts{w, sheet, columns}, nil
}

// Write adds the rows of a batch that are said, in ascending order; all: every one.
func (c *Contracts) Write(b Batch, rows []int, all bool) error {
	if c == nil || len(rows) == 0 && !all {
		return nil
	}
	tape := contractColumns(b.Tape())
	if all {
		return c.w.Write(c.sheet.Columns(tape))
	}
	for i := range c.columns {
		to := &c.columns[i]
		to.Reset()
		for _, row := range rows {
			to.appendRows(&tape[i], row, row+1)
		}
	}
	return c.w.Write(c.sheet.Columns(c.columns))
}

// Close syncs the file and says what it holds.
func (c *Contracts) Close() (Output, error) { return c.w.Close() }

// Abort removes the file.
func (c *Contracts) Abort() { c.w.Abort() }

// AccountsTable is the chart of accounts of a night.
func AccountsTable(chart *ledger.Chart) *Table {
	t := &Table{Name: "accounts", Columns: []Column{coded("account"), coded("name"), coded("type"), coded("role")}}
	if chart == nil {
		return t
	}
	roles := ledger.DefaultChart() // in which an account is named for its role
	for role := range ledger.Roles {
		a := chart[role]
		t.Append(a.Code, a.Name, a.Type.String(), roles[role].Name)
	}
	return t
}
