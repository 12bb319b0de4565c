package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// An Inbox is a folder of files that passed inspection. Close it when the
// last row is read.
type Inbox struct {
	Files   []*File  // by name
	Ignored []string // names that are not Parquet files
}

// A File is one Parquet file of an inbox.
type File struct {
	Index  int // in Inbox.Files
	Name   string
	Path   string
	Kind   Kind
	Rows   int64
	Groups int // row groups
	Size   int64
	SHA256 [sha256.Size]byte
	Extra  []string // columns that the contract does not have: ignored

	source   io.ReaderAt
	handle   *os.File
	modified time.Time
	options  *Options
	leaves   []leaf
	bound    []*leaf // for each contract column its leaf, or nil
	groups   []group
}

// Inspect opens every Parquet file of dir, in the order of the names, computes
// its digest, and checks its kind and schema, workers files at a time. The
// error joins every fault of every file, each a [FileError], so that one run
// shows all there is to mend. A folder without files is a valid inbox.
func Inspect(ctx context.Context, dir string, o Options, workers int) (*Inbox, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	in := &Inbox{}
	for _, e := range entries {
		if !isParquet(e.Name()) {
			in.Ignored = append(in.Ignored, e.Name())
			continue
		}
		in.Files = append(in.Files, &File{
			Index: len(in.Files), Name: e.Name(), Path: filepath.Join(dir, e.Name()), options: &o,
		})
	}
	faults := make([]error, len(in.Files))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for i, f := range in.Files {
		g.Go(func() error {
			faults[i] = f.inspect(ctx)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := errors.Join(faults...); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// isParquet leaves out hidden files, such as what file managers and Spark put
// beside the data.
func isParquet(name string) bool {
	return strings.EqualFold(filepath.Ext(name), ".parquet") && name[0] != '.' && name[0] != '_'
}

// kindPrefix is what a file's name says about its kind.
func kindPrefix(name string) string {
	if i := strings.IndexAny(name, ".-"); i >= 0 {
		return name[:i]
	}
	return name
}

// Close closes the files.
func (in *Inbox) Close() error {
	var errs []error
	for _, f := range in.Files {
		if f.handle != nil {
			errs = append(errs, f.handle.Close())
			f.handle = nil
		}
	}
	return errors.Join(errs...)
}

func (f *File) inspect(ctx context.Context) error {
	prefix := kindPrefix(f.Name)
	kind, ok := ParseKind(prefix)
	if !ok {
		return &FileError{File: f.Name, Want: "a name that begins with its kind", Got: fmt.Sprintf("%q", prefix),
			Hint: "name it as one of " + strings.Join(kindNames[:], ", ") + ", such as repayments-0001.parquet"}
	}
	f.Kind = kind
	info, err := os.Stat(f.Path) // first: opening a pipe would wait for ever
	if err != nil {
		return &FileError{File: f.Name, Err: err, Hint: "make it readable"}
	}
	if !info.Mode().IsRegular() {
		return &FileError{File: f.Name, Want: "a file", Got: "a folder or a device",
			Hint: "move its part files here, named " + kind.String() + "-0001.parquet and so on"}
	}
	handle, err := os.Open(f.Path)
	if err != nil {
		return &FileError{File: f.Name, Err: err, Hint: "make it readable"}
	}
	f.handle = handle
	f.Size, f.modified, f.source = info.Size(), info.ModTime(), handle
	if err := f.digest(ctx); err != nil {
		return &FileError{File: f.Name, Err: err}
	}
	return f.open()
}

// digest computes the file's SHA-256 over its bytes as read.
func (f *File) digest(ctx context.Context) error {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for off := int64(0); off < f.Size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.source.ReadAt(buf[:min(int64(len(buf)), f.Size-off)], off)
		h.Write(buf[:n])
		off += int64(n)
		if err != nil && off < f.Size {
			return err
		}
	}
	h.Sum(f.SHA256[:0])
	return nil
}

// unchanged returns an error if the file is not the one that was inspected.
func (f *File) unchanged() error {
	if f.handle == nil {
		return nil
	}
	info, err := f.handle.Stat()
	if err != nil {
		return err
	}
	if info.Size() != f.Size || !info.ModTime().Equal(f.modified) {
		return errors.New("changed since it was inspected; leave the inbox alone while a night closes")
	}
	return nil
}
