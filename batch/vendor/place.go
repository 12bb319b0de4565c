package vendor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A staging is a folder of its own beside the place of files: what is made there gets its
// name whole, or not at all.
type staging struct {
	dir, to string
}

func stage(to string) (*staging, error) {
	dir, err := os.MkdirTemp(to, ".daybook-vendor-")
	return &staging{dir: dir, to: to}, err
}

// path is where a file is made that will have this name.
func (s *staging) path(name string) string { return filepath.Join(s.dir, name) }

// rename gives a file that is made the name that it will have.
func (s *staging) rename(from, to string) error { return os.Rename(s.path(from), s.path(to)) }

// free says which of the names is taken.
func (s *staging) free(names ...string) error {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(s.to, name)); err == nil {
			return &ExistsError{Path: filepath.Join(s.to, name)}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// publish gives files their names. A name that is taken stays what it is, and then none of
// the files is there.
func (s *staging) publish(names ...string) (err error) {
	var done []string
	defer func() {
		if err != nil {
			for _, path := range done {
				os.Remove(path)
			}
		}
	}()
	for _, name := range names {
		path := filepath.Join(s.to, name)
		err := os.Link(s.path(name), path)
		switch {
		case errors.Is(err, fs.ErrExist):
			return &ExistsError{Path: path}
		case err != nil: // a file system without links
			if err = s.free(name); err == nil {
				err = os.Rename(s.path(name), path)
			}
		}
		if err != nil {
			return err
		}
		done = append(done, path)
	}
	return syncFolder(s.to)
}

// remove removes the folder with what is left in it.
func (s *staging) remove() error { return os.RemoveAll(s.dir) }

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// An ExistsError says that a file's name is taken.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string { return fmt.Sprintf("%s is there already", e.Path) }
