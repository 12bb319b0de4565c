package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// A Folder is a [Store] in a folder of the file system. Nothing is read or written through a
// symbolic link that leads out of it. It is the owner's alone, or with [Options].Shared the
// group's to read; a file brought by PutFile is readable by nobody who could not read it before.
type Folder struct {
	path     string // absolute
	fileMode fs.FileMode
	dirMode  fs.FileMode

	mu      sync.Mutex
	root    *os.Root        // nil until the folder is there
	settled map[string]bool // folders that last, cleared of what killed writers left

	// Of tests: what happens between two steps of a write, and file systems that can't do all.
	at      func(step string) error
	noLinks bool
	noSwap  bool
}

// OpenFolder opens a folder. The first write makes it where there is none.
func OpenFolder(dir string, o Options) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	switch {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("%s is no folder; name another", abs)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	f := &Folder{path: abs, fileMode: 0o600, dirMode: 0o700, settled: map[string]bool{}}
	if o.Shared {
		f.fileMode, f.dirMode = 0o640, 0o750
	}
	return f, nil
}

// URL is file:// and the absolute path.
func (f *Folder) URL(name string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(f.path, filepath.FromSlash(name)))}
	return u.String()
}

// Stat returns an object that is there.
func (f *Folder) Stat(ctx context.Context, name string) (Info, error) {
	root, err := f.reading(ctx, name)
	if err != nil {
		return Info{}, err
	}
	info, err := regular(root, name)
	if err != nil {
		return Info{}, f.fault(name, err)
	}
	return Info{Name: name, Size: info.Size()}, nil
}

// List returns the objects whose names begin with a prefix.
func (f *Folder) List(ctx context.Context, prefix string) ([]Info, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	root, err := f.opened(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	dir := "."
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		dir = prefix[:i]
	}
	var list []Info
	err = fs.WalkDir(root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed meanwhile, or nothing has the prefix
			return nil
		case err != nil:
			return f.fault(name, err)
		case d.IsDir() && name != "." && isTemporary(d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return ctx.Err()
		case !d.Type().IsRegular() || isTemporary(d.Name()) || !strings.HasPrefix(name, prefix):
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return f.fault(name, err)
		}
		list = append(list, Info{Name: name, Size: info.Size()})
		return nil
	})
	// A walk has a/b before a-b; names are in the order of their bytes.
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// Open opens an object.
func (f *Folder) Open(ctx context.Context, name string) (Reader, error) {
	root, err := f.reading(ctx, name)
	if err != nil {
		return nil, err
	}
	// A pipe would keep an open waiting for ever.
	if _, err := regular(root, name); err != nil {
		return nil, f.fault(name, err)
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, f.fault(name, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileReader{file, info, ctx}, nil
}

// Read returns a whole object.
func (f *Folder) Read(ctx context.Context, name string, most int64) ([]byte, error) {
	r, err := f.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if r.Size() > most {
		return nil, f.fault(name, fmt.Errorf("it has %d bytes, at most %d are read", r.Size(), most))
	}
	b := make([]byte, r.Size())
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, r.Size()), b); err != nil {
		return nil, f.fault(name, err)
	}
	return b, nil
}

// A fileReader reads an open file.
type fileReader struct {
	*os.File
	info fs.FileInfo
	ctx  context.Context
}

// Size is the bytes of the file as it was opened.
func (r *fileReader) Size() int64 { return r.info.Size() }

// ReadAt reads at a place, and no more when the context has ended.
func (r *fileReader) ReadAt(b []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.File.ReadAt(b, off)
}

// unchanged reports whether the file is as it was opened.
func (r *fileReader) unchanged() bool {
	now, err := r.Stat()
	return err == nil && now.Size() == r.info.Size() && now.ModTime().Equal(r.info.ModTime())
}

// regular returns a file of its own. Whatever else has its name is no object: a folder has
// none in object storage either.
func regular(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, syscall.ENOTDIR): // what is above it is an object
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fs.ErrNotExist
	}
	return info, nil
}

// reading is the root, to read an object from.
func (f *Folder) reading(ctx context.Context, name string) (*os.Root, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return f.opened(ctx)
}

// opened is the root, where there is one.
func (f *Folder) opened(ctx context.Context) (*os.Root, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.root != nil {
		return f.root, nil
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, err
	}
	f.root = root
	return root, nil
}

// fault says which object an error is of.
func (f *Folder) fault(name string, err error) error {
	var bare *fs.PathError
	if errors.As(err, &bare) {
		err = bare.Err // its path is only that below the root
	}
	return fmt.Errorf("%s: %w", filepath.Join(f.path, filepath.FromSlash(path.Clean(name))), err)
}
