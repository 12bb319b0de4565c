//go:build unix

package batch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook/ledger/civil"
)

// The boundaries of a night at which it may be stopped.
var boundaries = []string{"inspected", "read", "posted", "reported", "staged", "committed", "sealed", "published"}

// TestMain runs the child of the crash tests: a close that kills itself at a
// boundary, or just a close.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DAYBOOK_CHILD"); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

func child(dir string) int {
	d, err := civil.Parse(os.Getenv("DAYBOOK_DATE"))
	if err != nil {
		return 9
	}
	if limit := os.Getenv("DAYBOOK_FILE_LIMIT"); limit != "" {
		// The kernel refuses to let any file grow past this, as a full disk would.
		r := syscall.Rlimit{Cur: 200_000, Max: 200_000}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			return 9
		}
	}
	at := os.Getenv("DAYBOOK_KILL_AT")
	_, err = Close(context.Background(), Options{
		Book: filepath.Join(dir, "book"), In: filepath.Join(dir, "in", d.String()), Out: filepath.Join(dir, "out"), Date: d, Workers: 2,
		At: func(boundary string) {
			if boundary == at {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	return 0
}

// copyTree copies a folder.
func copyTree(t testing.TB, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, dir, date string, env ...string) (string, error) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "DAYBOOK_CHILD="+dir, "DAYBOOK_DATE="+date)
	c.Env = append(c.Env, env...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestKilled: a close that is killed at any boundary, or at any moment, and run
// again ends in the bytes of the undisturbed night, and verify is silent between.
func TestKilled(t *testing.T) {
	l, dates := portfolioLender(t, 3000, 2)
	l.close(dates[0])
	book, out := filepath.Join(l.dir, "book"), filepath.Join(l.dir, "out")
	copyTree(t, filepath.Join(l.dir, "book0"), book)
	copyTree(t, filepath.Join(l.dir, "out0"), out)
	began := time.Now()
	l.close(dates[1])
	took := time.Since(began)
	wantOut, wantBook := digest(t, out), contents(t, book)
	restore := func() {
		os.RemoveAll(book)
		os.RemoveAll(out)
		copyTree(t, book, filepath.Join(l.dir, "book0"))
		copyTree(t, out, filepath.Join(l.dir, "out0"))
	}
	again := func(what string) {
		t.Helper()
		verifySilent(t, l)
		if text, err := run(t, l.dir, dates[1]); err != nil {
			t.Errorf("%s, then again: %v %s", what, err, text)
			return
		}
		if got := digest(t, out); got != wantOut {
			t.Errorf("%s: other outputs:\n%s\nwant\n%s", what, got, wantOut)
		}
		if got := contents(t, book); got != wantBook {
			t.Errorf("%s: another book", what)
		}
		verifySilent(t, l)
	}
	for _, at := range boundaries {
		restore()
		if _, err := run(t, l.dir, dates[1], "DAYBOOK_KILL_AT="+at); err == nil {
			t.Errorf("the close was not killed when %s", at)
		}
		again("killed when " + at)
	}
	if testing.Short() {
		return
	}
	for i := range 6 {
		restore()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "DAYBOOK_CHILD="+l.dir, "DAYBOOK_DATE="+dates[1])
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(i+1) / 6)
		_ = c.Process.Kill()
		_ = c.Wait()
		again("killed at a random moment")
	}
}

// TestFullDisk: where a file cannot grow the close fails, the book is as it was,
// nothing is half published, and a run with room succeeds.
func TestFullDisk(t *testing.T) {
	l, dates := portfolioLender(t, 6000, 2)
	l.close(dates[0])
	book, out := filepath.Join(l.dir, "book"), filepath.Join(l.dir, "out")
	wantBook, wantOut := contents(t, book), digest(t, out)
	text, err := run(t, l.dir, dates[1], "DAYBOOK_FILE_LIMIT=1")
	if err == nil {
		t.Fatal("the close succeeded on a full disk")
	}
	if text == "" || strings.Contains(text, "panic") {
		t.Errorf("it said %q", text)
	}
	verifySilent(t, l)
	if got := contents(t, book); got != wantBook {
		t.Errorf("the book changed")
	}
	if got := digest(t, out); got != wantOut {
		t.Errorf("outputs are\n%s\nwant\n%s", got, wantOut)
	}
	l.close(dates[1])
	verifySilent(t, l)
}

// TestCancelled: stopped at a boundary before the commit, nothing has changed;
// after it the night is closed.
func TestCancelled(t *testing.T) {
	for _, at := range boundaries {
		l, dates := portfolioLender(t, 500, 2)
		l.close(dates[0])
		before, out := contents(t, l.o.Book), digest(t, l.o.Out)
		ctx, cancel := context.WithCancel(t.Context())
		o := l.o
		o.In, o.Date = l.in(dates[1]), day(t, dates[1])
		o.At = func(boundary string) {
			if boundary == at {
				cancel()
			}
		}
		_, err := Close(ctx, o)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled when %s: %v", at, err)
		}
		if err != nil && (contents(t, l.o.Book) != before || digest(t, l.o.Out) != out) {
			t.Errorf("cancelled when %s: something changed", at)
		}
		l.close(dates[1])
		verifySilent(t, l)
	}
}
