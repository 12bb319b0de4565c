package batch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/store"
)

// checkFolders refuses folders that can't be what they are named as.
func (o *Options) checkFolders() error {
	info, err := os.Stat(o.In)
	switch {
	case err != nil:
		return fmt.Errorf("inbox: %w", err)
	case !info.IsDir():
		return fmt.Errorf("inbox: %s is not a folder: name the folder that holds the night's files", o.In)
	}
	if info, err := os.Stat(o.Out); err == nil && !info.IsDir() {
		return fmt.Errorf("output folder: %s is not a folder", o.Out)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("output folder: %w", err)
	}
	if err := publish.Apart(o.Book, o.In, o.Out); err != nil {
		return guarded(err)
	}
	if _, err := os.Stat(o.Book); errors.Is(err, fs.ErrNotExist) {
		if err := OutsideBooks(o.Book); err != nil {
			return err
		}
	}
	return OutsideBooks(o.Out)
}

// OutsideBooks refuses a place that lies in a book's folder, links resolved: only the
// book's own commands may change what is there.
func OutsideBooks(path string) error {
	for _, dir := range publish.Above(path) {
		if store.IsBook(dir) {
			return &GuardError{
				Guard: "folders", Saw: fmt.Sprintf("%s lies in the book %s", path, dir), Hint: "name a place outside of it",
			}
		}
	}
	return nil
}

// OutsideNights refuses a place that lies in a published night, links resolved.
func OutsideNights(path string) error {
	for _, dir := range publish.Above(path) {
		if publish.IsNight(dir) {
			return &GuardError{
				Guard: "publication", Saw: fmt.Sprintf("%s lies in the published night %s", path, dir), Hint: "name a place outside of it",
			}
		}
	}
	return nil
}

// guarded makes a guard's error of what the publication refuses.
func guarded(err error) error {
	var overlap *publish.OverlapError
	var inTheWay *publish.InTheWayError
	switch {
	case errors.As(err, &overlap):
		return &GuardError{Guard: "folders", Saw: overlap.Why, Hint: "book, inbox and output folders must lie apart"}
	case errors.As(err, &inTheWay):
		return &GuardError{Guard: "publication", Saw: err.Error(), Hint: "nothing that daybook did not publish is ever replaced"}
	}
	return err
}

// openBook opens the book. One that is not there is made in [closing.prepare], once
// the files have passed: a folder of something else is refused here.
func (n *closing) openBook(ctx context.Context) error {
	err := Waiting(ctx, n.o.LockTimeout, func() (err error) {
		n.book, err = store.Open(n.o.Book, n.storeOptions())
		if !errors.Is(err, store.ErrNotBook) {
			return err
		}
		if vacant := store.Vacant(n.o.Book, n.storeOptions()); vacant != nil {
			return fmt.Errorf("%w; %w", err, vacant)
		}
		return nil
	})
	if err != nil || n.book == nil {
		return err
	}
	if n.last, err = lastRecord(n.book); err != nil || n.last == nil {
		return err
	}
	n.bookID, err = bookID(n.book)
	return err
}

// makeBook makes the book of a first run.
func (n *closing) makeBook() (err error) {
	if n.book != nil {
		return nil
	}
	if n.madeBook, err = publish.MakeFolder(n.o.Book); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	if n.book, err = store.Create(n.o.Book, n.storeOptions()); err != nil {
		return err
	}
	n.created = true
	return nil
}

// lockEvery is how often a lock is tried again.
const lockEvery = 100 * time.Millisecond

// Waiting does what takes a lock, of a book or of an output folder, and again for as
// long as another run has it and the time lasts. What was refused the lock has done
// nothing.
func Waiting(ctx context.Context, timeout time.Duration, do func() error) error {
	if timeout <= 0 {
		return do()
	}
	end := time.NewTimer(timeout)
	defer end.Stop()
	again := time.NewTicker(lockEvery)
	defer again.Stop()
	for {
		err := do()
		if !IsLocked(err) {
			return err
		}
		select {
		case <-end.C:
			return err
		default:
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return err
		case <-again.C:
		}
	}
}

// IsLocked reports whether another run has what is needed.
func IsLocked(err error) bool {
	var book *store.LockedError
	var out *publish.LockedError
	return errors.As(err, &book) || errors.As(err, &out)
}

// bookID names a book. It follows from the first night, so that the same nights
// make the same book; "" before the first.
func bookID(b *store.Book) (string, error) {
	nights, err := b.Nights()
	if err != nil || len(nights) == 0 {
		return "", err
	}
	first, err := readRecord(b, nights[0])
	if err != nil {
		return "", err
	}
	return first.bookID(), nil
}

// bookID is the id of the book whose first night this is.
func (r *record) bookID() string {
	text := fmt.Sprintf("daybook book\n%s\n%s\n%s\n%s\n", r.Date, r.InputsDigest, r.PolicyDigest, r.Root)
	return hexOf(sha256.Sum256([]byte(text)))[:32]
}

// takeOut makes the output folder where there is none, and keeps other runs out of it.
func (n *closing) takeOut(ctx context.Context) error {
	if n.outLock != nil {
		return nil
	}
	return Waiting(ctx, n.o.LockTimeout, func() (err error) {
		n.outLock, n.madeOut, err = publish.Enter(n.o.Out)
		return err
	})
}

// leaveOut lets other runs publish into the output folder again.
func (n *closing) leaveOut() error {
	if n.outLock == nil {
		return nil
	}
	l := n.outLock
	n.outLock = nil
	return l.Close()
}

// undo leaves everything as it was before the close. What was committed stays.
func (n *closing) undo() error {
	var errs []error
	if n.build != nil && !n.committed {
		errs = append(errs, n.build.Discard())
	}
	if n.rejects != nil && !n.committed {
		errs = append(errs, n.dropSorters())
	}
	if n.staged != nil && !n.committed {
		errs = append(errs, n.staged.Remove())
	}
	switch {
	case n.book == nil:
	case n.created && !n.committed:
		errs = append(errs, n.book.Destroy())
	default:
		errs = append(errs, n.book.Close())
	}
	n.book = nil
	if !n.committed { // the last made first: one may lie in what was made for the other
		publish.UnmakeFolders(n.madeBook)
		publish.UnmakeFolders(n.madeOut)
	}
	errs = append(errs, n.leaveOut())
	return errors.Join(errs...)
}
