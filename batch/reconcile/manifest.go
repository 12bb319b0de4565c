package reconcile

import (
	"daybook/reports"
)

// A manifest says what a reconciliation read, what it came to, and what it wrote. It has the
// fields of a night's manifest that say the same, and its own behind them.
type manifest struct {
	reports.Manifest
	Kind   string
	Files  []ReadFile
	Totals []Currency
	Breaks []BreakCount
	Manual []manual
	Undone []undone
}

// written is the manifest's form.
type written struct {
	FormatVersion int              `json:"format_version"`
	Kind          string           `json:"kind"`
	BusinessDate  string           `json:"business_date"`
	BookID        string           `json:"book_id"`
	Software      string           `json:"software"`
	Policy        string           `json:"policy_digest"`
	JournalRoot   string           `json:"journal_root"`
	Inputs        []ReadFile       `json:"inputs"`
	Totals        []Currency       `json:"totals"`
	Breaks        []BreakCount     `json:"breaks"`
	Manual        []manual         `json:"matched_by_hand"`
	Undone        []undone         `json:"opened_again"`
	Outputs       []reports.Output `json:"outputs"`
}

func (m *manifest) bytes() ([]byte, error) {
	w := written{
		m.FormatVersion, m.Kind, m.BusinessDate.String(), m.BookID, m.Software, m.Policy, m.JournalRoot, m.Files, m.Totals, m.Breaks, m.Manual, m.Undone, m.Outputs,
	}
	orEmpty(&w.Inputs)
	orEmpty(&w.Totals)
	orEmpty(&w.Breaks)
	orEmpty(&w.Manual)
	orEmpty(&w.Undone)
	return reports.EncodeJSON(&w)
}

// orEmpty makes an empty list of none, so that programs find a list.
func orEmpty[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}
