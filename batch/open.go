package batch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/record"
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
		return err
	}
	if _, err := os.Stat(o.Book); errors.Is(err, fs.ErrNotExist) {
		if err := publish.OutsideBooks(o.Book); err != nil {
			return err
		}
	}
	return publish.OutsideBooks(o.Out)
}

// openBook opens the book. One that is not there is made in [closing.prepare], once
// the files have passed: a folder of something else is refused here.
func (n *closing) openBook(ctx context.Context) error {
	err := publish.Waiting(ctx, n.o.LockTimeout, func() (err error) {
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
	if n.last, err = book.Last(n.book); err != nil || n.last == nil {
		return err
	}
	n.bookID, err = book.ID(n.book)
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

// takeOut makes the output folder where there is none, and keeps other runs out of it.
func (n *closing) takeOut(ctx context.Context) error {
	if n.outLock != nil {
		return nil
	}
	return publish.Waiting(ctx, n.o.LockTimeout, func() (err error) {
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

// Init makes an empty book that holds a policy, and with it the chart of
// accounts. A failure leaves no book.
func Init(dir string, p *policy.Policy) (err error) {
	set, err := policy.NewSet(p)
	if err != nil {
		return err
	}
	made, err := publish.MakeFolder(dir)
	defer func() {
		if err != nil {
			publish.UnmakeFolders(made)
		}
	}()
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	b, err := store.Create(dir, store.Options{})
	if err != nil {
		return err
	}
	if err = b.PutMeta(record.MetaPolicies, book.EncodePolicies(set)); err != nil {
		return errors.Join(err, b.Destroy())
	}
	return b.Close()
}
