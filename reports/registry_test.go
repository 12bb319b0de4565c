package reports

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/goccy/go-yaml"

	"daybook/aging"
)

// What the program reads is the reviewed file.
func TestRegistryIsTheReviewedFile(t *testing.T) {
	b, err := os.ReadFile("columns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		FormatVersion int           `yaml:"format_version"`
		Tables        yaml.MapSlice `yaml:"tables"`
	}
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	var tables []TableSpec
	for _, item := range file.Tables {
		spec := TableSpec{Name: fmt.Sprint(item.Key)}
		b, err := yaml.Marshal(item.Value)
		if err == nil {
			err = yaml.UnmarshalWithOptions(b, &spec, yaml.Strict())
		}
		if err != nil {
			t.Fatalf("%s: %v", spec.Name, err)
		}
		tables = append(tables, spec)
	}
	want, err := json.MarshalIndent(tables, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("columns.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(columnsFile) != string(want) {
		t.Error("columns.json is not what columns.yaml says: go test ./reports -run RegistryIs -update")
	}
}

// Every table of a night is in the registry with its columns, as they are written, and no id
// is there twice.
func TestRegistryHasWhatIsPublished(t *testing.T) {
	words := &aging.Dictionaries{}
	words[aging.PackName] = aging.Dictionary{"cn", "mine"}
	for _, x := range tables(words) {
		spec := SpecOf(x.Name)
		if spec == nil {
			t.Errorf("columns.yaml has no table %s", x.Name)
			continue
		}
		for _, c := range x.Columns {
			got := spec.ColumnSpecOf(c.Name)
			kind, digits := got.KindOf(0)
			want := c.Kind
			if want == Coded {
				want = Text
			}
			late := got.ID > builtInPacks && x.Name == "loans" // a policy may lack the pack
			if kind != want || digits != c.Digits || got.Required == c.Optional && !late {
				t.Errorf("%s.%s is %+v, the table has kind %d with %d digits, optional %v", x.Name, c.Name, got, c.Kind, c.Digits, c.Optional)
			}
		}
	}
	for _, spec := range Registry() {
		ids := map[int32]string{}
		if spec.Columns[0].Name != businessDate || spec.Columns[0].ID != 1 || spec.Doc == "" {
			t.Errorf("%s: business_date is not column 1, or the table is not described", spec.Name)
		}
		for _, c := range spec.Columns {
			if ids[c.ID] != "" || c.ID <= 0 || c.ID >= packIDs {
				t.Errorf("%s.%s has the id %d of %q", spec.Name, c.Name, c.ID, ids[c.ID])
			}
			ids[c.ID] = c.Name
			if c.Doc == "" {
				t.Errorf("%s.%s is not described", spec.Name, c.Name)
			}
		}
		for _, name := range spec.Key {
			if spec.Column(name) == nil {
				t.Errorf("%s: its key has %s, which is no column", spec.Name, name)
			}
		}
	}
}
