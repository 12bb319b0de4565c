package store

import (
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// removesAtOnce is how many tables of an old generation are removed at once.
const removesAtOnce = 8

// A removingFS is a file system that removes tables side by side: it takes milliseconds to give the room of a large one
// back, Pebble removes one after the other, and a book is closed when its whole old generation is gone. A table is on
// its way when Remove returns. One that can't be removed stays, as Pebble leaves it too, and is found and removed when
// the book is opened again.
type removingFS struct {
	vfs.FS
	db string // the folder of tables: others are removed as always
	*removing
}

// removing is what is being removed.
type removing struct {
	room  chan struct{}
	tasks sync.WaitGroup
}

func newRemoving() *removing { return &removing{room: make(chan struct{}, removesAtOnce)} }

// Remove implements [vfs.FS].
func (f removingFS) Remove(name string) error {
	if !strings.HasSuffix(name, ".sst") || f.PathDir(name) != f.db {
		return f.FS.Remove(name)
	}
	f.room <- struct{}{}
	f.tasks.Go(func() {
		defer func() { <-f.room }()
		_ = f.FS.Remove(name)
	})
	return nil
}

// wait waits until all is removed; nothing more may be on its way to Remove.
func (r *removing) wait() { r.tasks.Wait() }
