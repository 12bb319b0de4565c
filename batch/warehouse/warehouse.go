// Package warehouse publishes closed nights to one root, a folder or object storage, where
// data tools find every night's tables: Hive folders of Parquet files that are those of the
// output folder, Iceberg tables over the same files, the log of the evidence, and lineage.
// It copies what is published and never computes it anew. A night is there when its
// manifest is, _nights/DATE.json, which is written last.
//
// It deletes nothing but files that a manifest of its own named, or that bear the names it
// gives in the folder of a night that it publishes.
package warehouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"

	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports"
)

// FormatVersion is that of the root. Another one is another root.
const FormatVersion = 1

// Names below a root.
const (
	rootName   = "_warehouse.json"
	nightsDir  = "_nights"
	lineageDir = "_lineage"
	logDir     = "log"
)

// jsonMax is the most bytes of a JSON file of a root.
const jsonMax = 256 << 20

// A Root says what all nights of a root have in common. It is written once.
type Root struct {
	FormatVersion int    `json:"format_version"`
	Name          string `json:"name"`
	BookID        string `json:"book_id"`
	Scale         int    `json:"scale"` // digits after the point of all amounts
	CreatedBy     string `json:"created_by"`
}

// A Night is the manifest of a night in a root: it is there when all of the night is.
type Night struct {
	FormatVersion int              `json:"format_version"`
	BusinessDate  civil.Date       `json:"business_date"`
	BookID        string           `json:"book_id"`
	BookDigest    string           `json:"book_digest"` // the manifest's journal_root
	PolicyDigest  string           `json:"policy_digest"`
	Software      string           `json:"software"`
	Manifest      string           `json:"manifest_sha256"`
	Tables        map[string]Table `json:"tables"`
	Tree          Tree             `json:"tree"`
	ControlTotals json.RawMessage  `json:"control_totals"`
	// Replaces is the SHA-256 of the manifest of the night that this one replaced.
	Replaces string `json:"replaces,omitempty"`
	// Dropped are the tables of which nothing is kept any more.
	Dropped []string `json:"dropped,omitempty"`
}

// A Tree is the tree over the journals at the night's close.
type Tree struct {
	Before int64  `json:"before"` // leaves of the nights before
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Signed bool   `json:"signed"`
}

// A Table is the files of one table of a night.
type Table struct {
	Columns []Column `json:"columns"`
	Files   []File   `json:"files"`
}

// A Column is a column with the id that its table knows it by.
type Column struct {
	ID   int32  `json:"id"`
	Name string `json:"name"`
}

// A File is a file of a table. A name once given never has other bytes.
type File struct {
	Path   string `json:"path"` // below the root
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// nightPath is where the manifest of a night is.
func nightPath(d civil.Date) string { return path.Join(nightsDir, d.String()+".json") }

// folderOf is the folder of a night of a table.
func folderOf(table string, d civil.Date) string {
	return path.Join(table, nightFolder+d.String())
}

// nightFolder is what the folder of a night in that of a table begins with.
const nightFolder = "business_date="

// ourFile is what a name of a file in such a folder looks like: it ends in the first digits of the file's
// digest, by which one of ours is known from a file that happens to be called so.
var ourFile = regexp.MustCompile(`^part-[a-z0-9]+-([0-9a-f]{8})\.parquet$`)

// isOurs reports whether an object in the folder of a night is one that this program wrote: the mark, or a
// file whose name is its digest's.
func isOurs(ctx context.Context, s objects.Store, name string) (bool, error) {
	if path.Base(name) == successName {
		return true, nil
	}
	m := ourFile.FindStringSubmatch(path.Base(name))
	if m == nil {
		return false, nil
	}
	sum, err := digestAt(ctx, s, name)
	return err == nil && sum[:8] == m[1], err
}

// digestAt is the digest of an object.
func digestAt(ctx context.Context, s objects.Store, name string) (string, error) {
	at, err := s.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer at.Close()
	return fileSum(io.NewSectionReader(at, 0, at.Size()))
}

// check refuses a manifest that names files which no night has.
func (n *Night) check(d civil.Date) error {
	if n.BusinessDate != d {
		return fmt.Errorf("it is the manifest of %s", n.BusinessDate)
	}
	for table, t := range n.Tables {
		for _, f := range t.Files {
			m := ourFile.FindStringSubmatch(path.Base(f.Path))
			if path.Dir(f.Path) != folderOf(table, d) || m == nil || len(f.SHA256) != 64 || f.SHA256[:8] != m[1] {
				return fmt.Errorf("%q is no file of %s of %s", f.Path, table, d)
			}
		}
	}
	return nil
}

// successName marks a folder whose files are all there.
const successName = "_SUCCESS"

// A GuardError says why a root does not take a night, and the way out. Nothing was changed.
type GuardError struct{ Saw, Hint string }

func (e *GuardError) Error() string { return e.Saw }

func guard(hint, format string, args ...any) error {
	return &GuardError{fmt.Sprintf(format, args...), hint}
}

// readRoot reads what a root says of itself; nil where it is none yet.
func readRoot(ctx context.Context, s objects.Store) (*Root, error) {
	r := new(Root)
	ok, err := readJSON(ctx, s, rootName, r)
	switch {
	case err != nil || !ok:
		return nil, err
	case r.FormatVersion != FormatVersion:
		return nil, guard("name another root, or the release that made this one",
			"%s has format version %d, this program writes %d", s.URL(rootName), r.FormatVersion, FormatVersion)
	}
	return r, nil
}

// readNight reads the manifest of a night; nil where it is not there.
func readNight(ctx context.Context, s objects.Store, d civil.Date) (*Night, error) {
	n := new(Night)
	ok, err := readJSON(ctx, s, nightPath(d), n)
	if err != nil || !ok {
		return nil, err
	}
	if err := n.check(d); err != nil {
		return nil, guard("put back the file that was there, or publish the night again after it is moved away", "%s: %v", s.URL(nightPath(d)), err)
	}
	return n, nil
}

func readJSON(ctx context.Context, s objects.Store, name string, to any) (bool, error) {
	b, err := s.Read(ctx, name, jsonMax)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	if err := json.Unmarshal(b, to); err != nil {
		return false, guard("put back the file that was there, or publish to another root", "%s is not as it was written: %v", s.URL(name), err)
	}
	return true, nil
}

// Dates returns the nights that a root has, in their order.
func Dates(ctx context.Context, s objects.Store) (list []civil.Date, err error) {
	infos, err := s.List(ctx, nightsDir+"/")
	if err != nil {
		return nil, err
	}
	for _, info := range infos { // by name, and so by date
		name := path.Base(info.Name)
		if d, err := civil.Parse(trimJSON(name)); err == nil && nightPath(d) == info.Name {
			list = append(list, d)
		}
	}
	return list, nil
}

func trimJSON(name string) string {
	if path.Ext(name) == ".json" {
		return name[:len(name)-len(".json")]
	}
	return name
}

// TableOf returns the table that an output is of, by its path in the night's folder; "" where
// it is none of a warehouse.
func TableOf(output string) string {
	if path.Ext(output) != ".parquet" {
		return ""
	}
	for _, name := range []string{path.Dir(output), path.Base(output[:len(output)-len(".parquet")])} {
		if reports.SpecOf(name) != nil {
			return name
		}
	}
	return ""
}

// Tables returns the tables that the newest night of a root has, and those of which an older one
// has files, in the order of the registry.
func Tables(ctx context.Context, location string) (list []string, err error) {
	s, err := objects.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	dates, err := datesOf(ctx, s)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, d := range dates {
		n, err := readNight(ctx, s, d)
		if err != nil {
			return nil, err
		}
		for name := range n.Tables {
			have[name] = true
		}
	}
	for _, spec := range reports.Registry() {
		if have[spec.Name] {
			list = append(list, spec.Name)
		}
	}
	return list, nil
}
