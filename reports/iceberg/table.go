package iceberg

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Declared is what a table is made from.
type Declared struct {
	UUID     string
	Location string // of the table, as other programs call it
	Root     string // that its data files are below
	Millis   int64  // since 1970
	Schema   Schema
	SortBy   string // the column that rows of a file are sorted by; empty for none
}

// New returns the metadata of a table without a snapshot.
//
// Its property gc.enabled is false: the data files belong to the root and not to the table,
// and other programs that clean up must leave them.
func New(d *Declared) (*Metadata, error) {
	if err := d.Schema.Check(); err != nil {
		return nil, err
	}
	schema := d.Schema
	schema.ID = 0
	m := &Metadata{
		Format: formatKnown, UUID: d.UUID, Location: d.Location, UpdatedMillis: d.Millis,
		LastColumn: schema.last(), Schemas: []Schema{schema},
		Specs: []Spec{{ID: 0, Fields: []SpecField{byDate}}}, LastPartition: datePart,
		Orders: []SortOrder{{ID: unsorted, Fields: []SortField{}}},
		Properties: map[string]string{
			nameMapping:            schema.mapping(),
			RootProperty:           d.Root,
			"write.format.default": "parquet",
			"gc.enabled":           "false",
		},
	}
	if d.SortBy == "" {
		return m, nil
	}
	for _, c := range schema.Columns {
		if c.Name == d.SortBy {
			// A table of one order other than none numbers it 1.
			m.Orders, m.OrderID = []SortOrder{{ID: 1, Fields: []SortField{sortedBy(c.ID)}}}, 1
			return m, nil
		}
	}
	return nil, fmt.Errorf("a table sorted by %s, which is none of its columns", d.SortBy)
}

// Files returns the files that are part of a table, by date and path.
func Files(m *Metadata, read func(path string) ([]byte, error)) ([]DataFile, error) {
	files, _, err := Contents(m, read)
	return files, err
}

// Contents returns the files of [Files], and whether there are others, of another writer, by which readers leave out
// rows of them.
func Contents(m *Metadata, read func(path string) ([]byte, error)) (files []DataFile, deletes bool, err error) {
	manifests, err := Manifests(m.head(), read)
	if err != nil {
		return nil, false, err
	}
	for i := range manifests {
		if !manifests[i].live() {
			continue
		}
		if manifests[i].Deletes {
			deletes = true
			continue
		}
		entries, err := entriesOf(&manifests[i], read)
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			if e.live() {
				files = append(files, e.File)
			}
		}
	}
	slices.SortFunc(files, func(a, b DataFile) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Path, b.Path)) })
	return files, deletes, nil
}

// Differs returns how what a table says of a file differs from what the file is: "" where it does not. Of
// a column it may say nothing.
func (f *DataFile) Differs(is *DataFile) string {
	switch {
	case f.Date != is.Date:
		return fmt.Sprintf("it is of %s, and the table says %s", is.Date, f.Date)
	case f.Rows != is.Rows:
		return fmt.Sprintf("it has %d rows, and the table says %d", is.Rows, f.Rows)
	case f.Bytes != is.Bytes:
		return fmt.Sprintf("it has %d bytes, and the table says %d", is.Bytes, f.Bytes)
	}
	for i := range is.Columns {
		c := &is.Columns[i]
		at := slices.IndexFunc(f.Columns, func(s ColumnStats) bool { return s.ID == c.ID })
		if at < 0 {
			continue
		}
		said := &f.Columns[at]
		switch {
		case said.Values >= 0 && said.Values != c.Values, said.Nulls >= 0 && said.Nulls != c.Nulls:
			return fmt.Sprintf("column %d has %d values and %d nulls, and the table says %d and %d", c.ID, c.Values, c.Nulls, said.Values, said.Nulls)
		case said.Lower != nil && !bytes.Equal(said.Lower, c.Lower), said.Upper != nil && !bytes.Equal(said.Upper, c.Upper):
			return fmt.Sprintf("column %d has other bounds than the table says, by which its readers leave files out", c.ID)
		}
	}
	return ""
}

// Manifests reads the manifests of a snapshot; of none there are none.
func Manifests(s *Snapshot, read func(string) ([]byte, error)) ([]Manifest, error) {
	if s == nil {
		return nil, nil
	}
	if s.ManifestList == "" {
		return nil, fmt.Errorf("snapshot %d has no manifest list", s.ID)
	}
	b, err := read(s.ManifestList)
	if err != nil {
		return nil, fmt.Errorf("manifest list of snapshot %d: %w", s.ID, err)
	}
	manifests, err := DecodeManifestList(b)
	if err != nil {
		return nil, fmt.Errorf("manifest list %s: %w", s.ManifestList, err)
	}
	return manifests, nil
}

func entriesOf(m *Manifest, read func(string) ([]byte, error)) ([]Entry, error) {
	b, err := read(m.Path)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return DecodeManifest(b, m)
}
