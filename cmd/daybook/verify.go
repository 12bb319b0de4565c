package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"daybook/batch"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

func (a *app) verifyCommand() *cobra.Command {
	var book string
	var workers int
	var wait waitFlag
	c := a.worker(cobra.Command{
		Use:   "verify --book DIR",
		Short: "Prove the book's promises from the bytes on disk",
		Long: `Verify reads every byte of the book and proves that each file is as it was
written; that every entry balances; that the GL is the sum of the journal; that
the receivables are the sum of the loans; and that every loan's balances are
what its own entries come to. It changes nothing. Each fault found is listed,
and the exit status is 4.`,
	}, func(ctx context.Context, _ []string) error { return a.verify(ctx, book, workers, time.Duration(wait)) })
	c.Flags().StringVar(&book, "book", "", "folder of the book")
	c.Flags().IntVar(&workers, "workers", 0, "parts of the book read at once (default: one a processor)")
	wait.add(c)
	completeFolders(c, "book")
	return must(a.json(c), "book")
}

// verifiedJSON is what verify --json prints.
type verifiedJSON struct {
	Book       string `json:"book"`
	ExitStatus int    `json:"exit_status"`
	Verified   bool   `json:"verified"`
	*batch.Verification
}

func (a *app) verify(ctx context.Context, dir string, workers int, wait time.Duration) error {
	var v *batch.Verification
	err := waiting(ctx, wait, func() (err error) {
		v, err = verifyBook(ctx, dir, workers)
		return err
	})
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("the book is as it was and is not proved")
	case err != nil:
		return err
	}
	result := verifiedJSON{Book: dir, Verified: len(v.Faults) == 0, Verification: v}
	if !result.Verified {
		result.ExitStatus = statusFault
	}
	a.print(&result, func() { a.printVerified(dir, v) })
	if result.Verified {
		return nil
	}
	return &failure{
		err: fmt.Errorf("%s in book %s", plural(len(v.Faults), "fault"), dir), status: statusFault, code: codeFault, result: true,
		hint: "put back a copy of the book from before the fault, then close the nights since then again with the same files",
	}
}

func (a *app) printVerified(dir string, v *batch.Verification) {
	for _, f := range v.Faults {
		a.printf("fault: %s\n", f)
	}
	if len(v.Faults) > 0 {
		return
	}
	a.printf(`book %s is as it was written
%s, %s, %s, %s entries and %s: every entry balances,
the GL is the sum of the journal, the receivables are the sum of the loans
`, dir, plural(v.Nights, "night"), plural(v.Loans, "loan"), plural(v.Held, "held item"), count(v.Entries), plural(v.Postings, "posting"))
}

// verifyBook verifies a book. One that is too damaged to be opened is a finding
// and not a failure to look.
func verifyBook(ctx context.Context, dir string, workers int) (*batch.Verification, error) {
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		if !damaged(dir, err) {
			return nil, err
		}
		return &batch.Verification{Faults: []string{err.Error()}}, nil
	}
	v, err := batch.Verify(ctx, b, workers)
	return v, errors.Join(err, b.Close())
}

// damaged reports whether a book can't be opened because of what is in it.
func damaged(dir string, err error) bool {
	var locked *store.LockedError
	var format *store.FormatError
	switch {
	case errors.As(err, &locked), errors.As(err, &format), errors.Is(err, fs.ErrPermission), !exists(dir):
		return false
	case errors.Is(err, store.ErrNotBook):
		_, gone := os.Stat(filepath.Join(dir, "db"))
		return gone == nil // a book without its seal
	}
	return true
}
