//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A stuckWriter is a standard output that nobody reads: the first write never ends
// until the test does.
type stuckWriter struct {
	begun chan struct{}
	end   chan struct{}
	once  sync.Once
}

func (w *stuckWriter) Write([]byte) (int, error) {
	w.once.Do(func() { close(w.begun) })
	<-w.end
	return 0, errors.New("the test has ended")
}

// An export whose reader does not read is stopped by an interrupt all the same, in
// every format, and is no success.
func TestInterruptWhileNobodyReads(t *testing.T) {
	dir := closed(t, "40")
	for _, format := range formats {
		ctx, cancel := context.WithCancel(t.Context())
		w := &stuckWriter{begun: make(chan struct{}), end: make(chan struct{})}
		var errs bytes.Buffer
		done := make(chan int)
		go func() {
			done <- newApp(w, &errs).run(ctx, []string{"export", "--book", filepath.Join(dir, "book"), "--all", "--table", "journal", "--format", format})
		}()
		<-w.begun
		cancel()
		if status := <-done; status != statusFailed || !strings.Contains(errs.String(), "stopped; the export is not complete") {
			t.Errorf("%s: exit status %d\n%s", format, status, errs.String())
		}
		t.Cleanup(func() { close(w.end) })
	}
}

// A policy that is a pipe without a writer does not hold an interrupt up.
func TestInterruptWhileNobodyWrites(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "policy.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if status := newApp(&out, &errs).run(ctx, []string{"policy", "check", pipe}); status != statusFailed || !strings.Contains(errs.String(), "stopped") {
		t.Errorf("exit status %d\n%s", status, errs.String())
	}
	if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil { // lets the reader end
		f.Close()
	}
}
