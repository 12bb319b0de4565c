package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
)

// A waitFlag is how long to wait for another run to be done with the book or the
// output folder. Zero is not at all.
type waitFlag time.Duration

func (f *waitFlag) add(c *cobra.Command) {
	c.Flags().Var(f, "lock-timeout", "how long to wait for another run that has the book, such as 30s or 5m (default: not at all)")
}

// Set reads the flag's text.
func (f *waitFlag) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return errors.New("write it as 30s or 5m")
	}
	*f = waitFlag(d)
	return nil
}

// Type names the value in help texts.
func (f *waitFlag) Type() string { return "duration" }

func (f *waitFlag) String() string {
	if *f == 0 {
		return ""
	}
	return time.Duration(*f).String()
}

// lockEvery is how often a lock is tried again.
const lockEvery = 100 * time.Millisecond

// waiting does what takes a lock, and again for as long as another run has it and
// the time lasts. What was refused the lock has done nothing.
func waiting(ctx context.Context, timeout time.Duration, do func() error) error {
	if timeout <= 0 {
		return do()
	}
	end := time.NewTimer(timeout)
	defer end.Stop()
	again := time.NewTicker(lockEvery)
	defer again.Stop()
	for {
		err := do()
		if !isLocked(err) {
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
