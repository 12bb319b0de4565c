package erp

import (
	"archive/zip"
	"bufio"
	"strings"
	"time"

	"daybook/ledger"
)

// Oracle says how the rows of Oracle's GL_INTERFACE are filled in.
type Oracle struct {
	LedgerID string   `json:"ledger_id"`
	Source   string   `json:"source"`
	Category string   `json:"category"`
	Segments []string `json:"segments"` // a field of [OracleSegments], or = and a text
}

// DefaultOracle is what a policy that says nothing has.
func DefaultOracle() Oracle {
	return Oracle{Source: "Daybook", Category: "Loans", Segments: []string{"company", "account", "cost_center"}}
}

// OracleSegments are the fields that a segment may be.
var OracleSegments = []string{"company", "account", "cost_center", "currency", "kind"}

// OracleSegmentsMax is how many segments a row has.
const OracleSegmentsMax = 30

// oracleFile is the name by which Oracle's import knows the file in its zip.
const oracleFile = "GlInterface.csv"

// writeOracle writes the zip. Its file is stored, not compressed: which bytes a compressor
// makes changes with the compiler.
func writeOracle(w *writer) {
	y, m, d := w.x.To.Split()
	z := zip.NewWriter(w.out)
	file, err := z.CreateHeader(&zip.FileHeader{Name: oracleFile, Method: zip.Store, Modified: time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		w.err = err
		return
	}
	rows := writer{File: w.File, out: bufio.NewWriterSize(file, 1<<16)}
	rows.each(rows.interfaceRow)
	for _, end := range []func() error{rows.out.Flush, z.Close} {
		if err := end(); err != nil && w.err == nil {
			w.err = err
		}
	}
}

// interfaceRow writes a line by position: 52 columns, those behind them are left out.
func (w *writer) interfaceRow(e *entry, _ int, l *line) {
	o := &w.x.Settings.Oracle
	w.figure("NEW")
	w.text(o.LedgerID)
	w.figure(slashed(e.date, "ymd"))
	w.text(o.Source)
	w.text(o.Category)
	w.figure(w.x.Currencies[e.currency])
	w.figure(slashed(w.x.To, "ymd")) // made on
	w.figure("A")
	for _, segment := range o.Segments {
		w.text(w.segment(segment, e, l))
	}
	w.none(OracleSegmentsMax - len(o.Segments))
	w.figure(w.side(e, l.debit()))
	w.figure(w.side(e, l.creditAmount()))
	w.none(2)                       // converted: by Oracle's rates
	w.figure(Reference(w.x.Number)) // 1: batch
	w.none(2)                       // 2, 3
	w.figure(e.id)                  // 4: journal
	w.figure(w.title(e))            // 5: its description
	w.none(4)                       // 6 to 9
	w.figure(w.describe(e, l))      // 10: the line's
	w.row()
}

// segment is what stands in a segment.
func (w *writer) segment(field string, e *entry, l *line) string {
	switch field {
	case "company":
		return w.x.Settings.Company
	case "account":
		return w.account(l).Code
	case "cost_center":
		return l.center
	case "currency":
		return w.x.Currencies[e.currency]
	case "kind":
		return ledger.EntryKind(l.kind).String()
	}
	return strings.TrimPrefix(field, "=")
}
