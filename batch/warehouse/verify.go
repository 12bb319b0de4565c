package warehouse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/batch/catalog"
	"daybook/batch/evidence"
	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"
)

// A Verified says what [Verify] read, and the faults that it found.
type Verified struct {
	Root   string   `json:"root"`
	Nights int      `json:"nights"`
	Files  int      `json:"files"`
	Rows   int64    `json:"rows"`
	Faults []string `json:"faults"`
	// IcebergTables is how many tables of its catalogue were read. UnreadCatalog is the address of the one that has
	// them, where that is a server that was not named.
	IcebergTables int    `json:"iceberg_tables"`
	UnreadCatalog string `json:"unread_catalog,omitempty"`
}

// faultsMax is the most faults that are listed.
const faultsMax = 1000

// A verifier reads a root.
type verifier struct {
	store objects.Store
	root  *Root
	book  *store.Book // nil: the root alone
	named map[string]bool
	kept  []byte        // the head of the night at hand, as the book has it; nil: the root alone
	read  []*Night      // the nights whose manifests could be read
	heads []*proof.Head // of them, those that are theirs
	Verified
}

func (v *verifier) fault(format string, args ...any) {
	if len(v.Faults) < faultsMax {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// Verify reads every file of a root again: digests, rows, columns and their ids, sums of
// amounts against the control totals, that nothing lies there that no manifest names, the log's
// tiles and heads, and the Iceberg tables of the catalogue c, where it is the root's own or the
// one that is named. A book that is not nil has closed its nights so.
func Verify(ctx context.Context, location string, b *store.Book, c catalog.Config) (*Verified, error) {
	s, err := objects.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	v := &verifier{store: s, book: b, named: map[string]bool{}, Verified: Verified{Root: location, Faults: []string{}}}
	dates, err := datesOf(ctx, s)
	if err != nil {
		return nil, err
	}
	if v.root, err = readRoot(ctx, s); err != nil {
		return nil, err
	}
	if b != nil {
		if id, err := book.ID(b); err != nil {
			return nil, err
		} else if id != v.root.BookID {
			v.fault("%s: it is of book %s, and this one is %s", rootName, v.root.BookID, id)
		}
	}
	for _, d := range dates {
		if err := v.night(ctx, d); err != nil {
			return nil, err
		}
	}
	for _, read := range []func() error{
		func() error { return v.strays(ctx, dates) }, func() error { return v.log(ctx) }, func() error { return v.iceberg(ctx, c) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return &v.Verified, nil
}

func (v *verifier) night(ctx context.Context, d civil.Date) error {
	n, err := readNight(ctx, v.store, d)
	var bad *GuardError
	if errors.As(err, &bad) {
		v.fault("%v", err)
		return nil
	} else if err != nil {
		return err
	}
	v.Nights++
	v.read, v.kept = append(v.read, n), nil
	if v.book != nil {
		if err := v.closed(n); err != nil {
			return err
		}
	}
	sums := sums{}
	for _, name := range inOrder(n.Tables) {
		spec := reports.SpecOf(name)
		if spec == nil {
			v.fault("%s: this release knows no table %s", nightPath(d), name)
			continue
		}
		t := n.Tables[name]
		for _, f := range t.Files {
			if err := v.file(ctx, n, spec, &t, f, sums); err != nil {
				return err
			}
		}
	}
	v.manifest(ctx, n)
	v.ties(n, sums)
	return v.lineage(ctx, n)
}

// closed holds a night to the book.
func (v *verifier) closed(n *Night) error {
	dates, err := v.book.Nights()
	if err != nil {
		return err
	}
	if !slices.Contains(dates, n.BusinessDate) {
		v.fault("%s: the book has not closed it", n.BusinessDate)
		return nil
	}
	r, err := book.Night(v.book, n.BusinessDate)
	if err != nil {
		return err
	}
	raw, err := book.File(v.book, r, "manifest.json")
	if err != nil {
		return err
	}
	if sumOf(raw) != n.Manifest {
		v.fault("%s: it is another publication of the night than the book keeps: publish it again", n.BusinessDate)
	}
	v.kept, err = evidence.Head(v.book, n.BusinessDate)
	return err
}

// file reads one file again.
func (v *verifier) file(ctx context.Context, n *Night, spec *reports.TableSpec, t *Table, f File, sums sums) error {
	v.named[f.Path] = true
	at, err := v.store.Open(ctx, f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		v.fault("%s: it is missing", f.Path)
		return nil
	} else if err != nil {
		return err
	}
	defer at.Close()
	v.Files++
	if at.Size() != f.Bytes {
		v.fault("%s: it has %d bytes, and its manifest says %d", f.Path, at.Size(), f.Bytes)
		return nil
	}
	sum, err := fileSum(io.NewSectionReader(at, 0, at.Size()))
	if err != nil {
		return err
	}
	if sum != f.SHA256 {
		v.fault("%s: it is not as it was written", f.Path)
		return nil
	}
	footer, err := reports.ReadFooter(at, at.Size())
	if err != nil {
		v.fault("%s: %v", f.Path, err)
		return nil
	}
	v.Rows += footer.Rows
	if footer.Rows != f.Rows {
		v.fault("%s: it has %d rows, and its manifest says %d", f.Path, footer.Rows, f.Rows)
	}
	var columns []Column
	for i := range footer.Columns {
		c := &footer.Columns[i]
		columns = append(columns, Column{c.ID, c.Name})
		if want := spec.Column(c.Name); want != nil && want.ID != c.ID {
			v.fault("%s: column %s has the id %d, and the registry says %d", f.Path, c.Name, c.ID, want.ID)
		}
	}
	if !slices.Equal(columns, t.Columns) {
		v.fault("%s: its columns are not those that its manifest says", f.Path)
	}
	return v.rows(ctx, n, spec.Name, f, at, sums)
}

// sums are amounts of a night by table, column and currency.
type sums map[[3]string]int64

// summed are the columns whose sums are control totals.
var summed = map[string][]string{
	"loans":   {"principal_outstanding", "interest_outstanding", "interest_suspended", "fees_outstanding", "penalties_outstanding", creditBalance},
	"journal": {"debit", "credit"},
}

// creditBalance is what is owed to the borrower, whatever became of the loan.
const creditBalance = "credit_balance"

// offBook are the states of loans that the receivables do not have any more.
var offBook = map[string]bool{"charged_off": true, "written_off": true}

// rows reads the rows of a file: all must be of the night, and amounts are added up.
func (v *verifier) rows(ctx context.Context, n *Night, table string, f File, at objects.Reader, sums sums) (err error) {
	defer func() { // a file of another shape is a finding
		if p := recover(); p != nil {
			v.fault("%s: its rows can't be read: %v", f.Path, p)
			err = nil
		}
	}()
	wanted := append([]string{"business_date", "currency", "status"}, summed[table]...)
	r, err := reports.ReadTable(at, at.Size(), f.Path, func(name string) bool { return slices.Contains(wanted, name) })
	if err != nil {
		v.fault("%v", err)
		return nil
	}
	for {
		t, err := r.Next()
		if err != nil {
			v.fault("%v", err)
			return nil
		}
		if t == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		columns := map[string]*reports.Column{}
		for i := range t.Columns {
			columns[t.Columns[i].Name] = &t.Columns[i]
		}
		date := columns["business_date"]
		if date == nil || date.Kind != reports.Date || slices.ContainsFunc(date.Days, func(d civil.Date) bool { return d != n.BusinessDate }) {
			v.fault("%s: a row is of another night", f.Path)
			return nil
		}
		for _, name := range summed[table] {
			c, currency := columns[name], columns["currency"]
			if c == nil || currency == nil || c.Kind != reports.Amount || currency.Kind != reports.Text {
				v.fault("%s: it has no column %s", f.Path, name)
				return nil
			}
			for row, amount := range c.Ints {
				if status := columns["status"]; table == "loans" && name != creditBalance && status != nil && offBook[string(status.Texts.Row(row))] {
					continue
				}
				sums[[3]string{table, name, string(currency.Texts.Row(row))}] += amount
			}
		}
	}
}

// manifest holds the log's copies of a night's manifest and head to it.
func (v *verifier) manifest(ctx context.Context, n *Night) {
	date := n.BusinessDate.String()
	raw, err := v.store.Read(ctx, manifestPath(date), jsonMax)
	if err != nil || sumOf(raw) != n.Manifest {
		v.fault("%s: it is not the manifest of the night", manifestPath(date))
		return
	}
	m, err := reports.ParseManifest(raw)
	if err != nil {
		v.fault("%s: %v", manifestPath(date), err)
		return
	}
	sum, err := m.Digest()
	if err != nil {
		v.fault("%s: %v", manifestPath(date), err)
		return
	}
	v.said(n, m)
	v.outputs(n, m)
	head, err := v.store.Read(ctx, headPath(date), proof.HeadMax)
	if err != nil {
		v.fault("%s: %v", headPath(date), err)
		return
	}
	h, err := proof.ParseHead(head)
	if err == nil && n.Tree.Signed == strings.HasSuffix(string(head), proof.Unsigned) {
		v.fault("%s: whether its head is signed is not as it says", nightPath(n.BusinessDate))
	}
	if err != nil || h.Manifest != sum || h.Size != n.Tree.Size || proof.Text(h.Root) != n.Tree.Root || h.Book != m.JournalRoot || h.BusinessDate != date ||
		h.OfBook() != "" && h.OfBook() != n.BookID {
		v.fault("%s: it is not the head of the night", headPath(date))
		return
	}
	if v.kept != nil && !bytes.Equal(head, v.kept) {
		v.fault("%s: it is not the head that the book keeps: publish the night again", headPath(date))
	}
	v.heads = append(v.heads, h)
}

// outputs holds the files of a night's tables to the digests that its own manifest has of them. What a warehouse
// makes itself (the table nights, tables without rows) is not there.
func (v *verifier) outputs(n *Night, m *reports.Manifest) {
	want := map[string][]string{}
	for _, o := range m.Outputs {
		if table := TableOf(o.Path); table != "" {
			want[table] = append(want[table], o.SHA256)
		}
	}
	for table, sums := range want {
		if slices.Contains(n.Dropped, table) {
			continue
		}
		var got []string
		for _, f := range n.Tables[table].Files {
			got = append(got, f.SHA256)
		}
		slices.Sort(sums)
		if slices.Sort(got); !slices.Equal(got, sums) {
			v.fault("%s of %s: its files are not those that the night published", table, n.BusinessDate)
		}
	}
	for table, t := range n.Tables {
		rows := int64(0)
		for _, f := range t.Files {
			rows += f.Rows
		}
		if want[table] == nil && !strings.HasPrefix(table, "reconciliation_") && (table == lastTable) != (rows == 1) {
			v.fault("%s of %s has %d rows, which the night did not publish", table, n.BusinessDate, rows)
		}
	}
}

// said holds what a night's manifest in the root says to what the night's own says.
func (v *verifier) said(n *Night, m *reports.Manifest) {
	control, err := json.Marshal(m.ControlTotals)
	var kept bytes.Buffer
	if err == nil {
		err = json.Compact(&kept, n.ControlTotals)
	}
	if err != nil || !bytes.Equal(kept.Bytes(), control) || n.BookID != m.BookID || n.BookID != v.root.BookID || n.BookDigest != m.JournalRoot ||
		n.PolicyDigest != m.Policy || n.Software != m.Software || n.FormatVersion != FormatVersion || m.BusinessDate != n.BusinessDate {
		v.fault("%s: it does not say what the night's own manifest says", nightPath(n.BusinessDate))
	}
}

// ties holds the sums of the loans and the journal to the control totals.
func (v *verifier) ties(n *Night, sums sums) {
	var control reports.ControlTotals
	if err := json.Unmarshal(n.ControlTotals, &control); err != nil {
		v.fault("%s: its control totals can't be read: %v", nightPath(n.BusinessDate), err)
		return
	}
	for i := range control.Currencies {
		c := &control.Currencies[i]
		at := func(table string, columns ...string) string {
			var sum int64
			for _, name := range columns {
				name, less := strings.CutPrefix(name, "-")
				amount := sums[[3]string{table, name, c.Currency}]
				if less {
					amount = -amount
				}
				sum += amount
			}
			return reports.Money(sum, v.root.Scale, c.Currency)
		}
		dropped := func(table string) bool { return slices.Contains(n.Dropped, table) }
		for _, tie := range []struct{ table, name, got, want string }{
			{"loans", "principal", at("loans", "principal_outstanding"), c.Principal.Amount},
			{"loans", "interest", at("loans", "interest_outstanding", "-interest_suspended"), c.Interest.Amount},
			{"loans", "fees", at("loans", "fees_outstanding"), c.Fees.Amount},
			{"loans", "penalties", at("loans", "penalties_outstanding"), c.Penalties.Amount},
			{"loans", "credit", at("loans", "credit_balance"), c.Credit.Amount},
			{"journal", "debits", at("journal", "debit"), c.Debits.Amount},
			{"journal", "credits", at("journal", "credit"), c.Credits.Amount},
		} {
			if tie.got != tie.want && !dropped(tie.table) {
				v.fault("%s: %s %s come to %s in the files, and the control totals say %s", n.BusinessDate, c.Currency, tie.name, tie.got, tie.want)
			}
		}
	}
}

// strays finds what lies in a root and is named by no manifest.
func (v *verifier) strays(ctx context.Context, read []civil.Date) error {
	infos, err := v.store.List(ctx, "")
	if err != nil {
		return err
	}
	now, err := Dates(ctx, v.store)
	if err != nil {
		return err
	}
	marked := map[string]bool{}
	for _, info := range infos {
		table, rest, _ := strings.Cut(info.Name, "/")
		if reports.SpecOf(table) == nil || v.named[info.Name] {
			continue
		}
		if path.Base(info.Name) == successName {
			marked[path.Dir(info.Name)] = true
			continue
		}
		what := "it is none of the warehouse's: move it away"
		ours, err := isOurs(ctx, v.store, info.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went in the meantime
		} else if err != nil {
			return err
		}
		if d, ok := nightOf(rest); ok && ours {
			switch there := slices.Contains(now, d); {
			case there && !slices.Contains(read, d):
				continue // its night was published in the meantime
			case there:
				what = fmt.Sprintf("it is of another publication of %s: to publish the night again removes it", d)
			default:
				what = fmt.Sprintf("%s is being published, or its publication was stopped: publish the night again", d)
			}
		}
		v.fault("%s: no manifest names it: %s", info.Name, what)
	}
	v.marks(marked)
	return nil
}

// marks holds the folders of the files that were read to their marks, which whoever waits for a folder looks for.
func (v *verifier) marks(marked map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(v.named)) {
		if folder := path.Dir(name); !marked[folder] {
			marked[folder] = true
			v.fault("%s: it is missing: publish the night again", path.Join(folder, successName))
		}
	}
}

// nightOf returns the night whose folder a file of a table lies in.
func nightOf(rest string) (d civil.Date, ok bool) {
	folder, _, _ := strings.Cut(rest, "/")
	text, ok := strings.CutPrefix(folder, nightFolder)
	if !ok {
		return d, false
	}
	d, err := civil.Parse(text)
	return d, err == nil
}

// VerifyHead proves a root by heads, from its published journal alone. Of nights that are not
// there any more, or that it never had, the hashes of the log's tiles are taken.
func VerifyHead(ctx context.Context, location string, trust proof.Trust, held ...*proof.Head) (*evidence.Verified, error) {
	s, err := objects.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	dates, err := datesOf(ctx, s)
	if err != nil {
		return nil, err
	}
	var nights []evidence.Published
	for _, d := range dates {
		n, err := readNight(ctx, s, d)
		if err != nil {
			return nil, evidenceOf(err)
		}
		if slices.Contains(n.Dropped, "journal") {
			if infos, err := s.List(ctx, folderOf("journal", d)+"/"); err != nil || len(infos) > 0 {
				return nil, errors.Join(err, &proof.MismatchError{What: fmt.Sprintf("the journal of %s is said to be dropped, and is there", d)})
			}
			continue
		}
		p, err := publishedNight(ctx, s, n)
		if err != nil {
			return nil, err
		}
		nights = append(nights, *p)
	}
	log := evidence.Log{Read: func(tile string) ([]byte, error) { return s.Read(ctx, path.Join(logDir, tile), 1<<20) }}
	b, err := s.Read(ctx, checkpointName, proof.HeadMax)
	if err != nil {
		return nil, evidenceOf(err)
	}
	newest, err := proof.ParseHead(b)
	if err != nil {
		return nil, &proof.MismatchError{What: fmt.Sprintf("%s: %v", checkpointName, err)}
	}
	if same, err := s.Read(ctx, headPath(newest.BusinessDate), proof.HeadMax); err != nil || !bytes.Equal(same, b) {
		return nil, &proof.MismatchError{What: fmt.Sprintf("%s is not the head of %s", checkpointName, newest.BusinessDate)}
	}
	log.Size = newest.Size
	if err := noOtherJournals(ctx, s, dates, nights, newest.BusinessDate); err != nil {
		return nil, err
	}
	v, err := evidence.Journal(ctx, nights, log, trust, append([]*proof.Head{newest}, held...)...)
	return v, evidenceOf(err)
}

// noOtherJournals finds what lies in the table's folder beside the journals that were read: whoever reads the table
// reads it too. A night after the last one is being published, and one that has come since is read the next time.
func noOtherJournals(ctx context.Context, s objects.Store, read []civil.Date, nights []evidence.Published, last string) error {
	named := map[string]bool{}
	for i := range nights {
		for _, f := range nights[i].Journal {
			named[f.Name] = true
		}
	}
	infos, err := s.List(ctx, "journal/")
	if err != nil {
		return err
	}
	now, err := Dates(ctx, s)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if named[info.Name] || path.Base(info.Name) == successName {
			continue
		}
		d, ok := nightOf(strings.TrimPrefix(info.Name, "journal/"))
		if ok && (d.String() > last || slices.Contains(now, d) && !slices.Contains(read, d)) {
			continue
		}
		return &proof.MismatchError{What: info.Name + " is in the journal, and no manifest names it"}
	}
	return nil
}

// evidenceOf is the error of a root that lacks what its manifests say, or has it otherwise: evidence
// that is not there does not hold.
func evidenceOf(err error) error {
	var refused *GuardError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &refused) {
		return &proof.MismatchError{What: err.Error()}
	}
	return err
}

// publishedNight is a night of a root as its evidence is made of it.
func publishedNight(ctx context.Context, s objects.Store, n *Night) (*evidence.Published, error) {
	date := n.BusinessDate.String()
	p := &evidence.Published{Date: date, Before: n.Tree.Before, Size: n.Tree.Size}
	var err error
	if p.Manifest, err = s.Read(ctx, manifestPath(date), jsonMax); err != nil {
		return nil, evidenceOf(err)
	}
	if sumOf(p.Manifest) != n.Manifest {
		return nil, &proof.MismatchError{What: fmt.Sprintf("%s is not the manifest of the night", manifestPath(date))}
	}
	if p.Head, err = s.Read(ctx, headPath(date), proof.HeadMax); err != nil {
		return nil, evidenceOf(err)
	}
	for _, f := range n.Tables["journal"].Files {
		p.Journal = append(p.Journal, evidence.File{Name: f.Path, Size: f.Bytes, Open: func() (evidence.Opened, error) { return s.Open(ctx, f.Path) }})
	}
	return p, nil
}
