package batch

import (
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
	if err = errors.Join(book.PutFiles(b, set, b.PutMeta), b.PutMeta(record.MetaPolicies, book.EncodePolicies(set))); err != nil {
		return errors.Join(err, b.Destroy())
	}
	return b.Close()
}
