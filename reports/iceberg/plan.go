package iceberg

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// A Table is a table as it stands, for which a commit is planned.
type Table struct {
	Metadata *Metadata
	File     string // that the metadata was read from; empty where a catalogue keeps it, or it is new
	Folder   string // that manifests are written to, as other programs call it
	Millis   int64  // of the commit, since 1970
	// Read returns a manifest or manifest list.
	Read func(path string) ([]byte, error)
}

// A Night is what a table is to have for a business date.
type Night struct {
	Date   civil.Date
	Schema Schema
	Files  []DataFile // none: the night is dropped
	// Properties go into the snapshot's summary, beside [DateProperty] and the counts.
	Properties map[string]string
}

// A File is a file to be written. Its name is made from its bytes, so that one that is there
// under that name is the same.
type File struct {
	Path  string
	Bytes []byte
}

// A Commit is what must be written for a night: the files, in their order, and then the
// metadata, which makes it true.
type Commit struct {
	Files      []File
	Metadata   *Metadata
	Snapshot   *Snapshot         // of the metadata, the one that is new
	Schema     *Schema           // of the metadata, where the commit adds it
	Properties map[string]string // of the table, that the commit sets
}

// Plan returns the commit that gives a table the files of a night: none where it has them.
// A night that is new is an append, one that is there with other files an overwrite, and
// one that is dropped a delete. Manifests of other nights are left as they are.
func Plan(t *Table, n *Night) (*Commit, error) {
	p := &plan{table: t, night: n, next: t.Metadata.clone()}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := p.find(); err != nil {
		return nil, err
	}
	if len(p.added) == 0 && len(p.removed) == 0 {
		return nil, nil
	}
	if err := p.evolve(); err != nil {
		return nil, err
	}
	p.number()
	if err := p.write(); err != nil {
		return nil, err
	}
	p.record()
	return &p.out, nil
}

// plan is a commit that is being planned.
type plan struct {
	table *Table
	night *Night
	next  *Metadata
	out   Commit

	schema    *Schema
	had       []Manifest // of the current snapshot
	touched   []opened   // those of had that list a file that goes
	added     []DataFile
	removed   []DataFile
	snapshot  Snapshot
	manifests []Manifest // of the new snapshot
}

// opened is a manifest that was read, its entries, and which of them go.
type opened struct {
	at      int // in the list
	entries []Entry
	goes    map[int]bool
}

func (p *plan) check() error {
	if err := p.table.Metadata.Check(); err != nil {
		return err
	}
	n := p.night
	if n.Date < civil.Min || n.Date > civil.Max {
		return fmt.Errorf("a night of the date %d, which is none", n.Date)
	}
	if len(n.Files) == 0 {
		return nil
	}
	if len(n.Files) > filesMax {
		return fmt.Errorf("%d files in the night %s; at most %d are written", len(n.Files), n.Date, filesMax)
	}
	if err := n.Schema.Check(); err != nil {
		return err
	}
	paths := map[string]bool{}
	for i := range n.Files {
		f := &n.Files[i]
		if err := checkFile(f, n.Date, &n.Schema); err != nil {
			return err
		}
		if paths[f.Path] {
			return fmt.Errorf("file %s is named twice", f.Path)
		}
		paths[f.Path] = true
	}
	return nil
}

// find reads the manifests that may list files of the night, and tells which of them go and
// which come.
func (p *plan) find() error {
	had, err := Manifests(p.table.Metadata.head(), p.table.Read)
	if err != nil {
		return err
	}
	p.had = had
	wanted := map[string]bool{}
	for i := range p.night.Files {
		wanted[p.night.Files[i].Path] = true
	}
	for i := range had {
		m := &had[i]
		if m.Deletes || !m.live() {
			continue
		}
		if m.Spec != p.next.SpecID {
			return fmt.Errorf("manifest %s is of partition spec %d and not of %d, as another writer left it", m.Path, m.Spec, p.next.SpecID)
		}
		if !m.mayHold(p.night.Date) {
			continue
		}
		entries, err := entriesOf(m, p.table.Read)
		if err != nil {
			return err
		}
		goes := map[int]bool{}
		for j, e := range entries {
			switch {
			case !e.live() || e.File.Date != p.night.Date:
			case wanted[e.File.Path]:
				delete(wanted, e.File.Path) // so that one that is listed twice goes
			default:
				p.removed, goes[j] = append(p.removed, e.File), true
			}
		}
		if len(goes) > 0 {
			p.touched = append(p.touched, opened{i, entries, goes})
		}
	}
	for _, f := range p.night.Files {
		if wanted[f.Path] {
			p.added = append(p.added, f)
		}
	}
	return nil
}

// evolve makes the schema that of the table and the night, in the same commit as the files
// that need it.
func (p *plan) evolve() error {
	current := p.next.Schema()
	p.schema = current
	if len(p.added) == 0 {
		return nil
	}
	schema, changed, err := Evolve(*current, p.night.Schema, p.next.Schemas)
	if err != nil || !changed {
		return err
	}
	for _, s := range p.next.Schemas {
		schema.ID = max(schema.ID, s.ID+1)
	}
	p.next.Schemas = append(p.next.Schemas, schema)
	p.next.SchemaID, p.next.LastColumn = schema.ID, max(p.next.LastColumn, schema.last())
	p.schema = &p.next.Schemas[len(p.next.Schemas)-1]
	p.out.Schema, p.out.Properties = p.schema, map[string]string{nameMapping: schema.mapping()}
	if p.next.Properties == nil {
		p.next.Properties = map[string]string{}
	}
	p.next.Properties[nameMapping] = schema.mapping()
	return nil
}

// number gives the snapshot its id: from what it does to which table, so that a commit that
// is planned again after it was cut off writes the same files again.
func (p *plan) number() {
	old, next := p.table.Metadata, p.next
	next.UpdatedMillis = max(old.UpdatedMillis, p.table.Millis) // a clock that was set back makes no table unreadable
	next.LastSequence++
	id := next.SchemaID
	p.snapshot = Snapshot{Parent: old.Current, Sequence: next.LastSequence, Millis: next.UpdatedMillis, SchemaID: &id}
	if old.Current != nil {
		parent := *old.Current
		p.snapshot.Parent = &parent
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n%s\n%s\n", next.UUID, next.LastSequence, p.night.Date, p.schema.text())
	if p.snapshot.Parent != nil {
		fmt.Fprintf(h, "parent %d\n", *p.snapshot.Parent)
	}
	for _, f := range p.added {
		fmt.Fprintf(h, "added %s\n", f.Path)
	}
	for _, f := range p.removed {
		fmt.Fprintf(h, "removed %s\n", f.Path)
	}
	digest := h.Sum(nil)
	for {
		p.snapshot.ID = int64(binary.BigEndian.Uint64(digest)) & freeIDMax
		if p.snapshot.ID != 0 && next.Snapshot(p.snapshot.ID) == nil && !p.logged(p.snapshot.ID) {
			return
		}
		again := sha256.Sum256(digest)
		digest = again[:]
	}
}

func (p *plan) logged(id int64) bool {
	return slices.ContainsFunc(p.next.SnapshotLog, func(e SnapshotEntry) bool { return e.Snapshot == id })
}

// write makes the manifests and their list: one manifest of what comes, then the manifests
// from which files go, written again, then the others as they are.
func (p *plan) write() error {
	var come []Entry
	for _, f := range p.added {
		f.SortOrder = p.order()
		f.kept = keptStats{}
		f.Columns = slices.SortedFunc(slices.Values(f.Columns), func(a, b ColumnStats) int { return a.ID - b.ID })
		come = append(come, Entry{Status: Added, Snapshot: p.snapshot.ID, Sequence: -1, FileSequence: -1, File: f})
	}
	if err := p.manifest(come); err != nil {
		return err
	}
	again := map[int]bool{}
	for _, t := range p.touched {
		again[t.at] = true
		var entries []Entry
		for j, e := range t.entries {
			if !e.live() {
				continue // said by the snapshot that deleted it
			}
			e.Status = Existing
			if t.goes[j] {
				e.Status, e.Snapshot = Deleted, p.snapshot.ID
			}
			entries = append(entries, e)
		}
		if err := p.manifest(entries); err != nil {
			return err
		}
	}
	for i, m := range p.had {
		if !again[i] && m.live() {
			p.manifests = append(p.manifests, m)
		}
	}
	list, err := EncodeManifestList(&p.snapshot, p.manifests)
	if err != nil {
		return err
	}
	p.snapshot.ManifestList = p.file(fmt.Sprintf("snap-%d-1", p.snapshot.ID), list)
	return nil
}

// order is the id of the order that the table declares and added files have: the default
// one where it is by a single column, as this package makes it.
func (p *plan) order() int {
	for _, o := range p.next.Orders {
		if o.ID == p.next.OrderID && len(o.Fields) == 1 && o.Fields[0] == sortedBy(o.Fields[0].Source) {
			return o.ID
		}
	}
	return unsorted
}

func (p *plan) manifest(entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	b, err := EncodeManifest(p.schema, p.next.SpecID, entries)
	if err != nil {
		return err
	}
	path := p.file(fmt.Sprintf("%d-m%d", p.snapshot.ID, len(p.out.Files)), b)
	m := describe(path, len(b), entries, p.snapshot.ID, p.snapshot.Sequence)
	m.Spec = p.next.SpecID
	p.manifests = append(p.manifests, m)
	return nil
}

// file adds a file to be written, under a name that ends in its digest.
func (p *plan) file(name string, b []byte) string {
	digest := sha256.Sum256(b)
	path := strings.TrimSuffix(p.table.Folder, "/") + "/" + name + "-" + hex.EncodeToString(digest[:4]) + ".avro"
	p.out.Files = append(p.out.Files, File{path, b})
	return path
}

// ourName is what the name of a file that this package plans ends in: the first digits of its digest.
var ourName = regexp.MustCompile(`-([0-9a-f]{8})\.avro$`)

// IsAsNamed reports whether a manifest or a list has the bytes that it was named for; one of another writer's has
// them always.
func IsAsNamed(path string, b []byte) bool {
	name := ourName.FindStringSubmatch(path)
	digest := sha256.Sum256(b)
	return name == nil || name[1] == hex.EncodeToString(digest[:4])
}

// record puts the snapshot into the metadata.
func (p *plan) record() {
	m, s := p.next, &p.snapshot
	s.Summary = p.summary()
	m.Snapshots = append(m.Snapshots, *s)
	m.Current = &m.Snapshots[len(m.Snapshots)-1].ID
	m.SnapshotLog = append(m.SnapshotLog, SnapshotEntry{s.Millis, s.ID})
	if p.table.File != "" {
		m.MetadataLog = append(m.MetadataLog, MetadataEntry{p.table.Metadata.UpdatedMillis, p.table.File})
	}
	ref := m.Refs[mainBranch]
	ref.Snapshot, ref.Type = s.ID, "branch"
	if m.Refs == nil {
		m.Refs = map[string]Ref{}
	}
	m.Refs[mainBranch] = ref
	p.out.Metadata, p.out.Snapshot = m, &m.Snapshots[len(m.Snapshots)-1]
}
