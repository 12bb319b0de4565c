package catalog

import (
	"context"
	"fmt"
	"slices"

	"daybook/reports/iceberg"
)

// Rebuild registers tables anew from all their nights, after a root was moved or its
// metadata was lost: each table that has not exactly the files of its nights below this
// root gets new metadata, with a snapshot for each night in their order. What was known of
// older snapshots is gone; files of the old metadata are left. It returns the tables that it
// wrote.
func (k *Catalog) Rebuild(ctx context.Context, nights []Night) (changed []string, err error) {
	var order []string
	of := map[string][]Night{}
	for _, n := range nights {
		if err := checkTable(n.Table); err != nil {
			return nil, err
		}
		if of[n.Table] == nil {
			order = append(order, n.Table)
		}
		of[n.Table] = append(of[n.Table], n)
	}
	for _, table := range order {
		did, err := k.rebuild(ctx, of[table])
		if err != nil {
			return changed, fmt.Errorf("iceberg table %s: rebuild: %w", table, err)
		}
		if did {
			changed = append(changed, table)
		}
	}
	return changed, nil
}

func (k *Catalog) rebuild(ctx context.Context, nights []Night) (did bool, err error) {
	table := nights[0].Table
	m, files, err := k.history(nights)
	if err != nil {
		return false, err
	}
	err = k.retry(ctx, func(ctx context.Context) error {
		is, err := k.has(ctx, table, nights)
		if err != nil || is {
			return err
		}
		if err := k.write(ctx, files); err != nil {
			return err
		}
		did = true
		return k.tables.replace(ctx, table, m)
	})
	return did, err
}

// has reports whether a table is registered below this root with the files of these nights
// and no others, as they are. One that cannot be read is not.
func (k *Catalog) has(ctx context.Context, table string, nights []Night) (bool, error) {
	h, faults, others, err := k.look(ctx, table, last(nights))
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil && isAgain(err):
		return false, err
	case err != nil || h == nil || len(faults)+len(others) > 0:
		return false, nil // what can't be read is written anew
	}
	return true, k.tables.settle(ctx, table, h)
}

// last is the last of each date's nights.
func last(nights []Night) (list []Night) {
	for i := range nights {
		if !slices.ContainsFunc(nights[i+1:], func(n Night) bool { return n.Date == nights[i].Date }) {
			list = append(list, nights[i])
		}
	}
	return list
}

// history plans all nights of a table that has none, and returns its metadata and the files
// that it refers to.
func (k *Catalog) history(nights []Night) (*iceberg.Metadata, []iceberg.File, error) {
	first := slices.IndexFunc(nights, func(n Night) bool { return len(n.Files) > 0 })
	if first < 0 {
		return nil, nil, fmt.Errorf("no night has files")
	}
	m, err := k.declare(&nights[first])
	if err != nil {
		return nil, nil, err
	}
	var files []iceberg.File
	planned := map[string][]byte{}
	for i := range nights {
		n := &nights[i]
		t := k.table(context.Background(), n.Table, &head{metadata: m})
		t.Read = func(path string) ([]byte, error) {
			b, is := planned[path]
			if !is {
				return nil, fmt.Errorf("%s was not planned", path)
			}
			return b, nil
		}
		c, err := iceberg.Plan(t, n.night())
		if err != nil {
			return nil, nil, fmt.Errorf("night %s: %w", n.Date, err)
		}
		if c == nil {
			continue
		}
		m = c.Metadata
		for _, f := range c.Files {
			planned[f.Path] = f.Bytes
			files = append(files, f)
		}
	}
	return m, files, nil
}
