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
					_, err := os.Stat(filepath.Join(kept, "out", night, "queue", "task_loans.parquet"))
					proved = func(path string) bool { return err == nil || !ofQueue(path) } // of the kind that is written today
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
		})
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
