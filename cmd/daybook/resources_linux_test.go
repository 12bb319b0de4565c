package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"testing"
)

// A program that one with much memory has started does not count that as its own.
func TestPeakIsOfThisProgram(t *testing.T) {
	const much = 256 << 20
	if os.Getenv("DAYBOOK_TEST_PEAK") != "" {
		_, peak := usedResources()
		fmt.Printf("peak %d\n", peak)
		return
	}
	room := make([]byte, much)
	for i := 0; i < len(room); i += 4096 {
		room[i] = 1
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPeakIsOfThisProgram$")
	self.Env = append(os.Environ(), "DAYBOOK_TEST_PEAK=1")
	out, err := self.CombinedOutput()
	runtime.KeepAlive(room)
	m := regexp.MustCompile(`(?m)^peak (\d+)$`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if peak, err := strconv.ParseInt(string(m[1]), 10, 64); err != nil || peak < 1<<20 || peak >= much {
		t.Errorf("the peak is %d bytes, want its own: more than 1 MiB and less than the %d of its parent", peak, much)
	}
}
