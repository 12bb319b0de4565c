package reconcile

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/reports"
)

// Folder is where reconciliations are published within an output folder.
const Folder = "reconciliation"

// before adds what the account of cash had before the first business date that counts.
func (r *run) before(t *tables) error {
	if r.state.From == civil.None {
		return nil
	}
	last, err := r.book.NightThrough(min(r.state.From-1, r.o.Date))
	if err != nil || last == civil.None {
		return err
	}
	n, err := book.Night(r.book, last)
	if err != nil {
		return err
	}
	for _, l := range n.GL {
		if l.Role == ledger.CashClearing {
			t.of(r.view.Names.Currencies[l.Currency]).before = money.Amount(l.Closing())
		}
	}
	return nil
}

// suggestions makes the files that can be loaded as they are: adjustments that take back what was returned,
// repayments of what names a loan.
func (r *run) suggestions(t *tables) {
	t.adjustments = table("adjustments-bank", text("adjustment_id"), text("loan_id"), word("kind"), date("value_date"), text("target_id"), text("reason"), word("choice"))
	t.repayments = table("repayments-bank", text("repayment_id"), text("loan_id"), date("value_date"), t.amount("amount"), word("currency"), word("channel"), text("reference"))
	for i := range r.match.Lines {
		if !r.match.LineIsOpen(i) {
			continue
		}
		l, row := &r.match.Lines[i], r.lineBreakRow(i)
		switch row.suggestion {
		case "repayment":
			t.repayments.Append(row.suggestionID, row.loan, l.Date(), t.units(l.Amount, row.currency), row.currency, "bank", referenceOf(l))
		case "":
		default:
			x := r.returns[i]
			t.adjustments.Append(row.suggestionID, x.loan, x.kind, l.Date(), x.target, reasonOf(l), x.choice)
		}
	}
}

// reasonOf says why the bank took money back.
func reasonOf(l *match.BankLine) string {
	if l.ReturnReason != "" {
		return "returned: " + l.ReturnReason
	}
	return "returned by the bank"
}

// referenceOf is the first of a line's own references.
func referenceOf(l *match.BankLine) string {
	for _, s := range [...]string{l.EndToEndID, l.Reference, l.BankReference} {
		if s != "" {
			return s
		}
	}
	return ""
}

// stage writes the date's folder, which is not in its place yet. The folio is the caller's
// to close.
func (r *run) stage(t *tables) (f *publish.Folio, m *manifest, err error) {
	f, err = publish.OpenFolio(r.o.Out, filepath.Join(Folder, r.o.Date.String()), r.bookID)
	if err != nil {
		return nil, nil, err
	}
	if err = f.Ready(r.o.Date); err == nil {
		m, err = r.write(f.Dir(), t)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, m, nil
}

// write writes what is published into a folder, and returns the manifest of it.
func (r *run) write(dir string, t *tables) (*manifest, error) {
	outputs, err := reports.WriteTables(dir, r.o.Software, r.o.Date, []*reports.Table{t.statements, t.summaryTable})
	if err != nil {
		return nil, err
	}
	long, err := r.writeLong(dir, t)
	if err != nil {
		return nil, err
	}
	outputs = append(outputs, long...)
	slices.SortFunc(outputs, func(a, b reports.Output) int { return strings.Compare(a.Path, b.Path) })
	suggested, err := reports.WriteInputs(filepath.Join(dir, "suggested"), []*reports.Table{t.adjustments, t.repayments})
	if err != nil {
		return nil, err
	}
	page, err := r.writePage(filepath.Join(dir, "report.html"), t)
	if err != nil {
		return nil, err
	}
	m := manifest{
		Manifest: reports.Manifest{
			FormatVersion: reports.FormatVersion, BusinessDate: r.o.Date, BookID: r.bookID, Software: r.o.Software, Policy: hex.EncodeToString(r.view.Policy.Digest[:]),
			JournalRoot: r.view.Night.Root,
		},
		Kind: "reconciliation", Files: r.state.Files, Totals: t.summary, Breaks: t.counts, Manual: r.state.Rows, Undone: r.state.Undone,
	}
	m.Outputs = append(append(outputs, suggested...), page)
	return &m, nil
}
