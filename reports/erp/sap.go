package erp

import (
	"slices"

	"daybook/ledger"
)

// SAP says how SAP's template is filled in.
type SAP struct {
	EntryType string      `json:"entry_type"`
	Columns   []SAPColumn `json:"columns"`
}

// A SAPColumn is a column of the template: what SAP calls it, and what stands in it, a
// field of [SAPFields] or one text.
type SAPColumn struct {
	Name  string `json:"name"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text,omitempty"`
}

// DefaultSAP is the template "Upload General Journal Entries" as the contract has it.
func DefaultSAP() SAP {
	s := SAP{EntryType: "SA"}
	for _, c := range [...][2]string{
		{"Company Code", "company"}, {"Journal Entry Type", "entry_type"}, {"Journal Entry Date", "entry_date"}, {"Posting Date", "posting_date"},
		{"Fiscal Period", "period"}, {"Transaction Currency", "currency"}, {"Document Header Text", "header_text"}, {"Reference Document", "reference"},
		{"G/L Account", "account"}, {"Item Text", "item_text"}, {"Debit", "debit"}, {"Credit", "credit"}, {"Cost Center", "cost_center"},
		{"Assignment", "assignment"},
	} {
		s.Columns = append(s.Columns, SAPColumn{Name: c[0], Field: c[1]})
	}
	return s
}

// A sapField appends what a column may have.
type sapField struct {
	name string
	put  func(w *writer, e *entry, l *line)
}

var sapFields = []sapField{
	{"company", func(w *writer, _ *entry, _ *line) { w.text(w.x.Settings.Company) }},
	{"entry_type", func(w *writer, _ *entry, _ *line) { w.text(w.x.Settings.SAP.EntryType) }},
	{"entry_date", func(w *writer, e *entry, _ *line) { w.figure(e.date.String()) }},
	{"posting_date", func(w *writer, e *entry, _ *line) { w.figure(e.date.String()) }},
	{"period", func(w *writer, e *entry, _ *line) { w.figure(monthNumber(e.date)) }},
	{"year", func(w *writer, e *entry, _ *line) { w.figure(year(e.date)) }},
	{"currency", func(w *writer, e *entry, _ *line) { w.figure(w.x.Currencies[e.currency]) }},
	{"header_text", func(w *writer, e *entry, _ *line) { w.figure(w.title(e)) }},
	{"reference", func(w *writer, e *entry, _ *line) { w.figure(e.id) }},
	{"account", func(w *writer, _ *entry, l *line) { w.text(w.account(l).Code) }},
	{"account_name", func(w *writer, _ *entry, l *line) { w.text(w.account(l).Name) }},
	{"item_text", func(w *writer, e *entry, l *line) { w.figure(w.describe(e, l)) }},
	{"debit", func(w *writer, e *entry, l *line) { w.figure(w.side(e, l.debit())) }},
	{"credit", func(w *writer, e *entry, l *line) { w.figure(w.side(e, l.creditAmount())) }},
	{"cost_center", func(w *writer, _ *entry, l *line) { w.text(l.center) }},
	{"assignment", func(w *writer, _ *entry, l *line) { w.figure(ledger.EntryKind(l.kind).String()) }},
}

// SAPFields are what a column may have.
func SAPFields() (list []string) {
	for i := range sapFields {
		list = append(list, sapFields[i].name)
	}
	return list
}

// writeSAP writes the fields of lines for SAP's template. An entry's lines follow each
// other, and have its reference and header text.
func writeSAP(w *writer) {
	columns := w.x.Settings.SAP.Columns
	puts := make([]func(*writer, *entry, *line), len(columns))
	for i := range columns {
		c := &columns[i]
		w.text(c.Name)
		puts[i] = func(w *writer, _ *entry, _ *line) { w.text(c.Text) }
		if at := slices.IndexFunc(sapFields, func(f sapField) bool { return f.name == c.Field }); at >= 0 {
			puts[i] = sapFields[at].put
		}
	}
	w.row()
	w.each(func(e *entry, _ int, l *line) {
		for _, put := range puts {
			put(w, e, l)
		}
		w.row()
	})
}
