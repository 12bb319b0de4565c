// Package objects keeps published files under names, in a folder or in object storage that
// speaks S3. What is published there is the warehouse: see docs/warehouse.md.
//
// An object is there whole or not at all, whatever is killed, cut or full meanwhile: a folder
// gets it by rename or link of a synced file, S3 by one request or the end of an upload in
// parts. Objects of one writer are no transaction together: who needs several at once writes
// last the one that names the others.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An Info is an object that is there.
type Info struct {
	Name string // with slashes, below the root
	Size int64
}

// A Reader reads an object at any place of it. An object that is written anew meanwhile is
// read to the end as it was, or not at all: S3 then gives an error.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// A Store keeps objects under names with slashes below one root. Errors of what is not there
// are [io/fs.ErrNotExist], of what is there already [io/fs.ErrExist]. Whatever it returned
// from without an error lasts. It may be used from many goroutines.
type Store interface {
	// URL is how other programs call an object: file:///abs/name, or s3://bucket/prefix/name.
	URL(name string) string
	Stat(ctx context.Context, name string) (Info, error)
	// List returns the objects whose names begin with a prefix, by name.
	List(ctx context.Context, prefix string) ([]Info, error)
	// Open returns a reader of an object. With the context ends what can be read.
	Open(ctx context.Context, name string) (Reader, error)
	// Read returns a whole object, of at most so many bytes.
	Read(ctx context.Context, name string, most int64) ([]byte, error)
	// Put writes an object whole, in the place of one that is there.
	Put(ctx context.Context, name string, b []byte) error
	// PutIfAbsent writes an object whole where there is none; of several writers at once one wins.
	// See [Probe] for stores where it does not hold.
	PutIfAbsent(ctx context.Context, name string, b []byte) error
	// PutFile brings a file: on the same file system as a hard link, else as a copy. One that is
	// there with the same size is left.
	PutFile(ctx context.Context, name, path string) error
	// Delete removes objects; one that is not there is no error.
	Delete(ctx context.Context, names ...string) error
}

// Options configures a store. The zero value is ready to use.
type Options struct {
	Shared bool // a folder's group may read what is written there; S3 has its own policies
}

// Open opens a folder, which is made by the first write where there is none, or
// s3://bucket/prefix with what the environment says of its endpoint and credentials.
func Open(ctx context.Context, location string) (Store, error) { return Options{}.Open(ctx, location) }

// Open opens a folder or s3://bucket/prefix as [Open] does.
func (o Options) Open(ctx context.Context, location string) (Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scheme, rest, found := strings.Cut(location, "://")
	switch {
	case location == "":
		return nil, errors.New("no place is named: name a folder, or s3://bucket/prefix")
	case !found:
		return OpenFolder(location, o)
	case scheme == "s3":
		return openS3(ctx, rest)
	}
	// The rest is not said: people put passwords into addresses.
	return nil, fmt.Errorf("objects are in a folder or at s3://bucket/prefix, not at %s://", scheme)
}
