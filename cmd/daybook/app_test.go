package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"daybook/batch"
	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/spf13/cobra"
)

// The last line of a close that failed says what that means for the book.
func TestFailedCloseSaysItsState(t *testing.T) {
	for boundary, want := range map[string]string{
		"read":      "daybook: hint: 2026-11-23 is not closed, and nothing has changed\n",
		"committed": "daybook: hint: 2026-11-23 is closed: run the same command again to publish it\n",
	} {
		dir := lender(t)
		var stderr strings.Builder
		a := newApp(io.Discard, &stderr)
		a.at = func(_ context.Context, at string) {
			if at == boundary {
				panic("planted")
			}
		}
		if status := a.run(t.Context(), closeArgs(dir)); status != statusFailed || !strings.HasSuffix(stderr.String(), want) {
			t.Errorf("failed at %s: exit status %d:\n%s", boundary, status, stderr.String())
		}
		run(t, closeArgs(dir)...)
	}
}

// What a night that is published again lacks is said with its reason: of names that the book keeps
// none, of anything else that it is no longer proved.
func TestPublishedAgainSaysWhatItLacks(t *testing.T) {
	a := newApp(io.Discard, io.Discard)
	a.printClosed(batch.Options{Date: civil.Of(2026, 11, 30)}, &batch.Summary{
		Again: true, Published: true, Missing: []string{"queue/tasks.parquet", "regulatory/metro2.dat"}, Manifest: &reports.Manifest{},
	}, 0, nil)
	const want = "queue/tasks.parquet is not: the book no longer proves it\nregulatory/metro2.dat is not: the book keeps no names\n"
	if got := a.out.text.String(); !strings.Contains(got, want) {
		t.Errorf("it says\n%s", got)
	}
}

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
