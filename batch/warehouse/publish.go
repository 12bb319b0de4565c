package warehouse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"daybook/batch/book"
	"daybook/batch/catalog"
	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// Options configures [Publish]. Out, Root and a range of dates must be set.
type Options struct {
	Out      string // folder of the published nights
	Root     string // a folder, or s3://bucket/prefix
	From, To civil.Date
	Name     string // of the warehouse, when its root is made
	Iceberg  bool   // commit to the Iceberg tables as well
	Catalog  catalog.Config
	Shared   bool // the folder's group may read what is written
	Restored bool // the book was put back: a log that is another book's past may be replaced
	Software string
	Next     [][]byte // notes of keys that follow
	// Fresh says that this run has just published the night in the output folder: its files are not read
	// again to be held to their digests.
	Fresh bool
	// At is called between steps, for tests that stop there.
	At func(step string)
}

// A Result says what [Publish] did of a night.
type Result struct {
	Date     civil.Date `json:"business_date"`
	Tables   int        `json:"tables"`
	Files    int        `json:"files"`
	Written  int        `json:"written"`  // files that were not there
	Replaced bool       `json:"replaced"` // another publication of the night was there
	Again    bool       `json:"again"`    // all of it was there already
	Commits  []string   `json:"commits"`  // Iceberg tables that changed
	// Uncommitted says that the root has Iceberg tables, and that this run was not to commit the night to them.
	Uncommitted bool `json:"-"`
}

// A publisher is one run.
type publisher struct {
	o       Options
	store   objects.Store
	catalog *catalog.Catalog
	book    *store.Book
	id      string
	scratch string
	stops   sync.Mutex // one step is told of at a time
}

// Publish publishes the closed nights of a range of dates, in their order. What is there
// already is left; killed anywhere, the same run again ends with the same root.
func Publish(ctx context.Context, b *store.Book, o Options) (list []Result, err error) {
	p := &publisher{o: o, book: b}
	if p.store, err = (objects.Options{Shared: o.Shared}).Open(ctx, o.Root); err != nil {
		return nil, err
	}
	if p.id, err = book.ID(b); err != nil {
		return nil, err
	}
	nights, err := p.nights()
	if err != nil {
		return nil, err
	}
	if o.Iceberg {
		if p.catalog, err = openCatalog(ctx, o.Catalog, p.store); err != nil {
			return nil, err
		}
	}
	if p.scratch, err = os.MkdirTemp("", "daybook-warehouse-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(p.scratch)) }()
	for _, d := range nights {
		r, err := p.night(ctx, d)
		if err != nil {
			return list, fmt.Errorf("warehouse %s, %s: %w", o.Root, d, err)
		}
		list = append(list, *r)
	}
	return list, nil
}

// openCatalog opens the catalogue. One that is the root itself needs a store of which one of
// two writers of a name is refused.
func openCatalog(ctx context.Context, c catalog.Config, s objects.Store) (*catalog.Catalog, error) {
	if c.Kind == "" || c.Kind == catalog.Hadoop {
		if err := objects.Probe(ctx, s); err != nil {
			return nil, err
		}
	}
	return catalog.Open(ctx, c, s)
}

// nights returns the closed nights of the range.
func (p *publisher) nights() (list []civil.Date, err error) {
	if list, err = p.book.NightsIn(p.o.From, p.o.To); err == nil && len(list) == 0 {
		err = book.NotFound("no night from %s to %s is closed", p.o.From, p.o.To)
	}
	return list, err
}

func (p *publisher) at(step string) {
	if p.o.At != nil {
		p.stops.Lock()
		defer p.stops.Unlock()
		p.o.At(step)
	}
}

// night publishes one night.
func (p *publisher) night(ctx context.Context, d civil.Date) (*Result, error) {
	source, err := read(p.book, p.o.Out, p.scratch, d, p.o.Fresh)
	if err != nil {
		return nil, err
	}
	if err := p.root(ctx, source.record); err != nil {
		return nil, err
	}
	old, err := readNight(ctx, p.store, d)
	if err != nil {
		return nil, err
	}
	night, err := source.night()
	if err != nil {
		return nil, err
	}
	r := &Result{Date: d, Tables: len(night.Tables), Commits: []string{}}
	if err := p.takeOver(ctx, source, night, old, r); err != nil {
		return nil, err
	}
	if err := errors.Join(p.checkLog(ctx, source), p.checkCatalog(ctx, r)); err != nil {
		return nil, err
	}
	there, err := p.look(ctx, source, old)
	if err != nil {
		return nil, err
	}
	if err := p.tables(ctx, source, there, r); err != nil {
		return nil, err
	}
	p.at("tables")
	if err := p.commit(ctx, source, r); err != nil {
		return nil, err
	}
	p.at("committed")
	if err := p.sweep(ctx, night, there); err != nil {
		return nil, err
	}
	p.at("swept")
	if err := errors.Join(p.writeLog(ctx, source), p.writeLineage(ctx, source, r.Again)); err != nil {
		return nil, err
	}
	p.at("log")
	if r.Again {
		return r, nil
	}
	b, err := reports.EncodeJSON(night)
	if err != nil {
		return nil, err
	}
	return r, p.store.Put(ctx, nightPath(d), b)
}

// root makes the root's own file where there is none, and holds the night to it.
func (p *publisher) root(ctx context.Context, n *record.Night) error {
	name := p.o.Name
	if name == "" {
		name = "daybook"
	}
	wanted := Root{FormatVersion, name, p.id, n.Scale, p.o.Software}
	r, err := readRoot(ctx, p.store)
	if err != nil {
		return err
	}
	if r == nil {
		if err := p.vacant(ctx); err != nil {
			return err
		}
		b, err := reports.EncodeJSON(wanted)
		if err != nil {
			return err
		}
		if err := p.store.PutIfAbsent(ctx, rootName, b); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if r, err = readRoot(ctx, p.store); err != nil {
			return err
		}
	}
	switch {
	case r == nil:
		return guard("name a folder that can be written", "%s was written and is not there", p.store.URL(rootName))
	case r.BookID != p.id:
		return guard("name another root: one has the nights of one book", "the root is of book %s, and this one is %s", r.BookID, p.id)
	case r.Scale != n.Scale:
		return guard("publish to a new root from this night on: no table can change the digits of its amounts",
			"amounts of %s have %d digits after the point, and those of the root %d", n.Date, n.Scale, r.Scale)
	}
	return nil
}

// vacant refuses a root that has something else.
func (p *publisher) vacant(ctx context.Context) error {
	infos, err := p.store.List(ctx, "")
	if err != nil {
		return err
	}
	if len(infos) == 0 {
		return p.apart()
	}
	return guard("name an empty folder, or one that warehouse publish made", "the root has %s, and is no warehouse", infos[0].Name)
}

// apart refuses a new root among the files of another one, which would not know them any more.
func (p *publisher) apart() error {
	u, err := url.Parse(p.store.URL(""))
	if err != nil || u.Scheme != "file" {
		return nil // a prefix of a bucket that has an object above it is seen by its names
	}
	dir := filepath.FromSlash(u.Path)
	for above := filepath.Dir(dir); above != dir; dir, above = above, filepath.Dir(above) {
		if _, err := os.Lstat(filepath.Join(above, rootName)); err == nil {
			return guard("name a folder beside it", "the root would lie in another one, %s", above)
		}
	}
	return nil
}

// takeOver compares a night with what is there of it. What was dropped of it since stays away.
func (p *publisher) takeOver(ctx context.Context, source *published, night, old *Night, r *Result) error {
	if old == nil {
		return nil
	}
	for _, name := range old.Dropped {
		delete(night.Tables, name)
		delete(source.tables, name)
	}
	night.Dropped = old.Dropped
	for name, t := range old.Tables {
		if _, ok := night.Tables[name]; !ok && strings.HasPrefix(name, "reconciliation_") && old.BookDigest == night.BookDigest {
			night.Tables[name] = t // the run's folder has gone elsewhere
		}
	}
	before, err := json.Marshal(old)
	if err != nil {
		return err
	}
	same := *night
	same.Replaces = old.Replaces
	after, err := json.Marshal(&same)
	if err != nil {
		return err
	}
	if r.Again = bytes.Equal(before, after); r.Again {
		night.Replaces = old.Replaces
		return nil
	}
	r.Replaced = true
	raw, err := p.store.Read(ctx, nightPath(night.BusinessDate), jsonMax)
	night.Replaces = sumOf(raw)
	return err
}

// catalogName says which catalogue has the tables of a root, once one has: whoever replaces or drops
// files has to tell it.
const catalogName = "iceberg/catalog.json"

// A registered is what is known of the catalogue.
type registered struct {
	Kind      string `json:"kind"`
	URI       string `json:"uri,omitempty"`
	Warehouse string `json:"warehouse,omitempty"`
}

func registeredAs(c catalog.Config) registered {
	if c.Kind == "" {
		c.Kind = catalog.Hadoop
	}
	return registered{c.Kind, c.URI, c.Warehouse}
}

// checkCatalog refuses to replace files that a catalogue knows without telling it, and to tell another one.
func (p *publisher) checkCatalog(ctx context.Context, r *Result) error {
	var known registered
	ok, err := readJSON(ctx, p.store, catalogName, &known)
	switch {
	case err != nil:
		return err
	case p.catalog == nil && ok && r.Replaced:
		return guard("say --iceberg, with the catalogue that it has", "the root has Iceberg tables (%s), which name the files that would be replaced", known.Kind)
	case p.catalog == nil || ok && known == registeredAs(p.o.Catalog):
		r.Uncommitted = ok && p.catalog == nil
		return nil
	case ok:
		return guard("name that one, or another root", "the tables of the root are in another catalogue: %s %s", known.Kind, known.URI)
	}
	b, err := reports.EncodeJSON(registeredAs(p.o.Catalog))
	if err != nil {
		return err
	}
	if err := p.store.PutIfAbsent(ctx, catalogName, b); errors.Is(err, fs.ErrExist) {
		return p.checkCatalog(ctx, r)
	} else if err != nil {
		return err
	}
	return nil
}

// look lists what is in the folders of the night, and refuses what this program did not write there, before
// anything is written.
func (p *publisher) look(ctx context.Context, s *published, old *Night) (map[string]map[string]int64, error) {
	there, known := map[string]map[string]int64{}, map[string]bool{}
	if old != nil {
		for _, t := range old.Tables {
			for _, f := range t.Files {
				known[f.Path] = true
			}
		}
	}
	for table, files := range s.tables {
		there[table] = map[string]int64{}
		infos, err := p.store.List(ctx, folderOf(table, s.date)+"/")
		if err != nil {
			return nil, err
		}
		for _, info := range infos {
			there[table][info.Name] = info.Size
			wanted := slices.ContainsFunc(files, func(f source) bool { return f.Path == info.Name })
			if wanted || known[info.Name] || path.Dir(info.Name) == folderOf(table, s.date) && path.Base(info.Name) == successName {
				continue
			}
			ours, err := isOurs(ctx, p.store, info.Name)
			if err != nil {
				return nil, err
			}
			if !ours || path.Dir(info.Name) != folderOf(table, s.date) {
				return nil, guard("move it away", "%s is in the folder of a night, and is none of its files", p.store.URL(info.Name))
			}
		}
	}
	return there, nil
}

// tables brings the files of every table, and the mark of each folder after them: that which says that a
// night is there after all others.
func (p *publisher) tables(ctx context.Context, s *published, there map[string]map[string]int64, r *Result) error {
	names := inOrder(s.tables)
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(tablesAtOnce)
	written := make([]int, len(names))
	for i, name := range names {
		r.Files += len(s.tables[name])
		if name == lastTable {
			continue
		}
		g.Go(reports.Guarded(func() (err error) {
			written[i], err = p.table(working, s, name, there[name], r)
			p.at("table " + name)
			return err
		}))
	}
	err := g.Wait()
	if last := len(names) - 1; err == nil && names[last] == lastTable {
		written[last], err = p.table(ctx, s, lastTable, there[lastTable], r)
	}
	for _, n := range written {
		r.Written += n
	}
	return err
}

// tablesAtOnce is how many tables are brought at once.
const tablesAtOnce = 16

// table brings one table's folder. Where another publication is there in a folder of a file system,
// and no Iceberg table names its files, the two are exchanged in one step; else the new files come
// beside the old ones, which go when the Iceberg table has the new.
func (p *publisher) table(ctx context.Context, s *published, table string, have map[string]int64, r *Result) (written int, err error) {
	folder := folderOf(table, s.date)
	on, local := p.store.(*objects.Folder)
	for _, f := range s.tables[table] {
		size, ok := have[f.Path]
		if ok && size == f.Bytes && local {
			sum, err := digestAt(ctx, p.store, f.Path) // a damaged one is brought again
			if err != nil {
				return 0, err
			}
			ok = sum == f.SHA256
		}
		if ok && size == f.Bytes {
			continue
		}
		if written++; size > 0 {
			if err := p.store.Delete(ctx, f.Path); err != nil {
				return 0, err
			}
		}
	}
	if local && r.Replaced && p.catalog == nil && written > 0 {
		files := map[string]string{}
		for _, f := range s.tables[table] {
			files[path.Base(f.Path)] = f.local
		}
		known := func(name string) bool { // as look has found it, or one of these
			_, was := have[path.Join(folder, name)]
			return was || files[name] != "" || name == successName
		}
		return written, on.Exchange(ctx, folder, files, []string{successName}, known)
	}
	for _, f := range s.tables[table] {
		if err := p.store.PutFile(ctx, f.Path, f.local); err != nil {
			return 0, err
		}
	}
	if _, marked := have[path.Join(folder, successName)]; marked {
		return written, nil
	}
	return written, p.store.Put(ctx, path.Join(folder, successName), nil)
}

// sweep removes files of other publications of the night, which look has found to be ours.
func (p *publisher) sweep(ctx context.Context, n *Night, there map[string]map[string]int64) error {
	wanted := map[string]bool{}
	for _, t := range n.Tables {
		for _, f := range t.Files {
			wanted[f.Path] = true
		}
	}
	var gone []string
	for _, have := range there {
		for name := range have {
			if !wanted[name] && path.Base(name) != successName {
				gone = append(gone, name)
			}
		}
	}
	slices.Sort(gone)
	return p.store.Delete(ctx, gone...)
}
