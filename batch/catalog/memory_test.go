package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

// memory is a store that can be told to fail.
type memory struct {
	mu    sync.Mutex
	root  string
	files map[string][]byte
	// fail says of call n whether it fails, and whether it fails after it was done.
	fail  func(n int) (fails, after bool)
	calls int
	log   []string // what was written
}

var errCut = errors.New("the plug was pulled")

func newMemory() *memory { return &memory{root: "s3://lender/warehouse/", files: map[string][]byte{}} }

// do does a call, or fails before it or after it.
func (m *memory) do(what string, call func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	fails, after := false, false
	if m.fail != nil {
		fails, after = m.fail(m.calls)
	}
	if fails && !after {
		return errCut
	}
	err := call()
	if fails {
		return errCut
	}
	if err == nil && what != "" {
		m.log = append(m.log, what)
	}
	return err
}

func (m *memory) URL(name string) string { return m.root + name }

func (m *memory) Stat(_ context.Context, name string) (info objects.Info, err error) {
	err = m.do("", func() error {
		b, is := m.files[name]
		if !is {
			return fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		info = objects.Info{Name: name, Size: int64(len(b))}
		return nil
	})
	return info, err
}

func (m *memory) List(_ context.Context, prefix string) (infos []objects.Info, err error) {
	err = m.do("", func() error {
		for name, b := range m.files {
			if strings.HasPrefix(name, prefix) {
				infos = append(infos, objects.Info{Name: name, Size: int64(len(b))})
			}
		}
		slices.SortFunc(infos, func(a, b objects.Info) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	return infos, err
}

func (m *memory) Open(context.Context, string) (objects.Reader, error) {
	panic("the catalogue opens no file")
}

func (m *memory) Read(_ context.Context, name string, most int64) (out []byte, err error) {
	err = m.do("", func() error {
		b, is := m.files[name]
		if !is {
			return fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		if int64(len(b)) > most {
			return fmt.Errorf("%s has %d bytes", name, len(b))
		}
		out = bytes.Clone(b)
		return nil
	})
	return out, err
}

func (m *memory) Put(_ context.Context, name string, b []byte) error {
	return m.do("put "+name, func() error { m.files[name] = bytes.Clone(b); return nil })
}

func (m *memory) PutIfAbsent(_ context.Context, name string, b []byte) error {
	return m.do("put "+name, func() error {
		if had, is := m.files[name]; is {
			if !bytes.Equal(had, b) && strings.HasSuffix(name, ".avro") {
				panic(name + " is there with other bytes")
			}
			return fmt.Errorf("%s: %w", name, fs.ErrExist)
		}
		m.files[name] = bytes.Clone(b)
		return nil
	})
}

func (m *memory) PutFile(context.Context, string, string) error {
	return errors.New("the catalogue brings no file")
}

func (m *memory) Delete(_ context.Context, names ...string) error {
	return m.do("delete", func() error {
		for _, name := range names {
			delete(m.files, name)
		}
		return nil
	})
}

// names are the names of the files, by name.
func (m *memory) names() (names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var (
	day  = civil.Of(2026, 11, 23)
	noon = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
)

var columns = []iceberg.Column{
	{ID: 1, Name: "business_date", Required: true, Type: iceberg.Date},
	{ID: 2, Name: "loan_id", Required: true, Type: iceberg.String},
	{ID: 3, Name: "balance", Required: true, Type: iceberg.Decimal(18, 2)},
	{ID: 4, Name: "dpd", Type: iceberg.Int},
}

// of is a night of a table with files of these names.
func of(table string, d civil.Date, files ...string) Night {
	n := Night{Table: table, Date: d, Schema: iceberg.Schema{Columns: columns}, Properties: map[string]string{"daybook.software": "test"}}
	if table == "loans" {
		n.SortBy = "loan_id"
	}
	for _, f := range files {
		n.Files = append(n.Files, iceberg.DataFile{
			Path: fmt.Sprintf("s3://lender/warehouse/%s/business_date=%s/%s.parquet", table, d, f), Date: d, Rows: 10, Bytes: 1000, SplitOffsets: []int64{4},
			Columns: []iceberg.ColumnStats{{ID: 1, Bytes: 40, Values: 10}, {ID: 2, Bytes: 90, Values: 10, Lower: []byte("L1"), Upper: []byte("L9")}},
		})
	}
	return n
}

// open opens a catalogue in the root, at a time that goes on by a second with each look.
func open(t *testing.T, store objects.Store, c Config) *Catalog {
	t.Helper()
	var mu sync.Mutex
	now := noon
	c.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
	k, err := Open(t.Context(), c, store)
	if err != nil {
		t.Fatal(err)
	}
	k.pause = time.Microsecond
	return k
}

func commit(t *testing.T, k *Catalog, nights ...Night) []string {
	t.Helper()
	changed, err := k.Commit(t.Context(), nights)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// state is a table: its live files by date, its snapshots and what each did.
func state(t *testing.T, k *Catalog, table string) string {
	t.Helper()
	h, err := k.tables.load(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if h.metadata == nil {
		return "none\n"
	}
	var out strings.Builder
	for _, s := range h.metadata.Snapshots {
		fmt.Fprintf(&out, "%s %s\n", s.Summary["operation"], s.Summary[iceberg.DateProperty])
	}
	files, err := k.Files(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		fmt.Fprintln(&out, strings.TrimPrefix(files[i].Path, "s3://lender/warehouse/"))
	}
	return out.String()
}

// check compares a table's state.
func check(t *testing.T, step string, k *Catalog, table, want string) {
	t.Helper()
	if got := state(t, k, table); got != want {
		t.Errorf("%s: table %s is\n%s\nwant\n%s", step, table, got, want)
	}
}

func TestMain(m *testing.M) {
	os.Unsetenv(TokenVariable)
	os.Exit(m.Run())
}
