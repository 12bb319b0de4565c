package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A first night under the policy of another lender takes no row: what to do about it is said, and a policy that the book does not
// take later does not send anybody to publish again what is published.
func TestFirstNightUnderAnotherPolicy(t *testing.T) {
	dir := lender(t)
	policy := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("name: "+strings.TrimSuffix(name, ".yaml")+"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	says := func(status int, more ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if got := newApp(&stdout, &stderr).run(t.Context(), append(closeArgs(dir), more...)); got != status {
			t.Fatalf("exit status %d, want %d:\n%s", got, status, stderr.String())
		}
		return stderr.String()
	}
	euros, yuan := policy("euros.yaml", "currencies: [EUR]\n"), policy("yuan.yaml", "currencies: [CNY]\n")
	if said := says(statusAbove, "--policy", euros, "--dry-run"); !strings.Contains(said, "no row was taken: see that --policy is that of these files") {
		t.Errorf("a dry run says %q", said)
	}
	if said := says(statusAbove, "--policy", euros); !strings.Contains(said, "no row was taken, and the book has no loan") {
		t.Errorf("it says %q", said)
	}
	said := says(statusFailed, "--policy", yuan)
	if !strings.Contains(said, "leaves out the currency EUR") || !strings.Contains(said, "2026-11-23 is closed and published already, and nothing has changed") ||
		strings.Contains(said, "to publish it") {
		t.Errorf("with another policy it says %q", said)
	}
}
