//go:build unix

package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
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

// mostResident returns the most memory that this program had, where the system tells it, as Linux does. Its usage begins with what the process
// had that this one was started from.
func mostResident() (bytes int64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if value, is := strings.CutPrefix(line, "VmHWM:"); is {
			digits, is := strings.CutSuffix(strings.TrimSpace(value), " kB")
			kib, err := strconv.ParseUint(digits, 10, 53)
			return int64(kib) << 10, is && err == nil
		}
	}
	return 0, false
}
