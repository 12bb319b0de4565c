//go:build unix

package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A Lock keeps a second run out of an output folder. It is the kernel's, on the
// folder itself: no file tells of it, and it ends with the process.
type Lock struct{ f *os.File }

// lockPoll is how often a lock is tried again.
const lockPoll = 50 * time.Millisecond

// take takes the lock of a folder that exists, and waits for it as long as it may.
func take(ctx context.Context, out string, wait time.Duration) (*Lock, error) {
	f, err := os.Open(out)
	if err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	for waited := time.Duration(0); ; waited += lockPoll {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil && !isStill(f, out):
			// Its holder has removed it since; there may be a new one.
			return nil, errors.Join(errGone, f.Close())
		case err == nil:
			return &Lock{f}, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			// A file system that has no locks: the book's own must do.
			return &Lock{f}, nil
		case waited >= wait:
			return nil, errors.Join(&LockedError{out}, f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(lockPoll):
		}
	}
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
