package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"daybook/batch/publish"
	"daybook/batch/verify"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

type verifyFlags struct {
	book, out   string
	workers     int
	lockTimeout waitFlag
	headFlags
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	c := a.worker(cobra.Command{
		Use:   "verify (--book DIR [--out DIR] | --root ROOT | --proof FILE) [--head FILE --key KEY [--from OLDHEAD]]",
		Short: "Prove the book's promises from the bytes on disk",
		Long: `Verify reads every byte of the book and proves that each file is as it was
written; that every entry balances; that the GL is the sum of the journal; that
the receivables are the sum of the loans; and that every loan's balances are
what its own entries come to. With --out it proves as well that the nights that
are published there are what the book published. It changes nothing. Each fault found is listed,
and the exit status is 4.

With --head and --key it proves that nothing that a head covers was changed, removed or
put in since it was signed: from the stored journal with --book, from the published
journal alone with --root (a warehouse), from one file of daybook prove with --proof,
which needs neither. --from is an earlier head, that this one goes on from. --key is
a file of public keys or the key itself, and --next the note of a key that followed.
What differs first is named, and the exit status is 4.`,
	}, func(ctx context.Context, _ []string) error {
		switch {
		case f.book == "" && f.root == "" && f.proof == "":
			return wrongUsage("", "what is to be verified: --book, --root or --proof?")
		case f.book != "" && f.root != "" || f.book != "" && f.proof != "" || f.root != "" && f.proof != "":
			return wrongUsage("", "--book, --root and --proof exclude each other")
		case f.out != "" && (f.book == "" || f.head != ""):
			return wrongUsage("verify --book with --out, and with --head, are two commands", "--out goes with --book alone")
		case f.book == "" || f.head != "" || f.from != "":
			return a.verifyHead(ctx, &f)
		case f.keys != "" || f.unsigned || f.next != "":
			return wrongUsage("", "--key goes with --head")
		}
		return a.verify(ctx, f.book, f.out, f.workers, time.Duration(f.lockTimeout))
	})
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.out, "out", "", "folder of the published nights: prove them against the book, by their digests")
	c.Flags().IntVar(&f.workers, "workers", 0, "parts of the book read at once (default: one a processor)")
	f.headFlags.add(c)
	f.lockTimeout.add(c)
	completeFolders(c, "book", "out", "root")
	exclusive(c, []string{"book"}, []string{"root"}, []string{"proof"})
	return a.json(c)
}

// verifiedJSON is what verify --json prints.
type verifiedJSON struct {
	Book       string `json:"book"`
	ExitStatus int    `json:"exit_status"`
	Verified   bool   `json:"verified"`
	*verify.Result
	Published *verify.PublishedResult `json:"published,omitempty"` // with --out
}

func (a *app) verify(ctx context.Context, dir, out string, workers int, wait time.Duration) error {
	var v *verify.Result
	var published *verify.PublishedResult
	err := publish.Waiting(ctx, wait, func() (err error) {
		v, published, err = verifyBook(ctx, dir, out, workers)
		return err
	})
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("the book is as it was and is not proved")
	case err != nil:
		return err
	}
	faults := slices.Clone(v.Faults)
	if published != nil {
		faults = append(faults, published.Faults...)
	}
	result := verifiedJSON{Book: dir, Verified: len(faults) == 0, Result: v, Published: published}
	if !result.Verified {
		result.ExitStatus = statusFault
	}
	a.print(&result, func() { a.printVerified(&result, faults) })
	if result.Verified {
		return nil
	}
	if len(v.Faults) == 0 {
		return &failure{
			err: fmt.Errorf("%s in what is published in %s; the book is sound", plural(len(faults), "fault"), out), status: statusFault,
			code: codeFault, result: true, hint: "daybook report brings back what the book still proves, into the place of its own publication",
		}
	}
	return &failure{
		err: fmt.Errorf("%s in book %s", plural(len(v.Faults), "fault"), dir), status: statusFault, code: codeFault, result: true,
		hint: "put back a copy of the book from before the fault, then close the nights since then again with the same files",
	}
}

func (a *app) printVerified(v *verifiedJSON, faults []string) {
	for _, f := range faults {
		a.printf("fault: %s\n", f)
	}
	if !v.Verified {
		return
	}
	a.printf(`book %s is as it was written
%s, %s, %s, %s entries and %s: every entry balances,
the GL is the sum of the journal, the receivables are the sum of the loans
`, v.Book, plural(v.Nights, "night"), plural(v.Loans, "loan"), plural(v.Held, "held item"), count(v.Entries), plural(v.Postings, "posting"))
	if p := v.Published; p != nil {
		a.printf("what is published in %s is what it published: %s, %s\n", p.Out, plural(p.Nights, "night"), plural(p.Files, "output"))
		if p.Absent > 0 {
			a.printf("%s before them are not there\n", plural(p.Absent, "night"))
		}
	}
}

// verifyBook verifies a book and, once it is sound, what it has published. One that is too damaged to be opened is a finding
// and not a failure to look.
func verifyBook(ctx context.Context, dir, out string, workers int) (v *verify.Result, p *verify.PublishedResult, err error) {
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		if !damaged(dir, err) {
			return nil, nil, err
		}
		return &verify.Result{Faults: []string{err.Error()}}, nil, nil
	}
	if v, err = verify.Book(ctx, b, workers); err == nil && out != "" && len(v.Faults) == 0 {
		p, err = verify.Published(ctx, b, out, workers)
	}
	return v, p, errors.Join(err, b.Close())
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
