package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"daybook/batch/catalog"
	"daybook/reports"
	"daybook/reports/iceberg"
)

// iceberg holds the root's Iceberg tables to its nights. A server is asked only where it is named: who can write to the
// root must not choose whom a token is shown.
func (v *verifier) iceberg(ctx context.Context, c catalog.Config) error {
	var known registered
	ok, err := readJSON(ctx, v.store, catalogName, &known)
	var bad *GuardError
	switch {
	case errors.As(err, &bad):
		v.fault("%v", err)
		return nil
	case err != nil:
		return err
	case !ok:
		if c.Kind == catalog.REST {
			return guard("leave --catalog out", "the root has no Iceberg tables")
		}
		return v.unregistered(ctx)
	case known == registeredAs(c):
	case known.Kind == catalog.REST && registeredAs(c) == registeredAs(catalog.Config{}):
		v.UnreadCatalog = known.URI
		return nil
	default:
		return guard("name that one", "the tables of the root are in another catalogue: %s %s", known.Kind, known.URI)
	}
	k, err := catalog.Open(ctx, c, v.store)
	if err != nil {
		return err
	}
	tables := map[string]bool{}
	for _, n := range v.read {
		for name := range n.Tables {
			tables[name] = true
		}
		for _, name := range n.Dropped {
			tables[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if err := v.table(ctx, k, name); err != nil {
			return err
		}
	}
	return nil
}

// unregistered finds the tables of a root that does not say which catalogue has them.
func (v *verifier) unregistered(ctx context.Context) error {
	infos, err := v.store.List(ctx, "iceberg/"+iceberg.Namespace+"/")
	if err == nil && len(infos) > 0 {
		v.fault("%s: it is missing, and there are Iceberg tables: publish the last night again with --iceberg", catalogName)
	}
	return err
}

// table holds one table to the nights that have it.
func (v *verifier) table(ctx context.Context, k *catalog.Catalog, name string) error {
	var want []catalog.Night
	for _, n := range v.read {
		if len(n.Tables[name].Files) > 0 {
			of, err := catalogued(v.store, n, name, func(file string) (*reports.Footer, error) { return v.footer(ctx, name, file) })
			if err != nil {
				return err
			}
			want = append(want, of)
		}
	}
	faults, others, err := k.Check(ctx, name, want)
	if err != nil {
		return err
	}
	v.IcebergTables++
	for _, f := range faults {
		v.fault("iceberg table %s: %s", name, f)
	}
	if len(others) == 0 {
		return nil
	}
	now, err := Dates(ctx, v.store)
	if err != nil {
		return err
	}
	for _, d := range others {
		read := slices.ContainsFunc(v.read, func(n *Night) bool { return n.BusinessDate == d })
		if !read && slices.Contains(now, d) {
			continue // it was published in the meantime, or its manifest can't be read, which was told
		}
		v.fault("iceberg table %s: it has files of %s that no manifest names: the night is being published, or its publication was stopped: publish it again with --iceberg", name, d)
	}
	return nil
}

// footer reads the footer of a file of a table; of one that has none, or columns that this release does not know, which
// was told of, it is nil.
func (v *verifier) footer(ctx context.Context, table, name string) (*reports.Footer, error) {
	at, err := v.store.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer at.Close()
	f, err := reports.ReadFooter(at, at.Size())
	spec := reports.SpecOf(table)
	if err != nil || spec == nil || slices.ContainsFunc(f.Columns, func(c reports.FooterColumn) bool { return !spec.Knows(c.Name) }) {
		return nil, ctx.Err()
	}
	return f, nil
}
