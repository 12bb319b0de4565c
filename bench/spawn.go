package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Run is what one close took.
type Run struct {
	WallSeconds     float64 `json:"wall_seconds"`
	CPUSeconds      float64 `json:"cpu_seconds"` // user and system, all threads
	PeakMemoryBytes int64   `json:"peak_memory_bytes"`
	ReadBytes       int64   `json:"read_bytes"`    // asked for by read calls, from the cache or not; mapped files are not in it
	WrittenBytes    int64   `json:"written_bytes"` // made dirty in the page cache, so sent to storage
	BookBytes       int64   `json:"book_bytes"`    // size of the book when the program has ended
	Repayments      int64   `json:"repayments"`
	Postings        int64   `json:"postings"`
	WroteTables     bool    `json:"rewrote_loans,omitempty"` // of the peer: a whole new table of loans
	MemoryLimit     string  `json:"memory_limit,omitempty"`  // of the peer: what it was told to stay within, of its budget
	Stages          []Stage `json:"stages"`
}

// A Stage is how long a part of a night took, as the program itself says.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// usage is a run and what the program printed.
type usage struct {
	Run
	stdout []byte
}

// spawn runs a program to its end and measures it.
func spawn(ctx context.Context, log io.Writer, program string, args []string) (*usage, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	// The counters of /proc last until the process is waited for: look at them
	// when it has ended and before that.
	err := ended(cmd.Process.Pid)
	wall := time.Since(start)
	read, written := ioOf(cmd.Process.Pid)
	if werr := cmd.Wait(); werr != nil || err != nil {
		io.Copy(log, &stderr)
		if werr == nil {
			werr = err
		}
		return nil, fmt.Errorf("%s: %w", strings.Join(args[:1], " "), werr)
	}
	u := &usage{stdout: stdout.Bytes()}
	u.WallSeconds, u.ReadBytes, u.WrittenBytes = wall.Seconds(), read, written
	u.CPUSeconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.PeakMemoryBytes = ru.Maxrss * 1024 // Linux counts in KiB
	}
	return u, nil
}

// ended waits until a child has ended, and leaves it to be waited for.
func ended(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// ioOf reads the counters of /proc/PID/io; 0 where the system does not give them.
func ioOf(pid int) (read, written int64) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/io")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			continue
		}
		switch name {
		case "rchar":
			read = n
		case "write_bytes":
			written = n
		}
	}
	return read, written
}

// settle lets storage finish what was written before, so that no run pays for
// the copy of its book.
func settle() { unix.Sync() }
