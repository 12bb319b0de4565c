package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"daybook/batch"
	"daybook/batch/policy"

	"github.com/spf13/cobra"
)

// The exit statuses are a contract with scripts.
const (
	statusDone    = 0 // or nothing left to do
	statusFailed  = 1 // before the commit nothing has changed, after it only publication is open
	statusUsage   = 2
	statusAbove   = 3 // closed, but rejects are above the threshold; with --strict not closed
	statusFault   = 4 // verification found one
	statusLocked  = 5 // another run has the book or the output folder
	statusGuarded = 6 // a guard stopped it: nothing has changed
)

// A failure is an error with the exit status that it ends the program with and
// what its reader can do next.
type failure struct {
	err    error
	status int
	hint   string
	code   string // "" where the error's own type says it
	result bool   // the command has its result all the same
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed returns a failure of status 1.
func failed(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), status: statusFailed, hint: hint}
}

// stopped returns the failure of a command that was interrupted.
func stopped(format string, args ...any) error {
	return &failure{err: fmt.Errorf("stopped; "+format, args...), status: statusFailed, code: codeStopped}
}

// notFound returns the failure of a look for what is not there.
func notFound(hint string, err error) error {
	return &failure{err: err, status: statusFailed, hint: hint, code: codeNotFound}
}

// usage makes wrong usage of an error.
func usage(cmd *cobra.Command, err error) error {
	var f *failure
	if errors.As(err, &f) || isPanic(err) || cmd == nil {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n") // cobra's suggestions follow
	text, _, _ = strings.Cut(text, ": strconv.") // how Go says what is no number or truth value
	hint := fmt.Sprintf("%s --help shows what it takes", cmd.CommandPath())
	if _, name, ok := strings.Cut(text, `unknown command "`); ok {
		name, _, _ = strings.Cut(name, `"`)
		if near := cmd.SuggestionsFor(name); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		}
	}
	return &failure{err: errors.New(text), status: statusUsage, hint: hint}
}

// wrongUsage reports flags that don't go together.
func wrongUsage(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), status: statusUsage, hint: hint}
}

// statusOf returns the exit status of an error, whatever can be printed of it.
func statusOf(err error) int {
	var f *failure
	if errors.As(err, &f) && f.status != statusFailed {
		return f.status
	}
	switch codeOf(err) {
	case codeLocked:
		return statusLocked
	case codeGuard:
		return statusGuarded
	case codeAbove:
		return statusAbove
	}
	return statusFailed
}

// hintOf says what to do about an error as a whole. Each guard has a hint of its own
// beside it.
func hintOf(err error) string {
	var f *failure
	if errors.As(err, &f) && f.hint != "" {
		return f.hint
	}
	var order *batch.OrderError
	if errors.As(err, &order) && order.Same || is[*policy.SetError](err) { // the message says it
		return ""
	}
	if hint := hints[codeOf(err)]; hint != "" {
		return hint
	}
	return hintOfPath(err)
}

// hintOfPath says what to do about a path that is not what it was named as.
func hintOfPath(err error) string {
	switch {
	case !is[*fs.PathError](err):
		return ""
	case errors.Is(err, syscall.EISDIR):
		return "that is a folder: name a file"
	case errors.Is(err, syscall.ENOTDIR):
		return "a file stands where a folder is named: name another one"
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such path: see that it is written as it was meant"
	}
	return ""
}

// hints say what to do about an error that is known by its code.
var hints = map[string]string{
	codeLocked:     "wait until it is done, then run this again, or let it wait with --lock-timeout",
	codeOrder:      "daybook status shows the nights that are closed; rows that come late are posted by the next one, with their value dates: put their files into its folder",
	codeAbove:      "mend the files, or close without --strict and find the rows in rejects.parquet",
	codeFile:       "nothing was closed: mend the files and run the same command again",
	codePolicy:     "daybook policy show prints a policy with every key, daybook packs show NAME a pack",
	codeFormat:     "the book is as it was",
	codeNotBook:    "daybook init makes a book, and so does the first close; see that --book names the right folder",
	codeDiskFull:   "the disk is full: free some space and run the same command again",
	codePermission: "see who owns the folder and who may write to it",
}
