package erp

import (
	"strconv"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
)

// Cells of CSVs are written as those of all others of the program are: texts such that no
// spreadsheet runs them, figures and dates as they are.

// text appends a cell that may have anything.
func (w *writer) text(s string) { w.cell(reports.AppendCell(nil, []byte(s))) }

// figure appends a cell that the program makes.
func (w *writer) figure(s string) { w.cell([]byte(s)) }

// none appends empty cells.
func (w *writer) none(n int) {
	for range n {
		w.cell(nil)
	}
}

func (w *writer) cell(b []byte) { w.line = append(append(w.line, b...), ',') }

// row ends a row.
func (w *writer) row() {
	w.line[len(w.line)-1] = '\n'
	w.end()
}

// header writes the names of columns.
func (w *writer) header(names ...string) {
	for _, name := range names {
		w.text(name)
	}
	w.row()
}

// side is an amount, or nothing where it is on the other side.
func (w *writer) side(e *entry, amount int64) string {
	if amount == 0 {
		return ""
	}
	return w.amount(e.currency, amount)
}

func (w *writer) amount(currency uint16, amount int64) string {
	return money.Amount(amount).Text(w.x.digits(currency))
}

// describe says what a line is of: its kind and its day or month.
func (w *writer) describe(e *entry, l *line) string {
	return ledger.EntryKind(l.kind).String() + " " + w.x.period(e.date)
}

// title says what an entry is, in 25 bytes: as much as SAP's header text has.
func (w *writer) title(e *entry) string {
	return "Daybook " + w.x.period(e.date) + " " + w.x.Currencies[e.currency]
}

// slashed is a date between slashes: its parts in the order of a layout of y, m and d.
func slashed(d civil.Date, layout string) string {
	y, m, day := d.Split()
	var b []byte
	for i, c := range layout {
		if i > 0 {
			b = append(b, '/')
		}
		n := map[rune]int{'y': y, 'm': m, 'd': day}[c]
		if n < 10 {
			b = append(b, '0')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}

// monthNumber is a date's month of the year, which is the fiscal period of a year that
// begins in January.
func monthNumber(d civil.Date) string {
	_, m, _ := d.Split()
	return strconv.Itoa(m)
}

// year is a date's year.
func year(d civil.Date) string {
	y, _, _ := d.Split()
	return strconv.Itoa(y)
}
