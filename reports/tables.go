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

// Dated is a table as [WriteTables] lays it, with its business date.
func Dated(t *Table, date civil.Date) *Table {
	f := &Form{Tables: map[string][]string{}}
	f.grow(t)
	return f.Sheet(t.Name, date).Table(t)
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

// A TableWriter writes a table that belongs to no night as CSV and as Parquet, row by row:
// of a large one some rows are in memory. The names of coded columns are known when it is
// made. It is one goroutine's.
type TableWriter struct {
	table   *Table
	sheet   *Sheet
	csv     *CSVFile
	parquet *ParquetWriter
	at      int // column of the row that is being written
}

// CreateTable starts a table's files in a folder.
func CreateTable(dir, software string, date civil.Date, t *Table) (*TableWriter, error) {
	f := &Form{Layout: layout, CreatedBy: createdBy(software), Tables: map[string][]string{}}
	f.grow(t)
	w := &TableWriter{table: t, sheet: f.Sheet(t.Name, date)}
	var err error
	if w.csv, err = f.CreateCSV(filepath.Join(dir, t.Name+".csv"), w.sheet.Columns(t.Columns)); err != nil {
		return nil, err
	}
	if w.parquet, err = f.CreateParquet(filepath.Join(dir, t.Name+".parquet"), t.Name, w.sheet.Columns(t.Columns)); err != nil {
		w.csv.Abort()
		return nil, err
	}
	return w, nil
}

// next returns the column of the row's next value.
func (w *TableWriter) next() *Column {
	w.at++
	return &w.table.Columns[w.at-1]
}

// Text adds a value to the row; empty is null.
func (w *TableWriter) Text(s string) { w.next().Texts.AppendString(s) }

// Bytes adds a value to the row; empty is null.
func (w *TableWriter) Bytes(b []byte) { w.next().Texts.Append(b) }

// Word adds a name to the row; empty is null.
func (w *TableWriter) Word(s string) { w.next().AppendName(s) }

// Date adds a date to the row; [civil.None] is null.
func (w *TableWriter) Date(d civil.Date) {
	c := w.next()
	c.Days = append(c.Days, d)
}

// Number adds a number or an amount to the row; [Null] is null.
func (w *TableWriter) Number(n int64) {
	c := w.next()
	c.Ints = append(c.Ints, n)
}

// Bool adds a truth value to the row.
func (w *TableWriter) Bool(v bool) {
	c := w.next()
	n := int32(0)
	if v {
		n = 1
	}
	c.Counts = append(c.Counts, n)
}

// End ends the row.
func (w *TableWriter) End() error {
	if w.at != len(w.table.Columns) {
		panic("reports: internal error: a row of " + w.table.Name + " has not a value for each column")
	}
	w.at = 0
	if w.table.Rows() < pageRows {
		return nil
	}
	return w.flush()
}

func (w *TableWriter) flush() error {
	columns := w.sheet.Columns(w.table.Columns)
	if err := w.csv.Write(columns); err != nil {
		return err
	}
	if err := w.parquet.Write(columns); err != nil {
		return err
	}
	for i := range w.table.Columns {
		w.table.Columns[i].Reset()
	}
	return nil
}

// Close syncs both files and says what they hold.
func (w *TableWriter) Close() ([]Output, error) {
	if w.table.Rows() > 0 {
		if err := w.flush(); err != nil {
			return nil, err
		}
	}
	a, err := w.csv.Close()
	if err != nil {
		return nil, err
	}
	b, err := w.parquet.Close()
	return []Output{a, b}, err
}

// Abort removes the files; after Close it does nothing.
func (w *TableWriter) Abort() {
	w.csv.Abort()
	w.parquet.Abort()
}
