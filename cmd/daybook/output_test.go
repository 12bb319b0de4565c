package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs a command within the test and returns what it printed.
func run(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	if status := newApp(&out, &errs).run(t.Context(), args); status != statusDone {
		t.Fatalf("daybook %s: exit status %d\n%s", strings.Join(args, " "), status, errs.String())
	}
	return out.String()
}

// says runs a command that ends with a status, and returns what it says on stderr.
func says(t *testing.T, status int, args ...string) (stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := newApp(&out, &errs).run(t.Context(), args); got != status {
		t.Fatalf("daybook %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, status, out.String(), errs.String())
	}
	return errs.String()
}

// writeText writes a file of a folder, and returns its path.
func writeText(t *testing.T, dir, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// closed makes a lender whose nights are closed and returns its folder.
func closed(t *testing.T, loans string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	run(t, "demo", "--dir", dir, "--loans", loans, "--nights", "2", "--quiet")
	return dir
}

// hledger, an independent program, finds the exported journal of all nights
// balanced, and comes to the balances of the trial balance.
func TestHledgerComesToTheSameBalances(t *testing.T) {
	hledger, err := exec.LookPath("hledger")
	if err != nil {
		t.Skip("hledger is not installed: apt-get install hledger")
	}
	dir := closed(t, "300")
	book, journal := filepath.Join(dir, "book"), filepath.Join(dir, "all.journal")
	run(t, "export", "--book", book, "--all", "--table", "journal", "--format", "hledger", "--out", journal)
	if out, err := exec.Command(hledger, "-f", journal, "check", "--strict").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(hledger, "-f", journal, "balance", "--flat", "--no-total", "--empty", "-O", "csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range lines[1:] {
		account := l[0][strings.LastIndex(l[0], ":")+1:]
		number, _, _ := strings.Cut(strings.ReplaceAll(l[1], ",", ""), " ")
		got[account] = number
	}
	var want trialBalanceJSON
	if err := json.Unmarshal([]byte(run(t, "trial-balance", "--book", book, "--json")), &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Accounts) < 8 || !want.Balanced {
		t.Errorf("the trial balance has %d accounts, balanced: %t", len(want.Accounts), want.Balanced)
	}
	for _, a := range want.Accounts {
		if got[a.Name] != a.Closing {
			t.Errorf("%s: hledger comes to %q, the book to %s", a.Name, got[a.Name], a.Closing)
		}
	}
}

// A write that fails because nobody reads any more is no failure; another is.
func TestClosedPipe(t *testing.T) {
	book := filepath.Join(closed(t, "40"), "book")
	args := []string{"export", "--book", book, "--all", "--table", "journal", "--format", "csv"}
	var errs bytes.Buffer
	r, w := io.Pipe()
	r.Close() // its writes fail with io.ErrClosedPipe, which is no closed pipe of the system
	if status := newApp(w, &errs).run(t.Context(), args); status != statusFailed || errs.Len() == 0 {
		t.Errorf("exit status %d, %q", status, errs.String())
	}
}
