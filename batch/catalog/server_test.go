package catalog

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"daybook/reports/iceberg"
)

// server is a REST catalogue that holds what is asked of it to the protocol, and can be told
// to fail.
type server struct {
	mu           sync.Mutex
	namespace    bool
	transactions bool
	token        string
	tables       map[string]*iceberg.Metadata
	// fail says what becomes of request n.
	fail     func(n int) fault
	requests []string
	faults   []string // what broke the protocol
}

type fault int

const (
	none         fault = iota
	refuse             // 409 without doing it
	errorBefore        // 500 without doing it
	errorAfter         // 500 and it is done
	cutBefore          // the connection is cut, nothing is done
	cutAfter           // the connection is cut when it is done
	faultsOfKind = 6
)

func serve(t *testing.T) (*server, string) {
	t.Helper()
	s := &server{tables: map[string]*iceberg.Metadata{}}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		for _, f := range s.faults {
			t.Error(f)
		}
	})
	return s, web.URL
}

func (s *server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, q.Method+" "+q.URL.RequestURI())
	if s.token != "" && q.Header.Get("Authorization") != "Bearer "+s.token {
		answer(w, 401, problem(401, "who are you"))
		return
	}
	f := none
	if s.fail != nil {
		f = s.fail(len(s.requests))
	}
	switch f {
	case refuse:
		answer(w, 409, problem(409, "another was faster"))
		return
	case errorBefore:
		answer(w, 500, problem(500, "broken"))
		return
	case cutBefore:
		panic(http.ErrAbortHandler)
	}
	status, body := s.handle(q)
	switch f {
	case errorAfter:
		status, body = 500, problem(500, "broken after")
	case cutAfter:
		panic(http.ErrAbortHandler)
	}
	answer(w, status, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

func problem(status int, says string) any {
	return map[string]any{"error": map[string]any{"message": says, "type": "Exception", "code": status}}
}

func (s *server) handle(q *http.Request) (status int, body any) {
	const base = "/v1/wh/namespaces"
	path := q.URL.Path
	table := strings.TrimPrefix(path, base+"/daybook/tables/")
	switch {
	case path == "/v1/config":
		endpoints := []string{"GET /v1/{prefix}/namespaces/{namespace}"}
		if s.transactions {
			endpoints = append(endpoints, transactionsEndpoint)
		}
		return 200, map[string]any{"defaults": map[string]string{"prefix": "no"}, "overrides": map[string]string{"prefix": "wh"}, "endpoints": endpoints}
	case path == base+"/daybook" && s.namespace:
		return 200, map[string]any{"namespace": []string{"daybook"}}
	case path == base && q.Method == "POST" && s.namespace:
		return 409, problem(409, "namespace is there")
	case path == base && q.Method == "POST":
		s.namespace = true
		return 200, map[string]any{"namespace": []string{"daybook"}}
	case path == base+"/daybook/tables" && q.Method == "POST" && s.namespace:
		return s.stage(q)
	case path == "/v1/wh/transactions/commit" && s.transactions:
		var in struct {
			Changes []asked `json:"table-changes"`
		}
		s.decode(q, &in)
		return s.commit(in.Changes)
	case table != path && q.Method == "POST":
		in := make([]asked, 1)
		s.decode(q, &in[0])
		if in[0].Identifier.Name != table {
			s.faults = append(s.faults, "a commit to "+table+" names "+in[0].Identifier.Name)
		}
		return s.commit(in)
	case table != path && s.tables[table] != nil && q.Method == "GET":
		return 200, map[string]any{"metadata-location": "s3://server/" + table, "metadata": s.tables[table], "config": map[string]string{}}
	case table != path && s.tables[table] != nil && q.Method == "DELETE":
		if q.URL.Query().Get("purgeRequested") != "false" {
			s.faults = append(s.faults, "a table is dropped with its files")
		}
		delete(s.tables, table)
		return 204, nil
	}
	return 404, problem(404, "no "+path)
}

func (s *server) decode(q *http.Request, out any) {
	if err := json.NewDecoder(q.Body).Decode(out); err != nil {
		s.faults = append(s.faults, fmt.Sprintf("%s %s: %v", q.Method, q.URL.Path, err))
	}
}

func (s *server) stage(q *http.Request) (int, any) {
	var in struct {
		Name     string         `json:"name"`
		Location string         `json:"location"`
		Schema   iceberg.Schema `json:"schema"`
		Stage    bool           `json:"stage-create"`
	}
	s.decode(q, &in)
	if s.tables[in.Name] != nil {
		return 409, problem(409, "table is there")
	}
	if !in.Stage || len(in.Schema.Columns) == 0 {
		s.faults = append(s.faults, "a table is created with ids of the server's")
	}
	return 200, map[string]any{"metadata": map[string]any{"table-uuid": "11111111-2222-4333-8444-555555555555", "location": in.Location}}
}

// asked is a commit to one table, as the server reads it.
type asked struct {
	Identifier   identifier        `json:"identifier"`
	Requirements []json.RawMessage `json:"requirements"`
	Updates      []json.RawMessage `json:"updates"`
}

// commit makes all commits or none.
func (s *server) commit(all []asked) (int, any) {
	next := map[string]*iceberg.Metadata{}
	for _, one := range all {
		name := one.Identifier.Name
		if next[name] != nil {
			s.faults = append(s.faults, "a transaction names "+name+" twice")
		}
		m := s.tables[name]
		for _, raw := range one.Requirements {
			if says := holds(m, raw); says != "" {
				return 409, problem(409, says)
			}
		}
		if m == nil {
			if !strings.Contains(string(one.Requirements[0]), "assert-create") {
				return 404, problem(404, "no table "+name)
			}
			m = &iceberg.Metadata{LastPartition: 999}
		} else {
			b, _ := json.Marshal(m)
			m = &iceberg.Metadata{}
			_ = json.Unmarshal(b, m)
		}
		for _, raw := range one.Updates {
			if says := update(m, raw); says != "" {
				s.faults = append(s.faults, says)
				return 400, problem(400, says)
			}
		}
		next[name] = m
	}
	for name, m := range next {
		s.tables[name] = m
	}
	return 200, map[string]any{}
}

// holds says why a requirement does not hold of a table.
func holds(m *iceberg.Metadata, raw json.RawMessage) string {
	var q struct {
		Type     string `json:"type"`
		UUID     string `json:"uuid"`
		Ref      string `json:"ref"`
		Snapshot *int64 `json:"snapshot-id"`
		Schema   int    `json:"current-schema-id"`
		Column   int    `json:"last-assigned-field-id"`
	}
	_ = json.Unmarshal(raw, &q)
	if q.Type == "assert-create" {
		if m != nil {
			return "the table is there"
		}
		return ""
	}
	if m == nil {
		return ""
	}
	ok := false
	switch q.Type {
	case "assert-table-uuid":
		ok = m.UUID == q.UUID
	case "assert-ref-snapshot-id":
		r, is := m.Refs[q.Ref]
		ok = is == (q.Snapshot != nil) && (!is || r.Snapshot == *q.Snapshot)
	case "assert-current-schema-id":
		ok = m.SchemaID == q.Schema
	case "assert-last-assigned-field-id":
		ok = m.LastColumn == q.Column
	}
	if !ok {
		return "does not hold: " + string(raw)
	}
	return ""
}

// update does an update of a table, or says why it cannot.
func update(m *iceberg.Metadata, raw json.RawMessage) string {
	var u struct {
		Action     string             `json:"action"`
		UUID       string             `json:"uuid"`
		Location   string             `json:"location"`
		Format     int                `json:"format-version"`
		Schema     *iceberg.Schema    `json:"schema"`
		LastColumn int                `json:"last-column-id"`
		SchemaID   int                `json:"schema-id"`
		Spec       *iceberg.Spec      `json:"spec"`
		Order      *iceberg.SortOrder `json:"sort-order"`
		Snapshot   *iceberg.Snapshot  `json:"snapshot"`
		Ref        string             `json:"ref-name"`
		Set        map[string]string  `json:"updates"`
		Gone       []int64            `json:"snapshot-ids"`
	}
	action := struct {
		Action string `json:"action"`
		ID     int64  `json:"snapshot-id"`
	}{}
	_ = json.Unmarshal(raw, &action)
	if action.Action == "set-snapshot-ref" {
		if m.Snapshot(action.ID) == nil {
			return "a ref to no snapshot"
		}
		m.Refs = map[string]iceberg.Ref{"main": {Snapshot: action.ID, Type: "branch"}}
		m.Current = &action.ID
		return ""
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err.Error()
	}
	switch u.Action {
	case "assign-uuid":
		m.UUID = u.UUID
	case "upgrade-format-version":
		m.Format = u.Format
	case "set-location":
		m.Location = u.Location
	case "add-schema":
		u.Schema.ID = len(m.Schemas)
		m.Schemas = append(m.Schemas, *u.Schema)
		m.LastColumn = u.LastColumn
	case "set-current-schema":
		m.SchemaID = m.Schemas[len(m.Schemas)-1].ID
	case "add-spec":
		m.Specs, m.LastPartition = append(m.Specs, *u.Spec), u.Spec.Fields[0].ID
	case "add-sort-order":
		m.Orders = append(m.Orders, *u.Order)
	case "set-default-spec":
		m.SpecID = m.Specs[len(m.Specs)-1].ID
	case "set-default-sort-order":
		m.OrderID = m.Orders[len(m.Orders)-1].ID
	case "set-properties":
		if m.Properties == nil {
			m.Properties = map[string]string{}
		}
		for k, v := range u.Set {
			m.Properties[k] = v
		}
	case "add-snapshot":
		if u.Snapshot.Sequence != m.LastSequence+1 || m.Snapshot(u.Snapshot.ID) != nil {
			return fmt.Sprintf("snapshot %d of sequence %d after %d", u.Snapshot.ID, u.Snapshot.Sequence, m.LastSequence)
		}
		m.LastSequence = u.Snapshot.Sequence
		m.Snapshots = append(m.Snapshots, *u.Snapshot)
	case "remove-snapshots":
		var stay []iceberg.Snapshot
		for _, x := range m.Snapshots {
			gone := false
			for _, id := range u.Gone {
				gone = gone || id == x.ID
			}
			if !gone {
				stay = append(stay, x)
			}
		}
		m.Snapshots = stay
	default:
		return "an update that is none: " + string(raw)
	}
	return ""
}
