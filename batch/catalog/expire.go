package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daybook/reports/iceberg"
)

// Files returns the files that are part of a table, by date and path; none where there is
// no such table.
func (k *Catalog) Files(ctx context.Context, table string) (files []iceberg.DataFile, err error) {
	if err := checkTable(table); err != nil {
		return nil, err
	}
	err = k.retry(ctx, func(ctx context.Context) error {
		h, err := k.tables.load(ctx, table)
		if err != nil || h.metadata == nil {
			return err
		}
		files, err = iceberg.Files(h.metadata, k.table(ctx, table, h).Read)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("iceberg table %s: %w", table, err)
	}
	return files, nil
}

// Expire drops the snapshots of a table from before a time, but for the newest of each
// business date, the current one and those that have a name, and then the metadata that
// nobody refers to any more. It returns how many snapshots it dropped.
func (k *Catalog) Expire(ctx context.Context, table string, before time.Time) (dropped int, err error) {
	if err := checkTable(table); err != nil {
		return 0, err
	}
	var left []string
	err = k.retry(ctx, func(ctx context.Context) error {
		dropped, left = 0, nil
		h, err := k.tables.load(ctx, table)
		if err != nil || h.metadata == nil {
			return err
		}
		if err := k.checkRoot(h.metadata); err != nil {
			return err
		}
		x, err := iceberg.Expire(k.table(ctx, table, h), before.UnixMilli())
		if err != nil || x == nil || h.file == "" && len(x.Snapshots) == 0 {
			return err
		}
		if err := k.tables.commit(ctx, []*change{{table: table, head: h, next: x.Metadata, expired: x.Snapshots}}); err != nil {
			return err
		}
		dropped = len(x.Snapshots)
		left = k.ours(table, h, x.Unreferenced)
		return nil
	})
	if err == nil {
		err = k.store.Delete(ctx, left...)
	}
	if err != nil {
		return dropped, fmt.Errorf("iceberg table %s: expire snapshots: %w", table, err)
	}
	return dropped, nil
}

// ours are the names of files that this program may delete: beside the metadata of the
// table, and metadata only where no server keeps it.
func (k *Catalog) ours(table string, h *head, paths []string) []string {
	var names []string
	for _, p := range paths {
		name, err := k.name(p)
		if err != nil || !strings.HasPrefix(name, metadataFolder(table)+"/") || h.file == "" && !strings.HasSuffix(name, ".avro") {
			continue
		}
		names = append(names, name)
	}
	return names
}
