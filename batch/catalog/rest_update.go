package catalog

import (
	"daybook/reports/iceberg"
)

// commitRequest is one table's part of a commit.
type commitRequest struct {
	Identifier   identifier    `json:"identifier"`
	Requirements []requirement `json:"requirements"`
	Updates      []any         `json:"updates"`
}

// A requirement is what must hold of a table for a commit to be made.
type requirement struct {
	Type     string `json:"type"`
	UUID     string `json:"uuid,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Snapshot any    `json:"snapshot-id,omitempty"` // an id, or null for none
	Schema   *int   `json:"current-schema-id,omitempty"`
	Column   *int   `json:"last-assigned-field-id,omitempty"`
}

// The updates of a commit, by their action.
type (
	addSchema struct {
		Action     string          `json:"action"`
		Schema     *iceberg.Schema `json:"schema"`
		LastColumn int             `json:"last-column-id"`
	}
	setNumber struct { // one of the fields
		Action string `json:"action"`
		Schema *int   `json:"schema-id,omitempty"`
		Spec   *int   `json:"spec-id,omitempty"`
		Order  *int   `json:"sort-order-id,omitempty"`
		Format *int   `json:"format-version,omitempty"`
	}
	setText struct { // one of the fields
		Action   string `json:"action"`
		UUID     string `json:"uuid,omitempty"`
		Location string `json:"location,omitempty"`
	}
	addSpec struct {
		Action string       `json:"action"`
		Spec   iceberg.Spec `json:"spec"`
	}
	addOrder struct {
		Action string            `json:"action"`
		Order  iceberg.SortOrder `json:"sort-order"`
	}
	addSnapshot struct {
		Action   string            `json:"action"`
		Snapshot *iceberg.Snapshot `json:"snapshot"`
	}
	setRef struct {
		Action   string `json:"action"`
		Name     string `json:"ref-name"`
		Type     string `json:"type"`
		Snapshot int64  `json:"snapshot-id"`
	}
	setProperties struct {
		Action  string            `json:"action"`
		Updates map[string]string `json:"updates"`
	}
	removeSnapshots struct {
		Action    string  `json:"action"`
		Snapshots []int64 `json:"snapshot-ids"`
	}
)

const mainBranch = "main"

// null is a JSON null that is written.
type null struct{}

func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// request is what a server is asked for a change, and on what condition.
func (c *change) request() commitRequest {
	m := c.head.metadata
	schema := m.SchemaID
	current := requirement{Type: "assert-ref-snapshot-id", Ref: mainBranch, Snapshot: null{}}
	if m.Current != nil {
		current.Snapshot = *m.Current
	}
	q := commitRequest{
		Identifier: identifier{[]string{iceberg.Namespace}, c.table},
		Requirements: []requirement{
			{Type: "assert-table-uuid", UUID: m.UUID},
			current,
			{Type: "assert-current-schema-id", Schema: &schema},
		},
	}
	if c.commit == nil {
		q.Updates = []any{removeSnapshots{"remove-snapshots", c.expired}}
		return q
	}
	if s := c.commit.Schema; s != nil {
		last := m.LastColumn
		q.Requirements = append(q.Requirements, requirement{Type: "assert-last-assigned-field-id", Column: &last})
		q.Updates = append(q.Updates, addSchema{"add-schema", s, c.next.LastColumn}, setNumber{Action: "set-current-schema", Schema: number(-1)})
	}
	if len(c.commit.Properties) > 0 {
		q.Updates = append(q.Updates, setProperties{"set-properties", c.commit.Properties})
	}
	s := c.commit.Snapshot
	q.Updates = append(q.Updates, addSnapshot{"add-snapshot", s}, setRef{"set-snapshot-ref", mainBranch, "branch", s.ID})
	return q
}

// createUpdates are what makes an empty table one with this metadata. The server numbers
// schemas, specs and orders as they are numbered here: from 0, and from 1 the orders.
func createUpdates(m *iceberg.Metadata, uuid, location string) []any {
	updates := []any{
		setText{Action: "assign-uuid", UUID: uuid},
		setNumber{Action: "upgrade-format-version", Format: number(m.Format)},
	}
	last := 0
	for i := range m.Schemas {
		for _, c := range m.Schemas[i].Columns {
			last = max(last, c.ID)
		}
		updates = append(updates, addSchema{"add-schema", &m.Schemas[i], last})
	}
	updates = append(updates,
		setNumber{Action: "set-current-schema", Schema: number(-1)},
		addSpec{"add-spec", m.Specs[0]}, setNumber{Action: "set-default-spec", Spec: number(-1)},
		addOrder{"add-sort-order", m.Orders[0]}, setNumber{Action: "set-default-sort-order", Order: number(-1)},
		setText{Action: "set-location", Location: location},
		setProperties{"set-properties", m.Properties})
	for i := range m.Snapshots {
		s := &m.Snapshots[i]
		updates = append(updates, addSnapshot{"add-snapshot", s}, setRef{"set-snapshot-ref", mainBranch, "branch", s.ID})
	}
	return updates
}

func number(n int) *int { return &n }
