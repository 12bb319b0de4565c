package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

// rebuildHint is what to do about metadata that is not as it was written.
const rebuildHint = `run "daybook warehouse iceberg --rebuild"`

// Check holds a table to what its nights are to have there, as [Catalog.Commit] is given them, a night without files
// having none: the files of the newest snapshot are theirs, with rows, bytes and bounds as in the footers; its
// schema takes them; and the manifests of all snapshots are there. It returns what differs, and changes nothing.
// others are the dates of files that no night has.
func (k *Catalog) Check(ctx context.Context, table string, nights []Night) (faults []string, others []civil.Date, err error) {
	if err := checkTable(table); err != nil {
		return nil, nil, err
	}
	err = k.retry(ctx, func(ctx context.Context) (err error) {
		var h *head
		if h, faults, others, err = k.look(ctx, table, nights); err != nil || h == nil {
			return err
		}
		switch ok, err := k.tables.settled(ctx, table, h); {
		case err != nil:
			return err
		case !ok:
			faults = append(faults, fmt.Sprintf("%s is not that of version %d: publish the last night again with --iceberg", hintName, h.version))
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("iceberg table %s: %w", table, err)
	}
	return faults, others, nil
}

// look loads a table and returns how it differs from its nights, as [Catalog.Check] does; h is nil where it is none of
// this root's that can be read.
func (k *Catalog) look(ctx context.Context, table string, nights []Night) (h *head, faults []string, others []civil.Date, err error) {
	h, err = k.tables.load(ctx, table)
	var damaged *damagedError
	switch {
	case errors.As(err, &damaged):
		return nil, []string{damaged.Error()}, nil, nil
	case err != nil:
		return nil, nil, nil, err
	case h.metadata == nil:
		if slices.ContainsFunc(nights, func(n Night) bool { return len(n.Files) > 0 }) {
			faults = []string{"there is no such table: publish the last night again with --iceberg, or " + rebuildHint}
		}
		return nil, faults, nil, nil
	}
	if err := k.checkRoot(h.metadata); err != nil {
		return nil, []string{err.Error()}, nil, nil
	}
	faults, others, err = k.holds(ctx, table, h, nights)
	return h, faults, others, err
}

// holds returns how a table that was loaded differs from its nights, as [Catalog.Check] does.
func (k *Catalog) holds(ctx context.Context, table string, h *head, nights []Night) (faults []string, others []civil.Date, err error) {
	c := &holding{metadata: h.metadata, seen: map[string]bool{}}
	read := k.table(ctx, table, h).Read
	c.read = func(path string) ([]byte, error) {
		b, err := read(path)
		switch _, elsewhere := k.name(path); {
		case err != nil && elsewhere == nil && !isAbsent(err):
			c.failed = errors.Join(c.failed, err)
		case err == nil && !iceberg.IsAsNamed(path, b):
			err = fmt.Errorf("%s: it is not as it was written", path)
		}
		c.seen[path] = true
		return b, err
	}
	c.files(nights)
	c.schema(nights)
	c.snapshots()
	if c.failed != nil {
		return nil, nil, c.failed
	}
	return c.faults, c.others, nil
}

// A holding is a table that is held to its nights.
type holding struct {
	metadata *iceberg.Metadata
	read     func(path string) ([]byte, error)
	failed   error           // of a read
	seen     map[string]bool // manifests and lists that were read
	faults   []string
	others   []civil.Date
}

func (c *holding) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// files holds the files of the newest snapshot to those of the nights.
func (c *holding) files(nights []Night) {
	has, deletes, err := iceberg.Contents(c.metadata, c.read)
	if err != nil {
		c.fault("%v: %s", err, rebuildHint)
		return
	}
	if deletes {
		c.fault("another writer deleted rows of it: %s", rebuildHint)
	}
	at := map[string]*iceberg.DataFile{}
	for i := range has {
		if at[has[i].Path] != nil {
			c.fault("%s is there twice: %s", has[i].Path, rebuildHint)
		}
		at[has[i].Path] = &has[i]
	}
	var lacking []civil.Date
	for i := range nights {
		lacks := false
		for j := range nights[i].Files {
			want := &nights[i].Files[j]
			f := at[want.Path]
			if f == nil {
				lacks = true
				continue
			}
			delete(at, want.Path)
			if how := f.Differs(want); how != "" {
				c.fault("%s: %s: %s", want.Path, how, rebuildHint)
			}
		}
		if lacks {
			lacking = append(lacking, nights[i].Date)
		}
	}
	if len(lacking) > 0 {
		c.fault("it lacks files of %s: publish again with --iceberg", some(lacking))
	}
	for _, f := range at {
		c.others = append(c.others, f.Date)
	}
	slices.Sort(c.others)
	c.others = slices.Compact(c.others)
}

// some lists the first of some nights.
func some(nights []civil.Date) string {
	const most = 3
	var list []string
	for _, d := range nights[:min(most, len(nights))] {
		list = append(list, d.String())
	}
	if more := len(nights) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), more)
	}
	return strings.Join(list, ", ")
}

// schema holds the table's schema to the columns that the nights' files have.
func (c *holding) schema(nights []Night) {
	current := c.metadata.Schema()
	if current == nil {
		c.fault("it has no schema: %s", rebuildHint)
		return
	}
	for i := range nights {
		if len(nights[i].Schema.Columns) == 0 {
			continue
		}
		if _, changed, err := iceberg.Evolve(*current, nights[i].Schema, c.metadata.Schemas); err != nil || changed {
			c.fault("its schema does not take the columns of %s: publish it again with --iceberg, or %s", nights[i].Date, rebuildHint)
			return
		}
	}
}

// snapshots finds manifests of earlier snapshots that are gone, or not as they were written.
func (c *holding) snapshots() {
	const way = "what the table was before can't be read: " + rebuildHint + ", which forgets it"
	for i := range c.metadata.Snapshots {
		s := &c.metadata.Snapshots[i]
		if c.metadata.Current != nil && s.ID == *c.metadata.Current {
			continue // its manifests were read
		}
		manifests, err := iceberg.Manifests(s, c.read)
		if err != nil {
			c.fault("%v: %s", err, way)
			continue
		}
		for j := range manifests {
			path := manifests[j].Path
			if c.seen[path] {
				continue
			}
			if _, err := c.read(path); err != nil {
				c.fault("manifest of snapshot %d: %v: %s", s.ID, err, way)
			}
		}
	}
}
