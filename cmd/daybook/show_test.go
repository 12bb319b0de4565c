package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The id of an entry is below zero where its night is before 1970.
func TestEntriesBefore1970AreAskedFor(t *testing.T) {
	book := filepath.Join(closed(t, "40"), "book")
	if said := says(t, statusFailed, "show", "entry", "--book", book, "--", "-401579442175"); !strings.Contains(said, "no entry -401579442175: it is of no night") {
		t.Error(said)
	}
	says(t, statusUsage, "show", "entry", "--book", book, "0")
}
