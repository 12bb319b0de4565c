package iceberg

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Metadata is what a table is: a file vN.metadata.json, or what a catalogue keeps. Numbers of
// milliseconds are since 1970, UTC. What other writers added is kept.
type Metadata struct {
	Format        int               `json:"format-version"`
	UUID          string            `json:"table-uuid"`
	Location      string            `json:"location"`
	LastSequence  int64             `json:"last-sequence-number"`
	UpdatedMillis int64             `json:"last-updated-ms"`
	LastColumn    int               `json:"last-column-id"`
	Schemas       []Schema          `json:"schemas"`
	SchemaID      int               `json:"current-schema-id"`
	Specs         []Spec            `json:"partition-specs"`
	SpecID        int               `json:"default-spec-id"`
	LastPartition int               `json:"last-partition-id"`
	Properties    map[string]string `json:"properties,omitempty"`
	Orders        []SortOrder       `json:"sort-orders"`
	OrderID       int               `json:"default-sort-order-id"`
	Current       *int64            `json:"current-snapshot-id,omitempty"`
	Snapshots     []Snapshot        `json:"snapshots,omitempty"`
	SnapshotLog   []SnapshotEntry   `json:"snapshot-log,omitempty"`
	MetadataLog   []MetadataEntry   `json:"metadata-log,omitempty"`
	Refs          map[string]Ref    `json:"refs,omitempty"`

	rest map[string]json.RawMessage
}

// A Spec says how a table is partitioned.
type Spec struct {
	ID     int         `json:"spec-id"`
	Fields []SpecField `json:"fields"`
}

// A SpecField is one field of a partition spec.
type SpecField struct {
	Source    int    `json:"source-id"`
	ID        int    `json:"field-id"`
	Name      string `json:"name"`
	Transform string `json:"transform"`
}

// specField is the field of every table's spec.
const specField = `{"source-id":1,"field-id":1000,"name":"business_date","transform":"identity"}`

var byDate = SpecField{dateColumn, datePart, dateName, "identity"}

// A SortOrder says how rows of a file are sorted. It is declared and not enforced.
type SortOrder struct {
	ID     int         `json:"order-id"`
	Fields []SortField `json:"fields"`
}

// A SortField is one field of a sort order.
type SortField struct {
	Transform string `json:"transform"`
	Source    int    `json:"source-id"`
	Direction string `json:"direction"`
	Nulls     string `json:"null-order"`
}

func sortedBy(column int) SortField { return SortField{"identity", column, "asc", "nulls-first"} }

// A Snapshot is the table as one commit left it.
type Snapshot struct {
	ID           int64             `json:"snapshot-id"`
	Parent       *int64            `json:"parent-snapshot-id,omitempty"`
	Sequence     int64             `json:"sequence-number"`
	Millis       int64             `json:"timestamp-ms"`
	ManifestList string            `json:"manifest-list"`
	Summary      map[string]string `json:"summary"`
	SchemaID     *int              `json:"schema-id,omitempty"`

	rest map[string]json.RawMessage
}

// A SnapshotEntry says since when a snapshot was the current one.
type SnapshotEntry struct {
	Millis   int64 `json:"timestamp-ms"`
	Snapshot int64 `json:"snapshot-id"`
}

// A MetadataEntry is a metadata file that came before.
type MetadataEntry struct {
	Millis int64  `json:"timestamp-ms"`
	File   string `json:"metadata-file"`
}

// A Ref is a name of a snapshot, such as the branch main.
type Ref struct {
	Snapshot int64  `json:"snapshot-id"`
	Type     string `json:"type"`

	rest map[string]json.RawMessage
}

const mainBranch = "main"

// The plain types are read and written by encoding/json; the methods of those that they
// stand for keep what is beside their fields.
type (
	plainMetadata Metadata
	plainSnapshot Snapshot
	plainRef      Ref
)

// MarshalJSON writes metadata with all that was read with it.
func (m Metadata) MarshalJSON() ([]byte, error) { return withRest(plainMetadata(m), m.rest) }

// UnmarshalJSON reads metadata.
func (m *Metadata) UnmarshalJSON(b []byte) (err error) {
	*m = Metadata{}
	m.rest, err = restOf(b, (*plainMetadata)(m))
	if m.Current != nil && *m.Current == -1 { // an old way to say that there is none
		m.Current = nil
	}
	return err
}

// MarshalJSON writes a snapshot with all that was read with it.
func (s Snapshot) MarshalJSON() ([]byte, error) { return withRest(plainSnapshot(s), s.rest) }

// UnmarshalJSON reads a snapshot.
func (s *Snapshot) UnmarshalJSON(b []byte) (err error) {
	*s = Snapshot{}
	s.rest, err = restOf(b, (*plainSnapshot)(s))
	return err
}

// MarshalJSON writes a ref with all that was read with it.
func (r Ref) MarshalJSON() ([]byte, error) { return withRest(plainRef(r), r.rest) }

// UnmarshalJSON reads a ref.
func (r *Ref) UnmarshalJSON(b []byte) (err error) {
	*r = Ref{}
	r.rest, err = restOf(b, (*plainRef)(r))
	return err
}

// restOf reads an object, and returns the fields of it that the plain type has not.
func restOf(b []byte, plain any) (map[string]json.RawMessage, error) {
	if err := json.Unmarshal(b, plain); err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	known := map[string]json.RawMessage{}
	written, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(written, &known); err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(k string, _ json.RawMessage) bool {
		_, is := known[k]
		return is || slices.Contains(leftOut, k)
	})
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

// leftOut are the fields of the plain types that are not written where they are empty, so
// that one that was read as null is not taken for another writer's.
var leftOut = []string{"properties", "current-snapshot-id", "snapshots", "snapshot-log", "metadata-log", "refs", "parent-snapshot-id", "schema-id"}

// withRest writes a plain type and the rest, by name.
func withRest(plain any, rest map[string]json.RawMessage) ([]byte, error) {
	b, err := json.Marshal(plain)
	if err != nil || len(rest) == 0 {
		return b, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	for k, v := range rest {
		all[k] = v
	}
	return json.Marshal(all)
}

// Encode returns metadata as a file.
func (m *Metadata) Encode() ([]byte, error) { return json.Marshal(m) }

// DecodeMetadata reads metadata, and returns an error where it is not of a table that this
// package may change.
func DecodeMetadata(b []byte) (*Metadata, error) {
	var m Metadata
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("metadata of an iceberg table: %w", err)
	}
	return &m, m.Check()
}

// Check returns why a table's metadata cannot be changed by this package.
func (m *Metadata) Check() error {
	if m.Format != formatKnown {
		return fmt.Errorf("the table is of format version %d and must be of %d", m.Format, formatKnown)
	}
	if m.Schema() == nil {
		return fmt.Errorf("the table has no schema %d, which is its current one", m.SchemaID)
	}
	i := slices.IndexFunc(m.Specs, func(s Spec) bool { return s.ID == m.SpecID })
	if i < 0 || !slices.Equal(m.Specs[i].Fields, []SpecField{byDate}) {
		return fmt.Errorf("the table is not partitioned by identity(%s) alone, under the id %d", dateName, datePart)
	}
	if m.Current != nil && m.Snapshot(*m.Current) == nil {
		return fmt.Errorf("the table has no snapshot %d, which is its current one", *m.Current)
	}
	return nil
}

// Schema returns the current schema, nil where there is none.
func (m *Metadata) Schema() *Schema {
	for i := range m.Schemas {
		if m.Schemas[i].ID == m.SchemaID {
			return &m.Schemas[i]
		}
	}
	return nil
}

// Snapshot returns the snapshot of an id, nil where there is none.
func (m *Metadata) Snapshot(id int64) *Snapshot {
	for i := range m.Snapshots {
		if m.Snapshots[i].ID == id {
			return &m.Snapshots[i]
		}
	}
	return nil
}

// head is the current snapshot, nil where there is none.
func (m *Metadata) head() *Snapshot {
	if m.Current == nil {
		return nil
	}
	return m.Snapshot(*m.Current)
}

// clone returns metadata that can be changed without m.
func (m *Metadata) clone() *Metadata {
	n := *m
	n.Schemas, n.Specs, n.Orders = slices.Clone(m.Schemas), slices.Clone(m.Specs), slices.Clone(m.Orders)
	n.Snapshots, n.SnapshotLog, n.MetadataLog = slices.Clone(m.Snapshots), slices.Clone(m.SnapshotLog), slices.Clone(m.MetadataLog)
	n.Properties, n.Refs, n.rest = maps.Clone(m.Properties), maps.Clone(m.Refs), maps.Clone(m.rest)
	return &n
}
