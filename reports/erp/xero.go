package erp

import "daybook/ledger"

// Xero says how Xero's manual journals are filled in.
type Xero struct {
	TaxRate  string         `json:"tax_rate"`
	Tracking []XeroTracking `json:"tracking"` // two at most
}

// A XeroTracking is a tracking category of Xero, and the field whose value is its option.
type XeroTracking struct {
	Name  string `json:"name"`
	Field string `json:"field"`
}

// XeroTrackingMax is how many tracking categories Xero has.
const XeroTrackingMax = 2

// XeroFields are what an option may be.
var XeroFields = []string{"cost_center", "kind", "company"}

// DefaultXero is what a policy that says nothing has.
func DefaultXero() Xero {
	return Xero{TaxRate: "Tax Exempt"}
}

// writeXero writes manual journals for Xero, which takes the rows of one narration and date
// for one journal. It has no column for the currency: a file is of one, which must be the
// base currency of the organisation that loads it.
func writeXero(w *writer) {
	w.header("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount", "TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2")
	w.each(func(e *entry, _ int, l *line) {
		w.figure(w.title(e) + " " + e.id)
		w.figure(slashed(e.date, "dmy"))
		w.figure(w.describe(e, l))
		w.text(w.account(l).Code)
		w.text(w.x.Settings.Xero.TaxRate)
		w.figure(w.amount(e.currency, l.signed()))
		list := w.x.Settings.Xero.Tracking
		for i := range XeroTrackingMax {
			option := ""
			if i < len(list) {
				option = w.tracked(list[i].Field, l)
			}
			if option == "" {
				w.none(2)
				continue
			}
			w.text(list[i].Name)
			w.text(option)
		}
		w.row()
	})
}

func (w *writer) tracked(field string, l *line) string {
	switch field {
	case "kind":
		return ledger.EntryKind(l.kind).String()
	case "company":
		return w.x.Settings.Company
	}
	return l.center
}
