package main

import (
	"context"

	"daybook/batch/objects"
	"daybook/batch/warehouse"

	"github.com/spf13/cobra"
)

func (a *app) warehouseRetainCommand() *cobra.Command {
	var f rootFlags
	var keep, tables string
	var dryRun bool
	c := a.worker(cobra.Command{
		Use:   "retain --root ROOT --keep daily=400d,monthly=10y [--table TABLE,…] [--dry-run]",
		Short: "Drop old nights from a warehouse",
		Long: `Retain drops whole nights of tables: those that are older, counted from the newest night
there, than daily says, and are not the last night of a month within monthly. First
they leave the Iceberg tables, where the root has them, then the files go, then the
night's manifest says what was dropped. Snapshots of more than 30 days are
forgotten, but for the newest of each night.

The journal, the trial balance, the table nights and the log are never dropped unless they are
named with --table; of the log nothing ever is. The output folder and the book are not touched.`,
		Example: `  daybook warehouse retain --root /srv/warehouse --keep daily=400d,monthly=10y --dry-run
  daybook warehouse retain --root /srv/warehouse --keep daily=90d --table suppressed,not_due`,
	}, func(ctx context.Context, _ []string) error {
		rule, err := warehouse.ParseKeep(keep)
		if err != nil {
			return wrongUsage("", "--keep: %w", err)
		}
		config, err := f.config()
		if err != nil {
			return err
		}
		r, err := warehouse.Retain(ctx, f.root, objects.Options{Shared: f.shared}, warehouse.Retention{Keep: rule, Tables: listed(tables), DryRun: dryRun, Catalog: config})
		if err != nil {
			return warehouseFailure(ctx, err)
		}
		a.print(retainedJSON{Root: f.root, DryRun: dryRun, Retained: r}, func() {
			did := "dropped"
			if dryRun {
				did = "would be dropped"
			}
			a.printf("%s of %s, %s bytes, %s; %s forgotten\n", plural(r.Files, "file"), plural(len(r.Nights), "night"), count(r.Bytes), did, plural(r.Expired, "snapshot"))
		})
		return nil
	})
	f.add(c)
	c.Flags().StringVar(&keep, "keep", "", "how long nights are kept: daily=400d,monthly=10y (d days, m months, y years)")
	c.Flags().StringVar(&tables, "table", "", "only these tables, with commas between")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be dropped, and change nothing")
	notEmpty(c, "table")
	return must(a.json(c), "root", "keep")
}

// retainedJSON is what warehouse retain prints with --json.
type retainedJSON struct {
	ExitStatus int    `json:"exit_status"`
	Root       string `json:"root"`
	DryRun     bool   `json:"dry_run"`
	*warehouse.Retained
}
