package daybook

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A hunk of an edit replaces lines of a file by others.
type hunk struct{ old, new string }

// An edit is a block of docs/changing.md: what to change in one file.
type edit struct {
	path    string
	created bool
	hunks   []hunk
}

var diffBlock = regexp.MustCompile("(?s)```diff\n(.*?)```\n")

// editsOf reads the blocks of a page, in their order: two lines with the file's name,
// and hunks, each begun by @@, whose lines begin with a blank, - or +.
func editsOf(page string) (list []edit, err error) {
	for _, block := range diffBlock.FindAllStringSubmatch(page, -1) {
		lines := strings.SplitAfter(block[1], "\n")
		from, isFrom := strings.CutPrefix(lines[0], "--- ")
		to, isTo := strings.CutPrefix(lines[1], "+++ ")
		if !isFrom || !isTo || len(lines) < 4 || lines[2] != "@@\n" {
			return nil, fmt.Errorf("a block begins with %q", lines[0])
		}
		e := edit{path: strings.TrimSpace(to), created: strings.TrimSpace(from) == "/dev/null"}
		for _, line := range lines[2 : len(lines)-1] {
			if line == "@@\n" {
				e.hunks = append(e.hunks, hunk{})
				continue
			}
			h := &e.hunks[len(e.hunks)-1]
			if mark := line[0]; mark == ' ' || mark == '-' || mark == '+' {
				if mark != '+' {
					h.old += line[1:]
				}
				if mark != '-' {
					h.new += line[1:]
				}
				continue
			}
			return nil, fmt.Errorf("%s: a line begins otherwise: %q", e.path, line)
		}
		list = append(list, e)
	}
	return list, nil
}

// apply makes an edit in a copy of the project: what it replaces must stand there
// once, as whole lines.
func (e *edit) apply(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(e.path))
	text, err := os.ReadFile(path)
	if e.created != (err != nil) {
		return fmt.Errorf("%s: created=%v: %v", e.path, e.created, err)
	}
	for _, h := range e.hunks {
		if e.created {
			text = []byte(h.new)
			continue
		}
		whole := append([]byte("\n"), text...)
		if n := bytes.Count(whole, []byte("\n"+h.old)); n != 1 {
			return fmt.Errorf("%s: these lines stand there %d times:\n%s", e.path, n, h.old)
		}
		text = bytes.Replace(whole, []byte("\n"+h.old), []byte("\n"+h.new), 1)[1:]
	}
	return os.WriteFile(path, text, 0o600)
}

// copied reports whether a file is part of the copy: whatever the program and its
// tests are built from, and the documents.
func copied(path string) bool {
	path = filepath.ToSlash(path) + "/"
	dir, _, _ := strings.Cut(path, "/")
	return slices.Contains([]string{"aging", "batch", "bench", "cmd", "docs", "ledger", "reports", "go.mod", "go.sum"}, dir) &&
		!strings.HasPrefix(path, "bench/results/") && !strings.HasPrefix(path, "bench/data/") // which may be gigabytes
}

func copyProject(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if !copied(path) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// in runs a command in a folder and returns what it prints.
func in(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestChanging makes the changes of docs/changing.md in a copy of the project, all of
// them, and closes a night with the program that comes of it.
func TestChanging(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the program")
	}
	page, err := os.ReadFile("docs/changing.md")
	if err != nil {
		t.Fatal(err)
	}
	edits, err := editsOf(string(page))
	if err != nil {
		t.Fatal(err)
	}
	if len(edits) < 10 {
		t.Fatalf("docs/changing.md shows %d edits", len(edits))
	}
	dir, work := t.TempDir(), t.TempDir()
	copyProject(t, dir)
	for i := range edits {
		if err := edits[i].apply(dir); err != nil {
			t.Fatal(err)
		}
	}
	in(t, dir, "go", "test", "-vet=off", "./reports", "-run", "RegistryIs", "-update")
	program := filepath.Join(work, "daybook")
	in(t, dir, "go", "build", "-ldflags=-s -w", "-o", program, "./cmd/daybook")
	if list := in(t, dir, "gofmt", "-l", "aging", "batch/night", "batch/policy", "ledger/store", "reports"); list != "" {
		t.Errorf("the page shows lines that are not gofmt'd, in %s", list)
	}
	tests := "Schema|Sections|Digests|Contract|AreComplete|FormNames"
	in(t, dir, "go", "test", "-vet=off", "./batch/policy", "./reports", "-run", tests, "-update")

	in(t, work, program, "generate", "--out", "inbox", "--loans", "300", "--nights", "1", "--first-night", "2026-11-23")
	in(t, work, program, "close", "--book", "book", "--in", "inbox/2026-11-23", "--out", "out", "--date", "2026-11-23")
	table, err := os.ReadFile(filepath.Join(work, "out", "2026-11-23", "regulatory", "non_accrual.csv"))
	if want := "business_date,currency,product,loans,balance,share\n2026-11-23,"; err != nil || !strings.HasPrefix(string(table), want) {
		t.Errorf("the new regulatory table is %q, %v", table, err)
	}
	tape := in(t, work, program, "export", "--book", "book", "--date", "2026-11-23", "--table", "loans", "--format", "csv")
	if head, _, _ := strings.Cut(tape, "\n"); !strings.Contains(head, ",measure_on,measures,paused_days,") {
		t.Errorf("the tape has the columns %s", head)
	}
	if schema := in(t, work, program, "policy", "schema"); !strings.Contains(schema, `"disclosure"`) || !strings.Contains(schema, `"contact"`) {
		t.Error("the schema of policies has not what is new")
	}
	if shown := in(t, work, program, "policy", "show"); strings.Contains(shown, "disclosure") || strings.Contains(shown, "contact") {
		t.Error("the built-in policy states what is new, and its digest is another")
	}
	in(t, work, program, "verify", "--book", "book", "--out", "out")
}

// What does not fit its file is refused, and so is a block of another form.
func TestEditsThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("one\ntwo\none\nend\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, fits := range map[string]bool{
		"--- a.go\n+++ a.go\n@@\n two\n+three\n":        true,
		"--- a.go\n+++ a.go\n@@\n one\n+three\n":        false, // twice
		"--- a.go\n+++ a.go\n@@\n-four\n+three\n":       false,
		"--- a.go\n+++ a.go\n@@\n-nd\n+three\n":         false, // not a whole line
		"--- /dev/null\n+++ a.go\n@@\n+x\n":             false, // it is there
		"--- /dev/null\n+++ b.go\n@@\n+package b\n":     true,
		"--- c.go\n+++ c.go\n@@\n+x\n":                  false, // it is not
		"--- a.go\n+++ a.go\n@@\n-end\n@@\n-gone\n+x\n": false,
	} {
		edits, err := editsOf("```diff\n" + text + "```\n")
		if err != nil || len(edits) != 1 {
			t.Fatalf("%q is %d edits, %v", text, len(edits), err)
		}
		if err := edits[0].apply(dir); (err == nil) != fits {
			t.Errorf("%q: %v, want it to fit: %v", text, err, fits)
		}
	}
	for _, text := range []string{"@@\n+x\n", "--- a\n+++ a\n+x\n\n", "--- a\n+++ a\n@@\nx\n"} {
		if edits, err := editsOf("```diff\n" + text + "```\n"); err == nil {
			t.Errorf("%q is %+v", text, edits)
		}
	}
}
