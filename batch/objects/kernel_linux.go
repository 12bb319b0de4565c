package objects

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// linkInto gives a file a second name in an open folder. The folder is held open so that no
// link put into its path meanwhile leads elsewhere.
func linkInto(folder *os.File, base, path string) error {
	if err := unix.Linkat(unix.AT_FDCWD, path, int(folder.Fd()), base, 0); err != nil {
		return &os.LinkError{Op: "link", Old: path, New: base, Err: err}
	}
	return nil
}

// cannotLink reports whether a file can have no second name there: another file system, one
// without links, too many of them, or a file that is someone else's.
func cannotLink(err error) bool {
	for _, no := range []error{unix.EXDEV, unix.EPERM, unix.EMLINK, unix.EOPNOTSUPP, unix.ENOSYS, errors.ErrUnsupported} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// swap exchanges two names, each in an open folder, in one step.
func swap(a *os.File, baseA string, b *os.File, baseB string) error {
	err := unix.Renameat2(int(a.Fd()), baseA, int(b.Fd()), baseB, unix.RENAME_EXCHANGE)
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: baseA, New: baseB, Err: err}
	}
	return nil
}

// renameAbsent renames a file in an open folder where nothing has the new name.
func renameAbsent(dir *os.File, from, to string) error {
	if err := unix.Renameat2(int(dir.Fd()), from, int(dir.Fd()), to, unix.RENAME_NOREPLACE); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// cannotSwap reports whether a file system has no such renames.
func cannotSwap(err error) bool {
	for _, no := range []error{unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, errors.ErrUnsupported} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}
