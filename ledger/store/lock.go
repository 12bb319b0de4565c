package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/gofrs/flock"
)

// A Holder is the process that has a book open for writing.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// A LockedError says that another process has the book.
type LockedError struct {
	Dir    string
	Holder Holder // zero where the other left no name: it only verifies, or is just starting
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("book %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("book %s is in use by process %d on %s since %s (%s)",
		e.Dir, e.Holder.PID, e.Holder.Host, e.Holder.Since.Format(time.DateTime), e.Holder.Command)
}

// A bookLock keeps a second writer out. On disk the kernel holds it and drops
// it with the process, so that nothing needs clearing after a crash; who holds
// it is written into the locked file, and read only while it is locked.
type bookLock struct {
	file *flock.Flock // on disk
	dir  io.Closer    // the folder's own lock beside it: a file can be removed under its holder
	mem  io.Closer    // on any other file system
	path string
	gone bool // with the book: the file goes, too
}

func lockPath(dir string) string { return filepath.Join(dir, lockName) }

// lockBook takes the lock or returns a [LockedError] at once.
func lockBook(fs vfs.FS, dir string) (*bookLock, error) {
	if fs != nil {
		mem, err := fs.Lock(fs.PathJoin(dir, lockName))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", &LockedError{Dir: dir}, err)
		}
		return &bookLock{mem: mem}, nil
	}
	l, err := tryLock(dir)
	if err != nil {
		return nil, err
	}
	if err := l.sign(); err != nil {
		return nil, errors.Join(fmt.Errorf("lock book %s: %w", dir, err), l.Close())
	}
	return l, nil
}

// tryLock takes the lock of a folder. A lock that was waited for may be that of a
// file which its holder has removed since, with the book that it gave up: then it
// keeps nobody out, and the new file's is taken.
func tryLock(dir string) (*bookLock, error) {
	for {
		if err := regularOrAbsent(lockPath(dir)); err != nil {
			return nil, err
		}
		l := &bookLock{file: flock.New(lockPath(dir), flock.SetPermissions(0o600)), path: lockPath(dir)}
		ok, err := l.file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock book %s: %w", dir, err)
		}
		if !ok {
			return nil, &LockedError{Dir: dir, Holder: readHolder(dir)}
		}
		held, err := l.file.Stat()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock book %s: %w", dir, err), l.file.Close())
		}
		if named, err := os.Stat(l.path); err == nil && os.SameFile(held, named) {
			l.dir, err = lockFolder(dir)
			if err != nil {
				return nil, errors.Join(err, l.file.Close())
			}
			return l, nil
		}
		if err := l.file.Close(); err != nil {
			return nil, fmt.Errorf("lock book %s: %w", dir, err)
		}
	}
}

// lockAgainstWriters keeps writers out while a book on disk is verified, and
// changes nothing. A book whose lock file can't be opened, on a medium that
// can't be written, has no writer.
func lockAgainstWriters(dir string) (*bookLock, error) {
	if err := regularOrAbsent(lockPath(dir)); err != nil {
		return nil, err
	}
	l := &bookLock{file: flock.New(lockPath(dir), flock.SetFlag(os.O_RDONLY))}
	ok, err := l.file.TryRLock()
	if err == nil && !ok {
		return nil, &LockedError{Dir: dir, Holder: readHolder(dir)}
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return l, nil
	}
	return l, err
}

// regularOrAbsent refuses what bears the name of one of the book's files and is none:
// opening a pipe would wait for ever.
func regularOrAbsent(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file: it is none of the book's; move it away", path)
	}
	return nil // opening it says what else is wrong
}

// sign writes who holds the lock.
func (l *bookLock) sign() error {
	host, _ := os.Hostname() // a name is a courtesy: none is no reason to stop
	args := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	command := strings.Join(args, " ")
	if len(command) > 200 {
		command = command[:200] + "…"
	}
	name, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().Round(time.Second), Command: command})
	if err != nil {
		return err
	}
	return os.WriteFile(l.path, name, 0o600)
}

// readHolder returns who holds a lock that was refused. The holder may have
// been about to sign, or a dead one's name may still be there: a moment later
// it is right.
func readHolder(dir string) (h Holder) {
	here, _ := os.Hostname()
	for range 10 {
		h = Holder{}
		if data, err := os.ReadFile(lockPath(dir)); err == nil && json.Unmarshal(data, &h) == nil && (h.Host != here || alive(h.PID)) {
			return h
		}
		time.Sleep(5 * time.Millisecond)
	}
	return Holder{}
}

// Close drops the lock and its holder's name.
func (l *bookLock) Close() error {
	if l.mem != nil {
		return l.mem.Close()
	}
	if l.gone {
		return errors.Join(os.Remove(l.path), l.file.Close(), l.dir.Close())
	}
	var err error
	if l.file.Locked() {
		if err = os.Truncate(l.path, 0); errors.Is(err, os.ErrPermission) {
			err = nil // nor could a name be written, which was told
		}
	}
	if l.dir != nil {
		err = errors.Join(err, l.dir.Close())
	}
	return errors.Join(err, l.file.Close())
}
