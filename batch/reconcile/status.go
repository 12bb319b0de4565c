package reconcile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/store"
	"daybook/reports"
)

// Last returns the date that a book was reconciled at last; civil.None: never.
func Last(b *store.Book) (civil.Date, error) {
	s := head{Date: civil.None}
	raw, ok, err := b.Own(store.Reconciliation, nowKey(letterHead, 0))
	if err != nil || !ok {
		return civil.None, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return civil.None, fmt.Errorf("the book's reconciliation: %w", err)
	}
	return s.Date, nil
}

// A Published is a reconciliation as an output folder has it.
type Published struct {
	Date     civil.Date
	Folder   string
	Manifest string // its SHA-256
	Root     string // of the journal up to the date
	Totals   []Currency
	Outputs  []reports.Output
}

// Open returns the reconciliation of a book at a date that is published in an output folder,
// and why it is none that can be relied on: it is not there, not the book's, or not as it was
// published.
func Open(out string, d civil.Date, bookID string) (p *Published, why string, err error) {
	p = &Published{Date: d, Folder: filepath.Join(out, Folder, d.String())}
	raw, err := publish.ReadManifest(p.Folder)
	if err != nil {
		return nil, fmt.Sprintf("%s has no manifest that can be read", p.Folder), nil
	}
	var w written
	m, err := reports.ParseManifest(raw)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(raw)).Decode(&w)
	}
	switch {
	case err != nil || w.Kind != "reconciliation":
		return nil, fmt.Sprintf("the manifest of %s is none of a reconciliation", p.Folder), nil
	case m.BookID != bookID || m.BusinessDate != d:
		return nil, fmt.Sprintf("%s is of %s and the book %s", p.Folder, m.BusinessDate, m.BookID), nil
	}
	if whole, err := publish.Whole(p.Folder, m); err != nil || !whole {
		return nil, fmt.Sprintf("%s is not as it was published", p.Folder), err
	}
	sum := sha256.Sum256(raw)
	p.Manifest, p.Root, p.Totals, p.Outputs = hex.EncodeToString(sum[:]), w.JournalRoot, w.Totals, w.Outputs
	return p, "", nil
}

// Output is what its manifest says of a file; nil where it has none of the name.
func (p *Published) Output(name string) *reports.Output {
	for i := range p.Outputs {
		if p.Outputs[i].Path == name {
			return &p.Outputs[i]
		}
	}
	return nil
}

// Untied are the currencies in which book and bank are not tied.
func (p *Published) Untied() (list []string) {
	for i := range p.Totals {
		if !p.Totals[i].Tied {
			list = append(list, p.Totals[i].Currency)
		}
	}
	return list
}

// Breaks counts by currency the breaks that somebody has to look at, and what they come to,
// each without its sign, in units of scale digits.
func (p *Published) Breaks(ctx context.Context) (items, amounts map[string]int64, scale int, err error) {
	items, amounts = map[string]int64{}, map[string]int64{}
	path := filepath.Join(p.Folder, breaksTable+".parquet")
	err = reports.EachGroup(ctx, path, []string{"break_kind", "currency", "amount"}, func(c []*reports.Column, rows int) error {
		scale = c[2].Digits
		for i := range rows {
			if match.IsExpectedKind(string(c[0].AppendValue(nil, i))) {
				continue
			}
			currency := string(c[1].AppendValue(nil, i))
			items[currency]++
			if !c[2].Null(i) {
				amounts[currency] += max(c[2].Ints[i], -c[2].Ints[i])
			}
		}
		return nil
	})
	return items, amounts, scale, err
}

// The names of a reconciliation's tables.
const (
	statementsTable = "reconciliation_statements"
	linesTable      = "reconciliation_lines"
	matchesTable    = "reconciliation_matches"
	breaksTable     = "reconciliation_breaks"
	summaryTable    = "reconciliation_summary"
)

// TableNames are the tables of a reconciliation, in their order.
func TableNames() []string {
	return []string{statementsTable, linesTable, matchesTable, breaksTable, summaryTable}
}
