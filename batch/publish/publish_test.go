package publish

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lay writes files with their folders.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		must(t, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)))
	}
}

// names lists the files below a folder.
func names(t *testing.T, root string) string {
	t.Helper()
	var list []string
	must(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, path)
			list = append(list, rel)
		}
		return err
	}))
	return strings.Join(list, " ")
}

func TestApart(t *testing.T) {
	root := t.TempDir()
	must(t, errors.Join(os.MkdirAll(filepath.Join(root, "a", "2026-02-14"), 0o700), os.Mkdir(filepath.Join(root, "b"), 0o700),
		os.Symlink("a", filepath.Join(root, "link")), os.Symlink("a/2026-02-14", filepath.Join(root, "night")),
		os.Symlink("a/2026-02-15", filepath.Join(root, "dangling")), os.Symlink("loop", filepath.Join(root, "loop"))))
	for _, x := range []struct {
		book, in, out string
		refused       bool
	}{
		{"book", "in", "out", false},
		{"a/book", "a/in", "a", false}, // under names that no night has
		{"a/2026-02-14", "in", "a", true},
		{"a/2026-02-14/book", "in", "a", true},
		{"a/.staging-2026-02-14/book", "in", "a", true},
		{"book", "a/2026-02-14", "a", true},
		{"book", "a/2026-02-15", "a", true}, // of another night
		{"book", "night", "a", true},
		{"book", "dangling", "a", true},
		{"book", "link/2026-02-14", "a", true},
		{"book", "a/2026-02-14", "link", true},
		{"book", "a/2026-02-30", "a", false}, // no date
		{"book", "in", "in", true},
		{"book", "in", "in/out", true},
		{"in/book", "in", "out", true},
		{"book", "book/in", "out", true},
		{"same", "same", "out", true},
		{"book", "in", "book", true},
		{"book", "in", "book/out", true},
		{"a", "b", "link", true},
		{"a/../b", "a", "a/../b", true},
		{"b/new/book", "in", "b/new/book/deep/out", true},
		{"loop", "in", "out", false}, // opening it fails
	} {
		at := func(path string) string { return root + "/" + path }
		err := Apart(at(x.book), at(x.in), at(x.out))
		if (err != nil) != x.refused {
			t.Errorf("book %s, inbox %s, out %s: %v, want refused %v", x.book, x.in, x.out, err, x.refused)
		}
	}
}

// manifest is one of a night whose outputs are a file of that text.
func manifest(t *testing.T, root string, date civil.Date, outputs ...string) *reports.Manifest {
	t.Helper()
	m := &reports.Manifest{FormatVersion: 1, BusinessDate: date, BookID: "mine", PreviousJournalRoot: "root"}
	for _, path := range outputs {
		sum, err := Digest(filepath.Join(root, path))
		must(t, err)
		info, err := os.Stat(filepath.Join(root, path))
		must(t, err)
		m.Outputs = append(m.Outputs, reports.Output{Path: path, Bytes: info.Size(), SHA256: sum})
	}
	must(t, reports.WriteManifest(filepath.Join(root, ManifestName), m))
	return m
}

// TestReplace: a publication takes the place of an older one of the same book and
// night, and keeps what someone puts into that while it is moved aside.
func TestReplace(t *testing.T) {
	date := civil.Of(2026, 2, 14)
	for _, late := range []bool{false, true} {
		p := Place{Out: t.TempDir(), Date: date}
		lay(t, p.Folder(), map[string]string{"loans/part-0000.parquet": "old", "queue/old.csv": "old", SuccessName: ""})
		manifest(t, p.Folder(), date, "loans/part-0000.parquet", "queue/old.csv")
		c, err := p.Claim(Owner{BookID: "mine", PreviousRoot: "root"})
		must(t, err)
		s, err := p.Stage()
		must(t, err)
		lay(t, s.Night, map[string]string{"loans/part-0000.parquet": "new", SuccessName: "", ManifestName: "{}"})
		if late {
			lay(t, p.Folder(), map[string]string{"queue/mine.csv": "mine"})
		}
		err = p.Publish(s, c)
		var left *LeftError
		if errors.As(err, &left) != late {
			t.Errorf("late %v: %v", late, err)
		}
		if got := names(t, p.Folder()); got != "_SUCCESS loans/part-0000.parquet manifest.json" {
			t.Errorf("late %v: published is %s", late, got)
		}
		want := "2026-02-14/_SUCCESS 2026-02-14/loans/part-0000.parquet 2026-02-14/manifest.json"
		if late {
			want = ".staging-2026-02-14/daybook-staging .staging-2026-02-14/replaced/queue/mine.csv " + want
		}
		if got := names(t, p.Out); got != want {
			t.Errorf("late %v: there is %s, want %s", late, got, want)
		}
	}
}

// TestClaim: what may be replaced, and what is in the way.
func TestClaim(t *testing.T) {
	date := civil.Of(2026, 2, 14)
	mine := Owner{BookID: "mine", PreviousRoot: "root"}
	for _, x := range []struct {
		name  string
		owner Owner
		spoil func(folder string) error
		want  string // "" may be replaced
	}{
		{"as it was published", mine, nil, ""},
		{"another book", Owner{BookID: "other", PreviousRoot: "root"}, nil, "another book"},
		{"after other nights", Owner{BookID: "mine", PreviousRoot: "other"}, nil, "other nights"},
		{"after other nights, and meant", Owner{BookID: "mine", PreviousRoot: "other", AnyHistory: true}, nil, ""},
		{"no manifest", mine, func(f string) error { return os.Remove(filepath.Join(f, ManifestName)) }, "no manifest"},
		{"another manifest", mine, func(f string) error { return os.WriteFile(filepath.Join(f, ManifestName), []byte("[]"), 0o600) }, "none of a night"},
		{"a newer manifest", mine, func(f string) error {
			return os.WriteFile(filepath.Join(f, ManifestName), []byte(`{"format_version": 9}`), 0o600)
		}, "version 9"},
		{"a file of others", mine, func(f string) error { return os.WriteFile(filepath.Join(f, "loans", "mine"), nil, 0o600) }, "none of its outputs"},
		{"a folder of others", mine, func(f string) error { return os.Mkdir(filepath.Join(f, "mine"), 0o700) }, "none of its outputs"},
		{"an output that was edited", mine, func(f string) error {
			return os.WriteFile(filepath.Join(f, "queue", "call.csv"), []byte("my notes"), 0o600)
		}, "not as it was published"},
		{"an output that is a link now", mine, func(f string) error {
			return errors.Join(os.Rename(filepath.Join(f, "queue", "call.csv"), filepath.Join(f, "..", "call.csv")),
				os.Symlink("../../call.csv", filepath.Join(f, "queue", "call.csv")))
		}, "none of its outputs"},
		{"an output that is gone", mine, func(f string) error { return os.Remove(filepath.Join(f, "queue", "call.csv")) }, ""},
	} {
		p := Place{Out: t.TempDir(), Date: date}
		lay(t, p.Folder(), map[string]string{"loans/part-0000.parquet": "tape", "queue/call.csv": "tasks", SuccessName: ""})
		manifest(t, p.Folder(), date, "loans/part-0000.parquet", "queue/call.csv")
		if x.spoil != nil {
			must(t, x.spoil(p.Folder()))
		}
		_, err := p.Claim(x.owner)
		switch {
		case x.want == "" && err != nil, x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)):
			t.Errorf("%s: got %v, want %q", x.name, err, x.want)
		}
	}
	p := Place{Out: t.TempDir(), Date: date}
	must(t, os.WriteFile(p.Folder(), nil, 0o600))
	var inTheWay *GuardError
	if _, err := p.Claim(mine); !errors.As(err, &inTheWay) {
		t.Errorf("a file in the night's place: %v", err)
	}
}

// TestStoppedStaging: whatever instant a run was stopped at as it made its staging
// folder, the next one goes on; what is someone else's stays.
func TestStoppedStaging(t *testing.T) {
	p := Place{Out: t.TempDir(), Date: civil.Of(2026, 2, 14)}
	for name, files := range map[string]map[string]string{
		"nothing yet": nil, "an empty mark": {markName: ""}, "a night begun": {markName: markText, "night/loans/part-0000.parquet": "x"},
	} {
		must(t, os.Mkdir(p.staging(), 0o700))
		lay(t, p.staging(), files)
		s, err := p.Stage()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		must(t, s.Remove())
	}
	for name, files := range map[string]map[string]string{
		"no mark": {"mine": "x"}, "another's mark": {markName: "{}"}, "an empty mark and more": {markName: "", "mine": "x"},
		"beside the night": {markName: markText, "mine": "x"},
	} {
		lay(t, p.staging(), files)
		before := names(t, p.staging())
		var inTheWay *GuardError
		if _, err := p.Stage(); !errors.As(err, &inTheWay) {
			t.Errorf("%s: %v", name, err)
		}
		if after := names(t, p.staging()); after != before {
			t.Errorf("%s: there is %s, want %s", name, after, before)
		}
		must(t, os.RemoveAll(p.staging()))
	}
}
