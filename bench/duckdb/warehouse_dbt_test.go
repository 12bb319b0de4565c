package main

import (
	"context"
	"database/sql"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daybook/reports/dbt"
)

// A dbtPackage is the package as dbt would read it: this file does what dbt does with it, as far as the
// package asks for it.
type dbtPackage struct {
	locations map[string]string // of the sources, by table
	models    map[string]string // by name
	singular  map[string]string // by name
	generic   map[string]string // by kind and column, or table
	key       string            // the generic test of the package's own
}

// properties are what the package's YAML says of sources and models.
type properties struct {
	Sources []struct {
		Name   string
		Tables []relation
	}
	Models []relation
}

type relation struct {
	Name   string
	Config struct {
		Meta struct {
			Location string `yaml:"external_location"`
		}
	}
	Tests   []any `yaml:"data_tests"`
	Columns []struct {
		Name  string
		Quote bool
		Tests []any `yaml:"data_tests"`
	}
}

// newDatabase opens an empty database.
func newDatabase(t *testing.T) *sql.Conn {
	t.Helper()
	db, conn, err := open(context.Background(), "", "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); db.Close() })
	return conn
}

func readPackage(t *testing.T) *dbtPackage {
	t.Helper()
	p := &dbtPackage{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, ""}
	var all properties
	for _, f := range dbt.Files() {
		name := strings.TrimSuffix(path.Base(f.Path), ".sql")
		switch {
		case f.Path == "tests/generic/daybook_key.sql":
			p.key = string(f.Data)
		case strings.HasPrefix(f.Path, "tests/"):
			p.singular[name] = string(f.Data)
		case strings.HasSuffix(f.Path, ".sql") && strings.HasPrefix(f.Path, "models/"):
			p.models[name] = string(f.Data)
		case strings.HasSuffix(f.Path, ".yml") && strings.HasPrefix(f.Path, "models/"):
			var one properties
			if err := yaml.Unmarshal(f.Data, &one); err != nil {
				t.Fatalf("%s: %v", f.Path, err)
			}
			all.Sources, all.Models = append(all.Sources, one.Sources...), append(all.Models, one.Models...)
		}
	}
	for _, s := range all.Sources {
		for _, table := range s.Tables {
			p.locations[table.Name] = table.Config.Meta.Location
			p.add(t, table, fmt.Sprintf("{{ source('%s', '%s') }}", s.Name, table.Name))
		}
	}
	for _, m := range all.Models {
		if p.models[m.Name] == "" {
			t.Errorf("%s is described, and is no model", m.Name)
		}
		p.add(t, m, fmt.Sprintf("{{ ref('%s') }}", m.Name))
	}
	return p
}

// add takes the generic tests of a table or model.
func (p *dbtPackage) add(t *testing.T, r relation, call string) {
	t.Helper()
	for _, test := range r.Tests {
		kind, arguments := testOf(test)
		if kind != "daybook_key" {
			t.Fatalf("%s has the test %s, which this file does not know", r.Name, kind)
		}
		p.generic["daybook_key "+r.Name] = p.keyTest(t, call, texts(arguments["columns"]))
	}
	for _, c := range r.Columns {
		column := c.Name
		if c.Quote {
			column = `"` + column + `"`
		}
		for _, test := range c.Tests {
			kind, arguments := testOf(test)
			p.generic[kind+" "+r.Name+"."+c.Name] = columnTest(t, kind, call, column, arguments)
		}
	}
}

// testOf is the kind of a test, and its arguments.
func testOf(test any) (kind string, arguments map[string]any) {
	list, ok := test.(map[string]any)
	if !ok {
		return test.(string), nil
	}
	for kind, v := range list {
		return kind, v.(map[string]any)["arguments"].(map[string]any)
	}
	return "", nil
}

func texts(list any) (texts []string) {
	for _, v := range list.([]any) {
		texts = append(texts, v.(string))
	}
	return texts
}

// columnTest is a test that dbt has of its own, as dbt's macros have it.
func columnTest(t *testing.T, kind, call, column string, arguments map[string]any) string {
	t.Helper()
	switch kind {
	case "not_null":
		return fmt.Sprintf("select * from %s where %s is null", call, column)
	case "accepted_values":
		values := texts(arguments["values"])
		if arguments["quote"] != false {
			for i, v := range values {
				values[i] = "'" + v + "'"
			}
		}
		return fmt.Sprintf("select * from (select %s as value_field, count(*) as n from %s group by 1) where value_field not in (%s)", column, call, strings.Join(values, ", "))
	case "relationships":
		return fmt.Sprintf("select from_field from (select %[2]s as from_field from %[1]s where %[2]s is not null) as child left join (select %[4]s as to_field from {{ %[3]s }}) as parent on from_field = to_field where to_field is null",
			call, column, arguments["to"], arguments["field"])
	}
	t.Fatalf("%s has the test %s, which this file does not know", column, kind)
	return ""
}

// keyTest is the package's own generic test, of columns.
func (p *dbtPackage) keyTest(t *testing.T, call string, columns []string) string {
	t.Helper()
	_, text, begins := strings.Cut(p.key, "{% test daybook_key(model, columns) %}")
	text, _, ends := strings.Cut(text, "{% endtest %}")
	if !begins || !ends {
		t.Fatalf("the test daybook_key is not one:\n%s", p.key)
	}
	return strings.NewReplacer("{{ model }}", call, "{{ daybook_names(columns) }}", `"`+strings.Join(columns, `", "`)+`"`).Replace(text)
}

var (
	configCall = regexp.MustCompile(`(?m)^\{\{ config\(.*\) \}\}$`)
	sourceCall = regexp.MustCompile(`\{\{ source\('\w+', '(\w+)'\) \}\}`)
	refCall    = regexp.MustCompile(`\{\{ ref\('(\w+)'\) \}\}`)
	rootCall   = regexp.MustCompile(`\{\{ var\('daybook_root', '\w+'\) \}\}`)
)

// expanded is a query as dbt would send it, over the files below a root.
func (p *dbtPackage) expanded(t *testing.T, text, root string) string {
	t.Helper()
	text = refCall.ReplaceAllStringFunc(text, func(call string) string {
		return "(" + p.models[refCall.FindStringSubmatch(call)[1]] + ")"
	})
	text = sourceCall.ReplaceAllStringFunc(text, func(call string) string {
		return p.locations[sourceCall.FindStringSubmatch(call)[1]]
	})
	text = configCall.ReplaceAllString(text, "")
	text = rootCall.ReplaceAllLiteralString(text, quote(root))
	text = strings.ReplaceAll(text, "{{ daybook_from() }}", "cast('1900-01-01' as date)")
	if strings.Contains(text, "{{") || strings.Contains(text, "{%") {
		t.Fatalf("what stands here is not known:\n%s", text)
	}
	return text
}

// model is a model's query over the files below a root.
func (p *dbtPackage) model(t *testing.T, name, root string) string {
	t.Helper()
	return p.expanded(t, p.models[name], root)
}

// findings are the tests that return rows over the files below a root, in their order.
func (p *dbtPackage) findings(t *testing.T, conn *sql.Conn, root string) (names []string) {
	t.Helper()
	for _, tests := range []map[string]string{p.singular, p.generic} {
		for name, text := range tests {
			_, rows := query(t, conn, "SELECT * FROM ("+p.expanded(t, text, root)+") LIMIT 1")
			if len(rows) > 0 {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
