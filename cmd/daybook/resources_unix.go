//go:build unix

package main

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// usedResources returns the processor time that this process took so far and
// the most memory that it had.
func usedResources() (cpu time.Duration, peakBytes int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	peak := int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		peak <<= 10 // all others count in KiB
	}
	if own, ok := mostResident(); ok {
		peak = own
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak
}

var residentLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// mostResident returns the most memory that this program had, where the system tells it, as Linux does. Its usage begins with what the process
// had that this one was started from.
func mostResident() (bytes int64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	m := residentLine.FindSubmatch(status)
	if m == nil {
		return 0, false
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 53)
	return kib << 10, err == nil
}
