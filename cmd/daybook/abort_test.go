//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A run-time abort ends by a signal: never with the status of wrong usage, and
// without a core, which would have loans in it.
func TestAbortIsNoExitStatus(t *testing.T) {
	daybook := program(t, "daybook-aborting")
	for _, how := range []string{"panic", "map", "stack", "memory", "quit"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		c := exec.CommandContext(ctx, daybook)
		var said bytes.Buffer
		c.Stderr = &said
		c.Env = append(os.Environ(), "ABORT="+how)
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, make([]byte, len("ready\n"))); err != nil {
			t.Fatal(err)
		}
		if how == "quit" {
			c.Process.Signal(syscall.SIGQUIT)
		}
		err = c.Wait()
		cancel()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("%s: %v", how, err)
		}
		s := exit.Sys().(syscall.WaitStatus)
		if !s.Signaled() || s.Signal() != syscall.SIGABRT || s.CoreDump() {
			t.Errorf("%s: it ended with %v:\n%.2000s", how, exit, said.String())
		}
	}
}
