package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"daybook/batch"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

type closeFlags struct {
	book, in, out, policy string
	date                  dateFlag
	workers               int
	memory                sizeFlag
	dryRun, strict, json  bool
}

func (a *app) closeCommand() *cobra.Command {
	f := closeFlags{date: newDateFlag(), memory: memoryDefault}
	c := a.command(cobra.Command{
		Use:   "close --book DIR --in DIR --out DIR --date DATE",
		Short: "Close a night: read its files, post them, age every loan, publish",
		Long: `Close reads the night's Parquet files from --in, posts them to the book, ages
every loan and publishes the night's outputs in a folder of --out that is named
for the date. The book is made where there is none.

A night is all or nothing. Stopped at any point, the same command run again
finishes it, or says that there is nothing left to do. Nights close in the
order of their dates; a gap is allowed.`,
		Example: `  daybook close --book book --in inbox/2026-11-23 --out out --date 2026-11-23`,
	}, func(ctx context.Context, _ []string) error { return a.close(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.in, "in", "", "folder of the night's files")
	c.Flags().StringVar(&f.out, "out", "", "folder that gets the night's folder")
	c.Flags().Var(&f.date, "date", "business date, such as 2026-11-23; never guessed from the clock")
	c.Flags().StringVar(&f.policy, "policy", "", "policy file (default: the book's own, or the built-in one for a new book)")
	c.Flags().IntVar(&f.workers, "workers", 0, "parts of the book worked at once (default: one a processor); the bytes do not depend on it")
	c.Flags().Var(&f.memory, "memory", "memory to stay within, such as 512MiB or 4GiB")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything but close and publish")
	c.Flags().BoolVar(&f.strict, "strict", false, "do not close above the policy's threshold of rejects")
	c.Flags().BoolVar(&f.json, "json", false, "print the result as one JSON object")
	return must(c, "book", "in", "out", "date")
}

func (a *app) close(ctx context.Context, f *closeFlags) error {
	if f.workers < 0 {
		return wrongUsage("", "--workers must not be below zero")
	}
	o := batch.Options{
		Book: f.book, In: f.in, Out: f.out, Date: f.date.Date, Workers: f.workers, Memory: int64(f.memory),
		DryRun: f.dryRun, Strict: f.strict,
	}
	if f.policy != "" {
		p, err := loadPolicy(f.policy)
		if err != nil {
			return err
		}
		o.Policy = p
	}
	f.memory.limit()
	began := time.Now()
	s, err := a.closeNight(ctx, o)
	if err != nil {
		return err
	}
	if err := a.printClosed(f, s, time.Since(began)); err != nil {
		return err
	}
	if s.Above && !s.Again {
		return above(f, s)
	}
	return nil
}

// closeNight closes one night and shows how far it is.
func (a *app) closeNight(ctx context.Context, o batch.Options) (*batch.Summary, error) {
	o.Software = software
	m := a.meter(o.Date.String())
	o.Progress = m.report
	if a.at != nil {
		o.At = func(boundary string) { a.at(ctx, boundary) }
	}
	s, err := batch.Close(ctx, o)
	m.close()
	if err != nil {
		var strict *batch.StrictError
		switch {
		case errors.As(err, &strict):
			return nil, &failure{err, statusAbove, ""}
		case errors.Is(err, context.Canceled):
			return nil, stopped(o)
		case errors.Is(err, os.ErrNotExist) && !exists(o.In):
			return nil, &failure{err, statusFailed, "name the folder with the night's files; an empty one is a valid night"}
		}
		return nil, err
	}
	if ctx.Err() != nil && !o.DryRun {
		a.log.Warn(o.Date.String() + " was closed before it could be stopped")
	}
	return s, nil
}

// makeFolder makes a folder where there is none.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// stopped says what state a close that was interrupted has left the book in.
func stopped(o batch.Options) error {
	if !o.DryRun && isClosed(o.Book, o.Date) {
		return failed("", "stopped; %s is closed; run the same command again to publish it", o.Date)
	}
	return failed("", "stopped; %s is not closed, the book is as it was", o.Date)
}

func isClosed(dir string, d civil.Date) bool {
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		return false
	}
	defer b.Close()
	nights, err := b.Nights()
	return err == nil && slices.Contains(nights, d)
}

// above is the end of a night that is closed with too many rejects.
func above(f *closeFlags, s *batch.Summary) error {
	state := "is closed"
	if f.dryRun {
		state = "would close"
	}
	rows, bad := int64(0), int64(0)
	for _, t := range s.Manifest.ControlTotals.Files {
		rows += t.RowsIn
		bad += t.Rejected + t.Held
	}
	return &failure{
		fmt.Errorf("%d of %d rows were rejected or held, above the policy's threshold; %s %s", bad, rows, f.date.Date, state), statusAbove,
		"the rows and their reasons are in rejects.parquet; with --strict such a night does not close",
	}
}

// closedJSON is what close --json prints.
type closedJSON struct {
	BusinessDate    civil.Date            `json:"business_date"`
	Closed          bool                  `json:"closed"`
	AlreadyClosed   bool                  `json:"already_closed"`
	Published       bool                  `json:"published"` // by this run
	DryRun          bool                  `json:"dry_run"`
	AboveThreshold  bool                  `json:"rejects_above_threshold"`
	Folder          string                `json:"folder"`
	Loans           int64                 `json:"loans"`
	Entries         int64                 `json:"entries"`
	Postings        int64                 `json:"postings"`
	Replayed        int64                 `json:"loans_replayed"`
	ControlTotals   reports.ControlTotals `json:"control_totals"`
	Timings         []reports.Timing      `json:"timings"`
	WallSeconds     float64               `json:"wall_seconds"`
	CPUSeconds      float64               `json:"cpu_seconds"`
	PeakMemoryBytes int64                 `json:"peak_memory_bytes"`
}

func (a *app) printClosed(f *closeFlags, s *batch.Summary, took time.Duration) error {
	if f.json {
		cpu, peak := usedResources()
		v := closedJSON{
			BusinessDate: f.date.Date, Closed: !f.dryRun || s.Again, AlreadyClosed: s.Again, Published: s.Published, DryRun: f.dryRun,
			AboveThreshold: s.Above, Folder: s.Folder, Loans: s.Loans, Entries: s.Entries, Postings: s.Postings,
			Replayed: s.Replayed, WallSeconds: seconds(took), CPUSeconds: seconds(cpu), PeakMemoryBytes: peak,
			Timings: []reports.Timing{},
		}
		if s.Manifest != nil {
			v.ControlTotals = s.Manifest.ControlTotals
		}
		if s.Page != nil {
			v.Timings = s.Page.Stages
		}
		return a.printJSON(v)
	}
	switch {
	case s.Again && s.Published:
		return a.printf("%s was closed before with these files; its outputs are published again: %s\n", f.date.Date, s.Folder)
	case s.Again:
		return a.printf("%s is closed already with these files; nothing to do: %s\n", f.date.Date, s.Folder)
	case f.dryRun:
		s.Page.Folder = "none, this was a dry run: nothing was closed"
	}
	return reports.Summary(a.stdout, s.Page)
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
