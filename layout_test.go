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
	"ledger/civil":     {},
	"ledger/money":     {},
	"ledger":           {"ledger/civil", "ledger/money"},
	"ledger/loan":      {"ledger", "ledger/civil", "ledger/money"},
	"ledger/borrower":  {"ledger", "ledger/civil", "ledger/money"},
	"ledger/proof":     {},
	"ledger/match":     {"ledger", "ledger/civil", "ledger/money"},
	"ledger/record":    {"ledger", "ledger/match", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"ledger/store":     {"ledger/civil", "ledger/direct"},
	"ledger/direct":    {},
	"aging":            {"ledger/civil", "ledger/money"},
	"aging/score":      {"aging", "aging/score/real", "aging/score/trees", "ledger/civil", "ledger/money"},
	"aging/classify":   {"ledger/civil", "ledger/money"},
	"aging/provision":  {"ledger/civil", "ledger/money"},
	"aging/treat":      {"aging", "ledger/borrower", "ledger/civil", "ledger/money"},
	"reports":          {"aging", "aging/score", "ledger", "ledger/direct", "ledger/civil", "ledger/money", "ledger/proof"},
	"reports/iceberg":  {"ledger/civil"},
	"reports/dbt":      {"reports", "ledger/civil"},
	"reports/lineage":  {"reports", "ledger/civil"},
	"reports/spill":    {},
	"reports/queue":    {"reports", "reports/channel", "reports/spill", "aging", "ledger", "ledger/borrower", "ledger/civil", "ledger/money"},
	"reports/lists":    {"reports", "reports/spill", "aging", "ledger/civil", "ledger/money"},
	"reports/metro2":   {"ledger/civil", "ledger/money"},
	"reports/workbook": {"reports", "aging", "ledger/civil", "ledger/money"},
	"reports/charts":   {"reports", "aging", "ledger/civil", "ledger/money"},
	"reports/erp":      {"reports", "ledger", "ledger/civil", "ledger/money"},
	"reports/channel":  {"reports", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/night":      {"ledger", "ledger/loan", "ledger/civil", "ledger/money", "aging", "aging/score", "aging/classify", "aging/provision"},
	"batch/intake":     {"ledger", "ledger/loan", "ledger/civil", "ledger/money"},
	"batch/policy": {"ledger", "ledger/loan", "ledger/borrower", "ledger/match", "ledger/civil", "ledger/money", "aging", "aging/score", "aging/treat", "aging/classify", "aging/provision",
		"aging/score/real", "aging/score/trees", "batch/intake"},
	"batch/rows": {"ledger/store", "ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/book": {"ledger/record", "ledger/store", "ledger/proof", "batch/policy", "batch/night",
		"aging", "aging/score", "aging/classify", "ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/publish": {"ledger/proof", "batch/book", "batch/bureau", "batch/meet", "batch/policy", "reports", "reports/channel", "reports/lists", "reports/queue", "ledger/record", "ledger/store",
		"batch/night", "aging", "aging/classify", "ledger", "ledger/borrower", "ledger/civil"},
	"batch/lookup": {"batch/book", "batch/meet", "batch/publish", "reports", "reports/statement", "aging/treat", "aging/classify", "ledger/record", "ledger/store", "batch/night", "aging", "aging/score",
		"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/meet": {"batch/rows", "reports", "reports/queue", "reports/spill", "ledger/record", "ledger/store", "ledger/loan", "ledger/borrower",
		"ledger/civil", "ledger/money", "aging", "aging/score", "aging/treat", "aging/classify"},
	"batch/gl":       {"batch/book", "batch/night", "batch/policy", "reports", "reports/erp", "ledger/record", "ledger/store", "ledger", "ledger/loan", "ledger/civil", "ledger/money"},
	"batch/offers":   {"batch/publish", "reports", "ledger/civil"},
	"batch/evidence": {"batch/book", "reports", "ledger", "ledger/loan", "ledger/proof", "ledger/record", "ledger/store", "ledger/civil"},
	"batch/objects":  {},
	"batch/catalog":  {"batch/objects", "reports/iceberg", "ledger/civil"},
	"batch/warehouse": {"batch/book", "batch/catalog", "batch/evidence", "batch/objects", "batch/publish", "batch/reconcile", "reports", "reports/iceberg", "reports/lineage",
		"ledger/proof", "ledger/record", "ledger/store", "ledger/civil"},
	"batch/verify": {"batch/book", "batch/evidence", "batch/meet", "batch/publish", "batch/night", "reports", "reports/spill", "aging", "ledger/record", "ledger/store",
		"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch/whatif":    {"reports", "reports/spill", "aging", "ledger", "ledger/store", "ledger/civil", "ledger/money"},
	"batch/reconcile": {"batch/bank", "batch/book", "batch/intake", "batch/policy", "batch/publish", "reports", "ledger", "ledger/loan", "ledger/match", "ledger/record", "ledger/store", "ledger/civil", "ledger/money"},
	"batch/period": {"batch/book", "batch/night", "batch/policy", "batch/publish", "batch/reconcile", "batch/verify", "reports", "reports/workbook", "ledger/record", "ledger/store",
		"ledger", "ledger/loan", "ledger/civil", "ledger/money"},
	"batch/bank":   {"ledger/match", "ledger/civil", "ledger/money"},
	"batch/bureau": {"reports", "reports/metro2", "reports/spill", "ledger/civil"},
	"batch/vendor": {"reports", "reports/channel", "reports/spill", "aging", "ledger/borrower", "ledger/civil", "ledger/money"},
	"batch": {"ledger/proof", "batch/meet", "batch/book", "batch/publish", "batch/rows", "batch/night", "batch/policy", "batch/intake", "batch/whatif", "batch/bureau",
		"reports", "reports/charts", "reports/lists", "reports/metro2", "reports/queue", "reports/spill", "reports/workbook", "ledger/record", "ledger/store", "aging", "aging/classify", "aging/score",
		"ledger", "ledger/loan", "ledger/borrower", "ledger/civil", "ledger/money"},
	"cmd/daybook": {"batch", "batch/evidence", "batch/objects", "batch/catalog", "batch/warehouse", "reports/dbt", "ledger/proof", "batch/reconcile", "batch/book", "batch/gl", "batch/publish", "batch/lookup", "batch/offers", "batch/period", "batch/vendor", "batch/verify", "batch/policy", "batch/intake", "batch/whatif",
		"aging/classify", "bench/portfolio", "reports", "reports/channel", "reports/erp", "reports/pdf", "reports/statement", "ledger/store", "ledger/borrower", "ledger/civil"},
	"bench":           {"bench/portfolio"},
	"bench/portfolio": {"reports", "ledger/loan", "ledger/civil", "ledger/money"},

	"aging/score/real":  {},
	"aging/score/trees": {"aging/score/real"},
	"reports/pdf":       {},
	"reports/statement": {"reports", "reports/pdf", "ledger/civil", "ledger/money"},
}

// What no row above may ever allow: a room, and the rooms that it and those within it
// stay apart from.
var never = []struct{ room, apart string }{
	{"ledger", "aging"}, {"ledger", "batch"}, {"ledger", "reports"},
	{"ledger/loan", "ledger/borrower"}, {"ledger/borrower", "ledger/loan"},
	{"ledger/store", "ledger/loan"}, {"ledger/store", "ledger/record"}, // bytes are opaque to it
	{"aging", "ledger/loan"}, {"aging", "ledger/store"}, {"aging", "batch"}, {"aging", "reports"},
	{"reports", "ledger/store"}, {"reports", "ledger/loan"}, {"reports", "ledger/record"}, {"reports", "batch"},
	{"batch", "cmd"}, {"batch", "bench"},
	{"batch/night", "ledger/store"}, {"batch/night", "reports"},
}

// Libraries that only some rooms may import.
var reserved = map[string][]string{
	"github.com/cockroachdb/pebble":    {"ledger/store"},
	"github.com/parquet-go/parquet-go": {"batch/intake", "reports", "bench", "bench/portfolio"},
	"github.com/apache/arrow":          {"reports"},
	"github.com/xuri/excelize":         {"reports/workbook"},
	"github.com/go-text/typesetting":   {"reports/pdf"},
	"net/http":                         {"batch/objects", "batch/catalog"}, // nothing listens; object storage and catalogues are asked
	"golang.org/x/mod":                 {"ledger/proof", "batch", "batch/evidence", "cmd/daybook"},
	"github.com/minio/minio-go":        {"batch/objects"},
	"github.com/hamba/avro":            {"reports/iceberg"},
	"encoding/xml":                     {"batch/bank"},
}

// The pure rooms: no clock, file, lock, goroutine or randomness. They may import
// only these packages of the standard library, and none of others.
var pure = []string{"ledger/civil", "ledger/money", "ledger", "ledger/loan", "ledger/borrower", "ledger/match", "ledger/record", "aging/classify", "aging/provision",
	"aging", "aging/score", "aging/treat", "batch/night", "reports/metro2", "aging/score/real", "aging/score/trees"}

var effectFree = []string{
	"bytes", "cmp", "errors", "fmt", "math", "math/big", "math/bits", "slices", "sort", "strconv", "strings", "unicode", "unicode/utf8",
	"encoding/binary", "maps", "iter", "encoding/json", "encoding/hex", "crypto/sha256", "hash",
}

// The rooms at the top level; a new concern becomes a sub-package of the room it
// belongs to.
var topLevel = []string{"cmd", "ledger", "batch", "aging", "reports", "testdata", "bench", "docs", ".ci", ".git", ".github"}

func TestLayout(t *testing.T) {
	rooms, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		if room.IsDir() && !strings.HasPrefix(room.Name(), ".") && !slices.Contains(topLevel, room.Name()) {
			t.Errorf("%s is a new room at the top level", room.Name())
		}
	}
	files := 0
	eachGoFile(t, func(path string) {
		if filepath.Dir(path) != "." {
			files++
			checkFile(t, path)
		}
	})
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// eachGoFile calls do with the Go files of this module.
func eachGoFile(t *testing.T, do func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if path != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || hasModule(path)) {
				return filepath.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			do(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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
		if test || slices.Contains(allowed, ours) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s", room, ours)
	}
	if !test && slices.Contains(pure, room) && !slices.Contains(effectFree, name) {
		return fmt.Sprintf("%s is pure and may not import %s", room, name)
	}
	for library, rooms := range reserved {
		if within(name, library) && !test && !slices.Contains(rooms, room) {
			return fmt.Sprintf("only %v may import %s", rooms, name)
		}
	}
	return ""
}

// within reports whether a package is another one, or lies in it.
func within(name, of string) bool { return name == of || strings.HasPrefix(name, of+"/") }

// TestLayoutAllowsNothingThatIsNever holds the table itself to what no row may allow;
// and no room within batch knows the night that is made of it.
func TestLayoutAllowsNothingThatIsNever(t *testing.T) {
	for room, allowed := range mayImport {
		for _, x := range never {
			for _, name := range allowed {
				if within(room, x.room) && within(name, x.apart) {
					t.Errorf("%s and %s stay apart, and %s may import %s", x.room, x.apart, room, name)
				}
			}
		}
		if room != "cmd/daybook" && slices.Contains(allowed, "batch") {
			t.Errorf("%s may import batch, which only the command does", room)
		}
	}
	for _, room := range pure {
		for _, name := range mayImport[room] {
			if !slices.Contains(pure, name) {
				t.Errorf("%s is pure and may import %s, which is not", room, name)
			}
		}
	}
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
		{"batch", "daybook/batch/lookup", true},
		{"batch/lookup", "daybook/batch", true},
		{"batch/verify", "daybook/batch", true},
		{"batch/publish", "daybook/batch", true},
		{"batch/book", "daybook/batch/publish", true},
		{"bench", "daybook/batch", true},
		{"cmd/daybook", "net/http", true},
		{"ledger/store", "github.com/parquet-go/parquet-go", true},
		{"reports", "github.com/xuri/excelize/v2", true},
		{"ledger/store", "github.com/cockroachdb/pebble/v2", false},
		{"batch/night", "daybook/ledger/loan", false},
	} {
		if got := forbidden(x.room, x.name, mayImport[x.room], false); (got != "") != x.bad {
			t.Errorf("%s importing %s: %q", x.room, x.name, got)
		}
	}
}
