// Package catalog commits nights to Iceberg tables over the files of a warehouse. What a
// commit is, is decided in reports/iceberg; here it is written, in an order in which it may
// be cut off anywhere: manifests, then their list, then the metadata, which makes it true.
//
// A catalogue is either the root itself (hadoop), where a commit is a file
// vN.metadata.json that was not there before, or a server that speaks Iceberg's REST
// protocol (rest). In both a commit is made against the state that it was planned for; one
// that lost a race, or of which nobody knows what became of it, is planned again against
// what is there now, and finds nothing to do where it was done. So a night that is committed
// again changes nothing, and two publishers of one night end with the files of one of them.
//
// It uses no catalogue of another kind, and deletes no data files.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

// The kinds of catalogues.
const (
	Hadoop = "hadoop"
	REST   = "rest"
)

// TokenVariable is the environment variable of the token that a REST catalogue asks for.
const TokenVariable = "ICEBERG_REST_TOKEN"

const (
	fileMax     = 256 << 20 // bytes of metadata and of a manifest
	attemptsMax = 12        // of a commit
	pauseFirst  = 50 * time.Millisecond
	pauseMax    = 3 * time.Second
	patience    = time.Minute // with one answer of a server
)

// Config says which catalogue is used. The zero value is one in the root itself.
type Config struct {
	Kind      string // [Hadoop] where it is empty, or [REST]
	URI       string // of a REST catalogue, without /v1
	Warehouse string // the name that a REST catalogue knows the warehouse by; may be empty

	Now func() time.Time // nil: the clock
}

// A Catalog commits to the tables of one warehouse. Many may do so at once, in one process or
// in several; one is used by one goroutine at a time.
type Catalog struct {
	store  objects.Store
	root   string // as other programs call it, without a slash at its end
	tables tables
	now    func() time.Time
	pause  time.Duration // after the first attempt
}

// A Night is what a table is to have for a business date.
type Night struct {
	Table  string
	Date   civil.Date
	Schema iceberg.Schema
	SortBy string // the column that rows of a file are sorted by; counts when the table is made
	Files  []iceberg.DataFile
	// Properties go into the summary of the snapshot.
	Properties map[string]string
}

// tables is where the newest metadata of each table is known: the root, or a server.
type tables interface {
	// load returns a table as it stands.
	load(ctx context.Context, table string) (*head, error)
	// create makes a table that is not there, and returns it.
	create(ctx context.Context, table string, m *iceberg.Metadata) (*head, error)
	// commit commits all changes or, where a table is not as it was loaded, none. Many at once
	// are given only where together is true.
	commit(ctx context.Context, changes []*change) error
	together() bool
	// replace puts metadata in the place of a table, whatever it is.
	replace(ctx context.Context, table string, m *iceberg.Metadata) error
	// settle mends what a commit that was cut off left behind, and settled reports whether there is nothing of it.
	settle(ctx context.Context, table string, h *head) error
	settled(ctx context.Context, table string, h *head) (bool, error)
}

// head is a table as it was loaded. One that is not there has no metadata.
type head struct {
	metadata *iceberg.Metadata
	file     string // of the metadata, where the catalogue is the root
	version  int
}

// change is a commit to one table.
type change struct {
	table   string
	head    *head
	next    *iceberg.Metadata
	files   []iceberg.File
	commit  *iceberg.Commit // nil where snapshots only go
	expired []int64
}

// errAgain is the error of a commit that may succeed if it is planned again.
var errAgain = errors.New("the table was changed by another writer")

// Open opens a catalogue over the files of a store.
func Open(ctx context.Context, c Config, store objects.Store) (*Catalog, error) {
	k := &Catalog{store: store, now: c.Now, pause: pauseFirst}
	if k.now == nil {
		k.now = time.Now
	}
	k.root = strings.TrimSuffix(store.URL(iceberg.Namespace), "/"+iceberg.Namespace)
	switch c.Kind {
	case "", Hadoop:
		k.tables = &hadoop{store: store, root: k.root}
		return k, nil
	case REST:
		r := &rest{uri: strings.TrimSuffix(c.URI, "/"), warehouse: c.Warehouse, token: os.Getenv(TokenVariable), client: &http.Client{Timeout: patience}}
		k.tables = r
		return k, k.retry(ctx, func(context.Context) error { return r.configure(ctx) })
	}
	return nil, fmt.Errorf("iceberg catalogue of the kind %q: kinds are %s and %s", c.Kind, Hadoop, REST)
}

// Commit commits nights in their order, and returns the tables that it changed. Where the
// catalogue has transactions of many tables, nights of one date that follow each other are
// one of them.
func (k *Catalog) Commit(ctx context.Context, nights []Night) (changed []string, err error) {
	for len(nights) > 0 {
		n := 1
		for k.tables.together() && n < len(nights) && joins(nights[:n], &nights[n]) {
			n++
		}
		tables, err := k.commit(ctx, nights[:n])
		for _, table := range tables {
			if !slices.Contains(changed, table) {
				changed = append(changed, table)
			}
		}
		if err != nil {
			return changed, err
		}
		nights = nights[n:]
	}
	return changed, nil
}

// joins reports whether a night can be of the same transaction as others.
func joins(nights []Night, next *Night) bool {
	return next.Date == nights[0].Date && !slices.ContainsFunc(nights, func(n Night) bool { return n.Table == next.Table })
}

// Drop drops the files of nights from a table, each in a snapshot, and reports whether there
// were any.
func (k *Catalog) Drop(ctx context.Context, table string, dates ...civil.Date) (changed bool, err error) {
	for _, d := range dates {
		tables, err := k.commit(ctx, []Night{{Table: table, Date: d}})
		changed = changed || len(tables) > 0
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// commit commits nights of different tables at once, and returns the tables that changed.
func (k *Catalog) commit(ctx context.Context, nights []Night) (changed []string, err error) {
	tried := map[string][]int64{} // ids of snapshots, by table
	err = k.retry(ctx, func(ctx context.Context) error {
		var changes []*change
		changed = nil
		for i := range nights {
			n := &nights[i]
			c, err := k.plan(ctx, n)
			if err != nil {
				return fmt.Errorf("iceberg table %s, night %s: %w", n.Table, n.Date, err)
			}
			if c.commit == nil {
				if made(c.head, tried[n.Table]) {
					changed = append(changed, n.Table)
				}
				continue
			}
			changes = append(changes, c)
		}
		if len(changes) == 0 {
			return nil
		}
		for _, c := range changes {
			if err := k.write(ctx, c.files); err != nil {
				return fmt.Errorf("iceberg table %s: %w", c.table, err)
			}
			tried[c.table] = append(tried[c.table], c.commit.Snapshot.ID)
		}
		if err := k.tables.commit(ctx, changes); err != nil {
			return fmt.Errorf("iceberg commit of %s, night %s: %w", changes[0].table, nights[0].Date, err)
		}
		for _, c := range changes {
			changed = append(changed, c.table)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// made reports whether a table has one of these snapshots: a commit of which nobody knew
// what became of it was made.
func made(h *head, ids []int64) bool {
	return h.metadata != nil && slices.ContainsFunc(ids, func(id int64) bool { return h.metadata.Snapshot(id) != nil })
}

// plan plans a night on a table as it stands now; a table that is not there is made where
// there are files for it. A change without a commit is nothing to do.
func (k *Catalog) plan(ctx context.Context, n *Night) (*change, error) {
	if err := checkTable(n.Table); err != nil {
		return nil, err
	}
	h, err := k.tables.load(ctx, n.Table)
	if err != nil {
		return nil, err
	}
	c := &change{table: n.Table, head: h}
	if h.metadata == nil {
		if len(n.Files) == 0 {
			return c, nil
		}
		m, err := k.declare(n)
		if err != nil {
			return nil, err
		}
		if h, err = k.tables.create(ctx, n.Table, m); err != nil {
			return nil, err
		}
		c.head = h
	}
	if err := k.checkRoot(h.metadata); err != nil {
		return nil, err
	}
	c.commit, err = iceberg.Plan(k.table(ctx, n.Table, h), n.night())
	if err != nil {
		return nil, err
	}
	if c.commit == nil {
		return c, k.tables.settle(ctx, n.Table, h)
	}
	c.next, c.files = c.commit.Metadata, c.commit.Files
	return c, nil
}

func (n *Night) night() *iceberg.Night {
	return &iceberg.Night{Date: n.Date, Schema: n.Schema, Files: n.Files, Properties: n.Properties}
}

// declare is the metadata of a table that is to be made for a night.
func (k *Catalog) declare(n *Night) (*iceberg.Metadata, error) {
	return iceberg.New(&iceberg.Declared{
		UUID: newUUID(), Location: k.root + "/" + folder(n.Table), Root: k.root, Millis: k.now().UnixMilli(), Schema: n.Schema, SortBy: n.SortBy,
	})
}

// table is what a commit to a table is planned for.
func (k *Catalog) table(ctx context.Context, table string, h *head) *iceberg.Table {
	return &iceberg.Table{
		Metadata: h.metadata, File: h.file, Folder: k.root + "/" + metadataFolder(table), Millis: k.now().UnixMilli(),
		Read: func(path string) ([]byte, error) { return k.read(ctx, path) },
	}
}

// checkRoot refuses a table whose files are below another root than this one.
func (k *Catalog) checkRoot(m *iceberg.Metadata) error {
	if root, is := m.Properties[iceberg.RootProperty]; is && root != k.root {
		return fmt.Errorf(`its files are registered below %s and the root is %s; after a root was moved, %s`, root, k.root, rebuildHint)
	}
	return nil
}

// write writes files that are named for their bytes: one that is there is the same.
func (k *Catalog) write(ctx context.Context, files []iceberg.File) error {
	for _, f := range files {
		name, err := k.name(f.Path)
		if err != nil {
			return err
		}
		if err := k.store.PutIfAbsent(ctx, name, f.Bytes); err != nil && !isThere(err) {
			return err
		}
	}
	return nil
}

func (k *Catalog) read(ctx context.Context, path string) ([]byte, error) {
	name, err := k.name(path)
	if err != nil {
		return nil, err
	}
	return k.store.Read(ctx, name, fileMax)
}

// retry does what may fail for a while, with longer pauses each time, and by chance so that
// two writers do not meet again.
func (k *Catalog) retry(ctx context.Context, do func(context.Context) error) error {
	wait := k.pause
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if err == nil || !errors.Is(err, errAgain) || ctx.Err() != nil {
			return err
		}
		if attempt == attemptsMax {
			return fmt.Errorf("given up after %d attempts: %w", attempt, err)
		}
		t := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		wait = min(2*wait, pauseMax)
	}
}
