package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestPanicOfACommand: a fault of the program is a failure and not wrong usage.
func TestPanicOfACommand(t *testing.T) {
	var stderr strings.Builder
	a := newApp(io.Discard, &stderr)
	cmd := a.command(cobra.Command{Use: "fails", SilenceErrors: true, SilenceUsage: true}, func(context.Context, []string) error { panic("planted") })
	cmd.SetArgs([]string{})
	if status := a.finish(cmd.Execute()); status != statusFailed || !strings.Contains(stderr.String(), "internal error, please report it: planted") {
		t.Errorf("exit status %d:\n%s", status, stderr.String())
	}
}
