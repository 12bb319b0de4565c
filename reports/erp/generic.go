package erp

import "daybook/ledger"

// writeGeneric writes a CSV for who maps it: everything that is known of a line.
func writeGeneric(w *writer) {
	w.header("entry", "posting_date", "period", "company", "account", "account_name", "cost_center", "currency", "debit", "credit", "kind", "product",
		"description", "reference")
	w.each(func(e *entry, _ int, l *line) {
		a := w.account(l)
		w.figure(e.id)
		w.figure(e.date.String())
		w.figure(month(e.date))
		w.text(w.x.Settings.Company)
		w.text(a.Code)
		w.text(a.Name)
		w.text(l.center)
		w.figure(w.x.Currencies[e.currency])
		w.figure(w.side(e, l.debit()))
		w.figure(w.side(e, l.creditAmount()))
		w.figure(ledger.EntryKind(l.kind).String())
		w.text(w.x.Products[l.product])
		w.figure(w.describe(e, l))
		w.figure(Reference(w.x.Number))
		w.row()
	})
}

// writeQuickBooks writes journal entries for QuickBooks, which knows accounts by their
// names.
func writeQuickBooks(w *writer) {
	w.header("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Name", "Currency", "Location", "Class")
	w.each(func(e *entry, _ int, l *line) {
		w.figure(e.id)
		w.figure(slashed(e.date, "mdy"))
		w.text(w.account(l).Name)
		w.figure(w.side(e, l.debit()))
		w.figure(w.side(e, l.creditAmount()))
		w.figure(w.describe(e, l))
		w.none(1)
		w.figure(w.x.Currencies[e.currency])
		w.none(1)
		w.text(l.center)
		w.row()
	})
}
