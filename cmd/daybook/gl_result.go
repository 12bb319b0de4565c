package main

import (
	"daybook/batch/gl"
	"daybook/ledger/civil"
	"daybook/reports"
)

// glExportedJSON is what gl --json prints.
type glExportedJSON struct {
	Number    int64         `json:"number"`
	Reference string        `json:"reference"`
	New       bool          `json:"new"`
	Profile   string        `json:"profile"`
	From      civil.Date    `json:"from"`
	To        civil.Date    `json:"to"`
	By        string        `json:"by"`
	Nights    []civil.Date  `json:"nights"`
	Company   string        `json:"company"`
	Policy    string        `json:"policy"`
	Overlaps  []int64       `json:"overlaps"`
	Totals    []glTotalJSON `json:"totals"`
	LeftOut   []glLeftJSON  `json:"left_out"`
	Files     []glFileJSON  `json:"files"`
}

type glTotalJSON struct {
	Currency string `json:"currency"`
	Entries  int64  `json:"entries"`
	Lines    int64  `json:"lines"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
}

type glLeftJSON struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
}

type glFileJSON struct {
	Path   string        `json:"path"`
	Bytes  int64         `json:"bytes"`
	SHA256 string        `json:"sha256"`
	Totals []glTotalJSON `json:"totals"`
}

// glExported is the result of an export that is written.
func glExported(e *gl.Export, paths []string) *glExportedJSON {
	v := &glExportedJSON{
		Number: e.Number, Reference: e.Reference(), New: e.New, Profile: e.Profile, From: e.From, To: e.To, By: "day", Nights: e.Nights,
		Company: e.Company(), Policy: e.Policy, Overlaps: append([]int64{}, e.Overlaps...), Totals: glTotals(e.Totals()), LeftOut: []glLeftJSON{},
	}
	if e.Monthly {
		v.By = "month"
	}
	for _, x := range e.Left {
		v.LeftOut = append(v.LeftOut, glLeftJSON{x.Account, x.Currency, gl.Money(x.Currency, x.Debits), gl.Money(x.Currency, x.Credits)})
	}
	for i, f := range e.Files {
		v.Files = append(v.Files, glFileJSON{paths[i], f.Bytes, f.SHA256, glTotals(f.Totals)})
	}
	return v
}

func glTotals(list []gl.Total) []glTotalJSON {
	out := []glTotalJSON{}
	for _, t := range list {
		out = append(out, glTotalJSON{t.Currency, t.Entries, t.Lines, gl.Money(t.Currency, t.Debits), gl.Money(t.Currency, t.Credits)})
	}
	return out
}

func (a *app) printGL(v *glExportedJSON) {
	made := "is made"
	if !v.New {
		made = "was made before, and is the same"
	}
	a.printf("%s %s: %s, %s to %s by %s, %s\n", v.Reference, made, v.Profile, v.From, v.To, v.By, plural(int64(len(v.Nights)), "night"))
	for _, number := range v.Overlaps {
		a.printf("  it has days of %s too\n", gl.Reference(number))
	}
	var rows [][]string
	for _, t := range v.Totals {
		rows = append(rows, []string{t.Currency, count(t.Entries), count(t.Lines), reports.Grouped(t.Debits), reports.Grouped(t.Credits)})
	}
	a.table([]column{words("currency"), figures("entries"), figures("lines"), figures("debits"), figures("credits")}, rows)
	for _, x := range v.LeftOut {
		a.printf("  not in it: account %s, debits %s and credits %s %s\n", x.Account, reports.Grouped(x.Debits), reports.Grouped(x.Credits), x.Currency)
	}
	for _, f := range v.Files {
		a.printf("  %s  sha256 %s\n", f.Path, f.SHA256)
	}
}
