// Package workbook writes the regulatory tables of a night as one Excel workbook: a sheet
// "Read me" that says what the night is and that it ties, and a sheet for each table.
//
// A sheet has the columns of the table's CSV, its header bold, frozen and with filters.
// Amounts are numbers that show the digits of the currency of their row, rates are per
// cent with two digits (the number itself has all six), dates are dates. A text is a text: it stands in a cell
// of the type "inline string" whose format is Text, so that it is no formula when the file is opened, nor when
// somebody edits the cell. It has no apostrophe before it, as the CSV has, since nothing is guessed here.
//
// A number of a spreadsheet has 15 significant digits. What has more is written as text,
// with all its digits, and never rounded. So is a day before 1900.
//
// The same tables give the same bytes: times are the business date, parts of the file
// stand in the order of their names, and nothing is random. What is written does not depend on
// how rows are cut into batches.
//
// Memory is bounded: the first rows of a table decide how wide its columns are, and a
// table with more than these goes to a file of the scratch folder, compressed, one at a time.
package workbook

import (
	"fmt"
	"html"
	"io"
	"strings"

	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// RowsMax is how many rows of a table a sheet holds below its header. A table with more
// is not in the workbook: its sheet says where its CSV is.
const RowsMax = 1<<20 - 1

// nameMax is how long the name of a sheet may be.
const nameMax = 31

// ReadMe is the name of the first sheet.
const ReadMe = "Read me"

// A Table is one table and where it is published as CSV.
type Table struct {
	Name    string
	CSV     string           // the path within the night's folder
	SHA256  string           // of the CSV
	Columns []reports.Column // names, kinds and digits; their values are not read
	// Rows hands the rows to add, batch by batch, each with columns of the same kinds.
	Rows func(add func(batch []reports.Column) error) error
}

// Of is a table that is in memory.
func Of(t *reports.Table) Table {
	return Table{Name: t.Name, Columns: t.Columns, Rows: func(add func([]reports.Column) error) error { return add(t.Columns) }}
}

// Write writes the workbook. The scratch folder is there, takes what is too large for memory, and is as before
// when Write returns. An error is of the file system, or of two tables with one name.
func Write(out io.Writer, scratch string, c *Cover, tables []Table) error {
	return write(out, scratch, c, tables, RowsMax)
}

func write(out io.Writer, scratch string, c *Cover, tables []Table, rowsMax int64) (err error) {
	parts, err := newParts(scratch, c.BusinessDate)
	if err != nil {
		return err
	}
	defer func() { err = first(err, parts.remove()) }()
	w := &writer{scratch: scratch, parts: parts, sheets: 1, rowsMax: rowsMax}
	if w.file, w.style, err = newFile(scratch); err != nil {
		return err
	}
	defer func() { err = first(err, w.file.Close()) }()
	if err := w.file.SetSheetName("Sheet1", ReadMe); err != nil {
		return err
	}
	for i := range tables {
		if err := w.table(&tables[i]); err != nil {
			return fmt.Errorf("sheet %s: %w", tables[i].Name, err)
		}
	}
	if err := w.cover(c); err != nil {
		return fmt.Errorf("sheet %s: %w", ReadMe, err)
	}
	if err := w.properties(c); err != nil {
		return err
	}
	w.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &spool{parts: parts} })
	if err := w.file.Write(io.Discard); err != nil {
		return err
	}
	return parts.write(out)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A writer is a workbook in the making. It belongs to one goroutine.
type writer struct {
	file    *excelize.File
	style   *styles
	scratch string
	parts   *parts
	sheets  int // how many there are
	rowsMax int64
	listed  []listed
}

// A listed is what the first sheet says of another.
type listed struct {
	sheet string
	table *Table
	rows  int64
	note  string
}

// newFile starts a file with the styles of all. Two files that are made by it number their
// styles alike, so that a sheet of one is right in the other.
func newFile(scratch string) (*excelize.File, *styles, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: scratch})
	s, err := newStyles(f)
	if err != nil {
		return nil, nil, first(err, f.Close())
	}
	return f, s, nil
}

// properties sets what the file says of itself: by whom it was made, and of which day it
// is. The library writes its core properties without the prefix cp, and there are readers
// that know them by it alone.
func (w *writer) properties(c *Cover) error {
	const space = `xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	core := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties %s><dc:title>%s</dc:title><dc:creator>%[3]s</dc:creator><cp:lastModifiedBy>%[3]s</cp:lastModifiedBy>`+
		`<dcterms:created xsi:type="dcterms:W3CDTF">%[4]sT00:00:00Z</dcterms:created>`+
		`<dcterms:modified xsi:type="dcterms:W3CDTF">%[4]sT00:00:00Z</dcterms:modified></cp:coreProperties>`,
		space, html.EscapeString(c.title()), html.EscapeString(c.Software), c.BusinessDate)
	w.file.Pkg.Store("docProps/core.xml", []byte(core))
	name, _, _ := strings.Cut(c.Software, " ")
	return w.file.SetAppProps(&excelize.AppProperties{Application: name})
}

func (c *Cover) title() string {
	if c.Title != "" {
		return c.Title
	}
	return "Regulatory tables of " + c.BusinessDate.String()
}

// newSheet adds a sheet that is named as a table is.
func (w *writer) newSheet(table string) (string, error) {
	name := table[:min(len(table), nameMax)]
	if i, err := w.file.GetSheetIndex(name); err != nil || i >= 0 {
		return "", first(err, fmt.Errorf("there is a sheet %s already", name))
	}
	_, err := w.file.NewSheet(name)
	w.sheets++
	return name, err
}
