package batch

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/publish"
	"daybook/ledger"
	"daybook/ledger/record"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// stage writes what is published besides the parts, proves that everything
// ties, and hands the night's record to the build. After it the staging folder
// is complete and synced.
func (n *met) stage(ctx context.Context) (*Summary, error) {
	if err := errors.Join(n.guardControlAmounts(), n.guardDuplicates()); err != nil {
		return nil, err
	}
	if err := n.scatter.Remove(); err != nil {
		return nil, err
	}
	n.closeGL()
	control := n.controlTotals()
	if err := n.prove(&control); err != nil {
		return nil, err
	}
	page := &reports.Page{
		BusinessDate: n.o.Date, Software: n.o.Software, Policy: n.policy.Name, PolicyDigest: n.record.PolicyDigest,
		Folder: filepath.Join(n.o.Out, n.o.Date.String()), Scale: n.policy.Scale, Digits: n.policy.Digits(), Control: control,
		Balances: n.balances(), Activity: n.activity(),
	}
	if err := n.writeReports(ctx, page); err != nil {
		return nil, err
	}
	if err := proveQueue(page.Control.Queue); err != nil {
		return nil, err
	}
	if err := n.dropSorters(); err != nil {
		return nil, err
	}
	tables := regulatoryTables(n.outputs)
	if err := n.drawCharts(page); err != nil {
		return nil, err
	}
	n.at("reported")
	n.lap("reports", 0)
	manifest, err := n.writePage(page)
	if err != nil {
		return nil, err
	}
	s := &Summary{
		Manifest: manifest, Page: page, Folder: page.Folder, Loans: n.record.Loans, Entries: n.record.Entries,
		Postings: n.record.Postings, Replayed: n.record.Replayed, Above: n.record.Above, Unread: len(n.unread),
		tables: tables, policy: n.policy,
	}
	if s.Above && n.o.Strict {
		rows, bad := n.badRows()
		return nil, &StrictError{Rows: rows, Rejected: bad}
	}
	return s, nil
}

// writeReports writes what is published besides the parts and the summary of the
// journal: the regulatory tables, the queue and the rejects, side by side, and then the
// workbook.
func (n *met) writeReports(ctx context.Context, page *reports.Page) error {
	written := make([][]reports.Output, len(writers))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n.o.Workers)
	for i, write := range writers {
		g.Go(reports.Guarded(func() (err error) {
			written[i], err = write(n, ctx, page)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	n.outputs = slices.Concat(append(written, n.outputs)...)
	return n.writeWorkbook(page)
}

// writers write what is published besides the parts and the summary of the journal; the
// kinds of output are in publish.
var writers = []func(n *met, ctx context.Context, page *reports.Page) ([]reports.Output, error){
	(*met).writeQueue, (*met).writeRegulatory, (*met).writeWatchlist, (*met).writeReAges, (*met).writeMonthly, (*met).writeBureau, (*met).writeRejects, (*met).writeAccounts,
}

// writeRegulatory writes the regulatory tables.
func (n *met) writeRegulatory(ctx context.Context, page *reports.Page) ([]reports.Output, error) {
	settings := &reports.Settings{
		BusinessDate: n.o.Date, Borrowers: n.countBorrowers(), Allowance: map[string]int64{},
		NonPerforming: n.nonPerforming(), Packs: packInfos(n.policy.Packs), Posted: n.policy.Post + 1,
	}
	if n.months != nil {
		settings.BaseDate = n.months.frame.On
	}
	for _, b := range page.Balances {
		if b.Account.Role == ledger.Allowance {
			settings.Allowance[b.Currency] = -b.Closing() // it is a credit
		}
	}
	tables := n.builder.Tables(settings)
	var vintage *reports.Table
	for _, t := range tables {
		switch t.Name {
		case "vintage":
			vintage = t
		case "aging":
			page.Aging = t
		case "classification":
			page.Classification = t
		}
	}
	tables = append(tables, reports.TrialBalance(page.Balances, n.policy.Scale),
		reports.GLActivity(page.Activity, n.policy.Scale), n.suspense.Table(n.policy.Scale))
	cohorts, err := n.cohortTables(ctx, vintage)
	if err != nil {
		return nil, err
	}
	tables = append(tables, cohorts...)
	n.regulatory = tables
	return reports.WriteRegulatory(filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, tables)
}

// writeAccounts writes the chart of accounts.
func (n *met) writeAccounts(context.Context, *reports.Page) ([]reports.Output, error) {
	t := n.form.Sheet("accounts", n.o.Date).Table(reports.AccountsTable(&n.policy.Chart))
	out, err := n.form.WriteParquet(filepath.Join(n.staging, publish.AccountsName), t)
	return []reports.Output{out}, err
}

// writePage writes report.html, the manifest and the mark of success, and hands
// to the build what the book keeps of them.
func (n *posted) writePage(page *reports.Page) (*reports.Manifest, error) {
	n.relative()
	if n.last == nil {
		n.bookID = n.record.BookID()
	}
	page.Outputs, page.Stages = n.outputs, n.timings
	out, err := reports.WriteFile(filepath.Join(n.staging, "report.html"), func(w io.Writer) error { return page.WriteHTML(w) })
	if err != nil {
		return nil, err
	}
	out.Path = "report.html"
	n.outputs = append(n.outputs, out)
	slices.SortFunc(n.outputs, func(a, b reports.Output) int { return strings.Compare(a.Path, b.Path) })
	m := &reports.Manifest{
		FormatVersion: reports.FormatVersion, BusinessDate: n.o.Date, BookID: n.bookID, Software: n.o.Software,
		Policy: n.record.PolicyDigest, JournalRoot: n.record.Root, PreviousJournalRoot: n.record.PreviousRoot,
		Inputs: n.inputs(), Unread: n.unread, ZoneDatabase: meet.ZoneEdition, QueueKeyID: n.record.Queue.KeyID, LeafFormat: n.form.Leaves(), ControlTotals: page.Control, Outputs: n.outputs, Timings: n.timings,
	}
	if err := reports.WriteManifest(filepath.Join(n.staging, publish.ManifestName), m); err != nil {
		return nil, err
	}
	if err := n.growTree(m); err != nil {
		return nil, err
	}
	if err := n.writeHead(m); err != nil {
		return nil, err
	}
	if err := n.keep(); err != nil {
		return nil, err
	}
	_, err = reports.WriteBytes(filepath.Join(n.staging, publish.SuccessName), nil)
	if err != nil {
		return nil, err
	}
	return m, publish.SyncTree(n.staging)
}

// relative makes the outputs' paths relative to the night's folder.
func (n *posted) relative() {
	for i := range n.outputs {
		if rel, err := filepath.Rel(n.staging, n.outputs[i].Path); err == nil {
			n.outputs[i].Path = filepath.ToSlash(rel)
		}
	}
}

func (n *taken) inputs() []reports.Input {
	list := make([]reports.Input, 0, len(n.inbox.Files))
	for i, f := range n.inbox.Files {
		list = append(list, reports.Input{
			Path: f.Name, Kind: f.Kind.String(), Rows: f.Rows, SHA256: hexOf(f.SHA256), ExtraColumns: f.Extra, UnknownFlags: n.unknownFlags[i],
		})
	}
	for _, x := range n.inbox.PassedOver {
		list = append(list, reports.Input{Path: x.Name, Kind: x.Kind, NotRead: true})
	}
	return list
}

// keep hands to the build the night's record, its GL and the small published
// files, which the book can publish again without working the night.
func (n *posted) keep() error {
	b := n.build
	if err := b.PutMeta(record.MetaNames, n.names.Encode()); err != nil {
		return err
	}
	if err := b.PutMeta(record.MetaPolicies, book.EncodePolicies(n.policies)); err != nil {
		return err
	}
	if err := book.PutFiles(n.book, n.policies, b.PutMeta); err != nil {
		return err
	}
	if len(n.reversing) > 0 {
		if err := b.PutMeta(record.MetaReversed, record.EncodeReversed(n.reversedFiles)); err != nil {
			return err
		}
	}
	if err := b.PutSmall(record.SectionActivity, book.ActivityName, n.gl.Encode()); err != nil {
		return err
	}
	if err := errors.Join(n.keepFile(publish.ManifestName), n.keepFile(publish.HeadName)); err != nil {
		return err
	}
	for _, o := range n.outputs {
		if publish.IsKept(o.Path) {
			if err := n.keepFile(o.Path); err != nil {
				return err
			}
		}
	}
	n.record.Form = (*record.Form)(n.form)
	return b.PutNight(n.record.Encode())
}

// closeGL adds the night to the balances.
func (n *posted) closeGL() {
	for c := range n.rules.Scale {
		for r := range ledger.Roles {
			t := n.gl.Role(c, r)
			line := record.Line{Currency: c, Role: r, Debits: t.Debits, Credits: t.Credits}
			if n.last != nil {
				before := n.last.Line(c, r)
				line.Opening = before.Closing()
			}
			if line != (record.Line{Currency: c, Role: r}) {
				n.record.GL = append(n.record.GL, line)
			}
		}
	}
}

// balances are the accounts' lines at the policy's scale.
func (n *posted) balances() (list []reports.Balance) {
	for _, l := range n.record.GL {
		m := n.rules.Scale[l.Currency]
		list = append(list, reports.Balance{
			Account: n.policy.Chart[l.Role], Currency: n.names.Currencies[l.Currency],
			Opening: l.Opening * m, Debits: l.Debits * m, Credits: l.Credits * m,
		})
	}
	return list
}

// activity is the night's movements at the policy's scale.
func (n *posted) activity() (list []reports.Activity) {
	for c, m := range n.rules.Scale {
		for r := range ledger.Roles {
			for k := range ledger.EntryKinds {
				if cell := n.gl.At(c, k, r); cell.Entries > 0 {
					list = append(list, reports.Activity{
						Account: n.policy.Chart[r], Currency: n.names.Currencies[c], Kind: k,
						Entries: cell.Entries, Debits: cell.Debits * m, Credits: cell.Credits * m,
					})
				}
			}
		}
	}
	return list
}
