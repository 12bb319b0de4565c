package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/objects"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// A night of files at S3 is the night of the same files in a folder, and nothing of them stays
// behind; what is not there, and what is no object storage, says what to do.
func TestInboxAtS3(t *testing.T) {
	dir := t.TempDir()
	backend := s3mem.New()
	if err := backend.CreateBucket("lender"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_S3": "", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "us-east-1", "AWS_PROFILE": "", "DAYBOOK_S3_PATH_STYLE": "1", "TMPDIR": temporary,
	} {
		t.Setenv(name, value)
	}
	run(t, "generate", "--out", filepath.Join(dir, "in"), "--loans", "50", "--nights", "1")
	inbox := filepath.Join(dir, "in", "2026-11-23")
	s, err := objects.Open(t.Context(), "s3://lender")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(inbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := s.PutFile(t.Context(), "in/2026-11-23/"+e.Name(), filepath.Join(inbox, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	closeFrom := func(name, in string) {
		run(t, "close", "--book", filepath.Join(dir, name+"-book"), "--in", in, "--out", filepath.Join(dir, name), "--date", "2026-11-23", "--quiet")
	}
	closeFrom("folder", inbox)
	closeFrom("s3", "s3://lender/in/2026-11-23")
	for _, path := range []string{"head", "loans/part-0000.parquet", "journal/part-0000.parquet"} {
		want, err := os.ReadFile(filepath.Join(dir, "folder", "2026-11-23", path))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "s3", "2026-11-23", path)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is another one, %v", path, err)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%d things stay behind, %v", len(left), err)
	}
	for in, want := range map[string]string{"s3://lender/in/2026-11-24": "nothing is at s3://lender/in/2026-11-24/", "s3://none/in": "none"} {
		var stdout, stderr bytes.Buffer
		status := newApp(&stdout, &stderr).run(t.Context(), []string{"close", "--book", filepath.Join(dir, "b"), "--in", in, "--out", filepath.Join(dir, "o"), "--date", "2026-11-23"})
		if status != statusFailed || !strings.Contains(stderr.String(), want) {
			t.Errorf("--in %s: exit status %d, %s", in, status, stderr.String())
		}
	}
}
