package warehouse

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/batch/reconcile"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A source is a file that is to be a table's, and what its footer says.
type source struct {
	File
	local  string
	footer *reports.Footer
}

// A published is a night as its output folder has it.
type published struct {
	date     civil.Date
	record   *record.Night
	manifest *reports.Manifest
	raw      []byte // of the manifest
	head     []byte
	folder   string
	scratch  string // folder of tables that are made here
	tables   map[string][]source
}

// read takes a night from its output folder, held to the book. Files are not opened but for
// their footers: their digests are those that the manifest says, and are held to the bytes.
func read(b *store.Book, out, scratch string, d civil.Date, fresh bool) (*published, error) {
	p := &published{date: d, scratch: scratch, tables: map[string][]source{}, folder: publish.Place{Out: out, Date: d}.Folder()}
	var err error
	if p.record, err = book.Night(b, d); err != nil {
		return nil, err
	}
	if p.record.Tree == nil || !publish.HasContracts(p.record) {
		return nil, guard("begin with the first night that this release closed",
			"%s was closed by %s, before tables had ids and the night its evidence: no warehouse takes it", d, p.record.Software)
	}
	if err := p.readManifest(b, out, fresh); err != nil {
		return nil, err
	}
	if p.head, err = os.ReadFile(filepath.Join(p.folder, publish.HeadName)); err != nil {
		return nil, err
	}
	if err := p.take(p.folder, p.manifest.Outputs); err != nil {
		return nil, err
	}
	if err := p.reconciliation(out); err != nil {
		return nil, err
	}
	return p, p.make()
}

// readManifest reads the night's manifest, and holds the folder to it and to the book.
func (p *published) readManifest(b *store.Book, out string, fresh bool) (err error) {
	whole := fresh
	if fresh {
		kept, err := book.File(b, p.record, publish.ManifestName)
		if err != nil {
			return err
		}
		if p.manifest, err = reports.ParseManifest(kept); err != nil {
			return fmt.Errorf("manifest of %s: %w", p.date, err)
		}
	} else if p.manifest, whole, err = publish.IsThere(b, p.record, out); err != nil {
		return err
	}
	if !whole {
		return guard("daybook report brings a night back where the book still can", "%s is not there as the book published it", p.folder)
	}
	p.raw, err = publish.ReadManifest(p.folder)
	return err
}

// take takes the tables among the outputs of a folder.
func (p *published) take(folder string, outputs []reports.Output) error {
	for _, o := range outputs {
		table := TableOf(o.Path)
		if table == "" {
			continue
		}
		local := filepath.Join(folder, filepath.FromSlash(o.Path))
		if err := p.add(table, local, o); err != nil {
			return err
		}
	}
	return nil
}

// add adds a file to a table.
func (p *published) add(table, local string, o reports.Output) error {
	footer, err := footerOf(local)
	if err != nil {
		return fmt.Errorf("%s: %w", local, err)
	}
	if footer.Rows != o.Rows {
		return fmt.Errorf("%s has %d rows, and its manifest says %d", local, footer.Rows, o.Rows)
	}
	name := strings.TrimSuffix(filepath.Base(local), ".parquet")
	if !strings.HasPrefix(name, "part-") {
		name = "part-0000"
	}
	name = fmt.Sprintf("%s-%s.parquet", name, o.SHA256[:8])
	p.tables[table] = append(p.tables[table], source{
		File: File{path.Join(folderOf(table, p.date), name), o.Rows, o.Bytes, o.SHA256}, local: local, footer: footer,
	})
	return nil
}

func footerOf(local string) (*reports.Footer, error) {
	f, err := os.Open(local)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return reports.ReadFooter(f, info.Size())
}

// reconciliation takes the tables of the run that reconciled the date, where there was one, and it was of the
// night as it is closed now.
func (p *published) reconciliation(out string) error {
	folder := filepath.Join(out, reconcile.Folder, p.date.String())
	if _, err := os.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, why, err := reconcile.Open(out, p.date, p.manifest.BookID)
	if err != nil {
		return err
	}
	if why == "" && r.Root != p.manifest.JournalRoot {
		why = folder + " is of the night as it was closed before"
	}
	if why != "" {
		return guard("reconcile the date again, or move the folder away", "%s", why)
	}
	return p.take(folder, r.Outputs)
}

// make makes the tables that a night's folder has not got: that of the night itself, and
// those of which it has no row.
func (p *published) make() error {
	form := (*reports.Form)(p.record.Form)
	if err := p.write(form, p.nightsTable()); err != nil {
		return err
	}
	for _, spec := range reports.Registry() {
		if p.tables[spec.Name] != nil || strings.HasPrefix(spec.Name, "reconciliation_") {
			continue
		}
		if err := p.write(form, spec.Empty(p.record.Scale)); err != nil {
			return err
		}
	}
	return nil
}

// write writes a table to the folder of work.
func (p *published) write(form *reports.Form, t *reports.Table) error {
	local := filepath.Join(p.scratch, p.date.String()+"-"+t.Name+".parquet")
	o, err := form.WriteParquet(local, t)
	if err != nil {
		return err
	}
	return p.add(t.Name, local, o)
}

// nightsTable is the night as a row.
func (p *published) nightsTable() *reports.Table {
	t := reports.SpecOf("nights").Empty(p.record.Scale)
	m, r := p.manifest, p.record
	var rows [5]int64
	for _, f := range m.ControlTotals.Files {
		for i, n := range []int64{f.RowsIn, f.Applied, f.Duplicates, f.Rejected, f.Held} {
			rows[i] += n
		}
	}
	status := 0
	if r.Above {
		status = 3
	}
	var millis int64
	for _, s := range m.Timings {
		millis += s.Took.Milliseconds()
	}
	var previous, previousRoot any
	if r.Previous != civil.None {
		previous, previousRoot = r.Previous, m.PreviousJournalRoot
	}
	tables := 0
	for _, spec := range reports.Registry() {
		if !strings.HasPrefix(spec.Name, "reconciliation_") {
			tables++
		}
	}
	values := map[string]any{
		"business_date": p.date, "previous_business_date": previous, "book_id": m.BookID, "software": m.Software, "policy_digest": m.Policy,
		"journal_root": m.JournalRoot, "previous_journal_root": previousRoot, "manifest_sha256": sumOf(p.raw),
		"loans": r.Loans, "entries": r.Entries, "postings": r.Postings,
		"rows_in": rows[0], "rows_applied": rows[1], "rows_duplicate": rows[2], "rows_rejected": rows[3], "rows_held": rows[4],
		"tables": tables, "tied": m.ControlTotals.Tied(), "exit_status": status, "tree_size": r.Tree.Size, "tree_root": r.Tree.Root, "seconds": millis,
	}
	list := make([]any, len(t.Columns))
	for i := range t.Columns {
		list[i] = values[t.Columns[i].Name]
	}
	t.Append(list...)
	return t
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fileSum is the digest of an object, read as a stream.
func fileSum(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

// night is what the root's manifest says of it.
func (p *published) night() (*Night, error) {
	control, err := json.Marshal(p.manifest.ControlTotals)
	if err != nil {
		return nil, err
	}
	head, err := proof.ParseHead(p.head)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(p.folder, publish.HeadName), err)
	}
	n := &Night{
		FormatVersion: FormatVersion, BusinessDate: p.date, BookID: p.manifest.BookID, BookDigest: p.manifest.JournalRoot, PolicyDigest: p.manifest.Policy,
		Software: p.manifest.Software, Manifest: sumOf(p.raw), Tables: map[string]Table{}, ControlTotals: control,
		Tree: Tree{p.record.Tree.Before, head.Size, proof.Text(head.Root), !strings.HasSuffix(string(p.head), proof.Unsigned)},
	}
	for name, files := range p.tables {
		t := Table{}
		for _, c := range files[0].footer.Columns {
			t.Columns = append(t.Columns, Column{c.ID, c.Name})
		}
		for i := range files {
			t.Files = append(t.Files, files[i].File)
		}
		n.Tables[name] = t
	}
	return n, nil
}
