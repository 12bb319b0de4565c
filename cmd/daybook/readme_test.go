package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// skipped are commands of the README that a test does not run: building, and what
// would run this test again.
var skipped = []string{"CGO_ENABLED=0 go build ", "go test ", "make ", "go run ./bench"}

// Every shell command of the README works as it stands there: the blocks marked
// sh are run in their order, in a copy of the project's folder.
func TestReadmeCommands(t *testing.T) { runCommands(t, "README.md") }

// So do those of the page on comparing policies.
func TestWhatIfCommands(t *testing.T) { runCommands(t, "docs/what-if.md") }

// And those of the page on closing a period.
func TestPeriodsCommands(t *testing.T) { runCommands(t, "docs/periods.md") }

// And those of the page on the general ledger.
func TestGLExportCommands(t *testing.T) { runCommands(t, "docs/gl-export.md") }

// So do those of the page on the bank.
func TestReconciliationCommands(t *testing.T) { runCommands(t, "docs/reconciliation.md") }

// And those of the pages on the warehouse and on evidence.
func TestWarehouseCommands(t *testing.T) { runCommands(t, "docs/warehouse.md") }
func TestEvidenceCommands(t *testing.T)  { runCommands(t, "docs/evidence.md") }

// runCommands runs the commands of a page.
func runCommands(t *testing.T, page string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlocks(string(text))
	if len(blocks) == 0 {
		t.Fatal(page + " has no commands")
	}
	dir := t.TempDir()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == ".git" || e.Name() == "daybook" {
			continue
		}
		if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(program(t, "daybook"), filepath.Join(dir, "daybook")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ran := 0
	for _, b := range blocks {
		script := commands(b)
		if script == "" {
			continue
		}
		ran++
		cmd := exec.CommandContext(ctx, "sh", "-eu", "-c", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("what %s has\n%s\nends with %v:\n%s", page, b, err, out)
		}
	}
	if ran == 0 {
		t.Error("no command of " + page + " was run")
	}
}

// shellBlocks returns the fenced blocks that are marked sh.
func shellBlocks(text string) (blocks []string) {
	rest := text
	for {
		_, after, found := strings.Cut(rest, "\n```sh\n")
		if !found {
			return blocks
		}
		block, after, found := strings.Cut(after, "\n```")
		if !found {
			return blocks
		}
		blocks = append(blocks, block)
		rest = after
	}
}

// commands returns what a test runs of a block: the program as it is tested.
func commands(block string) string {
	var lines []string
lines:
	for line := range strings.Lines(block + "\n") {
		for _, prefix := range skipped {
			if strings.HasPrefix(strings.TrimSpace(line), prefix) {
				continue lines
			}
		}
		lines = append(lines, strings.ReplaceAll(line, "go run ./cmd/daybook", "./daybook"))
	}
	return strings.TrimSpace(strings.Join(lines, ""))
}
