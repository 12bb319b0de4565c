package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildAside: a night is built from a book that is open for reading only, in a folder
// outside of it; it is never committed, and no byte of the book changes.
func TestBuildAside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	hash, id := Hash([]byte("L1")), []byte("L1")
	n := begin(t, b, 1)
	p, err := n.Part(0, Partitions)
	if err != nil {
		t.Fatal(err)
	}
	if _, finished := p.Finish(); errors.Join(finished, n.PutNight([]byte("night")), n.Commit(), b.Close()) != nil {
		t.Fatal("the book is not made")
	}
	before := treeOf(t, dir)
	if b, err = OpenReadOnly(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Begin(2); err == nil {
		t.Error("a book that is open for reading builds in its own folder")
	}
	aside := filepath.Join(filepath.Dir(dir), "aside")
	if _, err := b.BeginAside(1, aside); err == nil {
		t.Error("a closed night is built again")
	}
	if n, err = b.BeginAside(2, aside); err != nil {
		t.Fatal(err)
	}
	if p, err = n.Part(0, Partitions); err != nil {
		t.Fatal(err)
	}
	added := p.Add(Loans, hash, id, nil, []byte("record"))
	if _, err := p.Finish(); errors.Join(added, err, n.PutNight([]byte("night"))) != nil {
		t.Fatal(added, err)
	}
	if built := treeOf(t, aside); !strings.Contains(built, ".sst") {
		t.Errorf("the folder has %s", built)
	}
	if err := n.Commit(); err == nil || !strings.Contains(err.Error(), "never committed") {
		t.Errorf("a night that was built aside is committed: %v", err)
	}
	if _, err := os.Stat(aside); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if err := b.Close(); err != nil || treeOf(t, dir) != before {
		t.Errorf("%v, or the book is not as it was", err)
	}
	if err := os.MkdirAll(aside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(aside, "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err = OpenReadOnly(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.BeginAside(2, aside); err == nil || !strings.Contains(err.Error(), "mine.txt") {
		t.Errorf("a folder with a file of others: %v", err)
	}
}

// treeOf is the files below a folder with their bytes.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		list.WriteString(path + " ")
		list.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
