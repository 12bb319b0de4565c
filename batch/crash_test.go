//go:build unix

package batch

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"daybook/ledger/civil"
)

// The boundaries of a night at which it may be stopped.
var boundaries = []string{"inspected", "read", "posted", "met", "reported", "staged", "committed", "sealed", "published"}

// TestMain runs the child of the crash tests: a close that kills itself at a
// boundary, or just a close.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DAYBOOK_CHILD"); dir != "" {
		os.Exit(child(dir))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300) // thousands of small nights: to collect less often takes a tenth off them
	}
	os.Exit(m.Run())
}

func child(dir string) int {
	d, err := civil.Parse(os.Getenv("DAYBOOK_DATE"))
	if err != nil {
		return 9
	}
	if limit, err := strconv.ParseUint(os.Getenv("DAYBOOK_FILE_LIMIT"), 10, 64); err == nil {
		// The kernel refuses to let any file grow past this, as a full disk would.
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return 9
		}
	}
	if os.Getenv("DAYBOOK_MANY_PARTS") != "" {
		partRows = 1 << 7
	}
	memory := int64(0)
	if m, err := strconv.ParseInt(os.Getenv("DAYBOOK_MEMORY"), 10, 64); err == nil {
		memory = m
		debug.SetMemoryLimit(m - m/8) // as the command does
	}
	key, err := hex.DecodeString(os.Getenv("DAYBOOK_QUEUE_KEY"))
	if err != nil {
		return 9
	}
	at, hold := os.Getenv("DAYBOOK_KILL_AT"), os.Getenv("DAYBOOK_HOLD_AT")
	_, err = Close(context.Background(), Options{
		Book: filepath.Join(dir, "book"), In: filepath.Join(dir, "in", d.String()), Out: filepath.Join(dir, "out"), Date: d, Workers: 2,
		Memory: memory, Allow: unguarded, QueueKey: key, Metro2Names: os.Getenv("DAYBOOK_METRO2_NAMES"),
		At: func(boundary string) {
			if boundary == at {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			if boundary == hold {
				os.Stdout.WriteString("holding\n")
				select {}
			}
		},
	})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	if to := os.Getenv("DAYBOOK_STATUS"); to != "" { // what the kernel says of this process
		status, err := os.ReadFile("/proc/self/status")
		if err != nil || os.WriteFile(to, status, 0o600) != nil {
			return 9
		}
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

// process is a close in a process of its own.
func process(dir, date string, env ...string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "DAYBOOK_CHILD="+dir, "DAYBOOK_DATE="+date)
	if partRows != 1<<14 {
		c.Env = append(c.Env, "DAYBOOK_MANY_PARTS=1")
	}
	c.Env = append(c.Env, env...)
	return c
}

func runProcess(dir, date string, env ...string) (string, error) {
	out, err := process(dir, date, env...).CombinedOutput()
	return string(out), err
}

// TestKilled: a close that is killed at any boundary, or at any moment, and run
// again ends in the bytes of the undisturbed night, and verify is silent between.
func TestKilled(t *testing.T) {
	manyParts(t)
	l, dates := portfolioLender(t, 1500, 2)
	somePeople(t, l, dates[0], 1)
	somePeople(t, l, dates[1], 2)
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
		if text, err := runProcess(l.dir, dates[1]); err != nil {
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
		if _, err := runProcess(l.dir, dates[1], "DAYBOOK_KILL_AT="+at); err == nil {
			t.Errorf("the close was not killed when %s", at)
		}
		again("killed when " + at)
	}
	if testing.Short() {
		return
	}
	const moments = 12
	for i := range moments {
		restore()
		c := process(l.dir, dates[1])
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(i+1) / moments)
		_ = c.Process.Kill()
		_ = c.Wait()
		again("killed at a random moment")
	}
}

// TestKilledOnTheFirstNight: also where there was no book yet, and where the run
// that should finish a killed one's work is killed itself.
func TestKilledOnTheFirstNight(t *testing.T) {
	l, dates := portfolioLender(t, 300, 1)
	l.close(dates[0])
	wantOut, wantBook := digest(t, l.o.Out), contents(t, l.o.Book)
	for _, at := range boundaries {
		for again := range 2 {
			os.RemoveAll(l.o.Book)
			os.RemoveAll(l.o.Out)
			if _, err := runProcess(l.dir, dates[0], "DAYBOOK_KILL_AT="+at); err == nil {
				t.Errorf("the close was not killed when %s", at)
			}
			for k := range again { // each is killed a little later
				c := process(l.dir, dates[0])
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(10+30*k) * time.Millisecond)
				_ = c.Process.Kill()
				_ = c.Wait()
			}
			if text, err := runProcess(l.dir, dates[0]); err != nil {
				t.Errorf("killed when %s, then again: %v %s", at, err, text)
				continue
			}
			if digest(t, l.o.Out) != wantOut || contents(t, l.o.Book) != wantBook {
				t.Errorf("killed when %s, then again: other outputs or another book", at)
			}
			verifySilent(t, l)
		}
	}
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
		late := slices.Index(boundaries, at) > slices.Index(boundaries, "staged")
		if late && err != nil || !late && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled when %s: %v", at, err)
		}
		if err != nil && (contents(t, l.o.Book) != before || digest(t, l.o.Out) != out) {
			t.Errorf("cancelled when %s: something changed", at)
		}
		l.close(dates[1])
		verifySilent(t, l)
	}
}
