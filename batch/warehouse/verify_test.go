package warehouse

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/catalog"
	"daybook/batch/objects"
)

// What is gone from a root, or has another bit, is told of, whatever file it is: of tables, the log, lineage and Iceberg's
// metadata. What the fault says to do brings it back.
func TestEveryKindOfFileIsVerified(t *testing.T) {
	l := closedLender(t, 60, 3)
	l.published("root", l.nights[0], l.nights[2], true)
	faults := func() string {
		t.Helper()
		v, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{})
		l.must(err)
		if v.IcebergTables < 40 {
			t.Fatalf("%d Iceberg tables were read", v.IcebergTables)
		}
		return strings.Join(v.Faults, "\n")
	}
	if is := faults(); is != "" {
		t.Fatal(is)
	}
	kinds := map[string]int{}
	l.must(filepath.WalkDir(l.path("root"), func(file string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(l.path("root"), file)
		name = filepath.ToSlash(name)
		table := strings.HasPrefix(name, "loans/") || strings.Contains(name, "/loans/")
		if err != nil || d.IsDir() || !table && (strings.Contains(name, "/business_date=") || strings.Contains(name, "/metadata/")) || slices.Contains([]string{rootName, catalogName}, name) {
			return err
		}
		newest := strings.HasSuffix(name, "/v3.metadata.json")
		if strings.HasSuffix(name, ".metadata.json") && !newest {
			return nil // what the table was before
		}
		kinds[strings.SplitN(name, "/", 2)[0]]++
		was, err := os.ReadFile(file)
		l.must(err)
		mode, err := os.Stat(file)
		l.must(err)
		l.must(os.Remove(file)) // it is a link
		if is := faults(); is == "" && !strings.HasPrefix(name, nightsDir) {
			t.Errorf("%s is gone, and nothing is said", name)
		}
		if len(was) > 0 && !newest {
			b := slices.Clone(was)
			b[len(b)/3] ^= 1
			l.must(os.WriteFile(file, b, mode.Mode()))
			if is := faults(); is == "" && !strings.HasPrefix(name, lineageDir) {
				t.Errorf("%s has another bit: %q", name, is)
			}
			l.must(os.Remove(file))
		}
		l.must(os.WriteFile(file, was, mode.Mode()))
		return nil
	}))
	for _, kind := range []string{"loans", logDir, lineageDir, "iceberg", nightsDir} {
		if kinds[kind] < 3 {
			t.Errorf("%d files of %s", kinds[kind], kind)
		}
	}
	if is := faults(); is != "" {
		t.Fatal(is)
	}

	// All of the metadata, tiles and events gone: published and registered again it is whole.
	for _, name := range []string{"log/tile", lineageDir, "iceberg/daybook"} {
		l.must(os.RemoveAll(l.path("root", name)))
	}
	if is := faults(); !strings.Contains(is, "publish the last night again") || !strings.Contains(is, "no such table") || !strings.Contains(is, lineageDir) {
		t.Errorf("without tiles, events and tables: %s", is)
	}
	l.published("root", l.nights[0], l.nights[2], false)
	_, err := Rebuild(t.Context(), l.path("root"), objects.Options{}, catalog.Config{})
	l.must(err)
	if is := faults(); is != "" {
		t.Errorf("brought back: %s", is)
	}

	// A night of which the tables were not told, and a checkpoint of a night before.
	l.must(os.RemoveAll(l.path("root", "iceberg")))
	l.must(os.Remove(l.path("root", nightPath(l.nights[2]))))
	_, err = Rebuild(t.Context(), l.path("root"), objects.Options{}, catalog.Config{})
	l.must(err)
	l.published("root", l.nights[2], l.nights[2], false)
	if is := faults(); strings.Count(is, "it lacks files of "+l.nights[2].String()+": publish again with --iceberg") < 40 {
		t.Errorf("a night that Iceberg lacks: %s", is)
	}
	l.published("root", l.nights[2], l.nights[2], true)
	before, err := os.ReadFile(l.path("root", headPath(l.nights[1].String())))
	l.must(err)
	l.must(os.WriteFile(l.path("root", checkpointName), before, 0o600))
	if is := faults(); !strings.Contains(is, logDir) {
		t.Errorf("a checkpoint of the night before: %s", is)
	}
	l.published("root", l.nights[2], l.nights[2], true)
	if is := faults(); is != "" {
		t.Errorf("the checkpoint, published again: %s", is)
	}
}

// Tables in a server are read where it is named, and never because the root says so.
func TestAServerIsNotAskedByItself(t *testing.T) {
	l := closedLender(t, 40, 1)
	l.published("root", l.nights[0], l.nights[0], false)
	l.must(os.MkdirAll(l.path("root", "iceberg"), 0o700))
	const uri = "http://127.0.0.1:1"
	l.must(os.WriteFile(l.path("root", catalogName), []byte(`{"kind": "rest", "uri": "`+uri+`"}`), 0o600))
	v, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{})
	if err != nil || len(v.Faults) > 0 || v.IcebergTables > 0 || v.UnreadCatalog != uri {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{Kind: catalog.REST, URI: "http://127.0.0.1:2"}); err == nil || !strings.Contains(err.Error(), uri) {
		t.Errorf("another server: %v", err)
	}
	if _, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{Kind: catalog.REST, URI: uri}); err == nil || strings.Contains(err.Error(), "another catalogue") {
		t.Errorf("a server that does not answer: %v", err)
	}
}
