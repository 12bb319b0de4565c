// Package lists writes the regulatory tables that have a row a loan. Their rows are gathered as
// sorted records, beyond memory where they must, and written as CSV and as Parquet, so that a
// table may have as many rows as there are loans.
package lists

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// Tables are the tables that this room makes, without rows.
func Tables(words *aging.Dictionaries) []*reports.Table {
	return []*reports.Table{{Name: watchlistName, Columns: watchlistColumns(words, 0)}, {Name: reAgesName, Columns: reAgeColumns()},
		{Name: monthlyName, Columns: monthlyColumns(0)}, {Name: metro2FaultsName, Columns: metro2FaultColumns()}}
}

// rowsAtOnce is how many rows of a table of loans are in memory as it is written.
const rowsAtOnce = 1 << 12

// writeSorted writes a table whose rows are the records of a sorter, in their order, as CSV
// and as Parquet.
func writeSorted(ctx context.Context, dir string, f *reports.Form, date civil.Date, t *reports.Table, s *spill.Sorter, row func(c []reports.Column, rec []byte) error) (outs []reports.Output, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sheet := f.Sheet(t.Name, date)
	text, err := f.CreateCSV(filepath.Join(dir, t.Name+".csv"), sheet.Columns(t.Columns))
	if err != nil {
		return nil, err
	}
	defer text.Abort()
	table, err := f.CreateParquet(filepath.Join(dir, t.Name+".parquet"), t.Name, sheet.Columns(t.Columns))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			table.Abort()
		}
	}()
	flush := func() error {
		if t.Rows() == 0 {
			return nil
		}
		columns := sheet.Columns(t.Columns)
		if err := errors.Join(text.Write(columns), table.Write(columns)); err != nil {
			return err
		}
		for i := range t.Columns {
			t.Columns[i].Reset()
		}
		return nil
	}
	err = s.Each(ctx, func(rec []byte) error {
		if err := row(t.Columns, rec); err != nil || t.Rows() < rowsAtOnce {
			return err
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return nil, err
	}
	return closed(text, table)
}

// closed closes both files of a table.
func closed(text *reports.CSVFile, table *reports.ParquetWriter) ([]reports.Output, error) {
	first, err := text.Close()
	if err != nil {
		table.Abort()
		return nil, err
	}
	second, err := table.Close()
	return []reports.Output{first, second}, err
}
