package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A Machine is what the figures were measured on: no name, no path.
type Machine struct {
	Processor   string `json:"processor"`
	Cores       int    `json:"cores"`
	MemoryBytes int64  `json:"memory_bytes"`
	System      string `json:"system"`
	Go          string `json:"go"`
	// LoadBefore is the system's load of the last minute before the runs: figures
	// of a busy machine are not worth keeping.
	LoadBefore float64 `json:"load_before"`
	// Sequential limits of the data folder, measured in the same run.
	WriteBytesPerSecond float64 `json:"write_bytes_per_second"` // written and synced
	ReadBytesPerSecond  float64 `json:"read_bytes_per_second"`  // from the page cache, as the runs read
}

func (b *bench) machine() (Machine, error) {
	m := Machine{Processor: procValue("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	kib, _, _ := strings.Cut(procValue("/proc/meminfo", "MemTotal"), " ")
	if n, err := strconv.ParseInt(kib, 10, 64); err == nil {
		m.MemoryBytes = n * 1024
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(text), " ")
		m.LoadBefore, _ = strconv.ParseFloat(load, 64) // 0 where there is none
	}
	var err error
	m.WriteBytesPerSecond, m.ReadBytesPerSecond, err = sequential(filepath.Join(b.data, "limits.tmp"))
	return m, err
}

// procValue returns the value of the first line of a file that has the name.
func procValue(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// sequential measures writing and reading one file of 1 GiB, in blocks of 1 MiB.
func sequential(path string) (write, read float64, err error) {
	const blocks, block = 1024, 1 << 20
	defer os.Remove(path)
	f, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	buf := make([]byte, block)
	for i := range buf {
		buf[i] = byte(i * 31)
	}
	settle()
	start := time.Now()
	for range blocks {
		if _, err := f.Write(buf); err != nil {
			return 0, 0, err
		}
	}
	if err := f.Sync(); err != nil {
		return 0, 0, err
	}
	write = blocks * block / time.Since(start).Seconds()
	start = time.Now()
	for i := range int64(blocks) {
		if _, err := f.ReadAt(buf, i*block); err != nil {
			return 0, 0, err
		}
	}
	return write, blocks * block / time.Since(start).Seconds(), nil
}

// commit returns the commit that was measured, with a mark where the tree
// differs from it; empty outside a repository.
func (b *bench) commit() string {
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = b.root
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	commit := git("rev-parse", "--short=12", "HEAD")
	if commit != "" && git("status", "--porcelain", "--untracked-files=no") != "" {
		commit += "+"
	}
	return commit
}
