package objects

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Exchange puts a folder of files in the place of one, in one step for who reads it: the new
// one is made whole, then the two change names, then the old one is removed. Files are by name
// without slashes and brought as by PutFile; those of last come after all others, and where
// files has none of the name they are empty, as a mark of success is.
//
// Ours says which files of the old folder may go. If there is anything else in it nothing is
// done but an error. Where the old folder has the same names with the same sizes it is left.
// Killed at any step and run again it ends right; runs of one folder wait for each other.
//
// Where the file system can't exchange names the old folder is moved aside first: then there
// is none for a moment, and after a kill until the next run.
func (f *Folder) Exchange(ctx context.Context, dir string, files map[string]string, last []string, ours func(name string) bool) error {
	x := exchange{f: f, dir: dir, files: files, order: inOrder(files, last), ours: ours}
	if err := x.check(); err != nil {
		return err
	}
	root, err := f.writing(ctx, dir)
	if err != nil {
		return err
	}
	x.root = root
	// Names of what is made beside are those of this folder, and no run but that with the
	// lock makes or removes any. They are in the root, where no table's pattern looks.
	sum := sha256.Sum256([]byte(dir))
	x.mark = hex.EncodeToString(sum[:8])
	locked, err := f.lockFolder(ctx, root, path.Dir(dir))
	if err != nil {
		return f.fault(dir, err)
	}
	defer locked.Close()
	if err := x.run(ctx); err != nil {
		return err
	}
	return x.clear()
}

// An exchange is one of a folder.
type exchange struct {
	f     *Folder
	root  *os.Root
	dir   string
	files map[string]string
	order []string // names, in which they are made
	ours  func(name string) bool
	mark  string // in the names of folders beside
}

// inOrder returns the names of files, those of last after the others.
func inOrder(files map[string]string, last []string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains(last, name) {
			names = append(names, name)
		}
	}
	return append(names, last...)
}

// check refuses names that are none, or that the next exchange would refuse.
func (x *exchange) check() error {
	for i, name := range x.order {
		if err := checkName(name); err != nil {
			return err
		}
		switch {
		case strings.Contains(name, "/"):
			return fmt.Errorf("%q can't be a file of %s: it has a slash", name, x.dir)
		case !x.ours(name):
			return fmt.Errorf("%q can't be a file of %s: it is not of those that may be replaced", name, x.dir)
		case slices.Contains(x.order[:i], name):
			return fmt.Errorf("%q is twice among the files of %s", name, x.dir)
		}
	}
	return nil
}

func (x *exchange) run(ctx context.Context) error {
	old, err := x.look(x.dir)
	if err != nil {
		return err
	}
	if same, err := x.same(old); err != nil {
		return err
	} else if same {
		// The run that made it may have been killed before it lasts.
		return errors.Join(x.f.syncFolder(x.root, x.dir), x.f.syncFolder(x.root, path.Dir(x.dir)))
	}
	beside := temporaryName(x.mark)
	defer x.f.forget(beside)
	if err := x.make(ctx, beside); err != nil {
		return errors.Join(err, x.remove(beside))
	}
	if err := x.place(beside, old != nil); err != nil {
		return errors.Join(x.f.fault(x.dir, err), x.remove(beside))
	}
	return errors.Join(x.f.syncFolder(x.root, path.Dir(x.dir)), x.f.syncFolder(x.root, "."))
}

// look returns the files of a folder by name, nil where there is none. What is not ours is
// an error.
func (x *exchange) look(dir string) (map[string]fs.FileInfo, error) {
	info, err := x.root.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, x.f.fault(dir, err)
	case !info.IsDir():
		return nil, x.f.fault(dir, errors.New("it is no folder, so it is not replaced; move it away"))
	}
	entries, err := readDir(x.root, dir)
	if err != nil {
		return nil, x.f.fault(dir, err)
	}
	files := map[string]fs.FileInfo{}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if !e.Type().IsRegular() || !x.ours(e.Name()) && !isTemporary(e.Name()) {
			return nil, x.f.fault(name, errors.New("it is none of the files that are replaced with its folder; move it away"))
		}
		info, err := e.Info()
		if err != nil {
			return nil, x.f.fault(name, err)
		}
		files[e.Name()] = info
	}
	return files, nil
}

// same reports whether a folder has just the files that it is to have.
func (x *exchange) same(old map[string]fs.FileInfo) (bool, error) {
	if old == nil {
		return false, nil
	}
	there := 0
	for name := range old {
		if !isTemporary(name) {
			there++
		}
	}
	if there != len(x.order) {
		return false, nil
	}
	for _, name := range x.order {
		var size int64
		if file, ok := x.files[name]; ok {
			info, err := os.Lstat(file)
			if err != nil {
				return false, err
			}
			size = info.Size()
		}
		if info := old[name]; info == nil || info.Size() != size {
			return false, nil
		}
	}
	return true, nil
}

// make makes the folder beside.
func (x *exchange) make(ctx context.Context, beside string) error {
	err := x.f.inFolder(x.root, ".", func() error { return x.root.Mkdir(beside, x.f.dirMode) })
	if err == nil {
		err = x.root.Chmod(beside, x.f.dirMode)
	}
	if err == nil {
		err = x.f.reach("beside")
	}
	if err != nil {
		return x.f.fault(x.dir, err)
	}
	for _, name := range x.order {
		to := path.Join(beside, name)
		if file, ok := x.files[name]; ok {
			err = x.f.bring(ctx, x.root, to, file)
		} else {
			err = x.f.write(ctx, x.root, to, bytes.NewReader(nil), x.f.fileMode, x.root.Rename)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// place gives the folder beside its name. What had it is looked at once more after that: if
// something was put there meanwhile it is put back.
func (x *exchange) place(beside string, replaces bool) error {
	if !replaces {
		if err := x.root.Rename(beside, x.dir); err != nil {
			return err
		}
		return x.f.reach("exchanged")
	}
	err := x.swap(beside)
	if cannotSwap(err) {
		return x.placeByTwo(beside)
	} else if err != nil {
		return err
	}
	if err := x.f.reach("exchanged"); err != nil {
		return err
	}
	if _, err := x.look(beside); err != nil {
		return errors.Join(err, x.swap(beside))
	}
	return nil
}

// placeByTwo is place on file systems that can't exchange names.
func (x *exchange) placeByTwo(beside string) error {
	aside := temporaryName(x.mark)
	if err := x.root.Rename(x.dir, aside); err != nil {
		return err
	}
	err := x.f.reach("aside")
	if err == nil {
		_, err = x.look(aside)
	}
	if err == nil {
		err = x.root.Rename(beside, x.dir)
	}
	if err != nil {
		return errors.Join(err, x.root.Rename(aside, x.dir))
	}
	return x.f.reach("exchanged")
}

// swap exchanges the names of the folder and the one beside.
func (x *exchange) swap(beside string) error {
	if x.f.noSwap {
		return errors.ErrUnsupported
	}
	parent, err := x.root.Open(path.Dir(x.dir))
	if err != nil {
		return err
	}
	defer parent.Close()
	top, err := x.root.Open(".")
	if err != nil {
		return err
	}
	defer top.Close()
	return swap(parent, path.Base(x.dir), top, beside)
}

// clear removes the folders that this and killed runs left beside, which are old ones or
// half made.
func (x *exchange) clear() error {
	entries, err := readDir(x.root, ".")
	if err != nil {
		return x.f.fault(".", err)
	}
	for _, e := range entries {
		if !isTemporary(e.Name()) || !strings.HasSuffix(e.Name(), "-"+x.mark+temporarySuffix) {
			continue
		}
		if err := x.f.reach("replaced"); err != nil {
			return x.f.fault(x.dir, err)
		}
		if err := x.remove(e.Name()); err != nil {
			return err
		}
	}
	return x.f.syncFolder(x.root, ".")
}

// remove removes a folder beside, file by file: what is not ours stays, and is an error.
func (x *exchange) remove(beside string) error {
	files, err := x.look(beside)
	if err != nil || files == nil {
		return err
	}
	for name := range files {
		if err := x.root.Remove(path.Join(beside, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return x.f.fault(beside, err)
		}
		if err := x.f.reach("removed"); err != nil {
			return x.f.fault(beside, err)
		}
	}
	if err := x.root.Remove(beside); err != nil {
		return x.f.fault(beside, err)
	}
	x.f.forget(beside)
	return nil
}

// lockFolder takes the lock of a folder, which is made where there is none, when the run that
// has it has ended.
func (f *Folder) lockFolder(ctx context.Context, root *os.Root, dir string) (*os.File, error) {
	for {
		var file *os.File
		err := f.inFolder(root, dir, func() (err error) {
			file, err = root.Open(dir)
			return err
		})
		if err != nil {
			return nil, err
		}
		if err := waitForLock(ctx, file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if dir == "." || isStill(root, file, dir) {
			return file, nil
		}
		file.Close() // removed and made again meanwhile: another run may have the lock of that
	}
}

// waitForLock takes the lock of a folder when the run that has it has ended. On a file system
// without locks it is not waited for: the caller's own lock must do.
func waitForLock(ctx context.Context, dir *os.File) error {
	const most = 250 * time.Millisecond
	for wait := time.Millisecond; ; wait = min(2*wait, most) {
		if held, _ := lock(dir); !held {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another run has it: %w", context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}
