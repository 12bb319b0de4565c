// Package direct writes large files past the system's page cache.
//
// A night writes gigabytes that nobody reads before the next one. Through the page cache each byte
// is copied once more, into memory that has to be found for it; past it, whole blocks go from the
// writer's memory to the device while the next are filled. Where the system or the file system
// has no such way, blocks are written as always: the bytes of the file are the same.
package direct

import (
	"io"
	"sync"
	"unsafe"
)

// A File is written from its beginning to its end, by one [Writer] alone.
type File interface {
	io.Writer
	// Fd is the file's descriptor, to which whole blocks may be written past Write; what is none, as that of a file
	// in memory, is written as always.
	Fd() uintptr
}

const (
	// blockBytes is what is written at once, and past the page cache where it begins at a multiple of
	// its size: a file below it never is. 1.5 GB took 0.63 s in blocks of 1 MiB, 0.74 so, 1.0 in those of
	// 256 KiB, and 1.3 to 3.6 through the cache.
	blockBytes = 512 << 10
	// alignment is that of memory, place and length which devices ask for.
	alignment = 4096
)

// A Writer gathers what is written to a file in blocks. It belongs to one goroutine; a block is
// on its way while the next is filled, so that an error may be told by a later call. After an error nothing more
// is written.
type Writer struct {
	file  File
	way   *way   // past the page cache; nil: there is none
	block []byte // that is being filled; nil: none
	size  int64  // of the file, without the block
	sent  chan error
	sends bool // a block is on its way, by a thread
	err   error

	ring   *ring   // nil: there is none
	flying *flight // the block on its way by the ring
	adrift bool    // the file's own place is before what the ring has written
}

// NewWriter returns a writer of a file that is empty. It takes no memory before the first byte.
func NewWriter(f File) *Writer { return &Writer{file: f, way: wayOf(f.Fd()), ring: theRing()} }

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
	block := w.block
	w.block = nil
	if w.wait() != nil {
		giveBlock(block)
		return
	}
	w.size += int64(len(block))
	if w.way == nil || len(block) < blockBytes {
		w.err = w.put(block, false)
		giveBlock(block)
		return
	}
	if w.fly(block) {
		return
	}
	if w.sent == nil {
		w.sent = make(chan error, 1)
	}
	w.sends = true
	go func() {
		err := w.put(block, true)
		giveBlock(block)
		w.sent <- err
	}()
}

// fly hands the block over to the ring, if it takes it.
func (w *Writer) fly(block []byte) bool {
	if w.ring == nil || w.way.take(true) != nil {
		return false
	}
	if w.flying = w.ring.send(w.way.fd, block, w.size-int64(len(block))); w.flying == nil {
		return false
	}
	w.adrift = true
	return true
}

// land writes what the ring has not of a block.
func (w *Writer) land(rest []byte) {
	if len(rest) > 0 && w.err == nil {
		w.err = w.put(rest, true)
	}
}

// steady has the next write be for what comes before the last bytes of the file as it is to be.
func (w *Writer) steady(bytes int) error {
	if !w.adrift {
		return nil
	}
	w.adrift = false
	return w.way.seek(w.size - int64(bytes))
}

// wait waits for the block that is on its way.
func (w *Writer) wait() error {
	if f := w.flying; f != nil {
		w.flying = nil
		w.land(w.ring.wait(f))
	}
	if w.sends {
		w.sends = false
		if err := <-w.sent; w.err == nil {
			w.err = err
		}
	}
	return w.err
}

// put writes a block, past the page cache where that is asked for and can be done.
func (w *Writer) put(block []byte, past bool) error {
	if w.way != nil {
		if err := w.steady(len(block)); err != nil {
			return err
		}
		if err := w.way.take(past); err != nil && !past {
			return err // a rest of any length can't be written past the cache
		} else if err != nil {
			w.way = nil // the file system has none
		}
	}
	n, err := w.file.Write(block)
	if err == nil || w.way == nil || !past || !refused(err) {
		return err
	}
	// The device asks for more than what is usual.
	if err := w.way.take(false); err != nil {
		return err
	}
	w.way = nil
	_, err = w.file.Write(block[n:])
	return err
}

// Flush hands all that was written to the system, which does not have to have it on the disk yet, and
// gives the writer's memory back; it is needed before a file is closed, whatever went wrong. More may be
// written afterwards.
func (w *Writer) Flush() error {
	if len(w.block) > 0 {
		w.send()
	}
	err := w.wait()
	if w.way != nil && err == nil {
		err = w.steady(0)
	}
	return err
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
