package dbt_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daybook/aging"
	"daybook/aging/treat"
	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/match"
	"daybook/reports"
	"daybook/reports/dbt"
)

// The package has the files that it promises, in the order of their paths, and the same bytes each time.
func TestFiles(t *testing.T) {
	want := []string{
		"README.md", "dbt_project.yml", "macros/daybook.sql", "models/sources.yml", "models/staging/balances_by_account.sql", "models/staging/contracts_current.sql",
		"models/staging/journal_signed.sql", "models/staging/loans_latest.sql", "models/staging/staging.yml", "tests/contracts_cover_loans.sql", "tests/generic/daybook_key.sql",
		"tests/journal_balances.sql", "tests/journal_ties_to_trial_balance.sql", "tests/nights_complete.sql", "tests/reconciliation_ties.sql", "tests/tape_ties_to_gl.sql",
		"tests/trial_balance_rolls.sql",
	}
	var got []string
	again := dbt.Files()
	for i, f := range dbt.Files() {
		got = append(got, f.Path)
		if !bytes.Equal(f.Data, again[i].Data) || len(f.Data) == 0 || f.Data[len(f.Data)-1] != '\n' {
			t.Errorf("%s has other bytes each time, or no last line", f.Path)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// file returns a file of the package.
func file(t *testing.T, path string) []byte {
	t.Helper()
	for _, f := range dbt.Files() {
		if f.Path == path {
			return f.Data
		}
	}
	t.Fatalf("the package has no %s", path)
	return nil
}

// The sources are the registry: each table and column, in its order, with its text.
func TestSourcesAreTheRegistry(t *testing.T) {
	var got struct {
		Sources []struct {
			Tables []struct {
				Name, Description string
				Columns           []struct {
					Name, Description string
				}
			}
		}
	}
	if err := yaml.Unmarshal(file(t, "models/sources.yml"), &got); err != nil {
		t.Fatal(err)
	}
	var said, want []string
	for _, s := range got.Sources {
		for _, table := range s.Tables {
			said = append(said, table.Name+": "+table.Description)
			for _, c := range table.Columns {
				said = append(said, table.Name+"."+c.Name+": "+c.Description)
			}
		}
	}
	for _, ofReconciliation := range []bool{false, true} {
		for _, table := range reports.Registry() {
			if strings.HasPrefix(table.Name, "reconciliation_") != ofReconciliation {
				continue
			}
			want = append(want, table.Name+": "+table.Doc)
			for _, c := range table.Columns {
				want = append(want, table.Name+"."+c.Name+": "+c.Doc)
			}
		}
	}
	for i := range max(len(said), len(want)) {
		if i >= len(said) || i >= len(want) || said[i] != want[i] {
			t.Fatalf("line %d: got %q, want %q", i, said[min(i, len(said)-1)], want[min(i, len(want)-1)])
		}
	}
	for _, line := range want {
		if strings.ContainsAny(line, "{}") {
			t.Errorf("dbt would read a template in %q", line)
		}
	}
}

// named are the names of so many values of a kind.
func named[T interface {
	~uint8
	String() string
}](n T) (names []string) {
	for v := range n {
		names = append(names, v.String())
	}
	return names
}

// Words that the tests accept are those that the program has, no more and no fewer.
func TestWordsAreTheProgramsOwn(t *testing.T) {
	var roles, types []string
	for _, a := range ledger.DefaultChart() {
		roles = append(roles, a.Name)
	}
	for v := ledger.Asset; v <= ledger.Memo; v++ {
		types = append(types, v.String())
	}
	breaks := named(match.BreakKinds)[1:]
	for column, want := range map[string][]string{
		"loans.status": aging.StatusNames(), "loans.accrual": aging.AccrualNames(), "loans.method": named(loan.Methods), "loans.day_count": named(civil.DayCounts),
		"contracts.method": named(loan.Methods), "contracts.day_count": named(civil.DayCounts), "journal.kind": named(ledger.EntryKinds), "gl_activity.kind": named(ledger.EntryKinds),
		"reconciliation_matches.kind": named(ledger.EntryKinds), "accounts.role": roles, "accounts.type": types, "trial_balance.type": types, "rejects.kind": named(intake.Kinds),
		"tasks.channel": named(borrower.Channels), "promises.status": named(borrower.Standings), "offers.kind": named(treat.OfferKinds), "suspense.age_band": match.AgeBands,
		"reconciliation_breaks.age_band": match.AgeBands, "reconciliation_breaks.break_kind": breaks, "reconciliation_matches.pass": named(match.Passes),
		"reconciliation_statements.format": named(match.Formats), "reconciliation_statements.state": named(match.States),
	} {
		table, name, _ := strings.Cut(column, ".")
		got := dbt.Words(table, name)
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("%s: got %q, want %q", column, got, want)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// uncommon is what the queries must not have, since some database has not: casts by colons, quotes
// of names, and words that one or two of them have alone.
var uncommon = regexp.MustCompile(`(?i)::|"|` + "`" + `|\b(group by all|qualify|semi join|anti join|ilike|exclude|using|full join)\b`)

// The queries keep to what databases have in common, and use templates only to name tables and the first night.
func TestSQLIsCommon(t *testing.T) {
	comment := regexp.MustCompile(`(?m)^\s*--.*$`)
	template := regexp.MustCompile(`\{\{ (source\('daybook(_reconciliation)?', '\w+'\)|daybook_from\(\)|config\(enabled=var\('daybook_reconciliation', false\)\)|model|daybook_names\(columns\)) \}\}|\{% (test daybook_key\(model, columns\)|endtest) %\}`)
	queries := 0
	for _, f := range dbt.Files() {
		if !strings.HasSuffix(f.Path, ".sql") || strings.HasPrefix(f.Path, "macros/") {
			continue
		}
		queries++
		sql := template.ReplaceAllString(comment.ReplaceAllString(string(f.Data), ""), "x")
		if found := uncommon.FindString(sql); found != "" {
			t.Errorf("%s has %q", f.Path, found)
		}
		if strings.ContainsAny(sql, "{}") {
			t.Errorf("%s has a template that is not known:\n%s", f.Path, sql)
		}
		if line, _, _ := strings.Cut(strings.TrimPrefix(string(f.Data), "{{ config(enabled=var('daybook_reconciliation', false)) }}\n"), "\n"); !strings.HasPrefix(line, "-- ") && !strings.HasPrefix(line, "{% test") {
			t.Errorf("%s does not say what it finds", f.Path)
		}
	}
	if queries != 12 {
		t.Errorf("%d queries were looked at", queries)
	}
	for _, bad := range []string{"x::date", "select \"a\"", "group by all", "full join y"} {
		if !uncommon.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}

// The macro and the sources quote the same names.
func TestReservedNamesAreQuoted(t *testing.T) {
	for _, table := range reports.Registry() {
		for _, c := range table.Columns {
			if dbt.IsReserved(c.Name) != bytes.Contains(file(t, "macros/daybook.sql"), []byte(`"`+c.Name+`"`)) {
				t.Errorf("the macro daybook_names and the sources differ in %s", c.Name)
			}
		}
	}
}

// A root is quoted, and what the root has not is left out with the models that read it.
func TestViewsOfSomeTables(t *testing.T) {
	got := string(dbt.Views("/data/lender's", func(table string) bool { return table == "nights" || table == "loans" }))
	var made []string
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "CREATE") {
			made = append(made, strings.TrimSpace(line))
		}
	}
	want := []string{
		"CREATE OR REPLACE VIEW nights AS SELECT * FROM read_parquet('/data/lender''s/nights/*/*.parquet', hive_partitioning = true, union_by_name = true);",
		"CREATE OR REPLACE VIEW loans AS SELECT * FROM read_parquet('/data/lender''s/loans/*/*.parquet', hive_partitioning = true, union_by_name = true) SEMI JOIN nights USING (business_date);",
		"CREATE OR REPLACE VIEW loans_latest AS",
	}
	if !slices.Equal(made, want) {
		t.Errorf("got  %q\nwant %q", made, want)
	}
}

// A root may have characters that stand for others in a pattern.
func TestViewsOfARootLikeAPattern(t *testing.T) {
	got := string(dbt.Views("/data/[a]*?", func(table string) bool { return table == "nights" }))
	if want := "read_parquet('/data/[[]a][*][?]/nights/*/*.parquet'"; !strings.Contains(got, want) {
		t.Errorf("%s is not in\n%s", want, got)
	}
}

// A description of a table is the registry's, with types in the words of SQL and Iceberg.
func TestSchemas(t *testing.T) {
	schemas := dbt.Schemas(3)
	if got, want := len(schemas), len(reports.Registry()); got != want {
		t.Errorf("%d descriptions, want %d", got, want)
	}
	types := map[string][2]string{}
	for _, f := range append(schemas, dbt.Schemas(-1)...) {
		var s struct {
			Name    string
			Key     []string
			Columns []struct {
				Name, Type, Doc string
				SQL             string `json:"sql_type"`
				Iceberg         string `json:"iceberg_type"`
			}
		}
		if err := json.Unmarshal(f.Data, &s); err != nil {
			t.Fatalf("%s: %v", f.Path, err)
		}
		spec := reports.SpecOf(s.Name)
		if f.Path != s.Name+".json" || spec == nil || !slices.Equal(s.Key, spec.Key) || len(s.Columns) != len(spec.Columns) {
			t.Errorf("%s is not what the registry says", f.Path)
			continue
		}
		for _, c := range s.Columns {
			key := c.Type
			if c.SQL == "decimal(18, s)" {
				key += " of no scale"
			}
			types[key] = [2]string{c.SQL, c.Iceberg}
		}
	}
	want := map[string][2]string{
		"boolean": {"boolean", "boolean"}, "int": {"integer", "int"}, "long": {"bigint", "long"}, "string": {"varchar", "string"}, "date": {"date", "date"},
		"timestamp": {"timestamp with time zone", "timestamptz"}, "amount": {"decimal(18, 3)", "decimal(18, 3)"}, "amount of no scale": {"decimal(18, s)", "decimal(18, s)"},
		"rate(3)": {"decimal(18, 3)", "decimal(18, 3)"}, "rate(6)": {"decimal(18, 6)", "decimal(18, 6)"}, "rate(9)": {"decimal(18, 9)", "decimal(18, 9)"},
	}
	for key, got := range types {
		if got != want[key] {
			t.Errorf("%s: got %q, want %q", key, got, want[key])
		}
	}
	if len(types) != len(want) {
		t.Errorf("%d types, want %d", len(types), len(want))
	}
}
