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

// Dates are reconciled in their order: an earlier one is refused, with what to do about statements that came late.
func TestReconcileInOrder(t *testing.T) {
	dir := closed(t, "30")
	bank := filepath.Join(dir, "bank")
	if err := os.Mkdir(bank, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, night := range []struct {
		date   string
		status int
	}{{"2026-11-24", statusDone}, {"2026-11-23", statusFailed}} {
		said := says(t, night.status, "reconcile", "--book", filepath.Join(dir, "book"), "--in", bank, "--out", filepath.Join(dir, "out"), "--date", night.date)
		if night.status != statusDone && (!strings.Contains(said, "2026-11-24 already is") || !strings.Contains(said, "statements that come late come with that") || strings.Contains(said, "put their files")) {
			t.Errorf("%s: it says %q", night.date, said)
		}
	}
}
