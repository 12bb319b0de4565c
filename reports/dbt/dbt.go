// Package dbt tells the tools that read the warehouse what is in it: a dbt package of sources,
// staging models and tests, a script of views for DuckDB, and a description of every table.
//
// Names, keys, types and texts are those of the registry of columns, and are written nowhere
// else: a column that the registry gains is in all of them. The models and the singular tests
// are files of their own, in the SQL that DuckDB, Spark, Trino, Snowflake and BigQuery have in
// common. The same release makes the same bytes. Nothing is read or run.
package dbt

import (
	"bytes"
	"embed"
	"io/fs"
	"slices"
	"strings"

	"daybook/reports"
)

// A File is one of a package: its path, with slashes, and its bytes.
type File struct {
	Path string
	Data []byte
}

//go:embed project
var project embed.FS

// Files returns the dbt package, by path.
func Files() []File {
	list := []File{{"models/sources.yml", sources()}, {"models/staging/staging.yml", staging()}}
	err := fs.WalkDir(project, "project", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := project.ReadFile(path)
		list = append(list, File{strings.TrimPrefix(path, "project/"), b})
		return err
	})
	if err != nil {
		panic("dbt: internal error: " + err.Error())
	}
	sortFiles(list)
	return list
}

func sortFiles(list []File) {
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// reconciliation is what the names of the tables begin with that only a reconciliation publishes.
const reconciliation = "reconciliation_"

// isReconciliation reports whether a table is one that only a reconciliation publishes.
func isReconciliation(t *reports.TableSpec) bool { return strings.HasPrefix(t.Name, reconciliation) }

// packIDs is where in the tape the ids of columns begin that only some policies' packs give.
const packIDs = 200

// isOfPack reports whether a column is one that the files of some nights have not.
func isOfPack(t *reports.TableSpec, c *reports.ColumnSpec) bool {
	return t.Name == "loans" && c.ID > packIDs
}

// lines gathers lines of text.
type lines struct{ bytes.Buffer }

// add appends lines, each so many steps in.
func (l *lines) add(depth int, texts ...string) {
	for _, s := range texts {
		l.WriteString(strings.Repeat("  ", depth))
		l.WriteString(s)
		l.WriteByte('\n')
	}
}
