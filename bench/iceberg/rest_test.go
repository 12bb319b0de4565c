package witness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"

	"daybook/batch/catalog"
)

// server is a REST catalogue whose every decision is the other library's: it reads the
// requirements and updates that it is sent, checks them and makes the metadata.
type server struct {
	t      *testing.T
	mu     sync.Mutex
	dir    string
	tables map[string]table.Metadata
	n      int
}

type asked struct {
	Requirements table.Requirements
	Updates      table.Updates
}

func (s *server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, body := s.handle(q)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (s *server) handle(q *http.Request) (int, any) {
	const tables = "/v1/namespaces/daybook/tables"
	name := strings.TrimPrefix(q.URL.Path, tables+"/")
	switch {
	case q.URL.Path == "/v1/config":
		return 200, map[string]any{"defaults": map[string]string{}, "overrides": map[string]string{}}
	case q.URL.Path == "/v1/namespaces/daybook":
		return 200, map[string]any{"namespace": []string{"daybook"}}
	case q.URL.Path == tables && q.Method == http.MethodPost:
		var in struct{ Location string }
		if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
			return s.broke(err)
		}
		return 200, map[string]any{"metadata": map[string]any{"table-uuid": "11111111-2222-4333-8444-555555555555", "location": in.Location}}
	case q.Method == http.MethodGet && s.tables[name] != nil:
		return 200, map[string]any{"metadata": s.tables[name]}
	case q.Method == http.MethodDelete && s.tables[name] != nil:
		delete(s.tables, name)
		return 200, nil
	case q.Method == http.MethodPost && name != q.URL.Path:
		var in asked
		if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
			return s.broke(err)
		}
		return s.commit(name, &in)
	}
	return 404, map[string]any{"error": map[string]any{"message": "not there", "code": 404}}
}

func (s *server) broke(err error) (int, any) {
	s.t.Errorf("the other library does not read what it was sent: %v", err)
	return 400, map[string]any{"error": map[string]any{"message": err.Error(), "code": 400}}
}

func (s *server) commit(name string, in *asked) (int, any) {
	was := s.tables[name]
	for _, r := range in.Requirements {
		if err := r.Validate(was); err != nil {
			return 409, map[string]any{"error": map[string]any{"message": err.Error(), "code": 409}}
		}
	}
	next, err := apply(was, in.Updates)
	if err != nil {
		return s.broke(err)
	}
	s.tables[name] = next
	s.n++
	return 200, map[string]any{"metadata": next}
}

func apply(was table.Metadata, updates table.Updates) (table.Metadata, error) {
	b, err := table.NewMetadataBuilder(2)
	if was != nil {
		b, err = table.MetadataBuilderFromBase(was, "")
	}
	if err != nil {
		return nil, err
	}
	for _, u := range updates {
		if err := u.Apply(b); err != nil {
			return nil, fmt.Errorf("%s: %w", u.Action(), err)
		}
	}
	return b.Build()
}

// at is a table as the server has it, read from a file as the other library wrote it.
func (s *server) at() *table.Table {
	s.t.Helper()
	b, err := json.Marshal(s.tables["loans"])
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.dir, "now.metadata.json")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		s.t.Fatal(err)
	}
	tbl, err := table.NewFromLocation(context.Background(), table.Identifier{"daybook", "loans"}, "file://"+path, icebergio.LoadFSFunc(nil, "file://"+path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return tbl
}

// A server that is the other library takes every commit, and the tables that it makes of
// them have the same rows.
func TestAnotherLibraryIsTheCatalogue(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), tables: map[string]table.Metadata{}}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	b := newBook(t, catalog.Config{Kind: catalog.REST, URI: web.URL})
	b.newest = s.at
	b.lose = func() { delete(s.tables, "loans") }
	everything(t, b)
	if s.n < 9 {
		t.Errorf("the server took %d commits", s.n)
	}
}
