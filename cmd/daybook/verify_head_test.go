package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// A head of another book is told from one of which something was removed or changed.
func TestHeadOfAnotherBook(t *testing.T) {
	one, other := closed(t, "30"), closed(t, "50")
	head := func(dir string) string {
		nights, err := filepath.Glob(filepath.Join(dir, "out", "2*", "head"))
		if err != nil || len(nights) == 0 {
			t.Fatal(err, "no night")
		}
		return nights[len(nights)-1]
	}
	for _, x := range [][2]string{{one, other}, {other, one}} {
		var stdout, stderr bytes.Buffer
		status := newApp(&stdout, &stderr).run(t.Context(), []string{"verify", "--book", filepath.Join(x[0], "book"), "--head", head(x[1]), "--unsigned"})
		if status != statusFault || !strings.Contains(stderr.String()+stdout.String(), "is of another book, ") {
			t.Errorf("exit status %d:\n%s%s", status, stdout.String(), stderr.String())
		}
		run(t, "verify", "--book", filepath.Join(x[0], "book"), "--head", head(x[0]), "--unsigned")
	}
}
