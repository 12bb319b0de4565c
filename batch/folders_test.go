package batch

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// TestNothingForeignIsEverChanged draws where book, inbox and output folders lie, in
// each other or not, through links or not, and what else lies about, and closes two
// nights, puts the book back, closes one again and publishes again. Whatever of that
// is done or refused, every file that is not Daybook's is as it was.
func TestNothingForeignIsEverChanged(t *testing.T) {
	t.Parallel()
	done, refused := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		root := folder(t)
		defer os.RemoveAll(root)
		w := &world{r: r, t: t, root: root}
		defer func() {
			for _, what := range w.ran {
				if strings.Contains(what, ": ") {
					refused++
				} else {
					done++
				}
			}
		}()
		w.draw()
		w.scatter("before")
		w.run("2026-02-14", false)
		w.scatter("between")
		put := filepath.Join(root, "copy of the book")
		_ = os.CopyFS(put, os.DirFS(w.o.Book)) // there may be none
		w.run("2026-02-15", false)
		w.report()
		w.scatter("late")
		if w.swap(put) {
			w.run("2026-02-15", true)
		}
		w.report()
		w.check()
	})
	t.Logf("%d done, %d refused", done, refused)
	if done == 0 || refused == 0 {
		t.Errorf("%d closes and reports were done and %d refused: the test draws too narrowly", done, refused)
	}
}

// A world is a file system with a lender somewhere in it.
type world struct {
	r       *rapid.T
	t       *testing.T
	root    string
	o       Options
	foreign map[string][sha256.Size]byte
	ran     []string
}

// places are where folders are drawn from: in each other, in a night's place, apart.
var places = []string{
	"a", "a/b", "a/b/c", "a/2026-02-14", "a/2026-02-15", "a/2026-02-14/loans", "a/.staging-2026-02-14", "a/.staging-2026-02-15/night",
	"a/db", "a/build", "b", "b/2026-02-14", "link", "link/b", "link/2026-02-14", "dangling", "new/deep/er",
}

func (w *world) draw() {
	must := func(err error) {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	must(os.Symlink("a", filepath.Join(w.root, "link")))
	must(os.Symlink("b/2026-02-15", filepath.Join(w.root, "dangling")))
	place := func(label string) string {
		return filepath.Join(w.root, rapid.SampledFrom(places).Draw(w.r, label))
	}
	w.o = Options{Book: place("book"), In: place("in"), Out: place("out"), Workers: 2, Allow: unguarded}
	w.o.Allow.Unread, w.o.Allow.Create = rapid.Bool().Draw(w.r, "unread"), rapid.Bool().Draw(w.r, "create")
	w.o.DryRun = rapid.IntRange(0, 5).Draw(w.r, "dry") == 0
	w.foreign = map[string][sha256.Size]byte{}
}

// scatter puts files of others anywhere, the night's inputs among them.
func (w *world) scatter(when string) {
	names := []string{
		"notes.txt", "manifest.json", "_SUCCESS", "report.html", "loans/mine.parquet", "regulatory/notes.csv", "night/x", "replaced/x",
		"daybook-staging", "2026-02-14/notes.txt", "2026-02-14/queue/mine.csv", "2026-02-15/manifest.json", ".staging-2026-02-14/x",
		".staging-2026-02-15/night/x", "db/mine", "build/mine", "seal.txt", "lock.txt",
	}
	dirs := append([]string{""}, places...)
	for range rapid.IntRange(0, 4).Draw(w.r, when) {
		dir, name := rapid.SampledFrom(dirs).Draw(w.r, "dir"), rapid.SampledFrom(names).Draw(w.r, "name")
		path := filepath.Join(w.root, dir, name)
		content := rapid.SampledFrom([]string{"mine", "{}", `{"format_version": 1, "business_date": "2026-02-14"}`}).Draw(w.r, "content")
		w.add(path, content)
	}
}

// add writes a file of another where there is none.
func (w *world) add(path, content string) {
	if _, err := os.Stat(path); err == nil {
		return
	}
	if os.MkdirAll(filepath.Dir(path), 0o755) != nil || os.WriteFile(path, []byte(content), 0o644) != nil {
		return // a file stands where its folder would be
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		w.foreign[real] = sha256.Sum256([]byte(content))
	}
}

// run closes a night whose inputs are put into the inbox first.
func (w *world) run(date string, restored bool) {
	if os.MkdirAll(w.o.In, 0o755) != nil {
		return
	}
	file := filepath.Join(w.o.In, "repayments-"+date+".parquet")
	if date == "2026-02-14" {
		file = filepath.Join(w.o.In, "loans-"+date+".parquet")
		_ = parquet.WriteFile(file, []loanFile{aLoan(w.t, "L1", "2026-01-15", "2026-02-15")}) // where it can't be there is no inbox
	} else {
		id := "P1"
		if restored {
			id = "P2"
			file += "2.parquet"
		}
		_ = parquet.WriteFile(file, []repaymentFile{pays(w.t, id, "L1", date, "5.00")})
	}
	if data, err := os.ReadFile(file); err == nil {
		if real, err := filepath.EvalSymlinks(file); err == nil {
			w.foreign[real] = sha256.Sum256(data)
		}
	}
	o := w.o
	o.Date, o.Allow.Restored = day(w.t, date), restored
	_, err := Close(w.t.Context(), o)
	w.note("close "+date, err)
}

// report publishes the nights again.
func (w *world) report() {
	b, err := store.OpenReadOnly(w.o.Book, store.Options{})
	if err != nil {
		return
	}
	defer b.Close()
	for _, d := range []civil.Date{civil.None, day(w.t, "2026-02-14")} {
		_, err := publish.Report(w.t.Context(), b, publish.ReportOptions{Out: w.o.Out, Date: d, Workers: 2})
		w.note("report", err)
	}
}

func (w *world) note(what string, err error) {
	if err != nil {
		what += ": " + err.Error()
	}
	w.ran = append(w.ran, what)
}

// swap puts the copy of the book back in the book's place, as an operator would who
// restores a backup; only where nothing of others lies in it.
func (w *world) swap(put string) bool {
	if _, err := os.Stat(filepath.Join(put, "seal")); err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(w.o.Book)
	if err != nil {
		return false
	}
	for path := range w.foreign {
		if strings.HasPrefix(path, real+"/") {
			return false
		}
	}
	if os.RemoveAll(real) != nil {
		return false
	}
	return os.Rename(put, real) == nil
}

func (w *world) check() {
	for path, want := range w.foreign {
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			w.r.Errorf("%s is gone; book %s, in %s, out %s; ran %q", path, w.o.Book, w.o.In, w.o.Out, w.ran)
		case err != nil:
			w.t.Fatal(err)
		case sha256.Sum256(data) != want:
			w.r.Errorf("%s has changed; book %s, in %s, out %s; ran %q", path, w.o.Book, w.o.In, w.o.Out, w.ran)
		}
	}
}
