package warehouse

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"daybook/batch/catalog"
	"daybook/batch/objects"
	"daybook/ledger/proof"
	"daybook/ledger/store"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// A cloud is object storage in this process, of which every n-th answer is a fault.
type cloud struct {
	next  http.Handler
	mu    sync.Mutex
	calls int
	every int // 0: no faults
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.calls++
	fault := c.every > 0 && c.calls%c.every == 0
	c.mu.Unlock()
	if fault {
		http.Error(w, "come again", http.StatusServiceUnavailable)
		return
	}
	c.next.ServeHTTP(w, r)
}

// atS3 makes a bucket and says where it is.
func atS3(t *testing.T) *cloud {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("lender"); err != nil {
		t.Fatal(err)
	}
	c := &cloud{next: gofakes3.New(backend).Server()}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_S3": "", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "us-east-1", "AWS_PROFILE": "", "DAYBOOK_S3_PATH_STYLE": "1",
	} {
		t.Setenv(name, value)
	}
	return c
}

// A root at S3 has what a folder has, also where some answers are faults; it is proved in place.
func TestARootAtS3(t *testing.T) {
	l := closedLender(t, 40, 2)
	l.published("folder", l.nights[0], l.nights[1], true)
	c := atS3(t)
	for _, every := range []int{0, 97} {
		c.every = every
		root := fmt.Sprintf("s3://lender/warehouse-%d", every)
		b, err := store.OpenReadOnly(l.path("book"), store.Options{})
		l.must(err)
		o := Options{Out: l.path("out"), Root: root, From: l.nights[0], To: l.nights[1], Iceberg: true, Software: "daybook test"}
		list, err := Publish(t.Context(), b, o)
		l.must(err)
		if len(list) != 2 || list[1].Written == 0 {
			t.Errorf("%s: %+v", root, list)
		}
		if list, err = Publish(t.Context(), b, o); err != nil || !list[0].Again || !list[1].Again {
			t.Errorf("%s, again: %+v, %v", root, list, err)
		}
		l.must(b.Close())
		v, err := Verify(t.Context(), root, nil, catalog.Config{})
		l.must(err)
		if len(v.Faults) > 0 || v.Nights != 2 {
			t.Errorf("%s: %+v", root, v)
		}
		if _, err := VerifyHead(t.Context(), root, l.keys, l.head(l.nights[0]), l.head(l.nights[1])); err != nil {
			t.Errorf("%s: %v", root, err)
		}
		same(t, l, root)
		c.every = 0
	}
	// A byte of the journal there is found.
	s, err := objects.Open(t.Context(), "s3://lender/warehouse-0")
	l.must(err)
	infos, err := s.List(t.Context(), "journal/")
	l.must(err)
	data, err := s.Read(t.Context(), infos[1].Name, 1<<20)
	l.must(err)
	data[len(data)/3] ^= 1
	l.must(s.Put(t.Context(), infos[1].Name, data))
	if _, err := VerifyHead(t.Context(), "s3://lender/warehouse-0", l.keys, l.head(l.nights[1])); !isMismatch(err) {
		t.Errorf("a byte of %s: %v", infos[1].Name, err)
	}
}

func isMismatch(err error) bool {
	_, ok := err.(*proof.MismatchError)
	return ok
}

// same holds a root to that of the folder, but for Iceberg's own files.
func same(t *testing.T, l *lender, root string) {
	t.Helper()
	s, err := objects.Open(t.Context(), root)
	l.must(err)
	var b strings.Builder
	infos, err := s.List(t.Context(), "")
	l.must(err)
	for _, info := range infos {
		if strings.HasPrefix(info.Name, "iceberg/") {
			continue
		}
		data, err := s.Read(t.Context(), info.Name, 64<<20)
		l.must(err)
		fmt.Fprintf(&b, "%s %s\n", sumOf(data)[:12], info.Name)
	}
	lines := strings.Split(strings.TrimSpace(snapshot(t, l.path("folder"))), "\n")
	have := map[string]bool{}
	for _, line := range lines {
		have[line] = true
	}
	n := 0
	for line := range strings.Lines(b.String()) {
		if n++; !have[strings.TrimSpace(line)] {
			t.Errorf("%s has %s, and the folder not", root, line)
		}
	}
	if n != len(lines) {
		t.Errorf("%s has %d files, the folder %d", root, n, len(lines))
	}
	k, err := catalog.Open(t.Context(), catalog.Config{}, s)
	l.must(err)
	files, err := k.Files(t.Context(), "loans")
	if err != nil || len(files) != 2 || !strings.HasPrefix(files[0].Path, root+"/loans/business_date=") {
		t.Errorf("Iceberg's loans at %s are %+v, %v", root, files, err)
	}
}
