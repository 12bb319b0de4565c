package daybook

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Who may import whom: for each room, the rooms of ours that its code may import.
// Tests may import more. docs/architecture.md says why.
var mayImport = map[string][]string{
	"ledger/civil":    {},
	"ledger/money":    {},
	"ledger":          {"ledger/civil", "ledger/money"},
	"ledger/loan":     {"ledger", "ledger/civil", "ledger/money"},
	"ledger/borrower": {"ledger", "ledger/civil", "ledger/money"},
	"ledger/record":   {"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"ledger/store":    {"ledger/civil"},
	"aging":           {"ledger/civil", "ledger/money"},
	"aging/score":     {"aging", "ledger/civil", "ledger/money"},
	"reports":         {"aging", "aging/score", "ledger", "ledger/civil", "ledger/money"},
	"reports/spill":   {},
	"reports/queue":   {"reports", "reports/spill", "aging", "ledger", "ledger/civil", "ledger/money"},
	"batch/night":     {"ledger", "ledger/loan", "ledger/civil", "ledger/money", "aging", "aging/score"},
	"batch/intake":    {"ledger", "ledger/loan", "ledger/civil", "ledger/money"},
	"batch/policy":    {"ledger", "ledger/loan", "ledger/civil", "ledger/money", "aging", "aging/score", "batch/intake"},
	"batch/rows":      {"ledger/store", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/book": {"ledger/record", "ledger/store", "batch/policy", "batch/night",
		"aging", "aging/score", "ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/publish": {"batch/book", "batch/meet", "reports", "reports/queue", "ledger/record", "ledger/store", "batch/night",
		"aging", "ledger", "ledger/civil"},
	"batch/lookup": {"batch/book", "reports", "ledger/record", "ledger/store", "batch/night", "aging", "aging/score",
		"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/meet": {"batch/rows", "reports", "reports/queue", "reports/spill", "ledger/record", "ledger/store", "ledger/borrower",
		"ledger/civil", "aging"},
	"batch/verify": {"batch/book", "batch/meet", "batch/publish", "batch/night", "reports", "aging", "ledger/record", "ledger/store",
		"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch":           {"*"},
	"cmd/daybook":     {"*"},
	"bench":           {"*"},
	"bench/portfolio": {"*"},
}

// Libraries that only some rooms may import.
var reserved = map[string][]string{
	"github.com/cockroachdb/pebble":    {"ledger/store"},
	"github.com/parquet-go/parquet-go": {"batch/intake", "reports", "bench", "bench/portfolio"},
	"github.com/apache/arrow":          {"reports"},
}

// The pure rooms: no clock, file, lock, goroutine or randomness. They may import
// only these packages of the standard library, and none of others.
var pure = []string{"ledger/civil", "ledger/money", "ledger", "ledger/loan", "ledger/borrower", "ledger/record",
	"aging", "aging/score", "batch/night"}

var effectFree = []string{
	"bytes", "cmp", "errors", "fmt", "math", "math/big", "math/bits", "slices", "sort", "strconv", "strings", "unicode/utf8",
	"encoding/binary", "maps", "iter", "encoding/json", "encoding/hex", "crypto/sha256", "hash",
}

// The rooms at the top level; a new concern becomes a sub-package of the room it
// belongs to.
var topLevel = []string{"cmd", "ledger", "batch", "aging", "reports", "testdata", "bench", "docs", ".ci", ".git", ".github"}

func TestLayout(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || hasModule(path)) {
				return filepath.SkipDir
			}
			if path != "." && !strings.Contains(path, string(filepath.Separator)) && !slices.Contains(topLevel, path) {
				t.Errorf("%s is a new room at the top level", path)
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") && filepath.Dir(path) != "." {
			files++
			checkFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// hasModule reports whether a folder is a module of its own.
func hasModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	room := filepath.ToSlash(filepath.Dir(path))
	allowed, known := mayImport[room]
	if !known {
		t.Errorf("%s: the layout does not know the room %s", path, room)
		return
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		if msg := forbidden(room, name, allowed, test); msg != "" {
			t.Errorf("%s: %s", path, msg)
		}
	}
}

// forbidden says why a room's file may not import a package, or nothing.
func forbidden(room, name string, allowed []string, test bool) string {
	if ours, ok := strings.CutPrefix(name, "daybook/"); ok {
		if test || slices.Contains(allowed, "*") || slices.Contains(allowed, ours) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s", room, ours)
	}
	if !test && slices.Contains(pure, room) && !slices.Contains(effectFree, name) {
		return fmt.Sprintf("%s is pure and may not import %s", room, name)
	}
	for library, rooms := range reserved {
		if strings.HasPrefix(name, library) && !test && !slices.Contains(rooms, room) {
			return fmt.Sprintf("only %v may import %s", rooms, name)
		}
	}
	return ""
}

// TestLayoutFindsViolations proves that the check fires.
func TestLayoutFindsViolations(t *testing.T) {
	for _, x := range []struct {
		room, name string
		bad        bool
	}{
		{"aging", "daybook/ledger/loan", true},
		{"ledger/borrower", "daybook/ledger/loan", true},
		{"ledger/loan", "daybook/ledger/borrower", true},
		{"ledger/loan", "daybook/aging", true},
		{"reports", "daybook/ledger/store", true},
		{"ledger/store", "daybook/batch/night", true},
		{"batch/night", "time", true},
		{"ledger/loan", "github.com/cespare/xxhash/v2", true},
		{"batch", "github.com/cockroachdb/pebble/v2", true},
		{"ledger/store", "github.com/parquet-go/parquet-go", true},
		{"ledger/store", "github.com/cockroachdb/pebble/v2", false},
		{"batch/night", "daybook/ledger/loan", false},
	} {
		if got := forbidden(x.room, x.name, mayImport[x.room], false); (got != "") != x.bad {
			t.Errorf("%s importing %s: %q", x.room, x.name, got)
		}
	}
}
