package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A head of another book is told from one of which something was removed or changed.
func TestHeadOfAnotherBook(t *testing.T) {
	one, other := closed(t, "30"), closed(t, "50")
	verify := func(book, head string) []string {
		return []string{"verify", "--book", filepath.Join(book, "book"), "--head", filepath.Join(head, "out", "2026-11-24", "head"), "--unsigned"}
	}
	for _, x := range [][2]string{{one, other}, {other, one}} {
		if said := says(t, statusFault, verify(x[0], x[1])...); !strings.Contains(said, "is of another book, ") {
			t.Errorf("it says %q", said)
		}
		run(t, verify(x[0], x[0])...)
	}
}
