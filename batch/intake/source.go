package intake

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"syscall"
)

// What a night posts must be what its manifest says. A file's SHA-256 is taken
// while it is inspected and its rows are decoded later, so that someone may
// write into it meanwhile, and put size and times back. Inspection therefore
// takes a fast hash of each block too, of the same bytes, and whoever reads
// later gets only blocks whose hash is still that. The hash is keyed with the
// process's own random seed: nobody can prepare bytes that collide. It runs at
// about 20 GB/s, a hundredth of what decoding takes. Rejected: a copy of the
// inbox (twice the disk), size and times alone (they can be set), reading each
// file once (the footer is at its end, and the night must know all faults
// before it starts).
const (
	blockSize  = 64 << 10
	blockSlots = 4 // blocks kept: neighbouring columns of small row groups share them
)

var blockSeed = maphash.MakeSeed()

// errChanged says that a file is not the one that was inspected.
var errChanged = errors.New("changed since it was inspected")

// A source reads a file's blocks and proves that they are those that were
// inspected.
type source struct {
	file  *File
	input io.ReaderAt
	slots [blockSlots]slot
}

// A slot holds a block that was proved.
type slot struct {
	buf  []byte
	n    int // bytes of it, 0 where there are none
	at   int64
	file *File
}

// ReadAt reads whole blocks straight into b, and the ends by way of a slot.
func (s *source) ReadAt(b []byte, off int64) (int, error) {
	done := 0
	for done < len(b) {
		at := off + int64(done)
		if at < 0 || at >= s.file.Size {
			return done, io.EOF
		}
		rest := b[done:]
		if at%blockSize == 0 {
			n := min(int64(len(rest)), s.file.Size-at)
			if at+n < s.file.Size {
				n -= n % blockSize
			}
			if n > 0 {
				if err := s.blocks(rest[:n], at); err != nil {
					return done, err
				}
				done += int(n)
				continue
			}
		}
		block, err := s.block(at / blockSize)
		if err != nil {
			return done, err
		}
		done += copy(rest, block[at%blockSize:])
	}
	return done, nil
}

// block returns a whole block, valid until the next call.
func (s *source) block(i int64) ([]byte, error) {
	slot := &s.slots[i%blockSlots]
	at := i * blockSize
	if slot.n > 0 && slot.file == s.file && slot.at == at {
		return slot.buf[:slot.n], nil
	}
	if slot.buf == nil {
		slot.buf = make([]byte, blockSize)
	}
	n := int(min(blockSize, s.file.Size-at))
	slot.n = 0
	if err := s.blocks(slot.buf[:n], at); err != nil {
		return nil, err
	}
	slot.n, slot.at, slot.file = n, at, s.file
	return slot.buf[:n], nil
}

// blocks reads and proves whole blocks, the file's last one as long as it is.
func (s *source) blocks(b []byte, at int64) error {
	if n, err := s.input.ReadAt(b, at); n < len(b) {
		if err == io.EOF { // cut since
			return errChanged
		}
		return fmt.Errorf("reading %d bytes at %d: %w", len(b), at, err)
	}
	for i := at / blockSize; len(b) > 0; i++ {
		n := min(blockSize, len(b))
		if maphash.Bytes(blockSeed, b[:n]) != s.file.blocks[i] {
			return errChanged
		}
		b = b[n:]
	}
	return nil
}

// orChanged returns what an error of reading means: other if the bytes are
// those that were inspected.
func (f *File) orChanged(err error, other *FileError) error {
	if errors.Is(err, errChanged) {
		return &FileError{File: f.Name, Err: errChanged, Hint: "leave the inbox alone while a night closes, and close it again"}
	}
	return other
}

// openFile opens a regular file. A pipe is never waited for, even one that took
// a file's place this moment.
func (f *File) openFile() (*os.File, os.FileInfo, error) {
	handle, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, f.openFault(err)
	}
	info, err := handle.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file any more")
	}
	if err != nil {
		handle.Close()
		return nil, nil, &FileError{File: f.Name, Err: err, Hint: "make it readable"}
	}
	return handle, info, nil
}

func (f *File) openFault(err error) error {
	if isLimit(err) {
		return limitFault(f.Name, err)
	}
	return &FileError{File: f.Name, Err: err, Hint: "make it readable"}
}

// isLimit reports whether an error says that too many files are open.
func isLimit(err error) bool { return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) }

// limitFault says it once, whatever number of files meet it.
func limitFault(name string, err error) error {
	return &FileError{File: name, Err: err,
		Hint: "no file is at fault: the system lets this process open too few; raise the limit, as with \"ulimit -n 4096\", and run it again"}
}

// begin opens the file for reading what was inspected.
func (s *source) begin(f *File) error {
	s.file = f
	if f.memory != nil {
		s.input = f.memory
		return nil
	}
	handle, info, err := f.openFile()
	if err != nil {
		return err
	}
	if info.Size() != f.Size {
		handle.Close()
		return f.orChanged(errChanged, nil)
	}
	s.input = handle
	return nil
}

// end closes the file. What was read is proved, so that closing can't fail it.
func (s *source) end() {
	if c, ok := s.input.(io.Closer); ok {
		c.Close()
	}
	s.input = nil
}
