package period

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/reconcile"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/reports"
	"daybook/reports/workbook"
)

// Folder is where packages are published within an output folder.
const Folder = "periods"

// Figures are what a package says, in memory: none of it grows with the loans.
type figures struct {
	balances []reports.Balance
	ties     []tie
	held     []heldItem
	tables   []*reports.Table
	bank     *reconcile.Published // the reconciliation in the package; nil: none
}

// figures reckons a period and holds it to the GL.
func (m *month) figures(ctx context.Context) (f figures, err error) {
	s, err := m.collect(ctx)
	if err != nil {
		return f, err
	}
	rows, err := m.rollRows(s)
	if err != nil {
		return f, err
	}
	if f.held, err = m.heldItems(ctx, s.left); err != nil {
		return f, err
	}
	if f.ties, err = m.ties(); err != nil {
		return f, err
	}
	f.balances = m.balances()
	f.tables = []*reports.Table{
		reports.TrialBalance(f.balances, m.view.Policy.Scale), m.glByDay(), m.subledgerProof(f.ties), m.rollForward(rows), m.priorPeriod(s.prior), m.suspenseItems(f.held),
	}
	return f, nil
}

// stage writes the package to a folder, and returns what its manifest lists.
func (r *run) stage(dir string) (*reports.Manifest, error) {
	outputs, err := reports.WriteTables(dir, r.o.Software, r.lock.Through, r.tables)
	if err != nil {
		return nil, err
	}
	sheets := r.sheets(outputs)
	if r.bank != nil {
		copied, more, err := r.copyBank(dir)
		if err != nil {
			return nil, err
		}
		outputs, sheets = append(outputs, copied...), append(sheets, more...)
	}
	book, err := reports.WriteFile(filepath.Join(dir, "package.xlsx"), func(w io.Writer) error { return workbook.Write(w, dir, r.cover(), sheets) })
	if err != nil {
		return nil, err
	}
	outputs = append(outputs, book)
	for _, x := range []struct {
		name string
		v    any
	}{{"checklist.json", r.checklist()}, {"head.json", r.head()}} {
		out, err := writeJSON(filepath.Join(dir, x.name), x.v)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	n := r.month.view.Night
	return &reports.Manifest{
		FormatVersion: reports.FormatVersion, BusinessDate: n.Date, BookID: r.bookID, Software: r.o.Software, Policy: n.PolicyDigest,
		JournalRoot: n.Root, PreviousJournalRoot: n.PreviousRoot, Outputs: outputs,
	}, nil
}

// findBank finds the reconciliation that the package has: the very one that it was locked with.
func (r *run) findBank() error {
	d := r.lock.Reconciled
	if d == civil.None || r.bank != nil {
		return nil
	}
	p, why, err := reconcile.Open(r.o.Out, d, r.bookID)
	if err != nil {
		return err
	}
	if p == nil {
		return fmt.Errorf("the package has the reconciliation of %s, and %s: put it back", d, why)
	}
	r.bank = p
	return nil
}

// sheets are those of the package's own tables.
func (r *run) sheets(outputs []reports.Output) []workbook.Table {
	list := make([]workbook.Table, len(r.tables))
	for i, t := range r.tables {
		list[i] = workbook.Of(reports.Dated(t, r.lock.Through))
		list[i].CSV, list[i].SHA256 = t.Name+".csv", outputs[2*i].SHA256
	}
	return list
}

// copyBank copies the tables of the reconciliation, byte for byte.
func (r *run) copyBank(dir string) (outputs []reports.Output, sheets []workbook.Table, err error) {
	for _, name := range reconcile.TableNames() {
		sheet := workbook.Table{Name: name, CSV: name + ".csv"}
		for _, ext := range []string{".csv", ".parquet"} {
			want := r.bank.Output(name + ext)
			if want == nil {
				return nil, nil, fmt.Errorf("%s has no %s", r.bank.Folder, name+ext)
			}
			out, err := copyFile(filepath.Join(r.bank.Folder, name+ext), filepath.Join(dir, name+ext))
			if err != nil {
				return nil, nil, err
			}
			if out.SHA256 != want.SHA256 {
				return nil, nil, fmt.Errorf("%s changed while it was copied", filepath.Join(r.bank.Folder, name+ext))
			}
			if ext == ".csv" {
				sheet.SHA256 = out.SHA256
			}
			out.Rows = want.Rows
			outputs = append(outputs, out)
		}
		at := filepath.Join(dir, name+".parquet")
		if sheet.Columns, err = columnsOfFile(at); err != nil {
			return nil, nil, err
		}
		sheet.Rows = func(add func([]reports.Column) error) error { return eachGroup(at, add) }
		sheets = append(sheets, sheet)
	}
	return outputs, sheets, nil
}

func columnsOfFile(path string) ([]reports.Column, error) {
	t, err := reports.OpenTable(path, nil)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return withCurrency(t.Columns()), nil
}

// withCurrency makes codes of the currencies, by which a sheet knows how to show amounts.
func withCurrency(columns []reports.Column) []reports.Column {
	for i := range columns {
		c := &columns[i]
		if c.Name != "currency" || c.Kind != reports.Text {
			continue
		}
		coded := reports.Column{Name: c.Name, Kind: reports.Coded, Optional: c.Optional}
		for row := range c.Len() {
			name := string(c.Texts.Row(row))
			at := slices.Index(coded.Names, name)
			if at < 0 {
				at, coded.Names = len(coded.Names), append(coded.Names, name)
			}
			coded.Codes = append(coded.Codes, uint16(at))
		}
		columns[i] = coded
	}
	return columns
}

func eachGroup(path string, add func([]reports.Column) error) error {
	r, err := reports.OpenTable(path, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		t, err := r.Next()
		if t == nil || err != nil {
			return err
		}
		if err := add(withCurrency(t.Columns)); err != nil {
			return err
		}
	}
}

func copyFile(from, to string) (reports.Output, error) {
	f, err := os.Open(from)
	if err != nil {
		return reports.Output{}, err
	}
	defer f.Close()
	return reports.WriteFile(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// cover is the workbook's first sheet.
func (r *run) cover() *workbook.Cover {
	column := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Text, Optional: true}
	}
	t := table("checks", column("check"), column("result"), column("faults"))
	for i := range r.lock.Checks {
		c := &r.lock.Checks[i]
		faults := ""
		if len(c.Faults) > 0 {
			faults = fmt.Sprintf("%d: %s", len(c.Faults), c.Faults[0])
		}
		t.Append(c.Name, c.Result, faults)
	}
	forced := ""
	if r.lock.Forced {
		forced = "yes, though something failed"
	}
	return &workbook.Cover{
		Title: "Period " + filepath.Base(r.lock.Folder), BusinessDate: r.lock.Through, Software: r.o.Software,
		Facts: []workbook.Fact{
			{Name: "First day", Value: firstOf(r.lock.Through).String()}, {Name: "Locked", Value: r.lock.When}, {Name: "Reason", Value: r.lock.Reason},
			{Name: "Forced", Value: forced}, {Name: "Journal root", Value: r.month.view.Night.Root}, {Name: "Policy", Value: r.month.view.Night.PolicyName},
		},
		Sections: []workbook.Section{{Title: "Checks", Table: t}},
	}
}

// A checklist is what was proved before the period was locked.
type checklist struct {
	FormatVersion int            `json:"format_version"`
	Through       civil.Date     `json:"through"`
	Forced        bool           `json:"forced"`
	Checks        []record.Check `json:"checks"`
}

func (r *run) checklist() checklist {
	return checklist{formatVersion, r.lock.Through, r.lock.Forced, r.lock.Checks}
}

// formatVersion is that of checklist.json and head.json.
const formatVersion = 1

// A head names the journal that the package is of. It is not signed.
type head struct {
	FormatVersion int        `json:"format_version"`
	BusinessDate  civil.Date `json:"business_date"`
	BookID        string     `json:"book_id"`
	Root          string     `json:"journal_root"`
	PreviousRoot  string     `json:"previous_journal_root"`
}

func (r *run) head() head {
	n := r.month.view.Night
	return head{formatVersion, n.Date, r.bookID, n.Root, n.PreviousRoot}
}

// A lockJSON is the lock in the manifest.
type lockJSON struct {
	Number int64      `json:"number"`
	When   string     `json:"when"`
	Reason string     `json:"reason"`
	Forced bool       `json:"forced"`
	Last   civil.Date `json:"last_night"`
	Root   string     `json:"journal_root"`
}

// written is the manifest's form.
type written struct {
	FormatVersion int              `json:"format_version"`
	Kind          string           `json:"kind"`
	BusinessDate  civil.Date       `json:"business_date"`
	From          civil.Date       `json:"from"`
	BookID        string           `json:"book_id"`
	Software      string           `json:"software"`
	Policy        string           `json:"policy_digest"`
	Root          string           `json:"journal_root"`
	PreviousRoot  string           `json:"previous_journal_root"`
	Lock          lockJSON         `json:"lock"`
	Reconciled    *civil.Date      `json:"reconciled"`
	Outputs       []reports.Output `json:"outputs"`
}

func (r *run) manifest(m *reports.Manifest) ([]byte, error) {
	l := &r.lock
	w := written{
		FormatVersion: m.FormatVersion, Kind: "period", BusinessDate: m.BusinessDate, From: firstOf(m.BusinessDate), BookID: m.BookID, Software: m.Software, Policy: m.Policy,
		Root: m.JournalRoot, PreviousRoot: m.PreviousJournalRoot, Lock: lockJSON{l.Number, l.When, l.Reason, l.Forced, l.Last, l.Root}, Outputs: m.Outputs,
	}
	if l.Reconciled != civil.None {
		w.Reconciled = &l.Reconciled
	}
	return reports.EncodeJSON(&w)
}

func writeJSON(path string, v any) (reports.Output, error) {
	text, err := reports.EncodeJSON(v)
	if err != nil {
		return reports.Output{}, err
	}
	return reports.WriteBytes(path, text)
}
