package main

import (
	"context"
	"time"

	"daybook/reports"
)

// patience is how long an interrupt waits for what is under way to end by itself.
const patience = 500 * time.Millisecond

// unblocked runs what may wait on somebody else without end: a pipe without a writer,
// or one that nobody reads. An interrupt then ends the waiting, and soon the program
// with what was waited for.
func unblocked(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- reports.Guarded(fn)() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return ctx.Err()
	}
}
