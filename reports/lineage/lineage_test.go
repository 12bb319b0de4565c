package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/reports"
)

// traced are the tables whose columns all say where they come from.
var traced = []string{"loans", "journal", "contracts"}

// Each column of loans, journal and contracts has an origin, each origin is a column that there is, and none is of a
// column that there is not.
func TestEveryColumnHasItsOrigin(t *testing.T) {
	known := map[string]bool{}
	for _, k := range kinds {
		for _, c := range k.columns {
			known[k.name+"."+c] = true
		}
	}
	for _, s := range sections {
		known["policy."+s] = true
	}
	programs := []string{"business_date", "entry_id", "line"} // made, and of nothing that is read
	for _, table := range traced {
		spec := reports.SpecOf(table)
		for _, c := range spec.Columns {
			from, ok := originOf(table, c.Name)
			if !ok {
				t.Errorf("%s.%s: nothing says where it comes from: put it into reports/lineage/columns.go", table, c.Name)
				continue
			}
			all := slices.Concat(from.copied, from.computed, from.decided)
			if (len(all) == 0) != slices.Contains(programs, c.Name) {
				t.Errorf("%s.%s comes from %q", table, c.Name, all)
			}
			seen := map[string]bool{}
			for _, name := range all {
				if !known[name] || seen[name] {
					t.Errorf("%s.%s comes from %s, which is no column, or twice", table, c.Name, name)
				}
				seen[name] = true
			}
		}
	}
	for table, origins := range map[string][]map[string]origin{"loans": {contractOrigins, tapeOrigins}, "journal": {journalOrigins}, "contracts": {contractOrigins}} {
		for _, list := range origins {
			for name := range list {
				if reports.SpecOf(table).Column(name) == nil {
					t.Errorf("%s has no column %s", table, name)
				}
			}
		}
	}
	if _, ok := originOf("loans", "own_provision"); !ok {
		t.Error("a lender's own pack has no origin")
	}
	if _, ok := originOf("loans", "own_colour"); ok {
		t.Error("a column that is none has an origin")
	}
}

// The kinds and their columns are those of the intake, and the sections are the policy's.
func TestInputsAreTheContract(t *testing.T) {
	var got, want []string
	for _, k := range kinds {
		got = append(got, k.name+": "+strings.Join(k.columns, " "))
		for _, f := range k.fields() {
			if f.Type == "" {
				t.Errorf("%s.%s has no type", k.name, f.Name)
			}
		}
	}
	for k := range intake.Kinds {
		want = append(want, k.String()+": "+strings.Join(k.Columns(), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Properties map[string]any }
	if err := json.Unmarshal(raw, &policy); err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		if policy.Properties[s] == nil {
			t.Errorf("the policy has no section %s", s)
		}
	}
}

// example is a night of two files of repayments, one that another command reads, and one of loans.
func example() (*reports.Manifest, []Table) {
	sum := strings.Repeat("ab", 32)
	m := &reports.Manifest{
		FormatVersion: reports.FormatVersion, BusinessDate: civil.Of(2026, 11, 24), BookID: "0f3a", Software: "0.1.0", Policy: sum, JournalRoot: sum, PreviousJournalRoot: sum,
		Inputs: []reports.Input{
			{Path: "repayments-2.parquet", Kind: "repayments", Rows: 5, SHA256: sum}, {Path: "repayments-1.parquet", Kind: "repayments", Rows: 7, SHA256: sum},
			{Path: "loans.parquet", Kind: "loans", Rows: 3, SHA256: sum}, {Path: "statements.sta", Kind: "statements", NotRead: true},
		},
	}
	var tables []Table
	for i, spec := range reports.Registry() {
		tables = append(tables, Table{Name: spec.Name, Rows: int64(i), Bytes: int64(1000 + i), Files: 1})
	}
	slices.Reverse(tables)
	return m, tables
}

// The event has what OpenLineage's schema asks for, and each column's origin is a field of an input of the event.
func TestEventIsOpenLineage(t *testing.T) {
	raw, err := Event(example())
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := openLineage(t)
	if err := s.Validate(value); err != nil {
		t.Error(err)
	}
	for _, damage := range []string{`"runId": "`, `"eventTime": "`, `"producer": "`, `"rowCount": `, `"datasetVersion": `, `"field": "`} { // each is asked for
		if !bytes.Contains(raw, []byte(damage)) {
			t.Fatalf("the event has no %s", damage)
		}
		broken := bytes.Replace(raw, []byte(damage), []byte(`"x": `+strings.SplitN(damage, ": ", 2)[1]), 1)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("an event without %s passes", damage)
		}
	}
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	inputs, fields := map[string]bool{}, 0
	for _, x := range e.Inputs {
		if inputs[x.Name] {
			t.Errorf("%s is an input twice", x.Name)
		}
		inputs[x.Name] = true
		for _, f := range x.Facets.Schema.Fields {
			inputs[x.Name+"."+f.Name] = true
		}
	}
	for _, x := range e.Outputs {
		if (x.Facets.Lineage != nil) != slices.Contains(traced, strings.TrimPrefix(x.Name, "warehouse.")) {
			t.Errorf("%s: lineage %v", x.Name, x.Facets.Lineage)
		}
		if x.Facets.Lineage == nil {
			continue
		}
		for _, f := range x.Facets.Schema.Fields {
			from, ok := x.Facets.Lineage.Fields[f.Name]
			if !ok {
				t.Errorf("%s.%s has no origin", x.Name, f.Name)
			}
			for _, c := range from.From {
				if fields++; !inputs[c.Name+"."+c.Field] || c.Namespace != e.Job.Namespace {
					t.Errorf("%s.%s comes from %s.%s, which is no input", x.Name, f.Name, c.Name, c.Field)
				}
			}
		}
	}
	if fields < 1000 {
		t.Errorf("only %d origins", fields)
	}
}

// openLineage is what the run event of OpenLineage 2-0-2 and the facets used here require, written by hand.
func openLineage(t *testing.T) *jsonschema.Schema {
	t.Helper()
	const facet = `"type": "object", "required": ["_producer", "_schemaURL"], "properties": {"_producer": {"type": "string", "format": "uri"}, "_schemaURL": {"type": "string", "format": "uri"}}`
	text := `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object", "required": ["eventTime", "producer", "schemaURL", "run", "job"],
	"properties": {
		"eventTime": {"type": "string", "format": "date-time"}, "producer": {"type": "string", "format": "uri"}, "schemaURL": {"type": "string", "format": "uri"},
		"eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
		"run": {"type": "object", "required": ["runId"], "properties": {
			"runId": {"type": "string", "format": "uuid"},
			"facets": {"additionalProperties": {"$ref": "#/$defs/facet"}, "properties": {
				"nominalTime": {"required": ["nominalStartTime"], "properties": {"nominalStartTime": {"format": "date-time"}, "nominalEndTime": {"format": "date-time"}}},
				"processing_engine": {"required": ["version"]}}}}},
		"job": {"type": "object", "required": ["namespace", "name"], "properties": {
			"facets": {"additionalProperties": {"$ref": "#/$defs/facet"}, "properties": {
				"jobType": {"required": ["processingType", "integration"]}, "documentation": {"required": ["description"]}}}}},
		"inputs": {"type": "array", "items": {"$ref": "#/$defs/dataset", "properties": {"inputFacets": {"additionalProperties": {"$ref": "#/$defs/facet"}, "properties": {
			"inputStatistics": {"$ref": "#/$defs/statistics"}}}}}},
		"outputs": {"type": "array", "items": {"$ref": "#/$defs/dataset", "properties": {"outputFacets": {"additionalProperties": {"$ref": "#/$defs/facet"}, "properties": {
			"outputStatistics": {"$ref": "#/$defs/statistics", "required": ["rowCount", "size", "fileCount"]}}}}}}
	},
	"$defs": {
		"facet": {` + facet + `},
		"statistics": {"required": ["rowCount"], "properties": {"rowCount": {"type": "integer"}, "size": {"type": "integer"}, "fileCount": {"type": "integer"}}},
		"dataset": {"type": "object", "required": ["namespace", "name"], "properties": {
			"namespace": {"type": "string"}, "name": {"type": "string"},
			"facets": {"additionalProperties": {"$ref": "#/$defs/facet"}, "properties": {
				"schema": {"properties": {"fields": {"type": "array", "items": {"required": ["name"], "properties": {"name": {"type": "string"}, "type": {"type": "string"}}}}}},
				"version": {"required": ["datasetVersion"]},
				"documentation": {"required": ["description"]},
				"symlinks": {"properties": {"identifiers": {"items": {"required": ["namespace", "name", "type"]}}}},
				"columnLineage": {"required": ["fields"], "properties": {"fields": {"additionalProperties": {"required": ["inputFields"], "properties": {
					"inputFields": {"type": "array", "items": {"required": ["namespace", "name", "field"], "properties": {
						"transformations": {"type": "array", "items": {"required": ["type"], "properties": {
							"type": {"enum": ["DIRECT", "INDIRECT"]}, "subtype": {"type": "string"}, "description": {"type": "string"}, "masking": {"type": "boolean"}}}}}}}}}}}}}}}}
	}}`
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("event.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("event.json")
}

// The same night is the same run and the same bytes, in whatever order its tables and files come; another night or book is another.
func TestSameNightIsTheSameRun(t *testing.T) {
	m, tables := example()
	want, err := Event(m, tables)
	if err != nil {
		t.Fatal(err)
	}
	m.Timings = append(m.Timings, reports.Timing{Stage: "post", Took: 12345678})
	slices.Reverse(m.Inputs)
	slices.Reverse(tables)
	if got, err := Event(m, tables); err != nil || !bytes.Equal(got, want) {
		t.Errorf("another order, and other times: other bytes, error %v", err)
	}
	id := RunID(m.BookID, m.BusinessDate)
	if got, want := fmt.Sprint(id.Version(), " ", id), "VERSION_5 df9a9167-5449-533c-86ed-92c02bf7ba2f"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if id == RunID("0f3b", m.BusinessDate) || id == RunID(m.BookID, m.BusinessDate+1) {
		t.Error("another book or night is the same run")
	}
	if _, err := Event(m, []Table{{Name: "gifts"}}); err == nil {
		t.Error("a table that is not in the registry passes")
	}
}

// An event says of files and kinds what the manifest has, and of a table what it was given.
func TestEventHasTheNightsFigures(t *testing.T) {
	m, _ := example()
	raw, err := Event(m, []Table{{Name: "loans", Rows: 9, Bytes: 99, Files: 2, Columns: []string{"business_date", "loan_id", "own_class"}}})
	if err != nil {
		t.Fatal(err)
	}
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range e.Inputs {
		if s := x.Statistics.Input; s != nil && s.Files > 0 {
			got = append(got, fmt.Sprintf("%s %d rows of %d", x.Name, s.Rows, s.Files))
		}
	}
	for _, x := range e.Outputs {
		s := x.Statistics.Output
		got = append(got, fmt.Sprintf("%s %d rows of %d, %d bytes", x.Name, s.Rows, s.Files, *s.Bytes))
		for _, f := range x.Facets.Schema.Fields {
			got = append(got, fmt.Sprintf("%s %s of %d", f.Name, f.Type, len(x.Facets.Lineage.Fields[f.Name].From)))
		}
	}
	got = append(got, e.EventTime, e.Job.Namespace, e.Job.Name)
	want := []string{
		"inbox.loans 3 rows of 1", "inbox.repayments 12 rows of 2", "inbox/2026-11-24/loans.parquet 3 rows of 1", "inbox/2026-11-24/repayments-1.parquet 7 rows of 1",
		"inbox/2026-11-24/repayments-2.parquet 5 rows of 1", "warehouse.loans 9 rows of 2, 99 bytes", "business_date date of 0", "loan_id string of 1", "own_class string of 40",
		"2026-11-25T00:00:00Z", "daybook:0f3a", "daybook.close",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
