package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/reports"
	"daybook/reports/dbt"

	"github.com/spf13/cobra"
)

// writtenJSON is what commands that write files for other tools print with --json.
type writtenJSON struct {
	ExitStatus int      `json:"exit_status"`
	Out        string   `json:"out"`
	Files      []string `json:"files"`
}

func (a *app) warehouseDBTCommand() *cobra.Command {
	var out string
	c := a.worker(cobra.Command{
		Use:   "dbt --out DIR",
		Short: "Write a dbt package of the warehouse's tables, views and tests",
		Long: `Dbt writes a dbt package: every table as a source with what each of its columns
means, staging views, and tests of which each finds one thing that must never be. The folder
is new, or empty. Its README says how to point it at a warehouse.`,
		Example: `  daybook warehouse dbt --out dbt/daybook`,
	}, func(context.Context, []string) error { return a.writeFiles(out, dbt.Files()) })
	c.Flags().StringVar(&out, "out", "", "folder that gets the package, new or empty")
	completeFolders(c, "out")
	return must(a.json(c), "out")
}

func (a *app) warehouseSchemasCommand() *cobra.Command {
	var out string
	var scale int
	c := a.worker(cobra.Command{
		Use:     "schemas --out DIR",
		Short:   "Write a description of every table and column as JSON",
		Long:    `Schemas writes TABLE.json of each table: its key, and of each column the id, type, and meaning.`,
		Example: `  daybook warehouse schemas --out schemas --scale 2`,
	}, func(context.Context, []string) error {
		if scale < -1 || scale > 9 {
			return wrongUsage("_warehouse.json has it", "--scale is 0 to 9, not %d", scale)
		}
		return a.writeFiles(out, dbt.Schemas(scale))
	})
	c.Flags().StringVar(&out, "out", "", "folder that gets the files, new or empty")
	c.Flags().IntVar(&scale, "scale", -1, "digits of the warehouse's amounts after the point, as _warehouse.json has it (default: s)")
	completeFolders(c, "out")
	return must(a.json(c), "out")
}

func (a *app) warehouseViewsCommand() *cobra.Command {
	var root, out string
	c := a.command(cobra.Command{
		Use:   "views --root ROOT [--out FILE]",
		Short: "Print a script that makes DuckDB views of a warehouse",
		Long: `Views prints a script of CREATE VIEW for DuckDB: a view of each table that the warehouse
has, of the nights that are whole, and the staging views of the dbt package over them, with
comments on tables and columns.`,
		Example: `  daybook warehouse views --root /srv/warehouse | duckdb lender.duckdb`,
	}, func(ctx context.Context, _ []string) error {
		tables, err := warehouse.Tables(ctx, root)
		if err != nil {
			return warehouseFailure(ctx, err)
		}
		script := dbt.Views(root, func(table string) bool { return slices.Contains(tables, table) })
		if out == "" || out == "-" {
			a.printf("%s", script)
			return nil
		}
		if err := apart(out); err != nil {
			return err
		}
		_, err = reports.WriteBytes(out, script)
		return err
	})
	c.Flags().StringVar(&root, "root", "", "the warehouse: a folder, or s3://bucket/prefix")
	c.Flags().StringVar(&out, "out", "", "file to write, new (default: stdout)")
	completeFolders(c, "root")
	return must(c, "root")
}

// writeFiles writes files to a folder that has none.
func (a *app) writeFiles(out string, files []dbt.File) error {
	if err := apart(out); err != nil {
		return err
	}
	entries, err := os.ReadDir(out)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if len(entries) > 0 {
		return failed("name a new folder: nothing of yours is written over", "%s is not empty", out)
	}
	v := writtenJSON{Out: out, Files: []string{}}
	for _, f := range files {
		path := filepath.Join(out, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if _, err := reports.WriteBytes(path, f.Data); err != nil {
			return err
		}
		v.Files = append(v.Files, f.Path)
	}
	if err := publish.SyncTree(out); err != nil {
		return err
	}
	a.print(v, func() { a.printf("%s in %s\n", plural(len(v.Files), "file"), out) })
	return nil
}
