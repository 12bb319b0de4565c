//go:build unix

package main

import (
	"runtime"
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
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak
}
