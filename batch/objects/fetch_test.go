package objects

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// putRaw puts an object under whatever key.
func (s *server) putRaw(t *testing.T, key, text string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/x", strings.NewReader(text))
	r.URL.Path = "/" + bucketName + "/" + key
	r.Header.Set("Content-Length", "0")
	if text != "" {
		r.Header.Set("Content-Length", "4")
	}
	w := httptest.NewRecorder()
	s.next.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%q: %d %s", key, w.Code, w.Body)
	}
}

// TestFetchRefusesKeys has keys that are no files below a folder. Nothing is made.
func TestFetchRefusesKeys(t *testing.T) {
	setEnvironment(t)
	for key, want := range map[string]string{
		"../x":                   `it has the segment ".."`,
		"a/../../x":              `it has the segment ".."`,
		"./x":                    `it has the segment "."`,
		"/etc/passwd":            "it begins with a slash",
		"a//b":                   "it has an empty segment",
		"sub/":                   "it ends in a slash, as the mark of a folder",
		`..\x`:                   "it has a backslash",
		"a\nb":                   "it has a control character",
		strings.Repeat("n", 256): "a segment has 256 bytes, at most 255",
		"ok":                     "others are below it",
	} {
		server := newServer(t)
		server.putRaw(t, "root/in/ok/file", "text")
		server.putRaw(t, "root/in/"+key, "text")
		dir := filepath.Join(t.TempDir(), "inbox")
		_, err := Fetch(t.Context(), server.open(t, "root"), "in/", dir)
		if err == nil || !strings.Contains(err.Error(), " of s3://lender/root/in/ can't be a file: "+want+"; remove it, or name another prefix") {
			t.Errorf("%q: %v, want %s", key, err, want)
		}
		if got := tree(t, filepath.Dir(dir)); got != "" {
			t.Errorf("%q: there is %s", key, got)
		}
	}
}

// TestFetch brings sub-folders, names that differ by case, and empty files; it takes no notice
// of the prefix's own mark, of writes under way and of prefixes that only begin alike.
func TestFetch(t *testing.T) {
	setEnvironment(t)
	server := newServer(t)
	for _, key := range []string{"root/in/a.csv", "root/in/A.csv", "root/in/sub/deep/b c+%.csv", "root/in2/other", "root/in/.daybook-1.tmp"} {
		server.putRaw(t, key, "text")
	}
	server.putRaw(t, "root/in/", "")
	server.putRaw(t, "root/in/empty", "")
	folder := newFolder(t, t.TempDir())
	for _, name := range []string{"in/a.csv", "in/A.csv", "in/sub/deep/b c+%.csv", "in2/other"} {
		if err := folder.Put(t.Context(), name, []byte("text")); err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.Put(t.Context(), "in/empty", nil); err != nil {
		t.Fatal(err)
	}
	for kind, x := range map[string]struct {
		store  Store
		prefix string
	}{"s3": {server.open(t, "root"), "in/"}, "s3, all": {server.open(t, "root/in"), ""}, "folder": {folder, "in/"}} {
		dir := filepath.Join(t.TempDir(), "new", "inbox")
		files, err := Fetch(t.Context(), x.store, x.prefix, dir)
		want := []Info{{"A.csv", 4}, {"a.csv", 4}, {"empty", 0}, {"sub/deep/b c+%.csv", 4}}
		if err != nil || !slices.Equal(files, want) {
			t.Errorf("%s: got %v (%v), want %v", kind, files, err, want)
		}
		got, err := OpenFolder(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := contents(t, got), "A.csv 4 \"text\"\na.csv 4 \"text\"\nempty 0 \"\"\nsub/deep/b c+%.csv 4 \"text\"\n"; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", kind, got, want)
		}
		if got, want := tree(t, filepath.Dir(filepath.Dir(dir))), "new new/inbox new/inbox/A.csv new/inbox/a.csv new/inbox/empty new/inbox/sub new/inbox/sub/deep new/inbox/sub/deep/b c+%.csv"; got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
		// What is there is not touched, but for an empty folder.
		if _, err := Fetch(t.Context(), x.store, x.prefix, dir); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s again: %v", kind, err)
		}
		if _, err := Fetch(t.Context(), x.store, x.prefix, t.TempDir()); err != nil {
			t.Errorf("%s into an empty folder: %v", kind, err)
		}
		if _, err := Fetch(t.Context(), x.store, "none/", filepath.Join(t.TempDir(), "x")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, nothing there: %v", kind, err)
		}
		if _, err := Fetch(t.Context(), x.store, "i", filepath.Join(t.TempDir(), "x")); err == nil {
			t.Errorf("%s: the prefix i is taken", kind)
		}
	}
}

// TestFetchNoticesChanges has an inbox change before each call of a fetch: it is fetched as
// it was or as it is then, or it is an error and nothing is there.
func TestFetchNoticesChanges(t *testing.T) {
	setEnvironment(t)
	changes := map[string]func(t *testing.T, s *server, old *S3){
		"put":      func(t *testing.T, s *server, _ *S3) { s.putRaw(t, "root/in/c", "text") },
		"put over": func(t *testing.T, s *server, _ *S3) { s.putRaw(t, "root/in/b", "also") },
		"delete": func(t *testing.T, s *server, _ *S3) {
			r := httptest.NewRequest(http.MethodDelete, "/"+bucketName+"/root/in/b", nil)
			s.next.ServeHTTP(httptest.NewRecorder(), r)
		},
	}
	for what, change := range changes {
		failed := 0
		for n := 1; n < 20; n++ {
			server := newServer(t)
			s := server.open(t, "root")
			server.putRaw(t, "root/in/a", "text")
			server.putRaw(t, "root/in/b", "text")
			before := contents(t, s)
			dir := filepath.Join(t.TempDir(), "inbox")
			server.begin(func(call int) fault {
				if call == n {
					change(t, server, s)
				}
				return none
			})
			_, err := Fetch(t.Context(), s, "in/", dir)
			calls := server.end()
			if n > calls {
				break
			}
			after := contents(t, s)
			if err != nil {
				failed++
				if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s before call %d: the folder is there (%v)", what, n, err)
				}
				continue
			}
			got := strings.ReplaceAll(contents(t, newFolder(t, filepath.Dir(dir))), "inbox/", "in/")
			if got != before && got != after {
				t.Errorf("%s before call %d: got\n%s", what, n, got)
			}
		}
		if failed < 3 {
			t.Errorf("%s: %d failed", what, failed)
		}
	}
}

// TestFetchKilled leaves a folder beside, which the next one into the same place removes; and
// not that of one under way, nor one into another place.
func TestFetchKilled(t *testing.T) {
	from := newFolder(t, t.TempDir())
	if err := from.Put(t.Context(), "a", []byte("text")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list, err := below(t.Context(), from, "")
	if err != nil {
		t.Fatal(err)
	}
	bring := func(name string, at func(string) error) error {
		local := newFolder(t, dir)
		local.at = at
		b := bringing{store: from, dir: name, local: local}
		_, err := b.bring(t.Context(), list)
		return err
	}
	if err := run(func() error { return bring("inbox", killedAt(1)) }); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if got := tree(t, dir); !strings.HasPrefix(got, ".daybook-") || !strings.HasSuffix(got, "-inbox.tmp/a") {
		t.Errorf("a kill left %s", got)
	}
	if err := bring("other", nil); err != nil {
		t.Error(err)
	}
	if got := tree(t, dir); !strings.HasPrefix(got, ".daybook-") || !strings.HasSuffix(got, "-inbox.tmp/a other other/a") {
		t.Errorf("another removed it: %s", got)
	}
	within := false
	err = bring("inbox", func(string) error {
		if within {
			return nil
		}
		within = true
		return bring("inbox", nil)
	})
	if !errors.Is(err, fs.ErrExist) { // the one within was first
		t.Error(err)
	}
	if got, want := tree(t, dir), "inbox inbox/a other other/a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
