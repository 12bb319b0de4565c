package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"daybook/batch"
	"daybook/batch/intake"
	"daybook/batch/policy"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

// The exit statuses are a contract with scripts.
const (
	statusDone   = 0 // or nothing left to do
	statusFailed = 1 // nothing changed
	statusUsage  = 2
	statusAbove  = 3 // closed, but rejects are above the threshold; with --strict not closed
	statusFault  = 4 // verification found one
)

// A failure is an error with the exit status that it ends the program with and
// what its reader can do next.
type failure struct {
	err    error
	status int
	hint   string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed returns a failure of status 1.
func failed(hint, format string, args ...any) error {
	return &failure{fmt.Errorf(format, args...), statusFailed, hint}
}

// usage makes wrong usage of an error.
func usage(cmd *cobra.Command, err error) error {
	var f *failure
	if errors.As(err, &f) {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n") // cobra's suggestions follow
	hint := fmt.Sprintf("%s --help shows what it takes", cmd.CommandPath())
	if _, name, ok := strings.Cut(text, `unknown command "`); ok {
		name, _, _ = strings.Cut(name, `"`)
		if near := cmd.SuggestionsFor(name); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		}
	}
	return &failure{errors.New(text), statusUsage, hint}
}

// wrongUsage reports flags that don't go together.
func wrongUsage(hint, format string, args ...any) error {
	return &failure{fmt.Errorf(format, args...), statusUsage, hint}
}

// exitStatus prints what went wrong and returns the status to exit with.
func (a *app) exitStatus(err error) int {
	if err == nil {
		return statusDone
	}
	if errors.Is(err, syscall.EPIPE) {
		return statusDone // the reader of our output has seen enough
	}
	status, hint := statusFailed, hintOf(err)
	var f *failure
	if errors.As(err, &f) {
		status = f.status
		if f.hint != "" {
			hint = f.hint
		}
	}
	var said []string
	for _, e := range each(err) {
		text := strings.TrimRight(e.Error(), "\n")
		if !slices.Contains(said, text) {
			said = append(said, text)
			fmt.Fprintf(a.stderr, "daybook: %s\n", text)
		}
	}
	if hint != "" {
		fmt.Fprintf(a.stderr, "daybook: hint: %s\n", hint)
	}
	return status
}

// each returns the errors that were joined into one.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && strings.Contains(err.Error(), "\n") {
		var list []error
		for _, e := range joined.Unwrap() {
			list = append(list, each(e)...)
		}
		return list
	}
	return []error{err}
}

// hintOf says what to do about an error that is known by its type.
func hintOf(err error) string {
	var (
		locked *store.LockedError
		order  *batch.OrderError
		strict *batch.StrictError
		file   *intake.FileError
		rules  policy.Faults
		format *store.FormatError
	)
	switch {
	case errors.As(err, &locked):
		return "wait until it is done, then run this again"
	case errors.As(err, &order) && !order.Same:
		return "daybook status shows the nights that are closed"
	case errors.As(err, &strict):
		return "mend the files, or close without --strict and find the rows in rejects.parquet"
	case errors.As(err, &file):
		return "nothing was closed: mend the files and run the same command again"
	case errors.As(err, &rules):
		return "daybook policy show prints a policy with every key"
	case errors.As(err, &format):
		return "the book is as it was"
	case errors.Is(err, store.ErrNotBook):
		return "daybook init makes a book, and so does the first close; see that --book names the right folder"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: free some space and run the same command again"
	case errors.Is(err, fs.ErrPermission):
		return "see who owns the folder and who may write to it"
	case errors.Is(err, context.Canceled):
		return ""
	}
	return ""
}
