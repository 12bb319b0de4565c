package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A bookFS is the file system that Pebble sees. The book's own lock replaces
// Pebble's: it names its holder, and it outlives the database until the seal is
// written.
type bookFS struct{ vfs.FS }

type noLock struct{}

func (noLock) Close() error { return nil }

func (bookFS) Lock(string) (io.Closer, error) { return noLock{}, nil }

func (f bookFS) Unwrap() vfs.FS { return f.FS }

// Create syncs the folder before it makes one of Pebble's markers: Pebble syncs
// the name of a new manifest only together with the marker that points to it,
// and a power failure may keep the marker and lose the manifest.
func (f bookFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(f.FS.PathBase(name), "marker.") {
		if err := syncDir(f.FS, f.FS.PathDir(name)); err != nil {
			return nil, err
		}
	}
	return f.FS.Create(name, category)
}

var errReadOnly = errors.New("the book is open for reading only")

// A readFS refuses to change anything, so that a reader can't, whatever Pebble
// does. It also keeps pinned files open: a night may delete the tables of the
// generation that a reader is reading, and an open file stays readable.
type readFS struct {
	bookFS
	mu     sync.Mutex
	pinned map[string]vfs.File
}

// pin opens a file for good, until unpin.
func (f *readFS) pin(name string) error {
	file, err := f.FS.Open(name)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.pinned[name]; old != nil {
		return file.Close()
	}
	f.pinned[name] = file
	return nil
}

func (f *readFS) unpin() error {
	var errs []error
	for _, file := range f.pinned {
		errs = append(errs, file.Close())
	}
	clear(f.pinned)
	return errors.Join(errs...)
}

// A pinnedFile is one use of a pinned file.
type pinnedFile struct{ vfs.File }

func (pinnedFile) Close() error { return nil }

func (f *readFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f.mu.Lock()
	file := f.pinned[name]
	f.mu.Unlock()
	if file == nil {
		return f.FS.Open(name, opts...)
	}
	for _, o := range opts {
		o.Apply(file)
	}
	return pinnedFile{file}, nil
}

func (f *readFS) Create(string, vfs.DiskWriteCategory) (vfs.File, error) { return nil, errReadOnly }
func (f *readFS) Link(string, string) error                              { return errReadOnly }
func (f *readFS) Remove(string) error                                    { return errReadOnly }
func (f *readFS) RemoveAll(string) error                                 { return errReadOnly }
func (f *readFS) Rename(string, string) error                            { return errReadOnly }
func (f *readFS) MkdirAll(string, os.FileMode) error                     { return errReadOnly }
func (f *readFS) OpenReadWrite(string, vfs.DiskWriteCategory, ...vfs.OpenOption) (vfs.File, error) {
	return nil, errReadOnly
}
func (f *readFS) ReuseForWrite(string, string, vfs.DiskWriteCategory) (vfs.File, error) {
	return nil, errReadOnly
}

// syncDir makes the names in a folder durable.
func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDirs makes a folder, and those above it that are missing, durably.
func makeDirs(fs vfs.FS, dir string) error {
	var parents []string
	for d := dir; ; d = fs.PathDir(d) {
		if _, err := fs.Stat(d); err == nil || d == fs.PathDir(d) {
			break
		}
		parents = append(parents, fs.PathDir(d))
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := syncDir(fs, parent); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a small file durably under a temporary name and moves it
// into place: a reader sees the old bytes or the new ones, after a crash too.
func writeFile(fs vfs.FS, dir, name string, data []byte) error {
	temp := fs.PathJoin(dir, name+".new")
	f, err := fs.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(temp, fs.PathJoin(dir, name)); err != nil {
		return err
	}
	return syncDir(fs, dir)
}

func readFile(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// list returns the names in a folder, none where there is no folder.
func list(fs vfs.FS, dir string) ([]string, error) {
	names, err := fs.List(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// removeOwn removes one of the book's folders with what the database and a build write
// into it. Anything else stays, and is an error: it is not the book's.
func removeOwn(fs vfs.FS, dir string) error {
	names, err := list(fs, dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isOwn(name) {
			return fmt.Errorf("%s is none of the book's files: move it away", fs.PathJoin(dir, name))
		}
	}
	for _, name := range names {
		if err := fs.Remove(fs.PathJoin(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := fs.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// isOwn reports whether a name is one that Pebble, or a build, gives to a file.
func isOwn(name string) bool {
	kind, _ := kindOf(strings.TrimSuffix(name, ".dbtmp"))
	return kind != "" || isTable(name) || strings.HasSuffix(name, ".log") || name == "LOCK" || name == "CURRENT" ||
		strings.HasPrefix(name, "temporary.") || strings.HasSuffix(name, ".blob")
}
