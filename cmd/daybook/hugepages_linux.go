package main

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// hugePagesFrom is the least room that is asked to lie in huge pages: in a small one what is rounded up to them would be felt.
const hugePagesFrom = 256 << 20

var hugePagesOnce sync.Once // a process has one budget

// askHugePages asks the system to have the heap lie in huge pages (2 MiB on most machines), as far as it will grow to a number of bytes. A night fills
// a gigabyte of new memory within seconds: in pages of 4 KiB that is a quarter of a million faults, each some microseconds in a
// virtual machine, and each address is looked up through more levels. Go has no setting for it, so it is
// asked for addresses: a block as large is made, named to the system, and given back before a byte of it is touched; the heap grows into the same addresses.
// Nothing is asked where there are few addresses (32 bits), where the system gives all programs huge pages or none, where it counts what is
// only asked for, or where GODEBUG=disablethp=1 says that they are not wanted.
func askHugePages(size int64) {
	hugePagesOnce.Do(func() {
		if room := hugePagesRoom(size); room >= hugePagesFrom {
			markHugePages(room)
			debug.FreeOSMemory()
		}
	})
}

// markHugePages has its own frame, so that nothing holds the block when it returns.
//
//go:noinline
func markHugePages(room int64) {
	block := make([]byte, room)
	_ = unix.Madvise(block, unix.MADV_HUGEPAGE) // a system without them goes on with small pages
	runtime.KeepAlive(block)
}

// hugePagesRoom returns for how many of size bytes huge pages may be asked for; 0 is none.
func hugePagesRoom(size int64) int64 {
	if math.MaxInt < math.MaxInt64 || slices.Contains(strings.Split(os.Getenv("GODEBUG"), ","), "disablethp=1") {
		return 0
	}
	given, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || !bytes.Contains(given, []byte("[madvise]")) {
		return 0
	}
	// What is refused here would end the program: Go takes an address that it does not get as out of memory.
	counted, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	if err != nil || strings.TrimSpace(string(counted)) == "2" {
		return 0
	}
	for _, resource := range []int{unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		var limit unix.Rlimit
		if unix.Getrlimit(resource, &limit) != nil || limit.Cur != math.MaxUint64 {
			return 0
		}
	}
	var system unix.Sysinfo_t
	if unix.Sysinfo(&system) != nil {
		return 0
	}
	return min(size, int64(system.Totalram)*int64(system.Unit)/2)
}
