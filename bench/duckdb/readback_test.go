package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// published returns folders that Daybook published: the one that
// DAYBOOK_PUBLISHED names, else the nights of a demo made for the purpose.
func published(t *testing.T) []string {
	t.Helper()
	if dir := os.Getenv("DAYBOOK_PUBLISHED"); dir != "" {
		return []string{dir}
	}
	dir := t.TempDir()
	cmd := exec.Command("go", "run", "./cmd/daybook", "demo", "--dir", dir)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	var nights []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "_SUCCESS" {
			nights = append(nights, filepath.Dir(path))
		}
		return err
	})
	if err != nil || len(nights) == 0 {
		t.Fatalf("the demo published %d nights, error %v", len(nights), err)
	}
	return nights
}

// Another reader reads everything that Daybook publishes: every Parquet file has
// the manifest's rows, amounts are exact decimals, dates are dates, and the
// totals are those of the CSV files and of the control totals.
func TestReadBack(t *testing.T) {
	ctx := context.Background()
	_, db, err := open(ctx, "", "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, dir := range published(t) {
		m := readManifest(t, dir)
		files := 0
		for _, o := range m.Outputs {
			if strings.HasSuffix(o.Path, ".parquet") {
				files++
				checkRows(t, db, filepath.Join(dir, o.Path), o.Rows)
				checkTypes(t, db, filepath.Join(dir, o.Path))
				checkFooter(t, db, filepath.Join(dir, o.Path))
			}
		}
		if files < 4 {
			t.Errorf("%s: only %d Parquet files in the manifest", dir, files)
		}
		checkJournal(t, db, dir, m)
		checkTapeTotals(t, db, dir, m)
		checkCSVs(t, db, dir)
	}
}

// manifest is what the test needs of a night's manifest.
type manifest struct {
	BusinessDate string `json:"business_date"`
	Outputs      []struct {
		Path string
		Rows int64
	}
	ControlTotals struct {
		Currencies []map[string]any
	} `json:"control_totals"`
}

func readManifest(t *testing.T, dir string) (m manifest) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func checkRows(t *testing.T, db *sql.Conn, path string, want int64) {
	t.Helper()
	var got int64
	if err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM read_parquet('"+quote(path)+"')").Scan(&got); err != nil {
		t.Errorf("%s: %v", path, err)
	} else if got != want {
		t.Errorf("%s: %d rows, the manifest says %d", path, got, want)
	}
}

// amounts and dates of the contract, by the names of their columns.
var (
	amountColumns = []string{"debit", "credit", "principal", "principal_outstanding", "interest_outstanding", "interest_suspended",
		"fees_outstanding", "penalties_outstanding", "total_outstanding", "past_due_amount", "credit_balance", "principal_paid",
		"interest_paid", "fees_paid", "penalties_paid", "charged_off", "recovered", "next_due_amount", "last_paid_amount"}
	dateColumns = []string{"business_date", "value_date", "booked_on", "disbursed_on", "first_due_on", "oldest_unpaid_due_on",
		"next_due_on", "last_paid_on"}
)

// checkTypes checks that amounts are decimals and dates are dates, and reads
// every value of every column.
func checkTypes(t *testing.T, db *sql.Conn, path string) {
	t.Helper()
	from := " FROM read_parquet('" + quote(path) + "')"
	rows, err := db.QueryContext(context.Background(), "SELECT column_name, column_type FROM (DESCRIBE SELECT *"+from+")")
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		switch {
		case slices.Contains(amountColumns, name) && !strings.HasPrefix(kind, "DECIMAL(18,") && filepath.Base(path) != "rejects.parquet":
			t.Errorf("%s: %s is %s, not DECIMAL(18, s)", path, name, kind)
		case slices.Contains(dateColumns, name) && kind != "DATE" && filepath.Base(path) != "rejects.parquet":
			t.Errorf("%s: %s is %s, not DATE", path, name, kind)
		case kind == "FLOAT" || kind == "DOUBLE":
			t.Errorf("%s: %s is %s", path, name, kind)
		}
	}
	var hash string
	err = db.QueryRowContext(context.Background(), "SELECT coalesce(bit_xor(hash(t)), 0)::VARCHAR"+from+" t").Scan(&hash)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

// checkFooter checks who wrote a file, that its first column is the business date, and that
// the bounds of each column of text are the least and the greatest text in it. A column has
// none where one of them is above 64 bytes, or the least is empty.
func checkFooter(t *testing.T, db *sql.Conn, path string) {
	t.Helper()
	var by, first string
	err := db.QueryRowContext(context.Background(), "SELECT created_by, (SELECT name FROM parquet_schema('"+quote(path)+
		"') WHERE num_children IS NULL LIMIT 1) FROM parquet_file_metadata('"+quote(path)+"')").Scan(&by, &first)
	if err != nil || !regexp.MustCompile(`^daybook version \S+ \(build \S+\)$`).MatchString(by) || first != "business_date" {
		t.Errorf("%s: written by %q, begins with %q, error %v", path, by, first, err)
	}
	rows, err := db.QueryContext(context.Background(), "SELECT path_in_schema, coalesce(min(stats_min_value), ''), coalesce(max(stats_max_value), '') "+
		"FROM parquet_metadata('"+quote(path)+"') WHERE type = 'BYTE_ARRAY' GROUP BY ALL")
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var column, low, high, least, greatest string
		if err := rows.Scan(&column, &low, &high); err != nil {
			t.Fatal(err)
		}
		err := db.QueryRowContext(context.Background(), fmt.Sprintf(`SELECT coalesce(min("%[1]s"), ''), coalesce(max("%[1]s"), '')
			FROM read_parquet('%[2]s')`, column, quote(path))).Scan(&least, &greatest)
		if err != nil || least != "" && len(least) <= 64 && len(greatest) <= 64 && (low != least || high != greatest) {
			t.Errorf("%s: %s from %q to %q, its bounds are %q and %q, error %v", path, column, least, greatest, low, high, err)
		}
	}
}

// checkJournal checks that the journal balances, entry by entry, and that its
// totals are the control totals'.
func checkJournal(t *testing.T, db *sql.Conn, dir string, m manifest) {
	t.Helper()
	from := " FROM read_parquet('" + quote(dir) + "/journal/*.parquet')"
	var off, otherDate int64
	err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM (SELECT entry_id, currency"+from+
		" GROUP BY ALL HAVING sum(debit) <> sum(credit))").Scan(&off)
	if err != nil || off != 0 {
		t.Errorf("%s: %d entries do not balance, error %v", dir, off, err)
	}
	err = db.QueryRowContext(context.Background(), "SELECT count(*) FILTER (business_date <> DATE '"+m.BusinessDate+"' OR value_date > business_date)"+
		from).Scan(&otherDate)
	if err != nil || otherDate != 0 {
		t.Errorf("%s: %d postings have another business date or a later value date, error %v", dir, otherDate, err)
	}
	for _, c := range m.ControlTotals.Currencies {
		sumIs(t, db, dir, from, c, "debits", "sum(debit)")
		sumIs(t, db, dir, from, c, "credits", "sum(credit)")
	}
}

func checkTapeTotals(t *testing.T, db *sql.Conn, dir string, m manifest) {
	t.Helper()
	from := " FROM read_parquet('" + quote(dir) + "/loans/*.parquet')"
	for _, c := range m.ControlTotals.Currencies {
		sumIs(t, db, dir, from, c, "loans", "count(*)")
		sumIs(t, db, dir, from, c, "principal", "sum(principal_outstanding)")
		sumIs(t, db, dir, from, c, "interest", "sum(interest_outstanding - interest_suspended)")
		sumIs(t, db, dir, from, c, "fees", "sum(fees_outstanding)")
		sumIs(t, db, dir, from, c, "penalties", "sum(penalties_outstanding)")
		sumIs(t, db, dir, from, c, "credit", "sum(credit_balance)")
	}
}

// sumIs compares an aggregate with the control total of that name, exactly.
func sumIs(t *testing.T, db *sql.Conn, dir, from string, c map[string]any, name, aggregate string) {
	t.Helper()
	total, ok := c[name]
	if !ok {
		t.Errorf("%s: the control totals have no %s", dir, name)
		return
	}
	if tie, ok := total.(map[string]any); ok { // an amount with the GL balance it ties to
		if tie["tied"] != true {
			t.Errorf("%s: %s is not tied: %v", dir, name, tie)
		}
		total = tie["amount"]
	}
	var equal bool
	var got string
	err := db.QueryRowContext(context.Background(), fmt.Sprintf(`SELECT coalesce(s, 0)::DECIMAL(38, 6) = '%v'::DECIMAL(38, 6), s::VARCHAR
		FROM (SELECT coalesce(%s, 0) AS s %s WHERE currency = '%v')`, total, aggregate, from, c["currency"])).Scan(&equal, &got)
	if err != nil || !equal {
		t.Errorf("%s, %v: %s is %s, the control total %v, error %v", dir, c["currency"], name, got, total, err)
	}
}

// checkCSVs compares each regulatory CSV with its Parquet twin, and the total of
// the ageing with the tape.
func checkCSVs(t *testing.T, db *sql.Conn, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "regulatory", "*.csv"))
	if err != nil || len(paths) == 0 {
		t.Errorf("%s: no regulatory CSV files, error %v", dir, err)
	}
	for _, path := range paths {
		want := readCSV(t, path)
		got := readTable(t, db, strings.TrimSuffix(path, ".csv")+".parquet", want[0])
		if len(got) != len(want)-1 {
			t.Errorf("%s: %d rows, its Parquet twin %d", path, len(want)-1, len(got))
			continue
		}
		for i, row := range got {
			if strings.Join(row, ",") != strings.Join(want[i+1], ",") {
				t.Errorf("%s, line %d: %v, its Parquet twin %v", path, i+2, want[i+1], row)
			}
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, error %v", path, len(rows), err)
	}
	return rows
}

// readTable reads the columns of a Parquet file as text, in the file's order.
func readTable(t *testing.T, db *sql.Conn, path string, columns []string) [][]string {
	t.Helper()
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf(`coalesce("%s"::VARCHAR, '')`, c))
	}
	rows, err := db.QueryContext(context.Background(), "SELECT ["+strings.Join(list, ", ")+"] FROM read_parquet('"+quote(path)+
		"', file_row_number = true) ORDER BY file_row_number")
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return nil
	}
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		var values []any
		if err := rows.Scan(&values); err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		row := make([]string, len(values))
		for i, v := range values {
			row[i], _ = v.(string)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return all
}
