package dbt

import (
	"regexp"
	"strings"

	"daybook/reports"
)

// Views returns a script for DuckDB that makes a view of each table of the tree below a root, and
// of each staging model, with what is known of their columns. A view shows the nights that
// nights has, so that nobody sees half of one. DuckDB makes no view of files that are not there: has says
// which tables the root has; nil: all. A staging view is made where the tables are that it reads.
func Views(root string, has func(table string) bool) []byte {
	if has == nil {
		has = func(string) bool { return true }
	}
	var b lines
	b.add(0, "-- Made by daybook warehouse dbt. Run again it replaces the views; what is in the tree is not touched.")
	for _, t := range nightsFirst() {
		if has(t.Name) {
			tableView(&b, root, &t)
		}
	}
	for _, m := range models() {
		if text, whole := m.view(has); whole {
			b.add(0, "", text)
			comment(&b, "VIEW "+m.name, m.doc)
			for _, c := range m.columns {
				comment(&b, "COLUMN "+m.name+"."+name(c.name), c.text())
			}
		}
	}
	return b.Bytes()
}

// nightsFirst are the tables with nights before the others, which read it.
func nightsFirst() (list []reports.TableSpec) {
	list = append(list, *reports.SpecOf("nights"))
	for _, t := range reports.Registry() {
		if t.Name != "nights" {
			list = append(list, t)
		}
	}
	return list
}

func tableView(b *lines, root string, t *reports.TableSpec) {
	from := parquet(literal(unglobbed.Replace(root)), t.Name)
	if t.Name != "nights" {
		from += " SEMI JOIN nights USING (business_date)"
	}
	b.add(0, "", "CREATE OR REPLACE VIEW "+t.Name+" AS SELECT * FROM "+from+";")
	comment(b, "VIEW "+t.Name, t.Doc)
	for i := range t.Columns {
		if c := &t.Columns[i]; !isOfPack(t, c) { // one that no night has can't be commented
			comment(b, "COLUMN "+t.Name+"."+name(c.Name), c.Doc)
		}
	}
}

// unglobbed has DuckDB take the characters of a root as they are: in a pattern each of these stands for others.
var unglobbed = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

func comment(b *lines, of, text string) { b.add(0, "COMMENT ON "+of+" IS '"+literal(text)+"';") }

// name is the name of a column as DuckDB takes any.
func name(column string) string { return `"` + column + `"` }

// literal is a text between SQL's quotes.
func literal(s string) string { return strings.ReplaceAll(s, "'", "''") }

// sourceCall is how a model names a table.
var sourceCall = regexp.MustCompile(`\{\{ source\('\w+', '(\w+)'\) \}\}`)

// view is the model as DuckDB's view over the views of the tables; whole is false where one of them is
// not there.
func (m *model) view(has func(table string) bool) (text string, whole bool) {
	b, err := project.ReadFile("project/models/staging/" + m.name + ".sql")
	if err != nil {
		panic("dbt: internal error: " + err.Error())
	}
	for _, call := range sourceCall.FindAllSubmatch(b, -1) {
		if !has(string(call[1])) {
			return "", false
		}
	}
	sql := strings.TrimSpace(string(sourceCall.ReplaceAll(b, []byte("$1"))))
	return "CREATE OR REPLACE VIEW " + m.name + " AS\n" + sql + ";", true
}
