package main

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/reports/dbt"
)

// lastNight is the last of the three nights that the warehouse has; the one before is reconciled.
const lastNight, reconciledNight, firstNight = "2026-11-25", "2026-11-24", "2026-11-23"

// warehouse makes a root of three nights, one of them reconciled, as a lender has it.
func warehouse(t *testing.T) (root string) {
	t.Helper()
	program, dir := build(t), t.TempDir()
	run := func(args ...string) {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 3 { // breaks and rejects are part of a lender's life
			t.Fatalf("daybook %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	bank, err := filepath.Abs(filepath.Join("..", "..", "testdata", "bank"))
	if err != nil {
		t.Fatal(err)
	}
	run("generate", "--out", "in", "--loans", "2000", "--nights", "3", "--seed", "7", "--quiet")
	for _, night := range []string{firstNight, reconciledNight, lastNight} {
		run("close", "--book", "book", "--in", "in/"+night, "--out", "out", "--date", night, "--policy", filepath.Join(bank, "policy.yaml"), "--quiet", "--workers", "2")
		if night == reconciledNight {
			run("reconcile", "--book", "book", "--in", bank, "--out", "out", "--date", night)
		}
	}
	run("warehouse", "publish", "--book", "book", "--out", "out", "--root", "root", "--from", firstNight, "--to", lastNight)
	return filepath.Join(dir, "root")
}

// Other tools read what is published: what the dbt package says of three nights holds, and what it says of a
// damaged night is that it is damaged.
func TestWarehouse(t *testing.T) {
	root := warehouse(t)
	t.Run("tests", func(t *testing.T) { testsFindDamage(t, root) })
	t.Run("views", func(t *testing.T) { viewsAreTheModels(t, root) })
}

// Every test of the dbt package finds nothing in the nights as they are published, each kind finds the
// damage that it is there for, and none the damage that is not its own.
func testsFindDamage(t *testing.T, root string) {
	conn, p := newDatabase(t), readPackage(t)
	if len(p.singular) < 7 || len(p.generic) < 200 {
		t.Errorf("the package has %d singular and %d generic tests", len(p.singular), len(p.generic))
	}
	if got := p.findings(t, conn, root); len(got) > 0 {
		t.Fatalf("undamaged nights: %v", got)
	}
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			got := p.findings(t, conn, damaged(t, conn, root, d))
			if want := d.found; !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
	found := map[string]bool{}
	for _, d := range damages {
		for _, test := range d.found {
			kind, _, _ := strings.Cut(test, " ")
			found[kind] = true
		}
	}
	want := slices.Concat(slices.Collect(maps.Keys(p.singular)), []string{"accepted_values", "daybook_key", "not_null", "relationships"})
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		t.Errorf("damage is found by %q, want %q", got, want)
	}
}

// A damage is what becomes of a table's night: a query over the table night, which has its rows, and one
// for rows that the last night has instead. The tests that find it are in their order.
type damage struct {
	table, night, query string
	found               []string
	moved               string
}

var damages = map[string]damage{
	"a debit is more": {table: "journal", night: lastNight, query: "SELECT * REPLACE (CASE line WHEN 0 THEN debit + 0.01 ELSE debit END AS debit) FROM night WHERE entry_id = {entry} UNION ALL SELECT * FROM night WHERE entry_id <> {entry}",
		found: []string{"journal_balances", "journal_ties_to_trial_balance"}},
	"a posting is gone": {table: "journal", night: lastNight, query: "SELECT * FROM night WHERE entry_id <> {entry} OR line <> 0",
		found: []string{"journal_balances", "journal_ties_to_trial_balance", "nights_complete"}},
	"an entry is gone": {table: "journal", night: lastNight, query: "SELECT * FROM night WHERE entry_id <> {entry}",
		found: []string{"journal_ties_to_trial_balance", "nights_complete"}},
	"a posting is there twice": {table: "journal", night: lastNight, query: "SELECT * FROM night UNION ALL SELECT * FROM night WHERE entry_id = {entry}",
		found: []string{"daybook_key journal", "daybook_key journal_signed", "journal_ties_to_trial_balance", "nights_complete"}},
	"an account is unknown": {table: "journal", night: lastNight, query: "SELECT * REPLACE (CASE entry_id WHEN {entry} THEN 'x' || account ELSE account END AS account) FROM night",
		found: []string{"journal_ties_to_trial_balance", "not_null journal_signed.account_role", "relationships journal.account"}},
	"a kind is unknown": {table: "journal", night: lastNight, query: "SELECT * REPLACE (CASE entry_id WHEN {entry} THEN 'gift' ELSE kind END AS kind) FROM night",
		found: []string{"accepted_values journal.kind"}},
	"principal is more":     tapeDamage("principal_outstanding"),
	"interest is more":      tapeDamage("interest_outstanding"),
	"suspended is more":     tapeDamage("interest_suspended"),
	"fees are more":         tapeDamage("fees_outstanding"),
	"penalties are more":    tapeDamage("penalties_outstanding"),
	"credit is more":        tapeDamage("credit_balance"),
	"a status is unknown":   {table: "loans", night: lastNight, query: "SELECT * REPLACE (CASE status WHEN 'settled' THEN 'gone' ELSE status END AS status) FROM night", found: []string{"accepted_values loans.status"}},
	"a loan is there twice": {table: "loans", night: lastNight, query: "SELECT * FROM night UNION ALL (SELECT * FROM night WHERE status = 'settled' ORDER BY loan_id LIMIT 1)", found: []string{"daybook_key loans", "daybook_key loans_latest", "nights_complete"}},
	"a loan is gone":        {table: "loans", night: reconciledNight, query: "SELECT * FROM night WHERE loan_id <> (SELECT min(loan_id) FROM night WHERE status = 'settled')", found: []string{"nights_complete"}},
	"all loans are gone":    {table: "loans", night: firstNight, query: "SELECT * FROM night WHERE false", found: []string{"nights_complete", "tape_ties_to_gl"}},
	"a loan has no id": {table: "loans", night: lastNight, query: "SELECT * REPLACE (CASE loan_id WHEN (SELECT min(loan_id) FROM night) THEN NULL ELSE loan_id END AS loan_id) FROM night",
		found: []string{"contracts_cover_loans", "not_null loans.loan_id"}},
	"an opening is more": {table: "trial_balance", night: lastNight, query: "SELECT * REPLACE (CASE account WHEN '1001' THEN opening + 0.01 ELSE opening END AS opening) FROM night",
		found: []string{"journal_ties_to_trial_balance", "trial_balance_rolls"}},
	"a balance is more, all the night": {table: "trial_balance", night: reconciledNight, query: "SELECT * REPLACE (CASE account WHEN '1001' THEN opening + 0.01 ELSE opening END AS opening, CASE account WHEN '1001' THEN closing + 0.01 ELSE closing END AS closing) FROM night",
		found: []string{"trial_balance_rolls"}},
	"an account does not go on": {table: "trial_balance", night: lastNight, query: "SELECT * FROM night WHERE account <> '1301'",
		found: []string{"journal_ties_to_trial_balance", "tape_ties_to_gl", "trial_balance_rolls"}},
	"a contract is gone": {table: "contracts", night: firstNight, query: "SELECT * FROM night WHERE loan_id <> (SELECT min(loan_id) FROM night)",
		found: []string{"contracts_cover_loans", "relationships loans.loan_id"}},
	"a contract comes late": {table: "contracts", night: firstNight, query: "SELECT * FROM night WHERE loan_id <> (SELECT min(loan_id) FROM night)",
		moved: "SELECT * FROM night WHERE loan_id = (SELECT min(loan_id) FROM night)", found: []string{"contracts_cover_loans"}},
	"accounts are gone": {table: "accounts", night: lastNight, query: "SELECT * FROM night WHERE false",
		found: []string{"nights_complete", "not_null balances_by_account.account_role", "not_null journal_signed.account_role", "tape_ties_to_gl", "trial_balance_rolls"}},
	"entries are more than the night has": {table: "nights", night: lastNight, query: "SELECT * REPLACE (1 AS entries) FROM night", found: []string{"nights_complete"}},
	"a night is gone":                     {table: "nights", night: reconciledNight, query: "SELECT * FROM night WHERE false", found: []string{"nights_complete"}},
	"a table is gone":                     {table: "nights", night: lastNight, query: "SELECT * REPLACE (tables - 1 AS tables) FROM night", found: []string{"nights_complete"}},
	"bank and book do not tie":            {table: "reconciliation_summary", night: reconciledNight, query: "SELECT * REPLACE (bank_balance + 0.01 AS bank_balance) FROM night", found: []string{"reconciliation_ties"}},
	"a row says it does not tie":          {table: "reconciliation_summary", night: reconciledNight, query: "SELECT * REPLACE (false AS tied) FROM night", found: []string{"reconciliation_ties"}},
}

// tapeDamage is a cent more in a column of one loan.
func tapeDamage(column string) damage {
	return damage{table: "loans", night: lastNight, query: fmt.Sprintf("SELECT * REPLACE (CASE loan_id WHEN (SELECT min(loan_id) FROM night WHERE status = 'active') THEN %[1]s + 0.01 ELSE %[1]s END AS %[1]s) FROM night", column),
		found: []string{"tape_ties_to_gl"}}
}

// damaged is a copy of a root with a damage.
func damaged(t *testing.T, conn *sql.Conn, root string, d damage) (copied string) {
	t.Helper()
	copied = t.TempDir()
	place := filepath.Join(d.table, "business_date="+d.night)
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || filepath.Dir(name) == place {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(copied, name)), 0o700); err != nil {
			return err
		}
		return os.Link(path, filepath.Join(copied, name))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(copied, place), 0o700); err != nil {
		t.Fatal(err)
	}
	execute(t, conn, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE night AS SELECT * FROM read_parquet('%s/*.parquet', hive_partitioning = false)", quote(filepath.Join(root, place))))
	_, rows := query(t, conn, "SELECT count(*) FROM night")
	if rows[0][0] == "0" {
		t.Fatalf("%s has no rows to damage", place)
	}
	text := d.query
	if strings.Contains(text, "{entry}") {
		_, rows := query(t, conn, "SELECT max(entry_id) FROM night WHERE line = 0 AND debit > 0 AND kind <> 'provision'")
		text = strings.ReplaceAll(text, "{entry}", rows[0][0])
	}
	execute(t, conn, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet)", text, quote(filepath.Join(copied, place, "damaged.parquet"))))
	if d.moved != "" {
		to := filepath.Join(copied, d.table, "business_date="+lastNight, "moved.parquet")
		execute(t, conn, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet)", d.moved, quote(to)))
	}
	return copied
}

// The script of views makes what the package's models make, with every table's rows and each column's text, and shows
// nobody a night that nights has not.
func viewsAreTheModels(t *testing.T, root string) {
	like := filepath.Join(t.TempDir(), "r[o]*t?") // as a pattern it is another name
	if err := os.Symlink(root, like); err != nil {
		t.Fatal(err)
	}
	execute(t, newDatabase(t), string(dbt.Views(like, nil)))
	conn := newDatabase(t)
	execute(t, conn, string(dbt.Views(root, nil)))
	p := readPackage(t)
	for name := range p.models {
		for _, q := range []string{"SELECT * FROM %s EXCEPT ALL SELECT * FROM %s", "SELECT count(*) FROM %s HAVING count(*) = 0"} {
			text := strings.Replace(strings.Replace(q, "%s", "("+p.model(t, name, root)+")", 1), "%s", name, 1)
			if _, rows := query(t, conn, text); len(rows) > 0 {
				t.Errorf("%s: the view is not the model, or has no row: %v", name, rows[0])
			}
		}
	}
	_, got := query(t, conn, "SELECT table_name, count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL GROUP BY ALL ORDER BY ALL")
	for _, row := range got {
		if row[0] != "loans" && row[0] != "loans_latest" { // the columns of packs
			t.Errorf("%s has %s columns without a text", row[0], row[1])
		}
	}
	half := damaged(t, conn, root, damage{table: "nights", night: lastNight, query: "SELECT * FROM night WHERE false"})
	execute(t, conn, string(dbt.Views(half, func(table string) bool { return !strings.HasPrefix(table, "reconciliation") })))
	for _, name := range []string{"loans", "journal", "trial_balance", "journal_signed", "balances_by_account", "loans_latest"} {
		_, rows := query(t, conn, "SELECT max(business_date) FROM "+name)
		if got := rows[0][0]; got != reconciledNight {
			t.Errorf("%s shows %s, want no night after %s", name, got, reconciledNight)
		}
	}
}
