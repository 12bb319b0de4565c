package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files of the bank that are called otherwise are passed over: where nothing is read at all, it is said which.
func TestReconcileSaysWhatItPassesOver(t *testing.T) {
	dir := closed(t, "30")
	bank := filepath.Join(dir, "bank")
	if err := os.Mkdir(bank, 0o700); err != nil {
		t.Fatal(err)
	}
	reconcile := []string{"reconcile", "--book", filepath.Join(dir, "book"), "--in", bank, "--out", filepath.Join(dir, "out"), "--date", "2026-11-24", "--dry-run"}
	if said := says(t, statusDone, reconcile...); strings.Contains(said, "passed over") { // an empty folder is a day without statements
		t.Errorf("it says %q", said)
	}
	for _, name := range []string{"a.sta", "b.sta", "c.sta", "d.sta", "e.sta", "f.sta"} {
		writeText(t, bank, name, "x")
	}
	if said := says(t, statusDone, reconcile...); !strings.Contains(said, "begin with statements") || !strings.Contains(said, "passed over: a.sta, b.sta, c.sta, d.sta, e.sta and 1 more") {
		t.Errorf("it says %q", said)
	}
}
