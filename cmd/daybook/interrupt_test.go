package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook/bench/portfolio"
	"daybook/reports"
)

// A child is the program in a process of its own, halted in its close.
type child struct {
	cmd    *exec.Cmd
	stderr *bufio.Reader
	said   bytes.Buffer
}

// halt starts a close and waits until it is halted at a boundary.
func halt(t *testing.T, ctx context.Context, dir, boundary, mode string) *child {
	t.Helper()
	c := &child{cmd: exec.CommandContext(ctx, program(t, "daybook-halting"), closeArgs(dir)...)}
	c.cmd.Env = append(os.Environ(), "HALT_AT="+boundary, "HALT="+mode)
	pipe, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stderr = bufio.NewReader(pipe)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.until(t, "halted at "+boundary)
	return c
}

func closeArgs(dir string) []string {
	return []string{"close", "--book", filepath.Join(dir, "book"), "--in", filepath.Join(dir, "inbox", "2026-11-23"),
		"--out", filepath.Join(dir, "out"), "--date", "2026-11-23"}
}

// until reads the child's stderr up to a line that has a text.
func (c *child) until(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := c.stderr.ReadString('\n')
		c.said.WriteString(line)
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("the program ended without %q: %v\n%s", text, err, c.said.String())
		}
	}
}

// interrupt sends the child what ctrl-C does.
func (c *child) interrupt(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// end waits for the child and returns its exit status, below zero for a signal.
func (c *child) end(t *testing.T) int {
	t.Helper()
	if _, err := c.said.ReadFrom(c.stderr); err != nil {
		t.Fatal(err)
	}
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.cmd.ProcessState.ExitCode()
}

// lender makes the inbox of one night.
func lender(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	o := portfolio.Options{Loans: 100, Nights: 1, Seed: 3}
	if err := portfolio.Generate(t.Context(), filepath.Join(dir, "inbox"), o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// outputs returns the digests of what a night published.
func outputs(t *testing.T, dir string) string {
	t.Helper()
	m, err := reports.ReadManifest(filepath.Join(dir, "out", "2026-11-23", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, o := range m.Outputs {
		if o.Path != "report.html" { // it shows how long the stages took
			b.WriteString(o.Path + " " + o.SHA256 + "\n")
		}
	}
	return b.String()
}

// Interrupted at any boundary, a close says what state the book is in, which is
// true, and the same command run again ends as if nothing had happened.
func TestInterruptedClose(t *testing.T) {
	whole := lender(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel) // after the subtests, which run in parallel
	if out, err := exec.CommandContext(ctx, program(t, "daybook"), closeArgs(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := outputs(t, whole)
	for _, boundary := range []string{"inspected", "read", "posted", "met", "reported", "staged", "committed", "sealed", "published"} {
		t.Run(boundary, func(t *testing.T) {
			t.Parallel()
			dir := lender(t)
			c := halt(t, ctx, dir, boundary, "")
			c.interrupt(t)
			status := c.end(t)
			said := c.said.String()
			late := boundary == "committed" || boundary == "sealed" || boundary == "published"
			switch {
			case status == statusFailed && !late:
				if !strings.Contains(said, "daybook: stopped; 2026-11-23 is not closed, the book is as it was\n") {
					t.Errorf("it said:\n%s", said)
				}
				if exists(filepath.Join(dir, "book", "seal")) {
					t.Error("there is a book")
				}
				if exists(filepath.Join(dir, "out")) {
					t.Error("there are outputs")
				}
			case status != statusDone || !late:
				t.Errorf("exit status %d:\n%s", status, said)
			}
			if out, err := exec.CommandContext(ctx, program(t, "daybook"), closeArgs(dir)...).CombinedOutput(); err != nil {
				t.Fatalf("run again: %v\n%s", err, out)
			}
			if got := outputs(t, dir); got != want {
				t.Errorf("interrupted at %s and run again it published\n%s\nwant\n%s", boundary, got, want)
			}
		})
	}
}

// The second interrupt kills a process that does not stop, and the book survives.
func TestSecondInterruptKills(t *testing.T) {
	dir := lender(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := halt(t, ctx, dir, "staged", "always")
	c.interrupt(t)
	c.until(t, "daybook: warning: stopping; interrupt again to stop at once")
	c.interrupt(t)
	c.end(t)
	if s, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && (!s.Signaled() || s.Signal() != syscall.SIGINT) {
		t.Errorf("it ended with %v", c.cmd.ProcessState)
	}
	if out, err := exec.CommandContext(ctx, program(t, "daybook"), closeArgs(dir)...).CombinedOutput(); err != nil {
		t.Errorf("run again: %v\n%s", err, out)
	}
}

// While one process closes a night, a second is refused and told who has the
// book, and readers go on reading.
func TestSecondProcessIsRefused(t *testing.T) {
	dir := lender(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	daybook, book := program(t, "daybook"), filepath.Join(dir, "book")
	if out, err := exec.CommandContext(ctx, daybook, "init", "--book", book).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := halt(t, ctx, dir, "staged", "")
	out, err := exec.CommandContext(ctx, daybook, closeArgs(dir)...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != statusLocked {
		t.Errorf("the second ended with %v", err)
	}
	for _, want := range []string{"is in use by process", "close --book", "hint: wait until it is done"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the second says nothing of %q:\n%s", want, out)
		}
	}
	if out, err := exec.CommandContext(ctx, daybook, "status", "--book", book).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "has not closed a night yet") {
		t.Errorf("status: %v\n%s", err, out)
	}
	if out, err := exec.CommandContext(ctx, daybook, "verify", "--book", book, "--json").Output(); !errors.As(err, &exit) ||
		exit.ExitCode() != statusLocked || !strings.Contains(string(out), `"code": "locked"`) {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// One that waits comes on once the first is done.
	waiting := exec.CommandContext(ctx, daybook, append(closeArgs(dir), "--lock-timeout", "1m")...)
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	c.interrupt(t)
	if status := c.end(t); status != statusFailed {
		t.Errorf("the first ended with %d:\n%s", status, c.said.String())
	}
	if err := waiting.Wait(); err != nil {
		t.Errorf("the one that waited: %v", err)
	}
	if out, err := exec.CommandContext(ctx, daybook, closeArgs(dir)...).CombinedOutput(); err != nil {
		t.Errorf("run again: %v\n%s", err, out)
	}
}
