package direct

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// A way is that past the page cache: a flag of the open file.
type way struct {
	fd    int
	flags int
	isOn  bool
}

// wayOf returns the way of a descriptor; nil where it is none.
func wayOf(fd uintptr) *way {
	if int(fd) < 0 {
		return nil
	}
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	if err != nil {
		return nil
	}
	return &way{fd: int(fd), flags: flags &^ unix.O_DIRECT, isOn: flags&unix.O_DIRECT != 0}
}

// take has what is written next go past the page cache, or not.
func (w *way) take(past bool) error {
	if past == w.isOn {
		return nil
	}
	flags := w.flags
	if past {
		flags |= unix.O_DIRECT
	}
	if _, err := unix.FcntlInt(uintptr(w.fd), unix.F_SETFL, flags); err != nil {
		return err
	}
	w.isOn = past
	return nil
}

// seek has the next write be for a place of the file.
func (w *way) seek(offset int64) error {
	_, err := unix.Seek(w.fd, offset, io.SeekStart)
	return err
}

// refused reports whether an error says that a block does not lie as the device wants it.
func refused(err error) bool { return errors.Is(err, unix.EINVAL) }
