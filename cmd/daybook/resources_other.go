//go:build !unix

package main

import "time"

// usedResources is not known here.
func usedResources() (cpu time.Duration, peakBytes int64) { return 0, 0 }
