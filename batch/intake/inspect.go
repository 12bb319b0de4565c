package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash/maphash"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"
)

// An Inbox is a folder of files that passed inspection. No file of it is open
// but while it is read. Close it when the last row is read.
type Inbox struct {
	Files  []*File  // by name
	Unread []Unread // what else lies there, by path
	// PassedOver is what other commands read, by name.
	PassedOver []PassedOver
}

// A File is one Parquet file of an inbox.
type File struct {
	Index  int    // in Inbox.Files
	Name   string // the path in the inbox, with slashes: of a part file with its folder
	Path   string
	Kind   Kind
	Rows   int64
	Groups int // row groups
	Size   int64
	SHA256 [sha256.Size]byte
	Extra  []string // columns that the contract does not have: ignored

	blocks  []uint64    // the hash of each, by which later reads are proved
	memory  io.ReaderAt // in tests: the file's bytes
	options *Options
	leaves  []leaf
	bound   []*leaf // for each contract column its leaf, or nil
	hollow  []bool  // for each leaf whether it is known to hold only nulls
	groups  []group
}

// Inspect lists the folder dir, and opens every Parquet file in it, in the order
// of the names: computes its digest, and checks its kind and schema, workers
// files at a time. A folder of part files that is named by a kind is read as one
// delivery. Everything else is listed in Unread; whether a night may close
// without it is the caller's to say. The error joins every fault of every file,
// each a [FileError], so that one run shows all there is to mend; what is not read
// is listed with it. A folder without files is a valid inbox.
func Inspect(ctx context.Context, dir string, o Options, workers int) (*Inbox, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	in, err := list(dir)
	if err != nil {
		return nil, err
	}
	faults := make([]error, len(in.Files))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for i, f := range in.Files {
		f.Index, f.options = i, &o
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := f.inspect(ctx); isLimit(err) {
				return err // the same for every file
			} else {
				faults[i] = err
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return in, errors.Join(faults...)
}

// Close lets go of the memory that reading keeps for the next row group.
func (in *Inbox) Close() error {
	if len(in.Files) > 0 {
		in.Files[0].options.pool.empty()
	}
	return nil
}

// KindPrefix is what a file's name says about its kind.
func KindPrefix(name string) string {
	if i := strings.IndexAny(name, ".-"); i >= 0 {
		return name[:i]
	}
	return name
}

func (f *File) inspect(ctx context.Context) error {
	handle, info, err := f.openFile()
	if err != nil {
		return err
	}
	f.Size = info.Size()
	w := f.options.pool.take()
	w.most, w.source.file, w.source.input = f.options.groupMax, f, handle
	defer f.end(w)
	if err := f.digest(ctx, handle); err != nil {
		return f.orChanged(err, &FileError{File: f.Name, Err: err})
	}
	return f.open(w)
}

// digest computes the file's SHA-256 over its bytes as read, and the hash of
// each of its blocks over the same.
func (f *File) digest(ctx context.Context, r io.ReaderAt) error {
	h := sha256.New()
	buf := make([]byte, min(16*blockSize, max(f.Size, 1)))
	f.blocks = make([]uint64, 0, (f.Size+blockSize-1)/blockSize)
	for off := int64(0); off < f.Size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := buf[:min(int64(len(buf)), f.Size-off)]
		if n, err := r.ReadAt(b, off); n < len(b) {
			if err == io.EOF {
				err = errChanged
			}
			return err
		}
		h.Write(b)
		off += int64(len(b))
		for ; len(b) > 0; b = b[min(blockSize, len(b)):] {
			f.blocks = append(f.blocks, maphash.Bytes(blockSeed, b[:min(blockSize, len(b))]))
		}
	}
	h.Sum(f.SHA256[:0])
	return nil
}

// Column returns the file's own name of a column of the contract, "" where it
// has none.
func (f *File) Column(c int) string {
	if l := f.bound[c]; l != nil {
		return l.name
	}
	return ""
}
