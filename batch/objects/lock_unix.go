//go:build unix

package objects

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the kernel's lock of an open file or folder, which ends with the process.
// Held says that another has it. A file system without locks gives none to anyone: then
// nobody can find out that a writer is dead, and what it left stays.
func lock(f *os.File) (held bool, err error) {
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	return errors.Is(err, syscall.EWOULDBLOCK), err
}
