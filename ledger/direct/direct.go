// Package direct writes large files past the system's page cache.
//
// A night writes gigabytes that nobody reads before the next one. Through the page cache each byte
// is copied once more, into memory that has to be found for it; past it, whole blocks go from the
// writer's memory to the device while the next are filled. Where the system or the file system
// has no such way, blocks are written as always: the bytes of the file are the same.
package direct

import (
	"io"
	"slices"
	"sync"
	"unsafe"
)

// A File is written from its beginning to its end, by one [Writer] alone.
type File interface {
	io.Writer
	// Fd is the file's descriptor, to which whole blocks may be written past Write; what is none, as that of a file
	// in memory, is written as always.
	Fd() uintptr
	Sync() error
}

const (
	// blockBytes is what is written at once, and past the page cache where it begins at a multiple of
	// its size: a file below it never is. 1.5 GB took 0.63 s in blocks of 1 MiB, 0.74 so, 1.0 in those of
	// 256 KiB, and 1.3 to 3.6 through the cache.
	blockBytes = 512 << 10
	// alignment is that of memory, place and length which devices ask for.
	alignment = 4096
)

// A Writer gathers what is written to a file in blocks. It belongs to one goroutine; blocks are
// on their way while the next is filled, so that an error may be told by a later call. After an error nothing more
// is written.
type Writer struct {
	file  File
	way   *way   // to places of the file and past the page cache; nil: there is none
	past  bool   // blocks go past it
	block []byte // that is being filled; nil: none
	size  int64  // of the file, without the block
	place int64  // where the file itself writes next; the ring leaves it where it is
	sent  chan error
	sends bool // a block is on its way, by a thread
	err   error

	ring   *ring    // nil: there is none
	flying []placed // the blocks on their way by the ring, the first sent first
}

// A placed is a block on its way to its place in a file.
type placed struct {
	*flight
	at int64
}

// flightsOfFile is how many blocks of a file may be on their way by the ring. What is written comes in bursts, a group of rows
// at once: with one only, a night stood still for a thirtieth of its time until the block before had come in.
const flightsOfFile = 3

// NewWriter returns a writer of a file that is empty. It takes no memory before the first byte.
func NewWriter(f File) *Writer {
	w := &Writer{file: f, way: wayOf(f.Fd()), ring: theRing()}
	w.past = w.way != nil
	return w
}

// Write implements [io.Writer].
func (w *Writer) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) && w.err == nil {
		if w.block == nil {
			w.block = takeBlock()
		}
		room := blockBytes - int(w.size%blockBytes) - len(w.block)
		k := min(room, len(p)-n)
		w.block = append(w.block, p[n:n+k]...)
		if n += k; k == room {
			w.send()
		}
	}
	return n, w.err
}

// send hands the block over.
func (w *Writer) send() {
	block, at := w.block, w.size
	w.block = nil
	w.join()
	past := w.past && len(block) == blockBytes
	if past && w.ring != nil && w.wait(flightsOfFile-1) == nil && w.fly(block, at) {
		w.size += blockBytes
		return
	}
	if w.wait(0) != nil {
		giveBlock(block)
		return
	}
	w.size += int64(len(block))
	if !past {
		w.err = w.put(block, at, false)
		giveBlock(block)
		return
	}
	if w.sent == nil {
		w.sent = make(chan error, 1)
	}
	w.sends = true
	go func() {
		err := w.put(block, at, true)
		giveBlock(block)
		w.sent <- err
	}()
}

// fly hands a block over to the ring, if it takes it.
func (w *Writer) fly(block []byte, at int64) bool {
	if w.way.take(true) != nil {
		return false
	}
	f := w.ring.send(w.way.fd, block, at)
	if f == nil {
		return false
	}
	w.flying = append(w.flying, placed{f, at})
	return true
}

// land writes what the ring has not of a block, the last bytes before end.
func (w *Writer) land(rest []byte, end int64) {
	if len(rest) > 0 && w.err == nil {
		w.err = w.put(rest, end-int64(len(rest)), true)
	}
}

// join waits for the block that a thread has.
func (w *Writer) join() {
	if w.sends {
		w.sends = false
		if err := <-w.sent; w.err == nil {
			w.err = err
		}
	}
}

// wait waits until no more than some blocks are on their way, and for all after an error.
func (w *Writer) wait(most int) error {
	w.join()
	for len(w.flying) > most || len(w.flying) > 0 && w.err != nil {
		f := w.flying[0]
		w.flying = slices.Delete(w.flying, 0, 1)
		w.land(w.ring.wait(f.flight), f.at+blockBytes)
	}
	return w.err
}

// steady has the file write next at a place.
func (w *Writer) steady(at int64) error {
	if w.place == at {
		return nil
	}
	w.place = at
	return w.way.seek(at)
}

// put writes a block to its place, past the page cache where that is asked for and can be done.
func (w *Writer) put(block []byte, at int64, past bool) error {
	if w.way == nil {
		_, err := w.file.Write(block)
		return err
	}
	if err := w.steady(at); err != nil {
		return err
	}
	past = past && w.past
	if err := w.way.take(past); err != nil && !past {
		return err // a rest of any length can't be written past the cache
	} else if err != nil {
		w.past = false // the file system has none
	}
	n, err := w.file.Write(block)
	w.place += int64(n)
	if err == nil || !past || !refused(err) {
		return err
	}
	// The device asks for more than what is usual.
	if err := w.way.take(false); err != nil {
		return err
	}
	w.past = false
	n, err = w.file.Write(block[n:])
	w.place += int64(n)
	return err
}

// Flush hands all that was written to the system, which does not have to have it on the disk yet, and
// gives the writer's memory back; it is needed before a file is closed, whatever went wrong. More may be
// written afterwards.
func (w *Writer) Flush() error {
	if len(w.block) > 0 {
		w.send()
	}
	err := w.wait(0)
	if w.way != nil && err == nil {
		err = w.steady(w.size)
	}
	return err
}

// Sync is Flush, and what was written is on the disk when it returns without an error.
func (w *Writer) Sync() error {
	if err := w.Flush(); err != nil {
		return err
	}
	if w.way != nil && w.ring != nil {
		if done, err := w.ring.sync(w.way.fd); done {
			return err
		}
	}
	return w.file.Sync()
}

var blocks = sync.Pool{New: func() any {
	b := make([]byte, blockBytes+alignment)
	from := -int(uintptr(unsafe.Pointer(&b[0]))) & (alignment - 1)
	block := b[from : from : from+blockBytes]
	return &block
}}

func takeBlock() []byte { return (*blocks.Get().(*[]byte))[:0] }

func giveBlock(b []byte) {
	b = b[:0]
	blocks.Put(&b)
}
