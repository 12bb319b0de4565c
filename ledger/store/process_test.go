package store

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daybook/ledger/civil"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"
)

// Tests with other processes run this binary again; these variables say what
// the other one does.
const (
	childRole = "DAYBOOK_STORE_TEST_ROLE"
	childDir  = "DAYBOOK_STORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	switch os.Getenv(childRole) {
	case "":
		os.Exit(m.Run())
	case "hold":
		exit(hold(dir))
	case "nights":
		exit(closeNights(dir))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// hold opens a book and waits until its input ends.
func hold(dir string) error {
	b, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return b.Close()
}

// A chain makes the state after each number of nights. It is the same in every
// process.
type chain struct {
	r      *rand.Rand
	states []*model
}

func newChain() *chain { return &chain{rand.New(rand.NewPCG(13, 14)), []*model{newModel()}} }

func (c *chain) after(nights int) *model {
	for d := len(c.states) - 1; d < nights; d++ {
		c.states = append(c.states, c.states[d].change(c.r, civil.Date(d), 100))
	}
	return c.states[nights]
}

// closeNights closes one night after the other until it is killed.
func closeNights(dir string) error {
	b, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	nights, err := b.Nights()
	if err != nil {
		return err
	}
	c := newChain()
	c.after(len(nights) + 20)
	fmt.Println("open")
	for next := len(nights); ; next++ {
		n, _, err := c.after(next+1).build(b, civil.Date(next), []int{128})
		if err != nil {
			return err
		}
		if err := n.Commit(); err != nil {
			return err
		}
		fmt.Println("closed", next)
		if next%3 == 2 { // let some kills hit the closing and the opening
			if err := b.Close(); err != nil {
				return err
			}
			if b, err = Open(dir, Options{}); err != nil {
				return err
			}
		}
	}
}

// child starts this binary in a role and waits for it to have the book open.
func child(t *testing.T, role, dir string) (cmd *exec.Cmd, out *bufio.Scanner, end func()) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	out = bufio.NewScanner(pipe)
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("child says %q", out.Text())
	}
	return cmd, out, func() { _ = in.Close(); _ = cmd.Wait() }
}

// Killed at any moment, a run leaves whole nights, and at least those that it
// has announced; verification finds nothing wrong before or after the next one.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(15, 16))
	c, total := newChain(), 0
	for kill := range 25 {
		cmd, out, _ := child(t, "nights", dir)
		time.AfterFunc(time.Duration(r.IntN(80_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		announced := total
		for out.Scan() {
			var night int
			if _, err := fmt.Sscanf(out.Text(), "closed %d", &night); err != nil {
				t.Fatalf("child says %q", out.Text())
			}
			announced = night + 1
		}
		_ = cmd.Wait()
		total = checkKilled(t, dir, c, kill, announced)
	}
	t.Logf("%d nights", total)
	if b, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	ro, err := OpenReadOnly(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	checkNoFaults(t, ro)
	checkFilesAreLive(t, ro)
}

func checkKilled(t *testing.T, dir string, c *chain, kill, announced int) int {
	t.Helper()
	ro, err := OpenReadOnly(dir, Options{})
	if err != nil {
		t.Fatalf("kill %d: %v", kill, err)
	}
	defer ro.Close()
	nights, err := ro.Nights()
	if err != nil {
		t.Fatal(err)
	}
	if len(nights) < announced || len(nights) > announced+1 {
		t.Fatalf("kill %d: %d nights, %d were announced", kill, len(nights), announced)
	}
	checkDump(t, mustDump(t, ro), c.after(len(nights)).dump())
	checkNoFaults(t, ro)
	return len(nights)
}

// A second writer is refused at once, by name; readers are welcome.
func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := Open(dir, Options{}); !errors.As(err, &locked) || locked.Holder.PID != os.Getpid() {
		t.Errorf("a second time in one process: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}

	cmd, _, end := child(t, "hold", dir)
	start := time.Now()
	_, err = Open(dir, Options{})
	if !errors.As(err, &locked) || locked.Holder.PID != cmd.Process.Pid || time.Since(start) > time.Second {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
	host, _ := os.Hostname()
	for _, want := range []string{fmt.Sprintf("is in use by process %d on %s since 20", cmd.Process.Pid, host), "(" + filepath.Base(os.Args[0]) + " -test.run=^$)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	ro, err := OpenReadOnly(dir, Options{})
	if err != nil {
		t.Fatalf("a reader beside a writer: %v", err)
	}
	if err := ro.CheckFiles(t.Context(), 1, func(Fault) {}); !errors.As(err, &locked) {
		t.Errorf("verifying beside a writer: %v", err)
	}
	end()

	// While a book is verified no writer comes in.
	check, err := lockAgainstWriters(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.As(err, &locked) {
		t.Errorf("writing beside a verification: %v", err)
	}
	if err := errors.Join(check.file.Close(), ro.Close()); err != nil {
		t.Fatal(err)
	}

	// A killed holder leaves its name and no lock.
	cmd, _, _ = child(t, "hold", dir)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	stale, err := os.ReadFile(filepath.Join(dir, lockName))
	if err != nil || !strings.Contains(string(stale), fmt.Sprint(cmd.Process.Pid)) {
		t.Fatalf("lock file: %s %v", stale, err)
	}
	nameless := flock.New(filepath.Join(dir, lockName))
	if ok, err := nameless.TryLock(); !ok || err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.As(err, &locked) || locked.Holder.PID != 0 {
		t.Errorf("a dead holder is named: %v", err)
	}
	if err := nameless.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir, Options{}); err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// Readers that open a book while nights are closed see whole nights, and what
// they see does not change under them, though the tables they read are deleted.
func TestReadersBesideWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := newChain()
	const nights = 25
	c.after(nights)
	var g errgroup.Group
	var done atomic.Bool
	g.Go(func() error {
		defer done.Store(true)
		for next := range nights {
			n, _, err := c.after(next+1).build(b, civil.Date(next), []int{128})
			if err != nil {
				return err
			}
			if err := n.Commit(); err != nil {
				return err
			}
			if next%5 == 4 { // readers also meet a new manifest
				if err := b.Close(); err != nil {
					return err
				}
				if b, err = Open(dir, Options{}); err != nil {
					return err
				}
			}
		}
		return b.Close()
	})
	readings := 0
	for !done.Load() {
		ro, err := OpenReadOnly(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		seen, err := ro.Nights()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			checkDump(t, mustDump(t, ro), c.after(len(seen)).dump())
		}
		if err := ro.Close(); err != nil {
			t.Fatal(err)
		}
		readings++
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d readings", readings)
}
