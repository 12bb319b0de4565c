package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A book that any release left is opened by this one, which publishes its nights
// again with the same bytes, but for queues of the kind that it does not write any more, and
// closes the next.
func TestBooksOfEarlierReleases(t *testing.T) {
	folders, err := filepath.Glob("../../testdata/books/*/book")
	if err != nil || len(folders) == 0 {
		t.Fatalf("%d books: %v", len(folders), err)
	}
	for _, folder := range folders {
		kept := filepath.Dir(folder)
		t.Run(filepath.Base(kept), func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"book", "out"} {
				if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(kept, name))); err != nil {
					t.Fatal(err)
				}
			}
			nights := namesIn(t, filepath.Join(kept, "out"))
			book, out, last := filepath.Join(dir, "book"), filepath.Join(dir, "out"), len(nights)-1
			run(t, "verify", "--book", book)
			run(t, "verify", "--book", book, "--out", out)
			for i, night := range nights {
				proved := provedOfOlder
				if i == last {
					today := exists(filepath.Join(kept, "out", night, "queue", "task_loans.parquet")) // of the kind that is written today
					proved = func(path string) bool { return today || !ofQueue(path) }
				}
				reportsTheSame(t, book, filepath.Join(kept, "out"), night, proved)
			}
			next := namesIn(t, filepath.Join(kept, "next"))
			for _, night := range next {
				run(t, "close", "--book", book, "--in", filepath.Join(kept, "next", night), "--out", out, "--date", night)
			}
			run(t, "verify", "--book", book)
			run(t, "verify", "--book", book, "--out", out)
			for _, night := range nights {
				reportsTheSame(t, book, filepath.Join(kept, "out"), night, provedOfOlder)
			}
			reportsTheSame(t, book, out, next[len(next)-1], func(string) bool { return true })
			for _, night := range append(nights, next...) {
				if head := filepath.Join(out, night, "head"); exists(head) {
					run(t, "verify", "--book", book, "--unsigned", "--head", head)
				}
			}
			root := filepath.Join(dir, "warehouse")
			for _, night := range append(nights, next...) {
				if exists(filepath.Join(out, night, "accounts.parquet")) { // has what a warehouse takes
					run(t, "warehouse", "publish", "--book", book, "--out", out, "--date", night, "--root", root)
				}
			}
			run(t, "verify", "--root", root, "--unsigned", "--head", filepath.Join(out, next[len(next)-1], "head"))
		})
	}
}

// A loan whose nights have pages of both formats has one proof.
func TestProofOverFormats(t *testing.T) {
	dir, kept := t.TempDir(), "../../testdata/books/layout-6"
	book, proof := filepath.Join(dir, "book"), filepath.Join(dir, "proof.json")
	if err := os.CopyFS(book, os.DirFS(filepath.Join(kept, "book"))); err != nil {
		t.Fatal(err)
	}
	run(t, "close", "--book", book, "--in", filepath.Join(kept, "next", "2026-11-25"), "--out", filepath.Join(dir, "out"), "--date", "2026-11-25")
	run(t, "prove", "--book", book, "--loan", "L0000000008", "--out", proof)
	run(t, "verify", "--proof", proof, "--unsigned")
	b, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"daybook journal 1 2026-11-23 ", "daybook journal 2 2026-11-25 "} {
		if !bytes.Contains(b, []byte(page)) {
			t.Errorf("the proof has no page that begins with %q", page)
		}
	}
}

// reportsTheSame reports a night into an empty folder and compares it with the one that
// was published: what a book still proves of it is there, and nothing else.
func reportsTheSame(t *testing.T, book, published, night string, proved func(path string) bool) {
	t.Helper()
	again := t.TempDir()
	run(t, "report", "--book", book, "--out", again, "--date", night)
	want, got := filesIn(t, filepath.Join(published, night)), filesIn(t, filepath.Join(again, night))
	for path, data := range want {
		switch other, ok := got[path]; {
		case !ok && !proved(path):
		case !ok:
			t.Errorf("%s of %s is not there", path, night)
		case !bytes.Equal(other, data):
			t.Errorf("%s of %s has other bytes than were published", path, night)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok || !proved(path) {
			t.Errorf("%s of %s is there", path, night)
		}
	}
}

func provedOfOlder(path string) bool { return !ofLoans(path) }

// ofQueue reports whether an output is of the queue, or is the mark that all outputs are
// there.
func ofQueue(path string) bool { return strings.HasPrefix(path, "queue/") || path == "_SUCCESS" }

// ofLoans reports whether an output comes from the loans, of which a book has only those
// of its last night, or is the mark that all outputs are there.
func ofLoans(path string) bool {
	folder, _, _ := strings.Cut(path, "/")
	return slices.Contains([]string{"loans", "score_adjustments", "contracts", "queue", "_SUCCESS"}, folder)
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s: %d entries, error %v", dir, len(entries), err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
