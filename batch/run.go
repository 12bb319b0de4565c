package batch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/store"
	"daybook/reports"
)

// A run is one try at a night: what was asked, and what is open or was made for it
// and must be closed or undone, however the try ends.
type run struct {
	o         Options
	book      *store.Book
	build     *store.Build
	staged    *publish.Staging
	staging   string // what is to be published is written here
	outLock   *publish.Lock
	sorters   []sorter // with files in the staging folder
	created   bool     // the book was made by this run
	madeBook  []string // folders that this run made, the innermost first
	madeOut   []string
	committed bool
	clock     time.Time // when the stage began
	timings   []reports.Timing
	done      atomic.Int64 // partitions worked
	apart     *apart       // where the night is computed to be compared; nil: in the book and the output folder
}

// workerMemory is what a worker takes beside the rows: row groups of the tape and the
// journal as they are gathered, decoded pages, buffers of tables.
const workerMemory = 16 << 20

// lap records how long the stage took that ends now.
func (r *run) lap(stage string, rows int64) {
	now := time.Now()
	r.timings = append(r.timings, reports.Timing{Stage: stage, Took: now.Sub(r.clock), Rows: rows})
	r.clock = now
}

func (r *run) at(boundary string) {
	if r.o.At != nil {
		r.o.At(boundary)
	}
}

func (r *run) progress(stage string, done, total int64) {
	if r.o.Progress != nil {
		r.o.Progress(stage, done, total)
	}
}

// advance counts partitions that are worked.
func (r *run) advance(by int64) {
	r.progress("post", r.done.Add(by), store.Partitions)
}

// workers returns how many work at once: as many as were asked for, if the budget has
// room for them.
func (r *run) workers() int { return int(min(int64(r.o.Workers), max(r.o.Memory/workerMemory, 1))) }

func (r *run) place() publish.Place { return publish.Place{Out: r.o.Out, Date: r.o.Date} }

// makeBook makes the book of a first run.
func (r *run) makeBook() (err error) {
	if r.book != nil {
		return nil
	}
	if r.madeBook, err = publish.MakeFolder(r.newBook()); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	if r.book, err = store.Create(r.newBook(), store.Options{}); err != nil {
		return err
	}
	r.created = true
	return nil
}

// takeOut makes the output folder where there is none, and keeps other runs out of it.
func (r *run) takeOut(ctx context.Context) error {
	if r.outLock != nil {
		return nil
	}
	return publish.Waiting(ctx, r.o.LockTimeout, func() (err error) {
		r.outLock, r.madeOut, err = publish.Enter(r.o.Out)
		return err
	})
}

// leaveOut lets other runs publish into the output folder again.
func (r *run) leaveOut() error {
	if r.outLock == nil {
		return nil
	}
	l := r.outLock
	r.outLock = nil
	return l.Close()
}

// undo leaves everything as it was before the close. What was committed stays.
func (r *run) undo() error {
	var errs []error
	if r.build != nil && !r.committed {
		errs = append(errs, r.build.Discard())
	}
	if len(r.sorters) > 0 && !r.committed {
		errs = append(errs, r.dropSorters())
	}
	if r.staged != nil && !r.committed {
		errs = append(errs, r.staged.Remove())
	}
	switch {
	case r.book == nil:
	case r.created && !r.committed:
		errs = append(errs, r.book.Destroy())
	default:
		errs = append(errs, r.book.Close())
	}
	r.book = nil
	if !r.committed { // the last made first: one may lie in what was made for the other
		publish.UnmakeFolders(r.madeBook)
		publish.UnmakeFolders(r.madeOut)
	}
	errs = append(errs, r.leaveOut())
	return errors.Join(errs...)
}
