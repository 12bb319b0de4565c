package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"daybook/reports"

	"github.com/spf13/cobra"
)

// An app is one run of the program. Results go to stdout and everything else
// to stderr.
type app struct {
	out     output
	stderr  io.Writer
	logger  atomic.Pointer[slog.Logger] // a signal may speak at any time
	environ []string                    // the variables, as name=value

	started bool // a command took over: what fails now is not wrong usage
	works   bool // what the command does counts, not what it prints

	logFormat string
	quiet     bool
	asJSON    bool
	askedJSON bool // on the command line, which may be wrong otherwise

	// at stops a night at its boundaries, in tests.
	at func(ctx context.Context, boundary string)
}

func newApp(stdout, stderr io.Writer) *app {
	a := &app{out: output{w: stdout}, stderr: stderr, environ: os.Environ(), logFormat: "text"}
	a.logger.Store(slog.New(slog.DiscardHandler))
	return a
}

// interruptible runs under a context that the first ctrl-C or SIGTERM cancels.
// The second kills the process, which the book survives. A closed pipe is an
// error of the write and not a signal, so that temporary files are removed.
func (a *app) interruptible(args []string) int {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := context.AfterFunc(ctx, func() {
		stop()
		a.log().Warn("stopping; interrupt again to stop at once")
	})
	defer done()
	return a.run(ctx, args)
}

// run does what the arguments ask and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root(args...)
	a.listen(args)
	var cmd *cobra.Command
	err := reports.Guarded(func() (err error) {
		cmd, err = root.ExecuteContextC(ctx)
		return err
	})()
	if err != nil && !a.started {
		a.asJSON = a.asJSON || a.askedJSON // --json=maybe is none of its values, and asks for it
		a.speak(cmd)
		err = usage(cmd, err)
	}
	return a.finish(err)
}

func (a *app) root(args ...string) *cobra.Command {
	root := &cobra.Command{
		Use:   "daybook",
		Short: "Close a consumer lender's day",
		Long: `Daybook closes a consumer lender's day: it reads the day's Parquet files, posts
them to a double-entry book, ages every loan, and publishes the loan tape, the
journal, the regulatory tables and the collection queue.

Try it:  daybook demo

Exit status: 0 done, or nothing left to do; 1 failed, and the last line says what
that means for the book; 2 wrong usage; 3 closed, but rejects are above the
policy's threshold (with --strict: not closed); 4 verification found a fault;
5 another run has the book or the output folder; 6 a guard stopped it, nothing
has changed.`,
		Version:       version + revision(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Near names stand in the hint.
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE:          func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) },
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetArgs(args)
	root.SetOut(&a.out.text)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "format of progress and messages on stderr: text or json")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress on stderr, only what went wrong")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if name := misspelt(args); cmd == root && name != "" {
			err = fmt.Errorf("unknown command %q for %q", name, root.Name()) // its flags are not the mistake
		}
		return usage(cmd, err)
	})
	root.SetUsageTemplate(root.UsageTemplate() + variablesHelp)
	root.AddCommand(
		a.demoCommand(), a.generateCommand(), a.initCommand(), a.closeCommand(), a.verifyCommand(), a.reportCommand(),
		a.showCommand(), a.explainCommand(), a.payoffCommand(), a.statementCommand(), a.trialBalanceCommand(), a.exportCommand(), a.glCommand(), a.queueCommand(), a.offersCommand(), a.reconcileCommand(), a.lockCommand(), a.unlockCommand(),
		a.proveCommand(), a.keyCommand(), a.warehouseCommand(), a.statusCommand(), a.policyCommand(), a.packsCommand(), a.versionCommand(),
	)
	complete(root, "log-format", logFormats)
	strictHelp(root)
	return root
}

// prepare is what comes before any command, once its flags are known.
func (a *app) prepare(cmd *cobra.Command) error {
	a.warnUnknown(cmd.Root())
	if err := a.fill(cmd); err != nil {
		return usage(cmd, err)
	}
	a.speak(cmd)
	return a.startLog()
}

// command makes a command of a function; what it returns is a failure and no
// longer wrong usage. What such a command prints is what it was run for.
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

// worker makes a command that is run for what it does and not for what it
// prints: a stdout that can't be written is no failure of it.
func (a *app) worker(c cobra.Command, do func(ctx context.Context, args []string) error) *cobra.Command {
	return a.command(c, func(ctx context.Context, args []string) error {
		a.works = true
		return do(ctx, args)
	})
}

// group makes a command that only groups others.
func (a *app) group(name, short string, subs ...*cobra.Command) *cobra.Command {
	var c *cobra.Command
	c = a.command(cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.ArbitraryArgs,
		// What follows an unknown name is not the mistake.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}, func(_ context.Context, args []string) error {
		return wantCommand(c, args)
	})
	c.AddCommand(subs...)
	return c
}

// wantCommand is the end of a command that only groups others.
func wantCommand(group *cobra.Command, args []string) error {
	var names []string
	for _, sub := range group.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.CommandPath())
		}
	}
	hint := "use one of " + strings.Join(names, ", ")
	if len(args) == 0 {
		return wrongUsage(hint, "%s needs to know what", group.Name())
	}
	return wrongUsage(hint, "unknown command %q for %q", args[0], group.CommandPath())
}

// must marks flags as required.
func must(c *cobra.Command, names ...string) *cobra.Command {
	for _, n := range names {
		check(c.MarkFlagRequired(n))
	}
	return c
}

// check panics at a mistake in how a command is made.
func check(err error) {
	if err != nil {
		panic("daybook: internal error: " + err.Error())
	}
}

// json gives a command the flag.
func (a *app) json(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&a.asJSON, "json", false, "print the result, or what went wrong, as one JSON object")
	return c
}
