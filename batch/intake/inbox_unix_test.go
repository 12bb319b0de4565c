//go:build unix

package intake

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Links are followed, to where they lead; what can't be read twice is not opened.
func TestLinksPipesAndSockets(t *testing.T) {
	away := plant(t, "x.parquet", "folder/part-0.parquet")
	dir := plant(t, "repayments/a.parquet")
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	link(filepath.Join(away, "x.parquet"), "repayments-1.parquet")
	link(filepath.Join(away, "folder"), "repayments-2")
	link("nowhere", "repayments-3.parquet")
	link("repayments-4.parquet", "repayments-4.parquet")
	link(".", "repayments-5")
	link("..", "loans")
	link(filepath.Join(away, "x.parquet"), "repayments/linked.parquet")
	link("nowhere", "repayments/lost.parquet")
	for _, name := range []string{"repayments-6.parquet", "repayments/pipe.parquet"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Skipf("no pipes here: %v", err)
		}
	}
	t.Chdir(dir) // a socket's path must be short
	l, err := net.Listen("unix", "repayments-7.parquet")
	if err != nil {
		t.Skipf("no sockets here: %v", err)
	}
	defer l.Close()

	files, unread := inspected(t, dir)
	if want := []string{"repayments-1.parquet", "repayments-2/part-0.parquet", "repayments/a.parquet", "repayments/linked.parquet"}; !slices.Equal(files, want) {
		t.Errorf("got %q, want %q", files, want)
	}
	// "loans" leads to the folder above: its entries are folders in a folder.
	unread = slices.DeleteFunc(unread, func(s string) bool { return strings.HasPrefix(s, "loans/") })
	want := []string{"repayments-3.parquet", "repayments-4.parquet", "repayments-5/", "repayments-6.parquet", "repayments-7.parquet",
		"repayments/lost.parquet", "repayments/pipe.parquet"}
	if !slices.Equal(unread, want) {
		t.Errorf("unread\ngot  %q\nwant %q", unread, want)
	}
}

// What may not be read is named, and does not hide the rest.
func TestUnreadableFolder(t *testing.T) {
	dir := plant(t, "repayments-1.parquet", "repayments/a.parquet")
	if err := os.Chmod(filepath.Join(dir, "repayments"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "repayments"), 0o700)
	if _, err := os.ReadDir(filepath.Join(dir, "repayments")); err == nil {
		t.Skip("this user may read everything")
	}
	if files, unread := inspected(t, dir); len(files) != 1 || !slices.Equal(unread, []string{"repayments/"}) {
		t.Errorf("got %q, unread %q", files, unread)
	}
}

// Files are open only while they are read: with a limit of open files far below
// their number all are read; and where the limit is met, one message says so.
func TestThousandsOfFiles(t *testing.T) {
	dir := t.TempDir()
	b := encode(t, 1, base(Repayments))
	const files = 600
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("repayments-%04d.parquet", i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := openFiles(t)
	in, err := Inspect(t.Context(), dir, Options{Scale: 2}, 4)
	if err != nil {
		t.Fatal(err)
	}
	if now := openFiles(t); now > open {
		t.Errorf("%d files are open, %d were before", now, open)
	}
	var r Reader
	for _, f := range in.Files {
		if err := r.ReadGroup(f, 0, func(*Rows) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if now := openFiles(t); now > open {
		t.Errorf("after reading %d files are open, %d were before", now, open)
	}

	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	none := limit
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Skip(err)
	}
	_, whole := Inspect(t.Context(), dir, Options{Scale: 2}, 4)
	one := in.Files[0].inspect(t.Context())
	reading := r.ReadGroup(in.Files[0], 0, func(*Rows) error { return nil })
	values := in.Files[0].Values([]int64{0}, nil)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{whole, one, reading, values} {
		var fault *FileError
		if !errors.As(err, &fault) || !isLimit(err) || !strings.Contains(err.Error(), "ulimit -n") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v", err)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries) - 1 // the folder itself
}
