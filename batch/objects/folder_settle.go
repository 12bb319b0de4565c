package objects

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

// inFolder does what needs a folder, which is made where there is none. A deletion may
// remove a folder that has become empty just before it is written to: then it is made again.
func (f *Folder) inFolder(root *os.Root, dir string, do func() error) error {
	const triesMax = 10
	var err error
	for range triesMax {
		if err = f.settle(root, dir); err == nil {
			err = do()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f.forget(dir)
	}
	return err
}

// settle makes a folder and those above it, each so that it lasts, and clears from it what
// killed writers left: once for as long as the store is open, since to read a folder with
// thousands of names for each of them is slow.
func (f *Folder) settle(root *os.Root, dir string) error {
	f.mu.Lock()
	done := f.settled[dir]
	f.mu.Unlock()
	if done {
		return nil
	}
	if dir != "." {
		if err := f.settle(root, path.Dir(dir)); err != nil {
			return err
		}
		err := root.Mkdir(dir, f.dirMode)
		if err == nil {
			err = root.Chmod(dir, f.dirMode) // the umask may have taken more
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		// Also where it was there: whoever made it may have been killed before that.
		if err := syncDir(root.Open, path.Dir(dir)); err != nil {
			return err
		}
	}
	if err := clearFolder(root, dir); err != nil {
		return err
	}
	f.mu.Lock()
	f.settled[dir] = true
	f.mu.Unlock()
	return nil
}

// forget has a folder and those above it settled anew.
func (f *Folder) forget(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ; dir != "."; dir = path.Dir(dir) {
		delete(f.settled, dir)
	}
}

// clearFolder removes the temporary files of writers that are dead: those whose lock can be had.
func clearFolder(root *os.Root, dir string) error {
	entries, err := readDir(root, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isTemporary(e.Name()) {
			continue
		}
		name := path.Join(dir, e.Name())
		file, err := root.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // gone, or someone else's: it is never listed
		}
		if _, err := lock(file); err == nil && isStill(root, file, name) {
			root.Remove(name)
		}
		file.Close()
	}
	return nil
}

// readDir returns what is in a folder.
func readDir(root *os.Root, dir string) ([]fs.DirEntry, error) {
	d, err := root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}
