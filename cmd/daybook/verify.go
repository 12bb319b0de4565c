package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daybook/batch"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

func (a *app) verifyCommand() *cobra.Command {
	var book string
	var workers int
	var asJSON bool
	c := a.command(cobra.Command{
		Use:   "verify --book DIR",
		Short: "Prove the book's promises from the bytes on disk",
		Long: `Verify reads every byte of the book and proves that each file is as it was
written; that every entry balances; that the GL is the sum of the journal; that
the receivables are the sum of the loans; and that every loan's balances are
what its own entries come to. It changes nothing. Each fault found is listed,
and the exit status is 4.`,
	}, func(ctx context.Context, _ []string) error { return a.verify(ctx, book, workers, asJSON) })
	c.Flags().StringVar(&book, "book", "", "folder of the book")
	c.Flags().IntVar(&workers, "workers", 0, "parts of the book read at once (default: one a processor)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON object")
	return must(c, "book")
}

// verifiedJSON is what verify --json prints.
type verifiedJSON struct {
	Book     string `json:"book"`
	Verified bool   `json:"verified"`
	*batch.Verification
}

func (a *app) verify(ctx context.Context, dir string, workers int, asJSON bool) error {
	v, err := verifyBook(ctx, dir, workers)
	switch {
	case errors.Is(err, context.Canceled):
		return failed("", "stopped; the book is as it was and is not proved")
	case err != nil:
		return err
	}
	if asJSON {
		err = a.printJSON(verifiedJSON{dir, len(v.Faults) == 0, v})
	} else {
		err = a.printVerified(dir, v)
	}
	if err != nil || len(v.Faults) == 0 {
		return err
	}
	return &failure{
		fmt.Errorf("%s in book %s", plural(len(v.Faults), "fault"), dir), statusFault,
		"put back a copy of the book from before the fault, then close the nights since then again with the same files",
	}
}

func (a *app) printVerified(dir string, v *batch.Verification) error {
	for _, f := range v.Faults {
		if err := a.printf("fault: %s\n", f); err != nil {
			return err
		}
	}
	if len(v.Faults) > 0 {
		return nil
	}
	return a.printf(`book %s is as it was written
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
