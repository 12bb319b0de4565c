package main

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

//go:embed tables/*.sql
var tableFiles embed.FS

// from reads a number of the environment.
func from(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// Every regulatory table equals SQL over the published tapes and journals, row
// for row and digit for digit, at each close of random months; movements close,
// and the ageing is the tape is the GL. tables/NAME.sql is written from the
// contract alone. TABLES_SEED and TABLES_MONTHS make other lenders and longer lives.
func TestTablesAreSQLOverTheTapes(t *testing.T) {
	seed, months := uint64(from(t, "TABLES_SEED", 1)), from(t, "TABLES_MONTHS", 14)
	program := build(t)
	first := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	files := generated(t, program, first, months, 300, seed)
	packs := readPacks(t, program)
	for name, terms := range map[string][]term{
		"all":      {{packs: []string{"cn", "ifrs9", "eu", "us", "in"}, post: "cn", when: "nightly"}},
		"changing": {{packs: []string{"in", "eu"}, post: "in", when: "month_end"}, {from: 12, packs: []string{"us", "in", "ifrs9", "eu"}, post: "in", when: "month_end"}},
		"unposted": {{packs: []string{"cn", "eu"}, post: "cn", when: "nightly"}, {from: 8, packs: []string{"eu", "us", "cn"}, when: "nightly"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &lender{program: program, dir: t.TempDir(), terms: terms, closes: closingDays(rand.New(rand.NewPCG(seed, uint64(len(name)))), first, months)}
			l.run(t, files, seed)
			conn := prepared(t, l, packs)
			published := readPublished(t, l)
			want := map[string]table{}
			rows := 0
			for _, name := range tables(t) {
				want[name] = reckoned(t, conn, name)
				for _, d := range differences(published[name], want[name], name) {
					t.Error(d)
				}
				rows += published[name].size()
				if t.Name() == "TestTablesAreSQLOverTheTapes/all" && published[name].size() == 0 {
					t.Errorf("%s: no close has a row", name)
				}
			}
			ties, untied := tied(t, conn, l, filepath.Join(l.dir, "out"))
			for _, u := range untied {
				t.Error(u)
			}
			t.Logf("%d closes, %d rows of %d tables, %d ties", len(l.closes), rows, len(want), ties)
			if name == "all" {
				eachChangeIsFound(t, published, want)
				untiedIsFound(t, conn, l)
			}
		})
	}
}

// A table is its columns and the rows of each close, as texts.
type table struct {
	columns []string
	closes  map[string][][]string
}

func (a table) size() (rows int) {
	for _, c := range a.closes {
		rows += len(c)
	}
	return rows
}

// tables are the names of the tables that have their SQL.
func tables(t *testing.T) (names []string) {
	t.Helper()
	files, err := fs.Glob(tableFiles, "tables/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(path.Base(f), ".sql"); !slices.Contains([]string{"prepare", "lender", "ties"}, name) {
			names = append(names, name)
		}
	}
	return names
}

func script(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	text, err := tableFiles.ReadFile("tables/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(replacements...).Replace(string(text))
}

// prepared opens a database with what the tables are reckoned from.
func prepared(t *testing.T, l *lender, packs map[string]pack) *sql.Conn {
	t.Helper()
	db, conn, err := open(context.Background(), "", "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); db.Close() })
	lists(t, conn, packs, l.terms, l.closes)
	out := quote(filepath.Join(l.dir, "out"))
	var standings []string
	for name := range packs {
		if slices.ContainsFunc(l.terms, func(p term) bool { return slices.Contains(p.packs, name) }) {
			standings = append(standings, fmt.Sprintf(`SELECT l.*, '%[1]s' AS pack, "%[1]s_class" AS class, "%[1]s_rule" AS rule,
				"%[1]s_non_performing_since" AS since, minor("%[1]s_provision", unit) AS provision
				FROM loans l JOIN read_parquet('%[2]s/*/loans/*.parquet', union_by_name = true) USING (business_date, loan_id)
				WHERE "%[1]s_class" IS NOT NULL`, name, out))
		}
	}
	execute(t, conn, fmt.Sprintf("CREATE TABLE frequencies AS SELECT DISTINCT loan_id, frequency FROM read_parquet('%s/*/loans.parquet')",
		quote(filepath.Join(l.dir, "in"))))
	execute(t, conn, script(t, "prepare", "{out}", out, "{standings}", strings.Join(standings, "\nUNION ALL ")))
	return conn
}

// reckoned runs a table's SQL, for all closes at once.
func reckoned(t *testing.T, conn *sql.Conn, name string) table {
	t.Helper()
	columns, rows := query(t, conn, script(t, name))
	closes := map[string][][]string{}
	for _, r := range rows {
		closes[r[0]] = append(closes[r[0]], r)
	}
	return table{columns, closes}
}

// query returns a result as texts, null as an empty one.
func query(t *testing.T, conn *sql.Conn, text string) (columns []string, rows [][]string) {
	t.Helper()
	result, err := conn.QueryContext(context.Background(), text)
	if err != nil {
		t.Fatalf("%v\n%.300s", err, text)
	}
	defer result.Close()
	if columns, err = result.Columns(); err != nil {
		t.Fatal(err)
	}
	values, pointers := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		pointers[i] = &values[i]
	}
	for result.Next() {
		if err := result.Scan(pointers...); err != nil {
			t.Fatal(err)
		}
		cells := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case time.Time:
				cells[i] = v.Format(time.DateOnly)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		rows = append(rows, cells)
	}
	if err := result.Err(); err != nil {
		t.Fatalf("%v\n%.300s", err, text)
	}
	return columns, rows
}

// readPublished reads the tables of all closes. A table that a close has not has no rows there.
func readPublished(t *testing.T, l *lender) map[string]table {
	t.Helper()
	all := map[string]table{}
	for _, name := range tables(t) {
		a := table{closes: map[string][][]string{}}
		for _, day := range l.closes {
			text, err := os.ReadFile(filepath.Join(l.dir, "out", day, "regulatory", name+".csv"))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
			if err != nil || len(records) == 0 {
				t.Fatalf("%s of %s: %d rows, error %v", name, day, len(records), err)
			}
			a.columns, a.closes[day] = records[0], records[1:]
		}
		all[name] = a
	}
	return all
}

// differences compares a table as published with its SQL: the first row of each close that differs.
func differences(got, want table, name string) (found []string) {
	if !slices.Equal(got.columns, want.columns) {
		return []string{fmt.Sprintf("%s: columns %v, SQL has %v", name, got.columns, want.columns)}
	}
	days := map[string]bool{}
	for day := range got.closes {
		days[day] = true
	}
	for day := range want.closes {
		days[day] = true
	}
	for day := range days {
		a, b := got.closes[day], want.closes[day]
		if name == "gl_activity" { // the contract has no order of kinds of entry
			a, b = slices.SortedFunc(slices.Values(a), slices.Compare), slices.SortedFunc(slices.Values(b), slices.Compare)
		}
		for i := range max(len(a), len(b)) {
			var x, y []string
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			if !slices.Equal(x, y) {
				found = append(found, fmt.Sprintf("%s of %s, row %d:\n\tpublished %q\n\tSQL       %q", name, day, i+1, x, y))
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

// tied compares the figures that have two sources, and returns how many there are and which differ.
func tied(t *testing.T, conn *sql.Conn, l *lender, published string) (ties int, untied []string) {
	t.Helper()
	_, rows := query(t, conn, script(t, "ties", "{out}", quote(filepath.Join(l.dir, "out")), "{published}", quote(published)))
	for _, r := range rows {
		if r[3] != r[4] {
			untied = append(untied, fmt.Sprintf("%s, %s %s: %s, not %s", r[0], r[1], r[2], r[3], r[4]))
		}
	}
	slices.Sort(untied)
	return len(rows), untied
}

// eachChangeIsFound changes one cell of each column of each table, as it might
// have been published, and checks that just this is found.
func eachChangeIsFound(t *testing.T, published, want map[string]table) {
	t.Helper()
	for name, a := range published {
		for column := 1; column < len(a.columns); column++ {
			for day, rows := range a.closes {
				if len(rows) == 0 {
					continue
				}
				row := rows[len(rows)/2]
				before := row[column]
				row[column] = changed(before)
				found := differences(a, want[name], name)
				if len(found) != 1 || !strings.Contains(found[0], name+" of "+day) {
					t.Errorf("%s of %s: %s is %q, not %q, and found is %q", name, day, a.columns[column], row[column], before, found)
				}
				row[column] = before
				break
			}
		}
	}
}

// changed is another text: the last digit is one more, or less.
func changed(cell string) string {
	if n := len(cell); n > 0 && '0' <= cell[n-1] && cell[n-1] <= '9' {
		return cell[:n-1] + string('0'+(cell[n-1]-'0'+1)%10)
	}
	return cell + "1"
}

// untiedIsFound changes a cell of copies of published tables, and checks that what does not tie is found.
func untiedIsFound(t *testing.T, conn *sql.Conn, l *lender) {
	t.Helper()
	dir := t.TempDir()
	names := []string{"aging", "trial_balance", "stage_movement", "npa_movement", "classification_by_pack"}
	for _, day := range l.closes {
		if err := os.MkdirAll(filepath.Join(dir, day, "regulatory"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			copyFile(t, filepath.Join(l.dir, "out", day, "regulatory", name+".csv"), filepath.Join(dir, day, "regulatory", name+".csv"))
		}
	}
	last := l.closes[len(l.closes)-1]
	for i, column := range []string{"principal", "credits", "gross", "recovered", "balance"} {
		changeLastRow(t, filepath.Join(dir, last, "regulatory", names[i]+".csv"), column)
	}
	_, untied := tied(t, conn, l, dir)
	for _, tie := range []string{"ageing is the tape: principal", "debits are credits", "stage_movement closes, gross", "npa_movement closes",
		"classification_by_pack is the ageing"} {
		if !slices.ContainsFunc(untied, func(u string) bool { return strings.HasPrefix(u, tie) && strings.Contains(u, last) }) {
			t.Errorf("a changed table of %s: %q is not among what does not tie: %q", last, tie, untied)
		}
	}
}

// changeLastRow changes a cell of the last row of a published table.
func changeLastRow(t *testing.T, path, column string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	row := records[len(records)-1]
	c := slices.Index(records[0], column)
	row[c] = changed(row[c])
	var w bytes.Buffer
	if err := csv.NewWriter(&w).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
