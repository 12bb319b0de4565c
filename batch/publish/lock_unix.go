//go:build unix

package publish

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// A Lock keeps a second run out of an output folder. It is the kernel's, on the
// folder itself: no file tells of it, and it ends with the process.
type Lock struct{ f *os.File }

// take takes the lock of a folder that exists.
func take(out string) (*Lock, error) {
	f, err := os.Open(out)
	if err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(&LockedError{out}, f.Close())
	case err == nil && !isStill(f, out):
		// Its holder has removed it since; there may be a new one.
		return nil, errors.Join(errGone, f.Close())
	}
	return &Lock{f}, nil // a file system that has no locks: the book's own must do
}

// isStill reports whether a path leads to what was opened by it.
func isStill(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(held, named)
}

// Close gives the lock back.
func (l *Lock) Close() error { return l.f.Close() }
