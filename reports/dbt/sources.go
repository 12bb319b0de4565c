package dbt

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"daybook/reports"
)

// made is what every generated file begins with.
const made = "# Made by daybook warehouse dbt of the registry of columns: make it again rather than change it."

// repeats are the tables whose keys may name several rows: a restructuring, a fault or a
// statement may be there twice.
var repeats = []string{"re_age_exceptions", "metro2_faults", "reconciliation_statements"}

func mayRepeat(t *reports.TableSpec) bool { return slices.Contains(repeats, t.Name) }

// relations are the columns whose values another table has.
var relations = []struct{ table, column, to, field string }{
	{"journal", "account", "accounts", "account"},
	{"trial_balance", "account", "accounts", "account"},
	{"loans", "loan_id", "contracts", "loan_id"},
	{"task_loans", "task_key", "tasks", "task_key"},
	{"offers", "task_key", "tasks", "task_key"},
	{"offer_installments", "offer_id", "offers", "offer_id"},
}

// sources are the tables as dbt's sources, those of the reconciliation apart: they are off where
// a root has none of them.
func sources() []byte {
	var b lines
	b.add(0, made, "version: 2", "", "sources:")
	source(&b, "daybook", "The nights of a book, as Daybook publishes them: a folder a table and night.", false)
	source(&b, "daybook_reconciliation", "What ties between the bank's statements and the ledger's cash, and what does not.", true)
	return b.Bytes()
}

func source(b *lines, name, doc string, ofReconciliation bool) {
	b.add(1, "- name: "+name, "  description: "+quoted(doc))
	b.add(2, `schema: "{{ var('daybook_schema', 'daybook') }}"`, `database: "{{ var('daybook_database', target.database) }}"`)
	if ofReconciliation {
		b.add(2, "config:", `  enabled: "{{ var('daybook_reconciliation', false) }}"`)
	}
	b.add(2, "tables:")
	for _, t := range reports.Registry() {
		if isReconciliation(&t) == ofReconciliation {
			sourceTable(b, &t)
		}
	}
}

// parquet is how DuckDB reads a table of the tree. Older nights may lack what newer ones have.
func parquet(root, table string) string {
	return "read_parquet('" + root + "/" + table + "/*/*.parquet', hive_partitioning = true, union_by_name = true)"
}

func sourceTable(b *lines, t *reports.TableSpec) {
	b.add(3, "- name: "+t.Name, "  description: "+quoted(t.Doc))
	b.add(4, "config:")
	if t.Name == "nights" {
		b.add(5, `loaded_at_field: "cast(business_date as timestamp)"`, "freshness:")
		b.add(6, "warn_after: {count: 2, period: day}", "error_after: {count: 4, period: day}")
	}
	b.add(5, "meta:")
	b.add(6, "daybook_key: ["+join(t.Key)+"]")
	b.add(6, `external_location: "`+parquet(`{{ var('daybook_root', 'warehouse') }}`, t.Name)+`"`) // dbt-duckdb's
	if !mayRepeat(t) {
		b.add(4, "data_tests:")
		b.add(5, "- daybook_key:")
		b.add(7, "arguments: {columns: ["+join(t.Key)+"]}")
	}
	b.add(4, "columns:")
	for i := range t.Columns {
		sourceColumn(b, t, &t.Columns[i])
	}
}

func sourceColumn(b *lines, t *reports.TableSpec, c *reports.ColumnSpec) {
	b.add(5, "- name: "+c.Name, "  description: "+quoted(c.Doc), "  data_type: "+quoted(SQLType(c, noScale)))
	b.add(6, "config:")
	b.add(7, fmt.Sprintf("meta: {daybook_id: %d, daybook_since: %d, daybook_required: %t}", c.ID, c.Since, c.Required))
	if IsReserved(c.Name) {
		b.add(6, "quote: true")
	}
	var tests lines
	if c.Required && slices.Contains(t.Key, c.Name) {
		tests.add(7, "- not_null")
	}
	if list := Words(t.Name, c.Name); list != nil {
		tests.add(7, "- accepted_values:")
		tests.add(9, "arguments: {values: ["+words(list)+"]"+quoting(c)+"}")
	}
	for _, r := range relations {
		if r.table == t.Name && r.column == c.Name {
			tests.add(7, "- relationships:")
			tests.add(9, fmt.Sprintf(`arguments: {to: "source('daybook', '%s')", field: %s}`, r.to, r.field))
		}
	}
	if tests.Len() > 0 {
		b.add(6, "data_tests:")
		b.Write(tests.Bytes())
	}
}

// words are the values of a test, each a text of its own.
func words(list []string) string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = quoted(w)
	}
	return join(texts)
}

// quoting says that the values of a column of numbers are no texts.
func quoting(c *reports.ColumnSpec) string {
	if c.Type == "string" {
		return ""
	}
	return ", quote: false"
}

// reserved are the names of columns that SQL keeps for itself, in one database or another; the
// macro daybook_names has the same.
var reserved = []string{"from", "to", "class", "values", "pass", "number", "text"}

// IsReserved reports whether a column has such a name.
func IsReserved(name string) bool { return slices.Contains(reserved, name) }

// quoted is a text as YAML, and JSON, have it between quotes.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("dbt: internal error: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
