package reports

import (
	"os"
	"path/filepath"

	"daybook/ledger/civil"
)

// WriteTables writes tables that belong to no night, each as CSV and as Parquet, to a folder:
// the business date is their first column, as everywhere.
func WriteTables(dir, software string, date civil.Date, tables []*Table) ([]Output, error) {
	f := &Form{Layout: layout, CreatedBy: createdBy(software), Tables: map[string][]string{}}
	for _, t := range tables {
		f.grow(t)
	}
	return WriteRegulatory(dir, f, date, tables)
}

// WriteInputs writes tables as Parquet files that can be loaded as a night's inputs, to a
// folder; one without rows is not written.
func WriteInputs(dir string, tables []*Table) (outputs []Output, err error) {
	for _, t := range tables {
		if t.Rows() == 0 {
			continue
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		o, err := WriteParquet(filepath.Join(dir, t.Name+".parquet"), t)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// Grow makes room for rows to be appended.
func (t *Table) Grow(rows int) {
	for i := range t.Columns {
		t.Columns[i].Grow(rows)
	}
}
