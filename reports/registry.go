package reports

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// A TableSpec is what the registry says of a published table.
type TableSpec struct {
	Name    string       `yaml:"-" json:"name"`
	Doc     string       `yaml:"doc" json:"doc"`
	Key     []string     `yaml:"key" json:"key"` // columns that name a row
	Columns []ColumnSpec `yaml:"columns" json:"columns"`
}

// A ColumnSpec is what the registry says of a column.
type ColumnSpec struct {
	ID       int32  `yaml:"id" json:"id"`     // Parquet's and Iceberg's field id, of the table
	Name     string `yaml:"name" json:"name"` // as in the file
	Type     string `yaml:"type" json:"type"` // boolean, int, long, string, date, timestamp, amount or rate(n)
	Required bool   `yaml:"required" json:"required"`
	Since    int    `yaml:"since" json:"since"` // format version of the warehouse that has it
	Doc      string `yaml:"doc" json:"doc"`
}

// columns.json is columns.yaml as it is read quickly: reading YAML took 70 ms, which each
// command would wait. TestRegistryIsTheReviewedFile writes it with -update.
//
//go:embed columns.json
var columnsFile []byte

// Registry returns every published table in the order of the registry, columns.yaml. It is
// not to be changed.
func Registry() []TableSpec { return registry() }

var registry = sync.OnceValue(func() (tables []TableSpec) {
	if err := json.Unmarshal(columnsFile, &tables); err != nil {
		panic("reports: internal error: columns.json: " + err.Error())
	}
	return tables
})

// SpecOf returns what the registry says of a table, or nil.
func SpecOf(table string) *TableSpec {
	list := registry()
	if i := slices.IndexFunc(list, func(t TableSpec) bool { return t.Name == table }); i >= 0 {
		return &list[i]
	}
	return nil
}

// Column returns what the registry says of a column, or nil.
func (t *TableSpec) Column(name string) *ColumnSpec {
	if i := slices.IndexFunc(t.Columns, func(c ColumnSpec) bool { return c.Name == name }); i >= 0 {
		return &t.Columns[i]
	}
	return nil
}

// builtInPacks is where the ids begin of columns that the packs of the program have.
const builtInPacks = 200

// packIDs is where the ids of columns begin that follow from their names.
const packIDs = 1 << 30

// packColumn is a column of the tape of a lender's own pack, which no registry can list.
var packColumn = regexp.MustCompile(`^[a-z0-9_]+_(class|rule|non_performing_since|provision)$`)

// ColumnSpecOf returns what is said of a column of a table: the registry's, or, of a lender's
// own pack, one whose id follows from its name. It panics where there is neither, which is a
// fault of the program.
func (t *TableSpec) ColumnSpecOf(name string) ColumnSpec {
	if c := t.Column(name); c != nil {
		return *c
	}
	m := packColumn.FindStringSubmatch(name)
	if !t.Knows(name) {
		panic("reports: internal error: columns.yaml has no column " + name + " of " + t.Name)
	}
	like := t.Column("cn_" + m[1])
	pack := strings.TrimSuffix(name, "_"+m[1])
	return ColumnSpec{
		ID: packIDs | int32(xxhash.Sum64String(name)&(packIDs-1)), Name: name, Type: like.Type, Since: like.Since,
		Doc: strings.Replace(like.Doc, " cn", " "+pack, 1),
	}
}

// Knows reports whether a column is the registry's, or one that a lender's pack can have.
func (t *TableSpec) Knows(name string) bool {
	return t.Column(name) != nil || t.Name == "loans" && packColumn.MatchString(name)
}

// KindOf returns the kind of a column as the registry types it, and its digits after the
// point in a table whose amounts have those of a scale.
func (c *ColumnSpec) KindOf(scale int) (kind Kind, digits int) {
	switch c.Type {
	case "boolean":
		return Bool, 0
	case "int":
		return Count, 0
	case "long":
		return Number, 0
	case "date":
		return Date, 0
	case "timestamp":
		return Instant, 0
	case "amount":
		return Amount, scale
	case "string":
		return Text, 0
	}
	digits, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(c.Type, "rate("), ")"))
	if err != nil {
		panic("reports: internal error: columns.yaml has the type " + c.Type)
	}
	return Rate, digits
}

// Empty returns a table of the registry without rows, whose amounts have the digits of a scale.
func (t *TableSpec) Empty(scale int) *Table {
	x := &Table{Name: t.Name}
	for i := range t.Columns {
		c := &t.Columns[i]
		if t.Name == "loans" && c.ID > builtInPacks {
			continue // of a pack that a policy may not have
		}
		kind, digits := c.KindOf(scale)
		x.Columns = append(x.Columns, Column{Name: c.Name, Kind: kind, Digits: digits, Optional: !c.Required})
	}
	return x
}
