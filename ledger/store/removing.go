package store

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"
)

// removesAtOnce is how many tables of an old generation are removed at once.
const removesAtOnce = 8

// A removingFS is a file system that removes tables side by side: it takes milliseconds to give the room of a large one
// back, Pebble removes one after the other, and a book is closed when its whole old generation is gone. A table is on
// its way when Remove returns. One that can't be removed stays, as Pebble leaves it too, and is found and removed when
// the book is opened again.
type removingFS struct {
	vfs.FS
	db       string // the folder of tables: others are removed as always
	removing *errgroup.Group
}

// newRemoving returns what tables are removed by; its Wait waits until all are gone, and never fails.
func newRemoving() *errgroup.Group {
	g := new(errgroup.Group)
	g.SetLimit(removesAtOnce)
	return g
}

// Remove implements [vfs.FS].
func (f removingFS) Remove(name string) error {
	if !strings.HasSuffix(name, ".sst") || f.PathDir(name) != f.db {
		return f.FS.Remove(name)
	}
	f.removing.Go(func() error {
		_ = f.FS.Remove(name)
		return nil
	})
	return nil
}
