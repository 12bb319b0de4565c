package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files of the bank that are called otherwise are passed over: where nothing is read at all, it is said which.
func TestReconcileSaysWhatItPassesOver(t *testing.T) {
	dir := closed(t, "30")
	nights, err := filepath.Glob(filepath.Join(dir, "out", "2*"))
	if err != nil || len(nights) == 0 {
		t.Fatal(err, "no night")
	}
	bank := filepath.Join(dir, "bank")
	if err := os.Mkdir(bank, 0o700); err != nil {
		t.Fatal(err)
	}
	reconcile := func() string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		status := newApp(&stdout, &stderr).run(t.Context(), []string{"reconcile", "--book", filepath.Join(dir, "book"), "--in", bank,
			"--out", filepath.Join(dir, "out"), "--date", filepath.Base(nights[len(nights)-1]), "--dry-run"})
		if status != statusDone && status != statusAbove {
			t.Fatalf("exit status %d:\n%s", status, stderr.String())
		}
		return stderr.String()
	}
	if said := reconcile(); strings.Contains(said, "passed over") { // an empty folder is a day without statements
		t.Errorf("it says %q", said)
	}
	for _, name := range []string{"a.sta", "b.sta", "c.sta", "d.sta", "e.sta", "f.sta"} {
		if err := os.WriteFile(filepath.Join(bank, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := reconcile(); !strings.Contains(said, "begin with statements") || !strings.Contains(said, "passed over: a.sta, b.sta, c.sta, d.sta, e.sta and 1 more") {
		t.Errorf("it says %q", said)
	}
}
