package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"daybook/batch"
	"daybook/batch/catalog"
	"daybook/batch/evidence"
	"daybook/batch/objects"
	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

func (a *app) warehouseCommand() *cobra.Command {
	return a.group("warehouse", "Publish nights to one root that data tools read, prove it, and keep it small",
		a.warehousePublishCommand(), a.warehouseVerifyCommand(), a.warehouseIcebergCommand(), a.warehouseRetainCommand(),
		a.warehouseDBTCommand(), a.warehouseViewsCommand(), a.warehouseSchemasCommand())
}

// rootFlags are those of commands that write to a root.
type rootFlags struct {
	catalogFlags
	shared bool
}

func (f *rootFlags) add(c *cobra.Command) {
	f.catalogFlags.add(c)
	c.Flags().BoolVar(&f.shared, "shared", false, "let the folder's group read what is written")
}

// catalogFlags name a root, and the catalogue of its Iceberg tables.
type catalogFlags struct{ root, catalog, uri, name string }

func (f *catalogFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.root, "root", "", "the warehouse: a folder, or s3://bucket/prefix")
	c.Flags().StringVar(&f.catalog, "catalog", catalog.Hadoop, "catalogue of the Iceberg tables: hadoop (the root itself) or rest")
	c.Flags().StringVar(&f.uri, "catalog-uri", "", "address of a REST catalogue, such as https://catalog.example; its token is in "+catalog.TokenVariable)
	c.Flags().StringVar(&f.name, "catalog-warehouse", "", "what a REST catalogue calls the warehouse")
	complete(c, "catalog", []string{catalog.Hadoop, catalog.REST})
	completeFolders(c, "root")
}

// config is the catalogue that the flags name.
func (f *catalogFlags) config() (catalog.Config, error) {
	c := catalog.Config{Kind: f.catalog, URI: f.uri, Warehouse: f.name}
	switch {
	case f.catalog != catalog.Hadoop && f.catalog != catalog.REST:
		return c, wrongUsage("", "--catalog is hadoop or rest, not %q", f.catalog)
	case f.catalog == catalog.REST && f.uri == "":
		return c, wrongUsage("", "a REST catalogue has an address: --catalog-uri")
	case f.catalog == catalog.Hadoop && (f.uri != "" || f.name != ""):
		return c, wrongUsage("", "--catalog-uri and --catalog-warehouse go with --catalog rest")
	}
	return c, nil
}

type warehouseFlags struct {
	rootFlags
	book, out      string
	date, from, to dateFlag
	iceberg        bool
	restored       bool
	warehouseName  string
	next           string
	lockTimeout    waitFlag
}

func (a *app) warehousePublishCommand() *cobra.Command {
	f := warehouseFlags{date: newDateFlag(), from: newDateFlag(), to: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "publish --book DIR --out DIR --root ROOT [--date DATE | --from DATE --to DATE] [--iceberg]",
		Short: "Publish closed nights to a warehouse",
		Long: `Publish brings the tables of closed nights to one root: TABLE/business_date=DATE/*.parquet, the
same files that --out has (hard links where they can be), an empty file _SUCCESS after them,
the heads and tiles of the evidence under log, an OpenLineage event, and last of all
_nights/DATE.json. A night is there when that is.

Without a date it is the last night that is closed. What is there already is left as it is. A night that was
published otherwise (closed anew, or reconciled since) is replaced, and says what it replaces.
Killed at any point, the same command again ends with the same root.

With --iceberg each table is one of Iceberg as well, over the same files, with one snapshot a
night: in the root itself (--catalog hadoop), or in a REST catalogue.

s3://bucket/prefix takes its endpoint, region and credentials from the usual environment:
AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and the like.`,
		Example: `  daybook warehouse publish --book book --out out --root /srv/warehouse --iceberg
  daybook warehouse publish --book book --out out --root s3://lender/warehouse --from 2026-11-01 --to 2026-11-30`,
	}, func(ctx context.Context, _ []string) error { return a.publishWarehouse(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.out, "out", "", "folder of the published nights")
	c.Flags().Var(&f.date, "date", "one night (default: the last)")
	c.Flags().Var(&f.from, "from", "the first night of several")
	c.Flags().Var(&f.to, "to", "the last night of several")
	c.Flags().BoolVar(&f.iceberg, "iceberg", false, "commit to the Iceberg tables as well")
	c.Flags().StringVar(&f.warehouseName, "name", "daybook", "name of the warehouse, when its root is made")
	c.Flags().BoolVar(&f.restored, "restored", false, "the book was put back on purpose: its journals may be others than those of the root's log")
	c.Flags().StringVar(&f.next, "next", "", "notes of keys that follow, as key next makes them, with commas between: they are kept in the log")
	f.rootFlags.add(c)
	f.lockTimeout.add(c)
	exclusive(c, []string{"date"}, []string{"from", "to"})
	completeFolders(c, "book", "out")
	a.completeDates(c, "date", "from", "to")
	return must(a.json(c), "book", "out", "root")
}

// warehouseJSON is what warehouse publish prints with --json.
type warehouseJSON struct {
	ExitStatus int                `json:"exit_status"`
	Root       string             `json:"root"`
	Nights     []warehouse.Result `json:"nights"`
}

func (a *app) publishWarehouse(ctx context.Context, f *warehouseFlags) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	if err := checkRoot(ctx, f.root); err != nil {
		return err
	}
	if !f.iceberg && (f.catalog != catalog.Hadoop || f.uri != "") {
		return wrongUsage("", "--catalog goes with --iceberg")
	}
	o := warehouse.Options{
		Out: f.out, Root: f.root, From: f.from.Date, To: f.to.Date, Name: f.warehouseName, Iceberg: f.iceberg, Catalog: config,
		Shared: f.shared, Restored: f.restored, Software: software,
	}
	for _, path := range listed(f.next) {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := evidence.CheckNote(b); err != nil {
			return keyFailure("--next", fmt.Errorf("%s: %w", path, err))
		}
		o.Next = append(o.Next, b)
	}
	switch {
	case f.date.Date != civil.None:
		o.From, o.To = f.date.Date, f.date.Date
	case (o.From == civil.None) != (o.To == civil.None):
		return wrongUsage("", "--from and --to go together")
	case o.To < o.From:
		return wrongUsage("", "--to %s is before --from %s", o.To, o.From)
	}
	list, err := a.publishNights(ctx, f.book, time.Duration(f.lockTimeout), o)
	if err == nil || !a.asJSON && len(list) > 0 { // those before what stopped it are there
		a.printPublished(&o, list)
	}
	return err
}

// checkRoot refuses a place that can't be a root.
func checkRoot(ctx context.Context, root string) error {
	if strings.HasPrefix(root, "s3:") && !strings.HasPrefix(root, "s3://") {
		return wrongUsage("write it as s3://bucket/prefix", "%s is no place in object storage", root)
	}
	if !strings.Contains(root, "://") {
		if err := apart(root); err != nil {
			return err
		}
	}
	return warehouseFailure(ctx, warehouse.Check(ctx, root))
}

// publishNights publishes nights of a book, the last one where none is named.
func (a *app) publishNights(ctx context.Context, dir string, wait time.Duration, o warehouse.Options) (list []warehouse.Result, err error) {
	if a.at != nil {
		o.At = func(step string) { a.at(ctx, step) }
	}
	err = publish.Waiting(ctx, wait, func() error {
		return open(dir, func(b *store.Book) (err error) {
			if o.From == civil.None {
				last, err := b.LastNight()
				if err != nil {
					return err
				}
				if last == civil.None {
					return notFound("daybook close closes the first one", errors.New("the book has not closed a night yet"))
				}
				o.From, o.To = last, last
			}
			list, err = warehouse.Publish(ctx, b, o)
			return err
		})
	})
	for i := range list {
		if n := &list[i]; n.Uncommitted && !n.Again && !a.quiet {
			a.log().Warn(o.Root + " has Iceberg tables, and " + n.Date.String() + " is not committed to them: publish it again with --iceberg")
		}
	}
	return list, warehouseFailure(ctx, err)
}

// printPublished says what was published.
func (a *app) printPublished(o *warehouse.Options, list []warehouse.Result) {
	a.print(warehouseJSON{Root: o.Root, Nights: append([]warehouse.Result{}, list...)}, func() {
		for _, n := range list {
			what := plural(n.Files, "file") + " of " + plural(n.Tables, "table")
			if n.Again && n.Written > 0 {
				what += fmt.Sprintf(", of which %d came again", n.Written)
			}
			switch {
			case n.Again && len(n.Commits) == 0:
				a.printf("%s is in %s already: %s\n", n.Date, o.Root, what)
			case o.Iceberg:
				a.printf("%s is in %s: %s, %s\n", n.Date, o.Root, what, plural(len(n.Commits), "Iceberg commit"))
			default:
				a.printf("%s is in %s: %s\n", n.Date, o.Root, what)
			}
		}
	})
}

// publishClosed publishes a night that was just closed.
func (a *app) publishClosed(ctx context.Context, f *closeFlags, o batch.Options, fresh bool) (*warehouse.Result, error) {
	list, err := a.publishNights(ctx, o.Book, o.LockTimeout, warehouse.Options{
		Out: o.Out, Root: f.warehouse, From: o.Date, To: o.Date, Iceberg: f.iceberg, Shared: o.Shared, Restored: o.Allow.Restored, Software: software, Fresh: fresh,
	})
	if err != nil {
		return nil, failed("daybook warehouse publish brings it there", "%s is closed and published; the warehouse has not got it: %w", o.Date, err)
	}
	return &list[0], nil
}

// warehouseFailure is the failure of what a root does not take.
func warehouseFailure(ctx context.Context, err error) error {
	var refused *warehouse.GuardError
	var unknown *warehouse.UnknownTableError
	switch {
	case errors.As(err, &unknown):
		return wrongUsage("warehouse schemas writes a page on each", "--table: %w", err)
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return stopped("run the same command again to finish it")
	case errors.As(err, &refused):
		return &failure{err: err, status: statusGuarded, code: codeGuard, hint: refused.Hint}
	}
	return err
}

func (a *app) warehouseVerifyCommand() *cobra.Command {
	var f catalogFlags
	var book string
	c := a.worker(cobra.Command{
		Use:   "verify --root ROOT [--book DIR]",
		Short: "Read every file of a warehouse again, and hold it to its manifests",
		Long: `Verify reads every file of a warehouse: its digest, rows, columns and their ids are
those of the night's manifest, every row is of its night, the loans and the journal come to the
control totals, and nothing lies there that no manifest names; the log's tiles come to its
checkpoint and to each night's head; the Iceberg tables have the files of the nights as they
are, and every manifest of their snapshots is there. Tables in a REST catalogue are read where
it is named. With --book the nights are those that the book has closed. It changes nothing;
each fault is listed, and the exit status is 4.

daybook verify --root ROOT --head FILE --key KEY proves by a signed head that no entry was changed.`,
		Example: `  daybook warehouse verify --root /srv/warehouse --book book`,
	}, func(ctx context.Context, _ []string) error { return a.verifyWarehouse(ctx, &f, book) })
	f.add(c)
	c.Flags().StringVar(&book, "book", "", "folder of the book whose nights they are")
	completeFolders(c, "book")
	return must(a.json(c), "root")
}

// verifiedWarehouseJSON is what warehouse verify prints with --json.
type verifiedWarehouseJSON struct {
	ExitStatus int  `json:"exit_status"`
	Is         bool `json:"verified"`
	*warehouse.Verified
}

func (a *app) verifyWarehouse(ctx context.Context, f *catalogFlags, book string) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	var v *warehouse.Verified
	verify := func(b *store.Book) (err error) {
		v, err = warehouse.Verify(ctx, f.root, b, config)
		return err
	}
	if book != "" {
		err = open(book, verify)
	} else {
		err = verify(nil)
	}
	if err != nil {
		return warehouseFailure(ctx, err)
	}
	r := verifiedWarehouseJSON{Is: len(v.Faults) == 0, Verified: v}
	if !r.Is {
		r.ExitStatus = statusFault
	}
	a.print(r, func() {
		for _, f := range v.Faults {
			a.printf("fault: %s\n", f)
		}
		if r.Is {
			a.printf("the nights in %s are as they were written: %s, %s, %s", f.root, plural(v.Nights, "night"), plural(v.Files, "file"), plural(v.Rows, "row"))
			if v.IcebergTables > 0 {
				a.printf(", %s", plural(v.IcebergTables, "Iceberg table"))
			}
			a.printf("\n")
		}
		if v.UnreadCatalog != "" {
			a.printf("its Iceberg tables are in a catalogue that was not read: --catalog rest --catalog-uri %s\n", v.UnreadCatalog)
		}
	})
	if r.Is {
		return nil
	}
	return &failure{err: errors.New(plural(len(v.Faults), "fault") + " in warehouse " + f.root), status: statusFault, code: codeFault, result: true,
		hint: "daybook warehouse publish brings back what the book and its output folder still have"}
}

func (a *app) warehouseIcebergCommand() *cobra.Command {
	var f rootFlags
	var rebuild bool
	c := a.worker(cobra.Command{
		Use:   "iceberg --root ROOT --rebuild",
		Short: "Register the Iceberg tables of a warehouse anew",
		Long: `Iceberg --rebuild registers the tables of a warehouse anew from its nights: for a
root that was moved (the paths of files stand in Iceberg's metadata), or whose
metadata was lost or damaged. Tables that have just the files of their nights, as they are, are
left. Older snapshots are forgotten; no file of a table is touched.`,
		Example: `  daybook warehouse iceberg --root /mnt/moved --rebuild`,
	}, func(ctx context.Context, _ []string) error {
		if !rebuild {
			return wrongUsage("", "what is to be done with the Iceberg tables: --rebuild?")
		}
		config, err := f.config()
		if err != nil {
			return err
		}
		tables, err := warehouse.Rebuild(ctx, f.root, objects.Options{Shared: f.shared}, config)
		if err != nil {
			return warehouseFailure(ctx, err)
		}
		v := rebuiltJSON{Root: f.root, Tables: append([]string{}, tables...)}
		a.print(v, func() { a.printf("%s registered anew in %s\n", plural(len(tables), "table"), f.root) })
		return nil
	})
	f.add(c)
	c.Flags().BoolVar(&rebuild, "rebuild", false, "register the tables anew")
	return must(a.json(c), "root")
}

// rebuiltJSON is what warehouse iceberg prints with --json.
type rebuiltJSON struct {
	ExitStatus int      `json:"exit_status"`
	Root       string   `json:"root"`
	Tables     []string `json:"tables"`
}
