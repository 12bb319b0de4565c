package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"daybook/ledger/civil"
)

// TestDestroy: a book that was made and is given up again leaves nothing of its own,
// and touches nothing else.
func TestDestroy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Destroy(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "mine.txt" {
		t.Errorf("the folder has %v, %v; want mine.txt", entries, err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closed after: %v", err)
	}
}

// TestDestroyKeepsNights: a book that has closed a night is never removed.
func TestDestroyKeepsNights(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := b.Begin(civil.Of(2026, 2, 14))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.PutNight([]byte("{}")), n.Commit()); err != nil {
		t.Fatal(err)
	}
	if err := b.Destroy(); err == nil {
		t.Error("a book with a night is removed")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir, Options{}); err != nil {
		t.Fatalf("it can't be opened any more: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLockOfARemovedBook: who waited for the lock of a book that was given up
// meanwhile has no book's lock, and takes that of the file that is there now.
func TestLockOfARemovedBook(t *testing.T) {
	dir := t.TempDir()
	first, err := tryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := tryLock(dir); !errors.As(err, &locked) {
		t.Fatalf("a second lock: %v", err)
	}
	if err := Vacant(dir, Options{}); !errors.As(err, &locked) {
		t.Errorf("a folder in which another makes a book: %v", err)
	}
	first.gone = true
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Vacant(dir, Options{}); err != nil {
		t.Errorf("given up: %v", err)
	}
	second, err := tryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := tryLock(dir); !errors.As(err, &locked) {
		t.Errorf("the new file's lock is not held: %v", err)
	}
}

// TestForeignFilesInABook: what is none of the book's files is not cleared away with
// what a killed run left.
func TestForeignFilesInABook(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, buildName, "mine.txt")
	if err := errors.Join(os.MkdirAll(filepath.Dir(mine), 0o700), os.WriteFile(mine, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("the book is opened over a file that is none of its own")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}
