package main

import (
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
