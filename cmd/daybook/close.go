package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daybook/batch"
	"daybook/batch/evidence"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

type closeFlags struct {
	book, in, out, policy  string
	date                   dateFlag
	workers                int
	memory                 sizeFlag
	dryRun, strict, shared bool
	compare                bool
	allow                  batch.Allow
	lockTimeout            waitFlag
	queueKey               string
	metro2Names            string
	signingKey, warehouse  string
	iceberg                bool
}

func (a *app) closeCommand() *cobra.Command {
	f := closeFlags{date: newDateFlag(), memory: memoryDefault}
	c := a.worker(cobra.Command{
		Use:   "close --book DIR --in DIR --out DIR --date DATE",
		Short: "Close a night: read its files, post them, age every loan, publish",
		Long: `Close reads the night's Parquet files from --in, posts them to the book, ages
every loan and publishes the night's outputs in a folder of --out that is named
for the date. The book is made where there is none, on a first run.

A night is all or nothing. Stopped at any point, the same command run again
finishes it, or says that there is nothing left to do. Nights close in the
order of their dates; a gap is allowed. Its last line says what a person must
know.

What looks like a mistake stops it with exit status 6, before anything has
changed: it says what it saw, and which flag says that it was meant.

With --dry-run --compare the night is computed twice, with the policy in force and
with the one of --policy, and what differs is printed. Nothing is closed, and the
book is only read; --out, which may be left out, gets the tables as CSV in its
folder compare.`,
		Example: `  daybook close --book book --in inbox/2026-11-23 --out out --date 2026-11-23
  daybook close --book book --in inbox/2026-11-24 --date 2026-11-24 --policy new.yaml --dry-run --compare`,
	}, func(ctx context.Context, _ []string) error { return a.close(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.in, "in", "", "folder of the night's files, or s3://bucket/prefix")
	c.Flags().StringVar(&f.out, "out", "", "folder that gets the night's folder")
	c.Flags().Var(&f.date, "date", "business date, such as 2026-11-23; never guessed from the clock")
	c.Flags().StringVar(&f.policy, "policy", "", "policy file (default: the book's own, or the built-in one for a new book)")
	c.Flags().IntVar(&f.workers, "workers", 0, "parts of the book worked at once (default: one a processor); the bytes do not depend on it")
	c.Flags().Var(&f.memory, "memory", "memory to stay within, such as 512MiB or 4GiB")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything but close and publish")
	c.Flags().BoolVar(&f.compare, "compare", false, "with --dry-run: say what the policy of --policy would change")
	c.Flags().BoolVar(&f.strict, "strict", false, "do not close above the policy's threshold of rejects")
	c.Flags().BoolVar(&f.shared, "shared", false, "let the group of --out read what is published")
	allowFlags(c, &f.allow)
	c.Flags().StringVar(&f.metro2Names, "metro2-names", "", "Parquet file of names and addresses by borrower_id, for metro2.dat at a month's end; nothing of it is kept")
	c.Flags().StringVar(&f.queueKey, "queue-key", "", "file of 32 secret bytes that the keys of tasks are made with; without it they can be guessed from ids")
	c.Flags().StringVar(&f.signingKey, "signing-key", "", "file of the key that signs the night's head, as key new makes it; without it the head is unsigned")
	c.Flags().StringVar(&f.warehouse, "warehouse", "", "then publish the night to this warehouse, a folder or s3://bucket/prefix")
	c.Flags().BoolVar(&f.iceberg, "iceberg", false, "with --warehouse: commit it to the Iceberg tables as well")
	f.lockTimeout.add(c)
	completeFolders(c, "book", "in", "out")
	completePolicies(c, "policy")
	check(c.RegisterFlagCompletionFunc("date", completeNight))
	outUnlessCompared(c)
	notEmpty(c, "signing-key", "warehouse")
	return must(a.json(c), "book", "in", "out", "date")
}

// allowFlags are those that pass a guard.
func allowFlags(c *cobra.Command, allow *batch.Allow) {
	for _, f := range []struct {
		to          *bool
		name, usage string
	}{
		{&allow.Empty, "allow-empty", "the folder is meant to have no rows"},
		{&allow.Unread, "allow-unread", "entries of --in that are not read are meant to lie there"},
		{&allow.Duplicates, "allow-duplicates", "nearly all rows are meant to be repeats"},
		{&allow.Fewer, "allow-fewer", "kinds or rows that the policy expects are meant to be missing"},
		{&allow.Unmarked, "allow-unmarked", "the policy's marker file is meant to be missing"},
		{&allow.Unproved, "allow-unproved", "a control file is meant to be missing, or to differ from the files"},
		{&allow.Create, "create", "make a book although --out has nights of another"},
		{&allow.Restored, "restored", "the book is meant to be older than what it has published"},
	} {
		c.Flags().BoolVar(f.to, f.name, false, f.usage)
	}
	c.Flags().IntVar(&allow.Gap, "gap", 0, "days since the last night, or between a first night and the value dates of its files, that are meant")
}

func (a *app) close(ctx context.Context, f *closeFlags) error {
	o, err := f.options(ctx)
	if err != nil {
		return err
	}
	f.memory.limit()
	in, done, err := inbox(ctx, f.in)
	if err != nil {
		return withState(o, err)
	}
	defer done()
	o.In = in
	if f.compare {
		return a.compareNights(ctx, o)
	}
	began := time.Now()
	s, err := a.closeNight(ctx, o)
	if err != nil {
		return err
	}
	if s.Again && o.Policy != nil && o.Policy.EffectiveFrom <= o.Date && s.Manifest != nil && s.Manifest.Policy != digest(o.Policy) && !a.quiet {
		a.log().Warn(o.Date.String() + " was closed under another policy than that of --policy, and stays so: give it to the next night")
	}
	var w *warehouse.Result
	if f.warehouse != "" && !o.DryRun {
		if w, err = a.publishClosed(ctx, f, o, s.Published && !s.Again); err != nil {
			if !a.asJSON { // which has one object
				a.printClosed(o, s, time.Since(began), nil)
			}
			return err
		}
	}
	a.printClosed(o, s, time.Since(began), w)
	if s.Page != nil && s.Page.Queue.Tasks > 0 && len(o.QueueKey) == 0 && !a.quiet {
		a.log().Warn("without --queue-key whose a task is can be guessed from its key")
	}
	if isAbove(s) {
		return above(o, s)
	}
	return nil
}

// check refuses what does not go together, and places that are none.
func (f *closeFlags) check(ctx context.Context) error {
	switch {
	case f.workers < 0:
		return wrongUsage("", "--workers must not be below zero")
	case f.allow.Gap < 0:
		return wrongUsage("", "--gap must not be below zero")
	case f.iceberg && f.warehouse == "":
		return wrongUsage("", "--iceberg goes with --warehouse")
	case strings.Contains(f.out, "://"):
		return wrongUsage("--warehouse takes object storage", "--out: nights are published in a folder, not at %s", f.out)
	}
	if err := f.comparable(); err != nil || f.warehouse == "" {
		return err
	}
	return checkRoot(ctx, f.warehouse)
}

// options are what the flags ask for, with the files that they name.
func (f *closeFlags) options(ctx context.Context) (o batch.Options, err error) {
	if err := f.check(ctx); err != nil {
		return o, err
	}
	o = batch.Options{
		Book: f.book, In: f.in, Out: f.out, Date: f.date.Date, Workers: f.workers, Memory: int64(f.memory),
		DryRun: f.dryRun, Strict: f.strict, Metro2Names: f.metro2Names, Allow: f.allow, Shared: f.shared, LockTimeout: time.Duration(f.lockTimeout),
	}
	if f.policy != "" {
		if o.Policy, err = loadPolicy(ctx, f.policy); err != nil {
			return o, err
		}
	}
	if f.queueKey != "" {
		if o.QueueKey, err = readQueueKey(f.queueKey); err != nil {
			return o, err
		}
	}
	if f.signingKey != "" {
		if o.Signer, err = evidence.Signer(f.signingKey); err != nil {
			return o, keyFailure("--signing-key", err)
		}
	}
	return o, nil
}

// closeNight closes one night and shows how far it is.
func (a *app) closeNight(ctx context.Context, o batch.Options) (s *batch.Summary, err error) {
	o.Software = software
	m := a.meter(o.Date.String())
	o.Progress = m.report
	if a.at != nil {
		o.At = func(boundary string) { a.at(ctx, boundary) }
	}
	s, err = batch.Close(ctx, o)
	m.close()
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return nil, stoppedClose(o)
	case errors.Is(err, os.ErrNotExist) && !exists(o.In):
		return nil, notFound("name the folder with the night's files", err)
	case err != nil:
		return nil, withState(o, err)
	}
	if ctx.Err() != nil && !o.DryRun {
		a.log().Warn(o.Date.String() + " was closed before it could be stopped")
	}
	return s, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// withState adds to the failure of a close what it means for the book, unless its
// kind says so: that is the last line then.
func withState(o batch.Options, err error) error {
	code, more := codeOf(err), hints[codeOf(err)]
	if is[*policy.SetError](err) {
		more = "" // the message says it
	}
	switch {
	case is[*policy.SetError](err), code == codeFailed, code == codeDiskFull, code == codePermission, code == codeInternal, code == codeNotFound:
		hint := o.Date.String() + " is not closed, and nothing has changed"
		switch {
		case o.DryRun || !isClosed(o.Book, o.Date):
		case exists(filepath.Join(o.Out, o.Date.String(), publish.SuccessName)):
			hint = o.Date.String() + " is closed and published already, and nothing has changed"
		default:
			hint = o.Date.String() + " is closed: run the same command again to publish it"
		}
		if more != "" {
			hint += "; " + more
		}
		return &failure{err: err, status: statusFailed, hint: hint, code: code}
	}
	return err
}

// stoppedClose says what state a close that was interrupted has left the book in.
func stoppedClose(o batch.Options) error {
	if !o.DryRun && isClosed(o.Book, o.Date) {
		return stopped("%s is closed; run the same command again to publish it", o.Date)
	}
	return stopped("%s is not closed, the book is as it was", o.Date)
}

func isClosed(dir string, d civil.Date) bool {
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		return false
	}
	defer b.Close()
	is, err := b.HasNight(d)
	return err == nil && is
}
