package dbt

import (
	"fmt"
	"strings"

	"daybook/reports"
)

// noScale is the scale where the amounts' digits are not known; the types have s for them.
const noScale = -1

// sqlNames are the types of columns as SQL has them.
var sqlNames = map[string]string{
	"boolean": "boolean", "int": "integer", "long": "bigint", "string": "varchar", "date": "date", "timestamp": "timestamp with time zone",
}

// icebergNames are the types of columns as Iceberg has them.
var icebergNames = map[string]string{
	"boolean": "boolean", "int": "int", "long": "long", "string": "string", "date": "date", "timestamp": "timestamptz",
}

// SQLType is the type of a column as SQL has it, in a warehouse whose amounts have so many
// digits after the point; below 0 an amount is decimal(18, s).
func SQLType(c *reports.ColumnSpec, scale int) string { return typeOf(c, scale, sqlNames) }

// IcebergType is the type of a column as Iceberg has it, likewise.
func IcebergType(c *reports.ColumnSpec, scale int) string { return typeOf(c, scale, icebergNames) }

func typeOf(c *reports.ColumnSpec, scale int, names map[string]string) string {
	if name, ok := names[c.Type]; ok {
		return name
	}
	if c.Type != "amount" {
		return "decimal(18, " + strings.TrimPrefix(c.Type, "rate(")
	}
	if scale < 0 {
		return "decimal(18, s)"
	}
	return fmt.Sprintf("decimal(18, %d)", scale)
}

func join(names []string) string { return strings.Join(names, ", ") }
