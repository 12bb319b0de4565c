package iceberg

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Type is a column's type as Iceberg writes it. Types of other writers' columns, which
// this package does not write, are kept as they stand: those of lists, maps and structs as
// their JSON.
type Type string

// The types that tables have. The others are decimals: see [Decimal].
const (
	Boolean     Type = "boolean"
	Int         Type = "int"
	Long        Type = "long"
	Date        Type = "date"
	Timestamptz Type = "timestamptz" // microseconds, UTC
	String      Type = "string"
)

// Decimal is the type of exact numbers of so many digits, scale of them behind the point.
func Decimal(precision, scale int) Type {
	return Type(fmt.Sprintf("decimal(%d, %d)", precision, scale))
}

// decimal returns the digits of a decimal type.
func (t Type) decimal() (precision, scale int, is bool) {
	inner, is := strings.CutPrefix(string(t), "decimal(")
	if !is || !strings.HasSuffix(inner, ")") {
		return 0, 0, false
	}
	p, s, is := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
	precision, errP := strconv.Atoi(strings.TrimSpace(p))
	scale, errS := strconv.Atoi(strings.TrimSpace(s))
	return precision, scale, is && errP == nil && errS == nil
}

// known reports whether t is a type that this package writes.
func (t Type) known() bool {
	switch t {
	case Boolean, Int, Long, Date, Timestamptz, String:
		return true
	}
	precision, scale, is := t.decimal()
	return is && 0 <= scale && scale <= precision && 1 <= precision && precision <= 38
}

// same reports whether two types are the same, however their decimals are spaced.
func (t Type) same(u Type) bool {
	p, s, is := t.decimal()
	q, r, too := u.decimal()
	return t == u || is && too && p == q && s == r
}

// MarshalJSON writes a type as Iceberg does: a text, or an object where it is nested.
func (t Type) MarshalJSON() ([]byte, error) {
	if strings.HasPrefix(string(t), "{") {
		return []byte(t), nil
	}
	return json.Marshal(string(t))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Type) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*t = Type(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// A Column is a column of a table. Its id never changes and is never used again.
type Column struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Type     Type   `json:"type"`
	Doc      string `json:"doc,omitempty"`
}

// A Schema is the columns of a table. ID is the number of the schema among the table's; a
// caller who says what columns a night has leaves it 0.
type Schema struct {
	ID          int
	Columns     []Column
	Identifiers []int // ids of other writers' identifier fields
}

type schemaJSON struct {
	Type        string   `json:"type"`
	ID          int      `json:"schema-id"`
	Identifiers []int    `json:"identifier-field-ids,omitempty"`
	Columns     []Column `json:"fields"`
}

// MarshalJSON writes a schema as Iceberg does: for metadata, for a catalogue, and for the key
// iceberg.schema of a Parquet file.
func (s Schema) MarshalJSON() ([]byte, error) {
	columns := s.Columns
	if columns == nil {
		columns = []Column{}
	}
	return json.Marshal(schemaJSON{"struct", s.ID, s.Identifiers, columns})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Schema) UnmarshalJSON(b []byte) error {
	var in schemaJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*s = Schema{in.ID, in.Columns, in.Identifiers}
	return nil
}

// Column returns the column of an id.
func (s *Schema) Column(id int) (c Column, is bool) {
	for _, c := range s.Columns {
		if c.ID == id {
			return c, true
		}
	}
	return Column{}, false
}

// Check returns what is wrong with a schema that a caller gives.
func (s *Schema) Check() error {
	if len(s.Columns) > columnsMax {
		return fmt.Errorf("a schema of %d columns; at most %d are written", len(s.Columns), columnsMax)
	}
	ids, names := map[int]bool{}, map[string]bool{}
	for _, c := range s.Columns {
		switch {
		case c.ID < 1:
			return fmt.Errorf("column %s has the id %d; ids are from 1", c.Name, c.ID)
		case c.Name == "":
			return fmt.Errorf("column %d has no name", c.ID)
		case ids[c.ID]:
			return fmt.Errorf("column %s has the id %d of another column", c.Name, c.ID)
		case names[c.Name]:
			return fmt.Errorf("two columns are named %s", c.Name)
		case !c.Type.known():
			return fmt.Errorf("column %s is of the type %q, which is not written", c.Name, c.Type)
		}
		ids[c.ID], names[c.Name] = true, true
	}
	if date, is := s.Column(dateColumn); !is || date.Name != dateName || date.Type != Date {
		return fmt.Errorf("column %d is not %s, a date, by which every table is partitioned", dateColumn, dateName)
	}
	return nil
}

// last is the greatest id of a column.
func (s *Schema) last() int {
	last := 0
	for _, c := range s.Columns {
		last = max(last, c.ID)
	}
	return last
}

// mapping returns the property by which columns of files without ids are known by name.
func (s *Schema) mapping() string {
	type field struct {
		ID    int      `json:"field-id"`
		Names []string `json:"names"`
	}
	fields := make([]field, len(s.Columns))
	for i, c := range s.Columns {
		fields[i] = field{c.ID, []string{c.Name}}
	}
	b, err := json.Marshal(fields)
	if err != nil {
		panic("iceberg: internal error: a name mapping cannot be written: " + err.Error())
	}
	return string(b)
}

// text is the schema's JSON.
func (s *Schema) text() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("iceberg: internal error: a schema cannot be written: " + err.Error())
	}
	return string(b)
}
