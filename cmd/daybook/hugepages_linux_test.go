package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// sizes returns of how many bytes of addresses the system knows that they may lie in huge pages, and how many bytes of memory there are.
func sizes(t *testing.T) (asked, resident int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	size := int64(0)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		var kib int64
		if _, err := fmt.Sscanf(line, "Size: %d kB", &kib); err == nil {
			size = kib << 10
		}
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil {
			resident += kib << 10
		}
		if flags, is := strings.CutPrefix(line, "VmFlags:"); is && strings.Contains(flags+" ", " hg ") {
			asked += size
		}
	}
	return asked, resident
}

// The heap's addresses are marked, and none of the memory behind them is taken. A process asks once, and first of all: what another test has used
// and given back would be cleared, and taken with that.
func TestHeapAsksForHugePages(t *testing.T) {
	const room = 1 << 30
	if hugePagesRoom(room) < hugePagesFrom {
		t.Skip("this system is not asked for huge pages")
	}
	if os.Getenv("DAYBOOK_HUGE_PAGES") == "" {
		self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHeapAsksForHugePages$", "-test.v")
		self.Env = append(os.Environ(), "DAYBOOK_HUGE_PAGES=asked")
		if out, err := self.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestHeapAsksForHugePages")) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	_, before := sizes(t)
	markHugePages(room)
	asked, resident := sizes(t)
	if asked < room-4<<20 {
		t.Errorf("%d bytes of addresses are marked, want %d", asked, room)
	}
	if resident > before+room/8 {
		t.Errorf("%d bytes of memory are taken, %d before", resident, before)
	}
}

func TestHugePagesAreAskedForWhereTheyAreWanted(t *testing.T) {
	most := hugePagesRoom(1 << 62)
	if got := hugePagesRoom(1 << 30); got != 0 && got != min(1<<30, most) {
		t.Errorf("room for 1 GiB: %d of at most %d", got, most)
	}
	t.Setenv("GODEBUG", "madvdontneed=1,disablethp=1")
	if got := hugePagesRoom(1 << 30); got != 0 {
		t.Errorf("not wanted: %d", got)
	}
}
