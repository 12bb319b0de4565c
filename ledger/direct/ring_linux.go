package direct

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring hands blocks to the kernel without a thread that waits for them: Linux's io_uring. A thread that writes
// a block keeps its place among those that Go runs until the runtime takes notice, which cost a night a tenth of its time on two
// processors; so does one that waits for a file to be on the disk, or for the ring itself. Who waits does so as for a network,
// which holds no place. All files of a process share one.
type ring struct {
	fd      int
	submit  ringQueue // what is asked for
	index   []uint32  // of the entries that are handed over
	entries []ringEntry
	done    ringQueue
	results []ringResult

	mu      sync.Mutex
	flights [ringFlights]*flight // by the number that the kernel knows them by
	free    []uint64             // numbers
	// told is readable once there are results: the first who waits reads it, the others wait for what he finds.
	told   *os.File
	waits  bool // somebody reads it
	landed sync.Cond
}

// ringFlights is how many blocks may be on their way; more are written by threads.
const ringFlights = 64

// What the kernel calls its things, and how they lie in memory (linux/io_uring.h).
const (
	ringSubmitAt  = 0          // IORING_OFF_SQ_RING
	ringDoneAt    = 0x8000000  // IORING_OFF_CQ_RING
	ringEntriesAt = 0x10000000 // IORING_OFF_SQES
	ringSync      = 3          // IORING_OP_FSYNC
	ringWrite     = 23         // IORING_OP_WRITE
	ringDataSync  = 1          // IORING_FSYNC_DATASYNC
	ringAsync     = 1 << 4     // IOSQE_ASYNC: never on the thread that asks
	ringTells     = 4          // IORING_REGISTER_EVENTFD
	ringMature    = 1 << 10    // IORING_FEAT_RSRC_TAGS: Linux 5.13; rings of before had faults, the first lost results
)

// A ringQueue is where one side of a queue stands; the other moves its own end at any time.
type ringQueue struct {
	head, tail *uint32
	mask       uint32
}

type ringEntry struct {
	opcode, flags uint8
	priority      uint16
	fd            int32
	offset        uint64
	address       uint64
	length        uint32
	ofOpcode      uint32 // flags
	number        uint64
	_             [3]uint64
}

type ringResult struct {
	number uint64
	n      int32 // bytes written, or an error below zero
	_      uint32
}

// A ringPlace says where the parts of a queue lie: its ends, and of what is asked for the index, of what is done the results.
type ringPlace struct {
	head, tail, mask, _, _, results, index, _ uint32
	_                                         uint64
}

type ringParams struct {
	submitEntries, doneEntries, flags, _, _, features, _ uint32
	_                                                    [3]uint32
	submit, done                                         ringPlace
}

// The sizes are the kernel's: these are negative, and do not compile, where they are not.
const (
	_ = -(unsafe.Sizeof(ringEntry{}) ^ 64)
	_ = -(unsafe.Sizeof(ringResult{}) ^ 16)
	_ = -(unsafe.Sizeof(ringParams{}) ^ 120)
)

// A flight is a block on its way, or the wish that a file be on the disk.
type flight struct {
	block  []byte // nil once all of it is written
	isIn   bool
	result int // of those that are in: bytes written, or an error below zero
}

// theRing returns the process's; nil where the system has none, or does not let us.
var theRing = sync.OnceValue(newRing)

func newRing() *ring {
	var p ringParams
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, ringFlights, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil
	}
	r := &ring{fd: int(fd)}
	unix.CloseOnExec(r.fd)
	if p.features&ringMature == 0 || !r.lay(&p) || !r.listen() {
		_ = unix.Close(r.fd)
		return nil
	}
	r.landed.L = &r.mu
	for i := range r.flights {
		r.free = append(r.free, uint64(i))
	}
	return r
}

// lay maps the memory that is shared with the kernel; it stays for as long as the process.
func (r *ring) lay(p *ringParams) bool {
	share := func(at int64, bytes uint32) []byte {
		b, err := unix.Mmap(r.fd, at, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
		if err != nil {
			return nil
		}
		return b
	}
	submit := share(ringSubmitAt, p.submit.index+4*p.submitEntries)
	done := share(ringDoneAt, p.done.results+16*p.doneEntries)
	entries := share(ringEntriesAt, 64*p.submitEntries)
	if submit == nil || done == nil || entries == nil {
		return false
	}
	queue := func(b []byte, o *ringPlace) ringQueue {
		return ringQueue{head: word(b, o.head), tail: word(b, o.tail), mask: *word(b, o.mask)}
	}
	r.submit, r.done = queue(submit, &p.submit), queue(done, &p.done)
	r.index = unsafe.Slice(word(submit, p.submit.index), p.submitEntries)
	r.results = unsafe.Slice((*ringResult)(unsafe.Pointer(&done[p.done.results])), p.doneEntries)
	r.entries = unsafe.Slice((*ringEntry)(unsafe.Pointer(&entries[0])), p.submitEntries)
	return true
}

// listen has the kernel tell of results where Go's runtime listens for many at once.
func (r *ring) listen() bool {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return false
	}
	told := int32(fd)
	if _, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), ringTells, uintptr(unsafe.Pointer(&told)), 1, 0, 0); errno != 0 {
		_ = unix.Close(fd)
		return false
	}
	r.told = os.NewFile(uintptr(fd), "ring")
	return true
}

func word(b []byte, at uint32) *uint32 { return (*uint32)(unsafe.Pointer(&b[at])) }

// send hands over a block for a place in a file; nil where it can't, and nothing has happened. The block must stay as it is
// until it is in; it is given back then.
func (r *ring) send(fd int, block []byte, offset int64) *flight {
	return r.ask(ringEntry{
		opcode: ringWrite, fd: int32(fd), offset: uint64(offset),
		address: uint64(uintptr(unsafe.Pointer(&block[0]))), length: uint32(len(block)),
	}, block)
}

// sync has what was written to a file be on the disk. Where it says that it was not done, nothing has happened: the system may
// tell an error of the disk only once.
func (r *ring) sync(fd int) (done bool, err error) {
	f := r.ask(ringEntry{opcode: ringSync, fd: int32(fd), ofOpcode: ringDataSync}, nil)
	if f == nil {
		return false, nil
	}
	r.wait(f)
	if f.result >= 0 {
		return true, nil
	}
	switch errno := unix.Errno(-f.result); errno {
	case unix.ECANCELED, unix.EINTR, unix.EAGAIN, unix.EINVAL, unix.EOPNOTSUPP:
		return false, nil
	default:
		return true, os.NewSyscallError("fdatasync", errno)
	}
}

// ask asks the kernel; nil where it can't, and nothing has happened.
func (r *ring) ask(e ringEntry, block []byte) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reap()
	if len(r.free) == 0 {
		return nil
	}
	e.flags, e.number = ringAsync, r.free[len(r.free)-1]
	tail := *r.submit.tail // nobody else moves it
	at := tail & r.submit.mask
	r.entries[at], r.index[at] = e, at
	atomic.StoreUint32(r.submit.tail, tail+1)
	if n, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), 1, 0, 0, 0, 0); errno != 0 || n != 1 {
		atomic.StoreUint32(r.submit.tail, tail) // it took nothing
		return nil
	}
	f := &flight{block: block}
	r.free = r.free[:len(r.free)-1]
	r.flights[e.number] = f
	return f
}

// reap takes what has come in.
func (r *ring) reap() {
	for head := *r.done.head; head != atomic.LoadUint32(r.done.tail); head++ {
		result := r.results[head&r.done.mask]
		f := r.flights[result.number]
		if f.isIn, f.result = true, int(result.n); f.block != nil && f.result == len(f.block) {
			giveBlock(f.block) // to whoever wants one, and not when this file has its next
			f.block = nil
		}
		r.flights[result.number] = nil
		r.free = append(r.free, result.number)
		atomic.StoreUint32(r.done.head, head+1)
	}
}

// wait returns what of a block was not written; nil: nothing. What went wrong then, who writes the rest will learn. The block
// is the caller's again.
func (r *ring) wait(f *flight) (rest []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		r.reap()
		switch {
		case f.isIn && f.block == nil:
			return nil
		case f.isIn:
			return f.block[max(f.result, 0):]
		case r.waits:
			r.landed.Wait()
			continue
		}
		// What came in since it was looked for is told, too: nobody else reads it.
		r.waits = true
		r.mu.Unlock()
		var count [8]byte
		if _, err := r.told.Read(count[:]); err != nil {
			time.Sleep(time.Millisecond) // the system is short of something
		}
		r.mu.Lock()
		r.waits = false
		r.reap()
		r.landed.Broadcast()
	}
}
