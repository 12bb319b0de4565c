package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Put writes an object by rename of a synced file.
func (f *Folder) Put(ctx context.Context, name string, b []byte) error {
	root, err := f.writing(ctx, name)
	if err != nil {
		return err
	}
	return f.write(ctx, root, name, bytes.NewReader(b), f.fileMode, root.Rename)
}

// PutIfAbsent writes an object by a link to a synced file, which gives a name only once.
func (f *Folder) PutIfAbsent(ctx context.Context, name string, b []byte) error {
	root, err := f.writing(ctx, name)
	if err != nil {
		return err
	}
	// Where it is there already the file is not even written.
	if _, err := root.Lstat(name); err == nil {
		return f.fault(name, fs.ErrExist)
	}
	return f.write(ctx, root, name, bytes.NewReader(b), f.fileMode, func(temporary, name string) error {
		err := errors.ErrUnsupported
		if !f.noLinks {
			err = root.Link(temporary, name)
		}
		switch {
		case cannotLink(err):
			return f.renameNew(root, temporary, name)
		case err != nil:
			return err
		}
		if err := f.reach("linked"); err != nil {
			return err
		}
		_ = root.Remove(temporary) // what can't be removed is cleared by the next writer
		return nil
	})
}

// PutFile brings a file as a link, or as a copy where links are not possible.
func (f *Folder) PutFile(ctx context.Context, name, file string) error {
	root, err := f.writing(ctx, name)
	if err != nil {
		return err
	}
	return f.bring(ctx, root, name, file)
}

func (f *Folder) bring(ctx context.Context, root *os.Root, name, file string) error {
	from, info, err := openFile(file)
	if err != nil {
		return err
	}
	defer from.Close()
	if holds(root, name, info.Size()) {
		return f.syncFolder(root, path.Dir(name)) // whoever put it may have been killed before that
	}
	// Its writer has synced it, then this costs nothing.
	if err := from.Sync(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	err = f.link(root, name, file)
	switch {
	case err == nil, errors.Is(err, fs.ErrExist) && holds(root, name, info.Size()):
		return f.syncFolder(root, path.Dir(name))
	case !cannotLink(err) && !errors.Is(err, fs.ErrExist):
		return f.fault(name, err)
	}
	// A copy, too, takes the place of one with other bytes: a link can't in one step.
	return f.write(ctx, root, name, from, f.fileMode&info.Mode().Perm(), func(temporary, name string) error {
		if now, err := from.Stat(); err != nil || now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime()) {
			return errors.Join(fmt.Errorf("%s: %w", file, errChanged), err)
		}
		return root.Rename(temporary, name)
	})
}

// Delete removes objects, and folders that have become empty.
func (f *Folder) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
	}
	root, err := f.opened(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var dirs []string
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := regular(root, name)
		if err == nil {
			err = root.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f.fault(name, err)
		}
		// Also where it was gone: whoever removed it may have been killed before it lasts.
		dirs = append(dirs, path.Dir(name))
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		for dir != "." && removeEmpty(root, dir) {
			dir = path.Dir(dir)
		}
		if info, err := root.Lstat(dir); err != nil || !info.IsDir() {
			continue
		}
		if err := f.syncFolder(root, dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeEmpty removes a folder that has nothing in it, or is gone already.
func removeEmpty(root *os.Root, dir string) bool {
	info, err := root.Lstat(dir)
	if err != nil || !info.IsDir() {
		return errors.Is(err, fs.ErrNotExist)
	}
	return root.Remove(dir) == nil
}

// holds reports whether an object is there with a size.
func holds(root *os.Root, name string, size int64) bool {
	info, err := regular(root, name)
	return err == nil && info.Size() == size
}

// renameNew names a file where links are not possible.
func (f *Folder) renameNew(root *os.Root, temporary, name string) error {
	dir, err := root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	err = renameAbsent(dir, path.Base(temporary), path.Base(name))
	if cannotSwap(err) {
		return fmt.Errorf("this file system can't name a file only where the name is free; use another: %w", err)
	}
	return err
}

// openFile opens a file of its own.
func openFile(file string) (*os.File, fs.FileInfo, error) {
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file of its own", file)
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// link gives a file a name of the folder.
func (f *Folder) link(root *os.Root, name, file string) error {
	if f.noLinks {
		return errors.ErrUnsupported
	}
	return f.inFolder(root, path.Dir(name), func() error {
		dir, err := root.Open(path.Dir(name))
		if err != nil {
			return err
		}
		defer dir.Close()
		if err := linkInto(dir, path.Base(name), file); err != nil {
			return err
		}
		return f.reach("linked")
	})
}

// write fills a temporary file beside, syncs it and places it under its name.
func (f *Folder) write(ctx context.Context, root *os.Root, name string, from io.Reader, mode fs.FileMode, place func(temporary, name string) error) error {
	var file *os.File
	var temporary string
	err := f.inFolder(root, path.Dir(name), func() (err error) {
		file, temporary, err = f.temporary(root, path.Dir(name))
		return err
	})
	if err != nil {
		return f.fault(name, err)
	}
	// Until it is closed, others see by its lock that it is no leftover.
	defer file.Close()
	if err = f.fill(ctx, file, from, mode); err == nil {
		err = place(temporary, name)
	}
	if err == nil {
		err = f.reach("placed")
	}
	if err != nil {
		root.Remove(temporary) // what can't be removed is cleared by the next writer
		return f.fault(name, err)
	}
	return f.syncFolder(root, path.Dir(name))
}

func (f *Folder) fill(ctx context.Context, file *os.File, from io.Reader, mode fs.FileMode) error {
	if err := f.reach("made"); err != nil {
		return err
	}
	// The umask may have taken more than the mode.
	if err := file.Chmod(mode); err != nil {
		return err
	}
	if _, err := io.Copy(file, &reading{ctx, from}); err != nil {
		return err
	}
	if err := f.reach("written"); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return f.reach("synced")
}

// A reading ends with its context.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r *reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// temporary makes a file that is locked while it is written, so that others see that it
// is no leftover.
func (f *Folder) temporary(root *os.Root, dir string) (*os.File, string, error) {
	for {
		name := path.Join(dir, temporaryName(""))
		file, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, "", err
		}
		// Before it was locked another may have taken it for a leftover, and removes it.
		held, _ := lock(file)
		if !held && isStill(root, file, name) {
			return file, name, nil
		}
		file.Close()
	}
}

// isStill reports whether a name leads to what was opened by it.
func isStill(root *os.Root, file *os.File, name string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := root.Lstat(name)
	return err == nil && os.SameFile(opened, named)
}

// writing is the root, to write an object into. It is made where there is none.
func (f *Folder) writing(ctx context.Context, name string) (*os.Root, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	root, err := f.opened(ctx)
	if !errors.Is(err, fs.ErrNotExist) {
		return root, err
	}
	var made []string
	for dir := f.path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, dir)
	}
	if err := os.MkdirAll(f.path, f.dirMode); err != nil {
		return nil, err
	}
	for _, dir := range made {
		if err := errors.Join(os.Chmod(dir, f.dirMode), syncDir(os.Open, filepath.Dir(dir))); err != nil {
			return nil, err
		}
	}
	return f.opened(ctx)
}

// reach is where a test ends a write, or makes a step of it fail.
func (f *Folder) reach(step string) error {
	if f.at == nil {
		return nil
	}
	return f.at(step)
}

// syncFolder syncs the names in a folder.
func (f *Folder) syncFolder(root *os.Root, dir string) error {
	if err := syncDir(root.Open, dir); err != nil {
		return f.fault(dir, err)
	}
	return f.reach("settled")
}

func syncDir(open func(string) (*os.File, error), dir string) error {
	d, err := open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
