//go:build linux

package batch

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"daybook/ledger/store"
)

// unchanged says that a close that failed left everything as it was, and that it
// said why.
func unchanged(t *testing.T, l *lender, what, text, wantBook, wantOut string) {
	t.Helper()
	if text == "" || strings.Contains(text, "panic") || strings.Contains(text, "goroutine") {
		t.Errorf("%s: it said %q", what, text)
	}
	verifySilent(t, l)
	if got := contents(t, l.o.Book); got != wantBook {
		t.Errorf("%s: the book changed", what)
	}
	if got := digest(t, l.o.Out); got != wantOut {
		t.Errorf("%s: outputs are\n%s\nwant\n%s", what, got, wantOut)
	}
}

// TestFilesCannotGrow: wherever a file cannot grow any further the close fails, the
// book is as it was, nothing is half published, and a run with room succeeds.
func TestFilesCannotGrow(t *testing.T) {
	l, dates := portfolioLender(t, 3000, 2)
	l.close(dates[0])
	wantBook, wantOut := contents(t, l.o.Book), digest(t, l.o.Out)
	failed := 0
	for limit := 0; ; limit += max(limit/2, 3000) {
		text, err := runProcess(l.dir, dates[1], fmt.Sprint("DAYBOOK_FILE_LIMIT=", limit))
		if err == nil {
			break
		}
		failed++
		unchanged(t, l, fmt.Sprint("files of at most ", limit, " bytes"), text, wantBook, wantOut)
	}
	if failed < 8 {
		t.Errorf("it failed only %d times", failed)
	}
	s := l.close(dates[1])
	if !s.Again || s.Published {
		t.Errorf("the close that had room left something to do: %+v", s)
	}
	verifySilent(t, l)
}

// TestFullDisk: the same on a disk with less and then a little more room, until the
// night fits.
func TestFullDisk(t *testing.T) {
	l, dates := portfolioLender(t, 1500, 2)
	plain := *l
	plain.o.Book, plain.o.Out = filepath.Join(l.dir, "plain"), filepath.Join(l.dir, "plainout")
	for _, d := range dates {
		plain.close(d)
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a small disk can't be mounted, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	l.o.Book, l.o.Out = filepath.Join(disk, "book"), filepath.Join(disk, "out")
	l.close(dates[0])
	wantBook, wantOut := contents(t, l.o.Book), digest(t, l.o.Out)
	failed := 0
	for room := int64(0); ; room += 64 << 10 {
		resize(t, disk, used(t, disk)+room)
		_, err := l.try(dates[1])
		if err == nil {
			break
		}
		failed++
		resize(t, disk, 64<<20)
		what := fmt.Sprintf("%d bytes of room", room)
		if !errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: it failed with %v", what, err)
		}
		if strings.Contains(err.Error(), "is closed, but") {
			break // the night went in, and only the seal did not: the next run finishes it
		}
		unchanged(t, l, what, err.Error(), wantBook, wantOut)
		if room > 32<<20 {
			t.Fatal("it never succeeds")
		}
	}
	if failed < 5 {
		t.Errorf("it failed only %d times", failed)
	}
	resize(t, disk, 64<<20)
	l.close(dates[1])
	if digest(t, l.o.Out) != digest(t, plain.o.Out) || contents(t, l.o.Book) != contents(t, plain.o.Book) {
		t.Error("the night that had room at last is another one")
	}
	verifySilent(t, l)
}

// used returns how many bytes a disk is filled with.
func used(t *testing.T, disk string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(disk, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Blocks-s.Bfree) * s.Bsize
}

func resize(t *testing.T, disk string, size int64) {
	t.Helper()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, fmt.Sprint("size=", size)); err != nil {
		t.Fatal(err)
	}
}

// TestUnwritable: where the outputs or the book can't be written the close fails and
// the book is as it was.
func TestUnwritable(t *testing.T) {
	l, dates := portfolioLender(t, 300, 2)
	l.close(dates[0])
	wantBook, wantOut := contents(t, l.o.Book), digest(t, l.o.Out)
	good := l.o
	file := filepath.Join(l.dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	l.o.Out = filepath.Join(file, "out")
	if _, err := l.try(dates[1]); err == nil {
		t.Error("outputs went into a file")
	}
	l.o = good
	l.o.Book = file
	if _, err := l.try(dates[1]); err == nil {
		t.Error("a file is a book")
	}
	l.o = good
	unchanged(t, l, "unwritable", "-", wantBook, wantOut)
	l.close(dates[1])
}

// TestTwoProcesses: while one process closes, another is refused at once and told
// which has the book; readers are not. Once the first is gone, killed even, the book
// is free.
func TestTwoProcesses(t *testing.T) {
	l, dates := portfolioLender(t, 300, 2)
	l.close(dates[0])
	before, out := contents(t, l.o.Book), digest(t, l.o.Out)
	first := process(l.dir, dates[1], "DAYBOOK_HOLD_AT=posted")
	stdout, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "holding\n" {
		t.Fatalf("the first said %q, %v", line, err)
	}
	_, err = l.try(dates[1])
	var locked *store.LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), fmt.Sprint(first.Process.Pid)) {
		t.Errorf("a second process: %v, want process %d named", err, first.Process.Pid)
	}
	if text, err := runProcess(l.dir, dates[1]); err == nil || !strings.Contains(text, fmt.Sprint(first.Process.Pid)) {
		t.Errorf("a third process: %v %q", err, text)
	}
	if contents(t, l.o.Book) != before {
		t.Error("a reader sees another book while a night is worked")
	}
	_ = first.Process.Kill()
	_ = first.Wait()
	verifySilent(t, l)
	l.close(dates[1])
	if digest(t, l.o.Out) == out {
		t.Error("nothing was published")
	}
	verifySilent(t, l)
}
