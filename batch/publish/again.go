package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"daybook/batch/book"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// ShareNew opens a night's folder, and those that were made for it, to their group.
func ShareNew(folder string, made []string) error {
	for _, dir := range made {
		if err := os.Chmod(dir, 0o750); err != nil {
			return err
		}
	}
	return Share(folder)
}

// IsThere returns the manifest of a closed night as the book keeps it, and whether the
// output folder has that night whole, byte for byte.
func IsThere(b *store.Book, n *record.Night, out string) (*reports.Manifest, bool, error) {
	kept, err := book.File(b, n, ManifestName)
	if err != nil {
		return nil, false, err
	}
	m, err := reports.ParseManifest(kept)
	if err != nil {
		return nil, false, fmt.Errorf("manifest of %s: %w", n.Date, err)
	}
	folder := Place{Out: out, Date: n.Date}.Folder()
	if raw, err := ReadManifest(folder); err != nil || !bytes.Equal(raw, kept) {
		return m, false, nil
	}
	whole, err := Whole(folder, m)
	return m, whole, err
}

// LastIsThere reports whether the last night's folder of out is whole and is what
// the book's last night published, byte for byte. An error is a [GuardError] where
// out has nights that the book published and does not have any more.
func LastIsThere(b *store.Book, out string) (bool, error) {
	last, err := book.Last(b)
	if err != nil || last == nil {
		return false, err
	}
	id, err := book.ID(b)
	if err != nil {
		return false, err
	}
	nights, _, err := Nights(out, last.Date)
	if err != nil {
		return false, err
	}
	if newer := OwnNights(nights, id); len(newer) > 0 {
		return false, RestoredError(b.Dir(), out, last.Date, newer[len(newer)-1])
	}
	_, whole, err := IsThere(b, last, out)
	return whole, err
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
	var out *LockedError
	return errors.As(err, &book) || errors.As(err, &out)
}
