package erp

import (
	"slices"

	"daybook/ledger"
	"daybook/reports"
)

// writeHledger writes what the journal's export does, summed: one transaction a date and
// currency.
func writeHledger(w *writer) {
	var currencies []string
	for _, t := range w.Totals {
		currencies = append(currencies, t.Currency)
	}
	w.line = reports.AppendHledgerHead(w.line, "daybook gl "+Reference(w.x.Number), currencies)
	var declared []string
	for r := range w.x.Settings.Accounts {
		a := &w.x.Settings.Accounts[r]
		if name := hledgerName(a); !a.Left && !slices.Contains(declared, name) {
			declared = append(declared, name)
			w.line = reports.AppendHledgerAccount(w.line, name, a.Type)
		}
	}
	w.line = append(w.line, '\n')
	w.end()
	for i := range w.entries {
		e := &w.entries[i]
		w.line = append(w.line, e.date.String()+" ("+e.id+") "+w.title(e)+"\n"...)
		for k := range e.lines {
			l := &e.lines[k]
			w.line = append(w.line, "    "+hledgerName(w.account(l))+"  "+w.amount(e.currency, l.signed())+" "+w.x.Currencies[e.currency]...)
			w.line = append(w.line, "  ; kind: "+ledger.EntryKind(l.kind).String()...)
			if l.center != "" {
				w.line = append(w.line, ", cost_center: "+reports.HledgerText(l.center)...)
			}
			w.line = append(w.line, '\n')
		}
		w.line = append(w.line, '\n')
		w.end()
	}
}

func hledgerName(a *Account) string { return reports.HledgerAccount(a.Type, a.Name) }
