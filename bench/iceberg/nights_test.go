package witness

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	other "github.com/apache/iceberg-go"
	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"

	"daybook/ledger/civil"
)

// A lender is closed with the program itself.
type lender struct {
	t   *testing.T
	dir string
	bin string
}

func newLender(t *testing.T) *lender {
	t.Helper()
	l := &lender{t: t, dir: t.TempDir()}
	l.bin = filepath.Join(l.dir, "daybook")
	build := exec.Command("go", "build", "-o", l.bin, "./cmd/daybook")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return l
}

// run runs a command line; $ is the lender's folder.
func (l *lender) run(line string) {
	l.t.Helper()
	c := exec.Command(l.bin, strings.Fields(strings.ReplaceAll(line, "$", l.dir+"/"))...)
	if out, err := c.CombinedOutput(); err != nil {
		l.t.Fatalf("daybook %s: %v\n%s", line, err, out)
	}
}

// tables are the files of each night and table, as the root's manifests have them.
func (l *lender) tables() map[string]map[string][]string {
	l.t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.dir, "wh/_nights/*.json"))
	if err != nil || len(paths) == 0 {
		l.t.Fatal("no nights", err)
	}
	all := map[string]map[string][]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			l.t.Fatal(err)
		}
		var n struct {
			Date   string `json:"business_date"`
			Tables map[string]struct {
				Files []struct{ Path string }
			}
		}
		if err := json.Unmarshal(text, &n); err != nil {
			l.t.Fatal(err)
		}
		for name, t := range n.Tables {
			if all[name] == nil {
				all[name] = map[string][]string{}
			}
			for _, f := range t.Files {
				all[name][n.Date] = append(all[name][n.Date], filepath.Join(l.dir, "wh", f.Path))
			}
		}
	}
	return all
}

// newest is a table as its newest metadata has it.
func (l *lender) newest(name string) *table.Table {
	l.t.Helper()
	meta := filepath.Join(l.dir, "wh/iceberg/daybook", name, "metadata")
	hint, err := os.ReadFile(filepath.Join(meta, "version-hint.text"))
	if err != nil {
		l.t.Fatal(err)
	}
	at := "file://" + filepath.Join(meta, "v"+string(hint)+".metadata.json")
	tbl, err := table.NewFromLocation(l.t.Context(), table.Identifier{"daybook", name}, at, icebergio.LoadFSFunc(nil, at), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return tbl
}

// named are the rows of a batch as lines, in the order of names; a column that is not there is null.
func named(r arrow.RecordBatch, names []string) (lines []string) {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		if found := r.Schema().FieldIndices(name); len(found) == 1 {
			at[i] = found[0]
		}
	}
	for row := range int(r.NumRows()) {
		var line []string
		for _, i := range at {
			text := array.NullValueStr
			if i >= 0 {
				text = r.Column(i).ValueStr(row)
			}
			line = append(line, text)
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	return lines
}

// inFiles are the rows of Parquet files, by a reader that knows nothing of Iceberg.
func (l *lender) inFiles(paths, names []string) (lines []string) {
	l.t.Helper()
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			l.t.Fatal(err)
		}
		p, err := file.NewParquetReader(bytes.NewReader(body))
		if err != nil {
			l.t.Fatalf("%s: %v", path, err)
		}
		r, err := pqarrow.NewFileReader(p, pqarrow.ArrowReadProperties{BatchSize: 1 << 14}, memory.DefaultAllocator)
		if err != nil {
			l.t.Fatal(err)
		}
		records, err := r.GetRecordReader(context.Background(), nil, nil)
		if err != nil {
			l.t.Fatal(err)
		}
		for records.Next() {
			lines = append(lines, named(records.RecordBatch(), names)...)
		}
	}
	slices.Sort(lines)
	return lines
}

// agrees holds each Iceberg table, night by night and row for row, to the files of the output folder, whose
// links the root's files are.
func (l *lender) agrees(nights int) {
	l.t.Helper()
	rows, all := 0, l.tables()
	for name, dates := range all {
		tbl := l.newest(name)
		var names []string
		for _, f := range tbl.Schema().Fields() {
			names = append(names, f.Name)
		}
		got := map[string][]string{}
		_, batches, err := tbl.Scan().ToArrowRecords(context.Background())
		if err != nil {
			l.t.Fatalf("%s: %v", name, err)
		}
		for r, err := range batches {
			if err != nil {
				l.t.Fatalf("%s: %v", name, err)
			}
			for _, line := range named(r, names) {
				date, _, _ := strings.Cut(line, "|") // business_date is the first column
				got[date] = append(got[date], line)
			}
		}
		for date, files := range dates {
			slices.Sort(got[date])
			want := l.inFiles(files, names)
			if rows += len(want); !slices.Equal(got[date], want) {
				l.t.Errorf("%s of %s has %d rows, want %d, or others", name, date, len(got[date]), len(want))
			}
			delete(got, date)
		}
		if len(got) > 0 || len(dates) != nights && !strings.HasPrefix(name, "reconciliation_") {
			l.t.Errorf("%s has nights that are not published, or %d of %d", name, len(dates), nights)
		}
		first, err := civil.Parse("2026-11-23")
		if err != nil {
			l.t.Fatal(err)
		}
		_, few, err := tbl.Scan(table.WithRowFilter(other.EqualTo(other.Reference("business_date"), other.Date(first)))).ToArrowRecords(context.Background())
		if err != nil {
			l.t.Fatal(err)
		}
		n := 0
		for r, err := range few {
			if err != nil {
				l.t.Fatal(err)
			}
			n += int(r.NumRows())
		}
		if want := len(l.inFiles(dates["2026-11-23"], names)); n != want {
			l.t.Errorf("the first night of %s has %d rows when it is asked for alone, want %d", name, n, want)
		}
	}
	if rows < 200*nights || len(all) < 40 {
		l.t.Errorf("only %d rows of %d tables", rows, len(all))
	}
}

// Thirty nights, one of them published and not committed before the run was stopped, another closed anew and published
// again, and packs that come later: what another library reads of the Iceberg tables is what the
// output folder has, row for row.
func TestThirtyNights(t *testing.T) {
	l := newLender(t)
	l.run("generate --out $in --loans 40 --nights 30 --seed 11")
	if err := os.WriteFile(filepath.Join(l.dir, "packs.yaml"), []byte("name: packs\npacks: [cn, ifrs9, eu]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nights := 0
	for d := civil.Of(2026, 11, 23); nights < 30; d++ {
		date := d.String()
		line := "close --book $book --in $in/" + date + " --out $out --date " + date
		switch nights {
		case 12: // stopped between publication and commit: the Hive folders are there
			l.run(line + " --warehouse $wh")
			l.run("warehouse publish --book $book --out $out --root $wh --date " + date + " --iceberg")
		case 20:
			l.run(line + " --policy $packs.yaml --warehouse $wh --iceberg")
		case 28:
			if err := os.CopyFS(filepath.Join(l.dir, "before"), os.DirFS(filepath.Join(l.dir, "book"))); err != nil {
				t.Fatal(err)
			}
			l.run(line + " --warehouse $wh --iceberg")
		default:
			l.run(line + " --warehouse $wh --iceberg")
		}
		nights++
		if nights == 29 {
			l.agrees(29)
			// The book is put back, and the night is closed under another policy.
			for _, folder := range []string{"book", "out/" + date} {
				if err := os.RemoveAll(filepath.Join(l.dir, folder)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Rename(filepath.Join(l.dir, "before"), filepath.Join(l.dir, "book")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(l.dir, "other.yaml"), []byte("name: other\npacks: [cn, ifrs9, eu]\naging: {grace_days: 3}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			l.run(line + " --policy $other.yaml")
			l.run("warehouse publish --book $book --out $out --root $wh --date " + date + " --iceberg --restored")
		}
	}
	l.agrees(30)
	l.run("warehouse verify --root $wh --book $book")
	l.run("verify --root $wh --head $out/2026-12-22/head --unsigned")
}
