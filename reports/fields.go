package reports

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

// sortedBy are the tables whose rows lie in the order of a column. The tape's do not: loans
// lie by the hash of their ids, as in the book.
var sortedBy = map[string]string{"journal": "entry_id"}

// SortedBy returns the column in whose order the rows of a table's files lie, or "".
func SortedBy(table string) string { return sortedBy[table] }

// name gives a file what tools know its columns by: field ids, the schema as Iceberg has it,
// and the order of the rows. A table that is not in the registry has none of it.
func (w *ParquetWriter) name(table string, columns []Column) {
	spec := SpecOf(table)
	if spec == nil {
		return
	}
	w.ids = make([]int32, len(columns))
	for i := range columns {
		w.ids[i] = spec.ColumnSpecOf(columns[i].Name).ID
	}
	if i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == sortedBy[table] }); i >= 0 {
		w.sorted = []format.SortingColumn{{ColumnIdx: int32(i)}}
	}
	w.meta.KeyValueMetadata = []format.KeyValue{
		{Key: "daybook.table", Value: table},
		{Key: "iceberg.schema", Value: string(icebergSchema(spec, columns))},
	}
}

// icebergSchema is the schema of columns as Iceberg writes it. It has no descriptions: a
// sentence that is put better would change the bytes of nights that were published, which
// ids and types never do.
func icebergSchema(spec *TableSpec, columns []Column) []byte {
	type field struct {
		ID       int32  `json:"id"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
		Type     string `json:"type"`
	}
	schema := struct {
		Type     string  `json:"type"`
		SchemaID int     `json:"schema-id"`
		Fields   []field `json:"fields"`
	}{Type: "struct"}
	for i := range columns {
		c := spec.ColumnSpecOf(columns[i].Name)
		schema.Fields = append(schema.Fields, field{c.ID, c.Name, !columns[i].Optional, IcebergType(&columns[i])})
	}
	b, err := json.Marshal(schema)
	if err != nil {
		panic("reports: internal error: schema of " + spec.Name + ": " + err.Error())
	}
	return b
}

// IcebergType is how Iceberg names the type of a column.
func IcebergType(c *Column) string {
	switch c.Kind {
	case Text, Coded:
		return "string"
	case Date:
		return "date"
	case Count:
		return "int"
	case Number:
		return "long"
	case Instant:
		return "timestamptz"
	case Bool:
		return "boolean"
	}
	return fmt.Sprintf("decimal(18, %d)", c.Digits)
}
