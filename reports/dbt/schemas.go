package dbt

import "daybook/reports"

// A tableSchema describes a table to any program.
type tableSchema struct {
	FormatVersion int            `json:"format_version"`
	Name          string         `json:"name"`
	Doc           string         `json:"doc"`
	Key           []string       `json:"key"`
	KeyRepeats    bool           `json:"key_repeats,omitempty"` // several rows may have the same
	Columns       []columnSchema `json:"columns"`
}

// A columnSchema describes a column: its type in the registry's words, in SQL's and in Iceberg's.
type columnSchema struct {
	ID       int32    `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	SQL      string   `json:"sql_type"`
	Iceberg  string   `json:"iceberg_type"`
	Required bool     `json:"required"`
	Since    int      `json:"since"`
	Doc      string   `json:"doc"`
	Words    []string `json:"words,omitempty"`
	OfPack   bool     `json:"of_pack,omitempty"` // only where the policy has the pack
}

// schemaVersion is the version of the descriptions' form.
const schemaVersion = 1

// Schemas describes every table, a file TABLE.json each, by name. The scale is that of the
// warehouse's amounts; below 0 they are decimal(18, s).
func Schemas(scale int) []File {
	var list []File
	for _, t := range reports.Registry() {
		s := tableSchema{FormatVersion: schemaVersion, Name: t.Name, Doc: t.Doc, Key: t.Key, KeyRepeats: mayRepeat(&t)}
		for i := range t.Columns {
			c := &t.Columns[i]
			s.Columns = append(s.Columns, columnSchema{
				ID: c.ID, Name: c.Name, Type: c.Type, SQL: SQLType(c, scale), Iceberg: IcebergType(c, scale), Required: c.Required, Since: c.Since, Doc: c.Doc,
				Words: Words(t.Name, c.Name), OfPack: isOfPack(&t, c),
			})
		}
		b, err := reports.EncodeJSON(s)
		if err != nil {
			panic("dbt: internal error: schema of " + t.Name + ": " + err.Error())
		}
		list = append(list, File{t.Name + ".json", b})
	}
	sortFiles(list)
	return list
}
