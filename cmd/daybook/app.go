package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"daybook/reports"

	"github.com/spf13/cobra"
)

// version is part of a night's manifest: the same release makes the same bytes
// however it was built.
const version = "0.1.0"

// software is how manifests name the program.
const software = "daybook " + version

// An app is one run of the program. Results go to stdout and everything else
// to stderr.
type app struct {
	stdout, stderr io.Writer
	log            *slog.Logger
	started        bool // a command took over: what fails now is not wrong usage

	logFormat string
	quiet     bool

	// at stops a night at its boundaries, in tests.
	at func(ctx context.Context, boundary string)
}

func newApp(stdout, stderr io.Writer) *app {
	return &app{stdout: stdout, stderr: stderr, log: slog.New(slog.DiscardHandler)}
}

// interruptible returns a context that the first ctrl-C or SIGTERM cancels. The
// second kills the process, which the book survives. A closed pipe is an error
// of the write and not a signal, so that temporary files are removed.
func interruptible(stderr io.Writer) (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	done := context.AfterFunc(ctx, func() {
		stop()
		fmt.Fprintln(stderr, "daybook: stopping; interrupt again to stop at once")
	})
	return ctx, func() { done(); stop() }
}

// run does what the arguments ask and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		err = usage(cmd, err)
	}
	return a.exitStatus(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "daybook",
		Short: "Close a consumer lender's day",
		Long: `Daybook closes a consumer lender's day: it reads the day's Parquet files, posts
them to a double-entry book, ages every loan, and publishes the loan tape, the
journal, the regulatory tables and the collection queue.

Try it:  daybook demo

Exit status: 0 done; 1 failed, nothing changed; 2 wrong usage; 3 closed, but
rejects are above the policy's threshold (with --strict: not closed);
4 verification found a fault.`,
		Version:       version + revision(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Near names stand in the hint.
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE:          func(*cobra.Command, []string) error { return a.startLog() },
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "format of progress and messages on stderr: text or json")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress on stderr, only what went wrong")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddCommand(
		a.demoCommand(), a.generateCommand(), a.initCommand(), a.closeCommand(), a.verifyCommand(), a.reportCommand(),
		a.showCommand(), a.explainCommand(), a.trialBalanceCommand(), a.exportCommand(), a.statusCommand(), a.policyCommand(),
	)
	return root
}

// command makes a command of a function; what it returns is a failure and no
// longer wrong usage.
func (a *app) command(c cobra.Command, do func(ctx context.Context, args []string) error) *cobra.Command {
	if c.Args == nil {
		c.Args = cobra.NoArgs
	}
	c.DisableFlagsInUseLine = true
	c.RunE = func(cmd *cobra.Command, args []string) error {
		a.started = true
		return reports.Guarded(func() error { return do(cmd.Context(), args) })()
	}
	return &c
}

// must marks flags as required.
func must(c *cobra.Command, names ...string) *cobra.Command {
	for _, n := range names {
		if err := c.MarkFlagRequired(n); err != nil {
			panic("daybook: internal error: " + err.Error())
		}
	}
	return c
}

// printJSON prints a command's result as one object.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printf prints a line or more of a command's result.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.stdout, format, args...)
	return err
}

// revision returns the revision that the program was built from, if it is known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return " (" + s.Value[:min(len(s.Value), 12)] + ")"
		}
	}
	return ""
}
