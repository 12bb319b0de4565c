package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"daybook/batch/lookup"
	"daybook/batch/period"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

type lockFlags struct {
	book, out, reason     string
	through               dateFlag
	workers               int
	force, dryRun, shared bool
	lockTimeout           waitFlag
}

func (a *app) lockCommand() *cobra.Command {
	f := lockFlags{through: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "lock --book DIR --through DATE --out DIR",
		Short: "Prove a period, lock it, and publish its package",
		Long: `Lock closes the books of all days up to --through, which is a closed night. It first
proves that the book is sound, that its nights are published, that the trial balance
balances, that the loans add up to the general ledger, that bank and book were
reconciled at that date and tied (where the policy has reconciliation), and that
suspense and breaks are within period.limits of the policy. What fails is named,
and nothing is locked, unless --force says so, with a --reason.

Then it publishes the package of the month in a folder of --out, periods/2026-11, or
periods/to-DATE where the date ends no month. The same date again publishes the
same package again.

A lock moves forward only; daybook unlock moves it back. Rows that come later with
a value date in a locked period are posted, and reported as prior period, or refused:
period.backdated of the policy says which. A policy can't take effect in one.

Exit status: 0 done, or locked already; 1 failed; 4 the figures do not tie, which is a
fault of the program; 6 something failed that was proved, and nothing has changed.`,
		Example: `  daybook lock --book book --through 2026-11-30 --out out --reason "November"
  daybook lock --book book --through 2026-11-30 --out out --dry-run`,
	}, func(ctx context.Context, _ []string) error { return a.lock(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.out, "out", "", "folder of the published nights, which gets the folder periods")
	c.Flags().Var(&f.through, "through", "a closed night: it and all days before it are locked")
	c.Flags().StringVar(&f.reason, "reason", "", "why, or what for: it is kept with the lock")
	c.Flags().BoolVar(&f.force, "force", false, "lock though something fails, with --reason")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "prove, and change nothing")
	c.Flags().IntVar(&f.workers, "workers", 0, "parts of the book read at once (default: one a processor); the bytes do not depend on it")
	c.Flags().BoolVar(&f.shared, "shared", false, "let the group of --out read the package")
	f.lockTimeout.add(c)
	completeFolders(c, "book", "out")
	a.completeDates(c, "through")
	return must(a.json(c), "book", "through", "out")
}

// lockedJSON is what lock --json prints.
type lockedJSON struct {
	ExitStatus int `json:"exit_status"`
	lookup.LockStatus
	Stored bool           `json:"stored"` // the book has it
	Again  bool           `json:"again"`  // and had it before
	Folder string         `json:"folder"` // of the package; "" where it was not published
	Failed []string       `json:"failed"` // checks
	Checks []period.Check `json:"checks"`
}

func (a *app) lock(ctx context.Context, f *lockFlags) error {
	switch {
	case f.force && strings.TrimSpace(f.reason) == "":
		return wrongUsage("", "--force needs --reason: who locks what failed says why")
	case f.workers < 0:
		return wrongUsage("", "--workers must not be below zero")
	}
	if err := apart(f.out); err != nil {
		return err
	}
	o := period.Options{
		Through: f.through.Date, Out: f.out, Reason: f.reason, Force: f.force, DryRun: f.dryRun, Workers: f.workers, Shared: f.shared,
		When: now(), Software: software,
	}
	if a.at != nil {
		o.Boundary = func(name string) { a.at(ctx, name) }
	}
	var r *period.Result
	err := a.withBook(ctx, f.book, f.dryRun, time.Duration(f.lockTimeout), func(b *store.Book) (err error) {
		r, err = period.Lock(ctx, b, o)
		return err
	})
	var refused *period.RefusedError
	var untied *period.TieError
	switch {
	case errors.Is(err, context.Canceled) && (r == nil || !r.Stored):
		return stopped("nothing was locked")
	case errors.As(err, &refused):
		a.printLocked(r, statusGuarded)
		return &failure{err: err, status: statusGuarded, code: codeGuard, hint: "mend what failed, or lock all the same with --force and --reason", result: true}
	case errors.As(err, &untied):
		return &failure{err: err, status: statusFault, code: codeFault, hint: "keep the book and what is published as they are, and report this"}
	case err != nil:
		return refusedOrder(err)
	}
	a.printLocked(r, statusDone)
	return nil
}

// now is the time that a lock is kept with.
func now() string { return time.Now().UTC().Format(time.RFC3339) }

// refusedOrder is the failure of a lock that can't move so.
func refusedOrder(err error) error {
	var order *period.OrderError
	if errors.As(err, &order) {
		return &failure{err: err, status: statusFailed, code: codeOrder, hint: "daybook status shows the nights and the locks"}
	}
	return err
}

func (a *app) printLocked(r *period.Result, status int) {
	v := lockedJSON{
		ExitStatus: status, LockStatus: lookup.StatusOfLock(&r.Lock), Stored: r.Stored, Again: r.Again, Folder: r.Folder,
		Failed: append([]string{}, period.Failed(r.Lock.Checks)...), Checks: append([]period.Check{}, r.Lock.Checks...),
	}
	a.print(v, func() {
		var rows [][]string
		for i := range v.Checks {
			c := &v.Checks[i]
			first := ""
			if len(c.Faults) > 0 {
				first = c.Faults[0]
			}
			if more := len(c.Faults) - 1; more > 0 {
				first += ", and " + count(more) + " more"
			}
			rows = append(rows, []string{c.Name, strings.ReplaceAll(c.Result, "_", " "), first})
		}
		a.table([]column{words("check"), words("result"), words("")}, rows)
		switch {
		case r.Again && r.Folder != "":
			a.printf("\ndays up to %s are locked already, since %s; published again: %s\n", v.Through, v.When, r.Folder)
		case r.Again:
			a.printf("\ndays up to %s are locked already, since %s\n", v.Through, v.When)
		case r.Folder != "":
			a.printf("\ndays up to %s are locked: %s\n", v.Through, r.Folder)
		case len(v.Failed) == 0:
			a.printf("\ndays up to %s can be locked; nothing was\n", v.Through)
		}
	})
}

type unlockFlags struct {
	book, reason string
	through      dateFlag
	lockTimeout  waitFlag
}

func (a *app) unlockCommand() *cobra.Command {
	f := unlockFlags{through: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "unlock --book DIR --through DATE --reason TEXT",
		Short: "Move the lock of the periods back to a day",
		Long: `Unlock moves the lock back: what is locked are then the days up to --through, and
none where that is before the book's first night. The lock that it moves, and that it was
moved, when and why, are kept for ever: daybook status shows them. Nothing that was posted or
published changes. A package that is there stays until its period is locked again.`,
		Example: `  daybook unlock --book book --through 2026-10-31 --reason "the auditor's adjustments"`,
	}, func(ctx context.Context, _ []string) error { return a.unlock(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().Var(&f.through, "through", "the last day that stays locked")
	c.Flags().StringVar(&f.reason, "reason", "", "why: it is kept")
	f.lockTimeout.add(c)
	completeFolders(c, "book")
	a.completeDates(c, "through")
	return must(a.json(c), "book", "through", "reason")
}

func (a *app) unlock(ctx context.Context, f *unlockFlags) error {
	if strings.TrimSpace(f.reason) == "" {
		return wrongUsage("", "--reason says why the lock is moved back")
	}
	var r *period.Result
	err := a.withBook(ctx, f.book, false, time.Duration(f.lockTimeout), func(b *store.Book) (err error) {
		r, err = period.Unlock(b, f.through.Date, f.reason, now())
		return err
	})
	if err != nil {
		return refusedOrder(err)
	}
	v := lookup.StatusOfLock(&r.Lock)
	a.print(v, func() {
		if r.Lock.Locked == civil.None {
			a.printf("no day is locked any more\n")
			return
		}
		a.printf("days up to %s are locked\n", r.Lock.Locked)
	})
	return nil
}
