package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"daybook/batch"
	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/lookup"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/reconcile"
	"daybook/ledger/store"
)

// The codes of errors are a contract with programs: a closed set of words.
const (
	codeUsage      = "usage"
	codeGuard      = "guard" // which one stands beside it
	codeLocked     = "locked"
	codeAbove      = "rejects_above_threshold"
	codeBreaks     = "breaks_above_threshold"
	codeOrder      = "order"
	codeFile       = "file_fault"
	codePolicy     = "policy_fault"
	codeNotBook    = "not_a_book"
	codeFormat     = "newer_format"
	codeNotFound   = "not_found"
	codeFault      = "verification"
	codeDiffer     = "differ" // two policies
	codeDiskFull   = "disk_full"
	codePermission = "permission"
	codeOutput     = "output"
	codeStopped    = "stopped"
	codeInternal   = "internal"
	codeFailed     = "failed"
)

// codeOf returns the code of an error.
func codeOf(err error) string {
	var f *failure
	if errors.As(err, &f) {
		switch {
		case f.code != "":
			return f.code
		case f.status == statusUsage:
			return codeUsage
		}
	}
	switch {
	case isPanic(err):
		return codeInternal
	case is[*reconcile.FaultsError](err):
		return codeFile
	case is[*intake.FileError](err): // what else stopped the night stands beside it
		return codeFile
	case is[*publish.GuardError](err):
		return codeGuard
	case publish.IsLocked(err):
		return codeLocked
	case is[*batch.OrderError](err):
		return codeOrder
	case is[*batch.StrictError](err):
		return codeAbove
	case is[policy.Faults](err), is[*policy.SetError](err):
		return codePolicy
	case is[*store.FormatError](err):
		return codeFormat
	case is[*outputError](err):
		return codeOutput
	case errors.Is(err, store.ErrNotBook):
		return codeNotBook
	case errors.Is(err, context.Canceled):
		return codeStopped
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return codeDiskFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return codePermission
	case is[*lookup.UnknownLoanError](err), is[*book.NotFoundError](err), errors.Is(err, fs.ErrNotExist):
		return codeNotFound
	}
	return codeFailed
}

// is reports whether an error is of a type, or wraps one.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
