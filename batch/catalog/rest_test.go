package catalog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/reports/iceberg"
)

func openREST(t *testing.T, uri string, m *memory) *Catalog {
	t.Helper()
	return open(t, m, Config{Kind: REST, URI: uri + "/", Warehouse: "a b"})
}

func TestNightsInAServer(t *testing.T) {
	for _, transactions := range []bool{false, true} {
		s, uri := serve(t)
		s.transactions = transactions
		m := newMemory()
		k := openREST(t, uri, m)
		nights := []Night{of("loans", day, "a"), of("journal", day, "a"), of("nights", day, "a")}
		if got := commit(t, k, nights...); strings.Join(got, " ") != "loans journal nights" {
			t.Errorf("changed %q", got)
		}
		if got := commit(t, k, nights...); got != nil {
			t.Errorf("committed again: changed %q", got)
		}
		commit(t, k, of("loans", day+1, "a"), of("loans", day, "b"))
		check(t, "replaced", k, "loans", loansAfter)
		if _, err := k.Drop(t.Context(), "loans", day+1); err != nil {
			t.Fatal(err)
		}
		check(t, "dropped", k, "loans", "append 2026-11-23\nappend 2026-11-24\noverwrite 2026-11-23\ndelete 2026-11-24\nloans/business_date=2026-11-23/b.parquet\n")
		together := 0
		for _, q := range s.requests {
			if strings.HasSuffix(q, "/transactions/commit") {
				together++
			}
		}
		if want := map[bool]int{true: 1}[transactions]; together != want {
			t.Errorf("transactions %v: %d commits of many tables, want %d", transactions, together, want)
		}
		if s.requests[0] != "GET /v1/config?warehouse=a+b" {
			t.Errorf("first request %s", s.requests[0])
		}
	}
}

// A new column and the files that have it are one commit, and the server ends with the ids
// that the files have.
func TestAColumnInAServer(t *testing.T) {
	s, uri := serve(t)
	k := openREST(t, uri, newMemory())
	old, wide := of("loans", day, "a"), of("loans", day+1, "a")
	old.Schema.Columns = []iceberg.Column{columns[0], columns[1], {ID: 7, Name: "dpd", Type: iceberg.Int}}
	wide.Schema.Columns = []iceberg.Column{columns[0], columns[1], {ID: 7, Name: "dpd", Type: iceberg.Long}, {ID: 9, Name: "note", Type: iceberg.String}}
	commit(t, k, old)
	before := len(s.requests)
	commit(t, k, wide)
	if got := strings.Join(s.requests[before:], "\n"); got != "GET /v1/wh/namespaces/daybook/tables/loans\nPOST /v1/wh/namespaces/daybook/tables/loans" {
		t.Errorf("requests\n%s", got)
	}
	got := s.tables["loans"]
	want := fmt.Sprint(wide.Schema.Columns, 9)
	if is := fmt.Sprint(got.Schema().Columns, got.LastColumn); is != want {
		t.Errorf("columns %s, want %s", is, want)
	}
	if !strings.Contains(got.Properties["schema.name-mapping.default"], "note") {
		t.Errorf("the name mapping is %s", got.Properties["schema.name-mapping.default"])
	}
}

// Whatever becomes of any one request, there is one snapshot a night and table.
func TestFaultsOfAServer(t *testing.T) {
	for _, transactions := range []bool{false, true} {
		for kind := refuse; kind < faultsOfKind; kind++ {
			for at := 1; ; at++ {
				s, uri := serve(t)
				s.transactions = transactions
				hit := false
				s.fail = func(n int) fault {
					if n == at {
						hit = true
						return kind
					}
					return none
				}
				k := openREST(t, uri, newMemory())
				var changed []string
				for _, f := range []string{"a", "b"} {
					changed = append(changed, commit(t, k, of("loans", day, f), of("nights", day, f))...)
				}
				if !hit {
					break
				}
				name := fmt.Sprintf("transactions %v, fault %d at request %d", transactions, kind, at)
				for _, table := range []string{"loans", "nights"} {
					check(t, name, k, table, "append 2026-11-23\noverwrite 2026-11-23\n"+table+"/business_date=2026-11-23/b.parquet\n")
				}
				if got := len(changed); got != 4 {
					t.Errorf("%s: changed %q", name, changed)
				}
			}
		}
	}
}

func TestPublishersAtOneServer(t *testing.T) {
	for _, transactions := range []bool{false, true} {
		s, uri := serve(t)
		s.transactions = transactions
		m := newMemory()
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			k := openREST(t, uri, m)
			wg.Go(func() {
				_, errs[i] = k.Commit(context.Background(), []Night{of("loans", day, "same"), of("nights", day, "same")})
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		check(t, "at once", openREST(t, uri, m), "loans", "append 2026-11-23\nloans/business_date=2026-11-23/same.parquet\n")
	}
}

func TestToken(t *testing.T) {
	s, uri := serve(t)
	s.token = "secret"
	_, err := Open(t.Context(), Config{Kind: REST, URI: uri}, newMemory())
	if err == nil || !strings.Contains(err.Error(), TokenVariable) || len(s.requests) != 1 {
		t.Errorf("without a token: %v after %d requests", err, len(s.requests))
	}
	t.Setenv(TokenVariable, "secret")
	commit(t, openREST(t, uri, newMemory()), of("loans", day, "a"))
}

func TestNoServer(t *testing.T) {
	for _, uri := range []string{"", "catalog.example", "ftp://catalog.example"} {
		if _, err := Open(t.Context(), Config{Kind: REST, URI: uri}, newMemory()); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

// A server that is not there is not taken for another writer, though it is asked again.
func TestServerThatIsNotThere(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	r := &rest{uri: s.URL, client: s.Client()}
	err := r.configure(t.Context())
	if !errors.Is(err, errAgain) || strings.Contains(err.Error(), "writer") || !strings.Contains(err.Error(), "GET config") || !strings.Contains(err.Error(), "can be reached") {
		t.Errorf("%v", err)
	}
}

func TestExpireAndRebuildInAServer(t *testing.T) {
	s, uri := serve(t)
	m := newMemory()
	k := openREST(t, uri, m)
	commit(t, k, of("loans", day, "a"), of("loans", day, "b"), of("loans", day+1, "a"))
	before := len(m.names())
	if n, err := k.Expire(t.Context(), "loans", noon.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("expired %d, %v, want 1", n, err)
	}
	if got := before - len(m.names()); got != 2 { // its manifest and its list
		t.Errorf("%d files were deleted, want 2", got)
	}
	check(t, "expired", k, "loans", "overwrite 2026-11-23\nappend 2026-11-24\nloans/business_date=2026-11-23/b.parquet\nloans/business_date=2026-11-24/a.parquet\n")

	m.root = "s3://lender/moved/"
	k = openREST(t, uri, m)
	moved := []Night{of("loans", day, "b"), of("loans", day+1, "a")}
	for i := range moved {
		moved[i].Files[0].Path = strings.Replace(moved[i].Files[0].Path, "/warehouse/", "/moved/", 1)
	}
	for _, want := range []string{"loans", ""} {
		changed, err := k.Rebuild(t.Context(), moved)
		if err != nil || strings.Join(changed, " ") != want {
			t.Errorf("rebuilt %q, %v, want %q", changed, err, want)
		}
	}
	if got := s.tables["loans"]; len(got.Snapshots) != 2 || got.Location != "s3://lender/moved/iceberg/daybook/loans" {
		t.Errorf("%d snapshots at %s", len(got.Snapshots), got.Location)
	}
	if got := commit(t, k, moved...); got != nil {
		t.Errorf("committed after: changed %q", got)
	}
}
