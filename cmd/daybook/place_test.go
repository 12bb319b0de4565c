//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func exportArgs(book, format, out string) []string {
	return []string{"export", "--book", book, "--date", "2026-11-24", "--table", "loans", "--format", format, "--out", out}
}

// An export goes where --out leads: into a pipe, a socket or a device, which stay
// what they are, or into the file that a link names.
func TestExportOut(t *testing.T) {
	dir := closed(t, "60")
	book := filepath.Join(dir, "book")
	for _, format := range []string{"csv", "parquet"} {
		want := run(t, "export", "--book", book, "--date", "2026-11-24", "--table", "loans", "--format", format)
		if got := run(t, exportArgs(book, format, "-")...); got != want {
			t.Errorf("%s: - gives %d bytes, want %d", format, len(got), len(want))
		}
		at := t.TempDir()
		path := func(name string) string { return filepath.Join(at, name) }
		check := func(what, file string) {
			t.Helper()
			got, err := os.ReadFile(file)
			if err != nil || string(got) != want {
				t.Errorf("%s into %s: %d bytes, want %d, %v", format, what, len(got), len(want), err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s into %s: mode %v, %v", format, what, info.Mode(), err)
			}
		}
		run(t, exportArgs(book, format, path("new"))...)
		check("a new file", path("new"))
		if err := os.WriteFile(path("target"), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		for link, to := range map[string]string{"link": "target", "chain": "link", "dangling": "absent", "far": path("dangling2"), "dangling2": "absent2"} {
			if err := os.Symlink(to, path(link)); err != nil {
				t.Fatal(err)
			}
		}
		run(t, exportArgs(book, format, path("chain"))...)
		check("a link's target", path("target"))
		run(t, exportArgs(book, format, path("dangling"))...)
		check("a link to nothing", path("absent"))
		run(t, exportArgs(book, format, path("far"))...)
		check("a link to a link to nothing", path("absent2"))
		for _, link := range []string{"link", "chain", "dangling", "far", "dangling2"} {
			if info, err := os.Lstat(path(link)); err != nil || info.Mode().Type() != os.ModeSymlink {
				t.Errorf("%s: %s is no link any more", format, link)
			}
		}
		run(t, exportArgs(book, format, os.DevNull)...)
		if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
			t.Fatalf("%s is a file now", os.DevNull)
		}
		throughPipe(t, book, format, path("fifo"), want)
		throughSocket(t, book, format, path("socket"), want)
		if list, err := filepath.Glob(path(".daybook*")); err != nil || len(list) > 0 {
			t.Errorf("%s: left behind: %v", format, list)
		}
	}
}

func throughPipe(t *testing.T, book, format, fifo, want string) {
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan []byte)
	go func() {
		data, err := os.ReadFile(fifo)
		if err != nil {
			t.Error(err)
		}
		read <- data
	}()
	run(t, exportArgs(book, format, fifo)...)
	if got := <-read; string(got) != want {
		t.Errorf("%s into a pipe: %d bytes, want %d", format, len(got), len(want))
	}
	if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("%s: the pipe is %v now", format, info.Mode())
	}
}

func throughSocket(t *testing.T, book, format, path, want string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip("no sockets here: ", err)
	}
	defer l.Close()
	read := make(chan []byte)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		data, err := io.ReadAll(c)
		if err != nil {
			t.Error(err)
		}
		read <- data
	}()
	run(t, exportArgs(book, format, path)...)
	if got := <-read; string(got) != want {
		t.Errorf("%s into a socket: %d bytes, want %d", format, len(got), len(want))
	}
}

// An export that waits for a pipe's reader, or for room in it, is interrupted.
func TestExportIntoPipeIsInterrupted(t *testing.T) {
	dir := closed(t, "2000")
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, reader := range []bool{false, true} {
		if reader { // that never reads
			f, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		var errs bytes.Buffer
		// A deadline is no interrupt: what is asked is that it ends.
		if status := newApp(io.Discard, &errs).run(ctx, exportArgs(filepath.Join(dir, "book"), "csv", fifo)); status != statusFailed {
			t.Errorf("exit status %d:\n%s", status, errs.String())
		}
		cancel()
	}
}

// Nothing is written into a book or a published night, by whatever name it goes.
func TestOutsideBooks(t *testing.T) {
	dir := closed(t, "40")
	book := filepath.Join(dir, "book")
	if err := os.Symlink(book, filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("book/seal", filepath.Join(dir, "seal")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("book/new", filepath.Join(dir, "hidden")); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	run(t, "init", "--book", other)
	night := filepath.Join(dir, "out", "2026-11-23")
	in := filepath.Join(dir, "inbox", "2026-11-24")
	before := tableOf(t, book) + tableOf(t, night)
	for _, args := range [][]string{
		{"close", "--book", other, "--in", in, "--out", filepath.Join(book, "db"), "--date", "2026-11-24"},
		{"close", "--book", other, "--in", in, "--out", book, "--date", "2026-11-24"},
		{"close", "--book", filepath.Join(book, "inner"), "--in", in, "--out", filepath.Join(dir, "new"), "--date", "2026-11-24"},
		{"report", "--book", book, "--out", filepath.Join(other, "db")},
		exportArgs(book, "csv", filepath.Join(night, "report.html")),
		exportArgs(book, "csv", filepath.Join(night, "_SUCCESS")),
		{"init", "--book", filepath.Join(night, "book")},
		{"generate", "--out", filepath.Join(night, "queue", "inbox"), "--loans", "10"},
		exportArgs(book, "csv", filepath.Join(book, "seal")),
		exportArgs(book, "csv", filepath.Join(book, "db", "new.sst")),
		exportArgs(book, "csv", filepath.Join(dir, "alias", "seal")),
		exportArgs(book, "csv", filepath.Join(dir, "seal")),
		exportArgs(book, "csv", filepath.Join(dir, "hidden")),
		exportArgs(book, "csv", filepath.Join(dir, "out", "..", "book", "x")),
		{"generate", "--out", filepath.Join(book, "inbox"), "--loans", "10"},
		{"generate", "--out", filepath.Join(dir, "alias", "a", "b"), "--loans", "10"},
		{"generate", "--out", book, "--loans", "10"},
		{"init", "--book", filepath.Join(book, "inner")},
		{"demo", "--dir", filepath.Join(book, "demo"), "--loans", "10"},
		{"key", "new", "--name", "lender.example/book", "--out", filepath.Join(book, "key")},
		{"key", "next", "--signing-key", "none", "--next", "none", "--out", filepath.Join(night, "note")},
	} {
		var errs bytes.Buffer
		if status := newApp(io.Discard, &errs).run(t.Context(), args); status != statusGuarded {
			t.Errorf("daybook %v: exit status %d\n%s", args, status, errs.String())
		}
	}
	if after := tableOf(t, book) + tableOf(t, night); after != before {
		t.Errorf("the book has\n%s\nwant\n%s", after, before)
	}
	run(t, "verify", "--book", book)
}

// tableOf lists the files of a folder with their sizes.
func tableOf(t *testing.T, dir string) (list string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil {
			info, _ := d.Info()
			list += path + " " + sizeText(info.Size()) + "\n"
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A demo that is run again says how a night comes back whose output was removed, and what to do where its files were.
func TestDemoSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	args := []string{"demo", "--dir", dir, "--loans", "30", "--nights", "2"}
	run(t, args...)
	night, inbox := filepath.Join(dir, "out", "2026-11-23"), filepath.Join(dir, "inbox", "2026-11-23")
	if err := os.RemoveAll(night); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if got := newApp(io.Discard, &said).run(t.Context(), args); got != statusDone || !strings.Contains(said.String(), "report --book "+filepath.Join(dir, "book")+" --date 2026-11-23 --out "+filepath.Join(dir, "out")) {
		t.Errorf("exit status %d:\n%s", got, &said)
	}
	run(t, "report", "--book", filepath.Join(dir, "book"), "--date", "2026-11-23", "--out", filepath.Join(dir, "out"), "--quiet")
	if !exists(night) {
		t.Error("report does not bring the night back")
	}
	if err := os.Remove(filepath.Join(inbox, "loans-0001.parquet")); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	if got := newApp(io.Discard, &said).run(t.Context(), args); got != statusFailed || !strings.Contains(said.String(), "move "+inbox+" away") {
		t.Errorf("exit status %d:\n%s", got, &said)
	}
	if err := os.Rename(inbox, inbox+"-away"); err != nil {
		t.Fatal(err)
	}
	run(t, args...)
}

// A demo that is run again makes the nights that are not there, and leaves alone
// whatever else lies in its folders.
func TestDemoLeavesOthersFiles(t *testing.T) {
	dir := t.TempDir()
	args := []string{"demo", "--dir", dir, "--loans", "30", "--nights", "2", "--quiet"}
	run(t, args...)
	night := filepath.Join(dir, "inbox", "2026-11-24")
	want := tableOf(t, night)
	mine := []string{filepath.Join(dir, "inbox", "mine.txt"), filepath.Join(dir, "inbox", "2026-11-23", "notes", "mine.txt"), filepath.Join(dir, "mine.txt")}
	for _, path := range mine {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(night); err != nil {
		t.Fatal(err)
	}
	newApp(io.Discard, io.Discard).run(t.Context(), args) // what lies in a night's folder may stop it
	for _, path := range mine {
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if got := tableOf(t, night); got != want {
		t.Errorf("the night made again has\n%s\nwant\n%s", got, want)
	}
	if list, err := filepath.Glob(filepath.Join(dir, ".inbox*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v", list)
	}
}
