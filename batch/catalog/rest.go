package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"daybook/reports/iceberg"
)

// rest is a catalogue that is a server with Iceberg's REST protocol.
type rest struct {
	uri       string
	warehouse string
	token     string
	client    *http.Client

	prefix       string // of paths, as the server says, with a slash at its end
	transactions bool   // of many tables
	named        bool   // the namespace is known to be there
}

// transactionsEndpoint is what a server lists that commits many tables at once.
const transactionsEndpoint = "POST /v1/{prefix}/transactions/commit"

type identifier struct {
	Namespace []string `json:"namespace"`
	Name      string   `json:"name"`
}

// configure asks the server what it can do and where it has the warehouse.
func (r *rest) configure(ctx context.Context) error {
	u, err := url.Parse(r.uri)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("iceberg catalogue %q: give the address of the server, without /v1", r.uri)
	}
	path := "config"
	if r.warehouse != "" {
		path += "?warehouse=" + url.QueryEscape(r.warehouse)
	}
	var config struct {
		Defaults  map[string]string `json:"defaults"`
		Overrides map[string]string `json:"overrides"`
		Endpoints []string          `json:"endpoints"`
	}
	if err := r.call(ctx, http.MethodGet, path, nil, &config); err != nil {
		return err
	}
	prefix := config.Overrides["prefix"]
	if prefix == "" {
		prefix = config.Defaults["prefix"]
	}
	if prefix != "" {
		r.prefix = prefix + "/"
	}
	r.transactions = slices.Contains(config.Endpoints, transactionsEndpoint)
	return nil
}

func (r *rest) namespacePath() string { return r.prefix + "namespaces/" + iceberg.Namespace }

func (r *rest) tablePath(table string) string {
	return r.namespacePath() + "/tables/" + url.PathEscape(table)
}

func (r *rest) load(ctx context.Context, table string) (*head, error) {
	var answer struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	err := r.call(ctx, http.MethodGet, r.tablePath(table), nil, &answer)
	if statusOf(err) == http.StatusNotFound {
		return &head{}, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := iceberg.DecodeMetadata(answer.Metadata)
	if err != nil {
		return nil, err
	}
	return &head{metadata: m}, nil
}

// create makes a table, as it would be without a first commit. The server is asked for a
// staged table and then told all that it is: one that is created in a single call gets new
// column ids from the server, and the files have theirs already.
func (r *rest) create(ctx context.Context, table string, m *iceberg.Metadata) (*head, error) {
	if err := r.make(ctx, table, m); err != nil {
		return nil, err
	}
	h, err := r.load(ctx, table)
	if err == nil && h.metadata == nil {
		err = fmt.Errorf("the server created the table and does not have it: %w", errAgain)
	}
	return h, err
}

func (r *rest) make(ctx context.Context, table string, m *iceberg.Metadata) error {
	if err := r.nameSpace(ctx); err != nil {
		return err
	}
	stage := map[string]any{
		"name": table, "location": m.Location, "schema": m.Schema(), "partition-spec": m.Specs[0], "write-order": m.Orders[0],
		"stage-create": true, "properties": m.Properties,
	}
	var staged struct {
		Metadata struct {
			UUID     string `json:"table-uuid"`
			Location string `json:"location"`
		} `json:"metadata"`
	}
	if err := r.call(ctx, http.MethodPost, r.namespacePath()+"/tables", stage, &staged); err != nil {
		return err
	}
	uuid, location := staged.Metadata.UUID, staged.Metadata.Location
	if uuid == "" {
		uuid = m.UUID
	}
	if location == "" {
		location = m.Location
	}
	body := commitRequest{identifier{[]string{iceberg.Namespace}, table}, []requirement{{Type: "assert-create"}}, createUpdates(m, uuid, location)}
	return r.call(ctx, http.MethodPost, r.tablePath(table), body, nil)
}

// nameSpace makes the namespace where it is not there. One that another publisher made in
// between is found when the commit is tried again.
func (r *rest) nameSpace(ctx context.Context) error {
	if r.named {
		return nil
	}
	err := r.call(ctx, http.MethodGet, r.namespacePath(), nil, nil)
	if statusOf(err) == http.StatusNotFound {
		body := map[string]any{"namespace": []string{iceberg.Namespace}, "properties": map[string]string{}}
		err = r.call(ctx, http.MethodPost, r.prefix+"namespaces", body, nil)
	}
	r.named = err == nil
	return err
}

func (r *rest) together() bool { return r.transactions }

func (r *rest) commit(ctx context.Context, changes []*change) error {
	requests := make([]commitRequest, len(changes))
	for i, c := range changes {
		requests[i] = c.request()
	}
	if len(requests) == 1 {
		return lost(r.call(ctx, http.MethodPost, r.tablePath(changes[0].table), requests[0], nil))
	}
	body := map[string]any{"table-changes": requests}
	return lost(r.call(ctx, http.MethodPost, r.prefix+"transactions/commit", body, nil))
}

// lost makes a table that was dropped since it was loaded a reason to look again.
func lost(err error) error {
	if statusOf(err) == http.StatusNotFound {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return err
}

// settle has nothing to mend: a server's commit is whole.
func (r *rest) settle(context.Context, string, *head) error { return nil }

func (r *rest) settled(context.Context, string, *head) (bool, error) { return true, nil }

// replace drops a table without its files, and makes it again.
func (r *rest) replace(ctx context.Context, table string, m *iceberg.Metadata) error {
	err := r.call(ctx, http.MethodDelete, r.tablePath(table)+"?purgeRequested=false", nil, nil)
	if err != nil && statusOf(err) != http.StatusNotFound {
		return err
	}
	return r.make(ctx, table, m)
}
