package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

// A Result is one measurement: both sides, what they took, and their ratios.
type Result struct {
	Commit   string   `json:"commit"`
	Machine  Machine  `json:"machine"`
	Settings Settings `json:"settings"`
	Agreed   string   `json:"agreed"` // what the comparison of the two tapes found
	Sides    []Side   `json:"sides"`
	Faster   float64  `json:"times_as_fast_as_duckdb,omitempty"`    // by wall time
	Thrift   float64  `json:"times_as_thrifty_as_duckdb,omitempty"` // by processor time, which a busy machine disturbs less
}

// A Side is a program's runs and its figures: medians by wall time.
type Side struct {
	Name                string  `json:"name"`
	Median              Run     `json:"median"` // the run with the median wall time
	RepaymentsPerSecond float64 `json:"repayments_per_second"`
	PostingsPerSecond   float64 `json:"postings_per_second"`
	FloorSeconds        float64 `json:"io_floor_seconds"` // its bytes at the machine's sequential limits
	TimesFloor          float64 `json:"times_io_floor"`
	Runs                []Run   `json:"runs"`
}

// measure prepares both sides and runs them in alternating order.
func (b *bench) measure(ctx context.Context) (*Result, error) {
	if err := b.build(ctx); err != nil {
		return nil, err
	}
	inbox, err := b.inbox(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Commit: b.commit(), Settings: b.Settings}
	if r.Machine, err = b.machine(); err != nil {
		return nil, err
	}
	var sides []side
	for _, s := range []side{daybookSide, duckdbSide} {
		if b.only == "" || b.only == s.name {
			sides = append(sides, s)
		}
	}
	bases, rewrite := make([]string, len(sides)), false
	for i, s := range sides {
		if bases[i], err = b.base(ctx, s, inbox); err != nil {
			return nil, err
		}
		if s.name == duckdbSide.name {
			if rewrite, err = b.fasterStore(ctx, bases[i], inbox); err != nil {
				return nil, err
			}
		}
	}
	runs, published := make([][]Run, len(sides)), make([]string, len(sides))
	for rep := range b.Repetitions {
		for k := range sides {
			i := k
			if rep%2 == 1 { // the other order, so that neither always has the warmer machine
				i = len(sides) - 1 - k
			}
			run, out, err := b.close(ctx, sides[i], bases[i], inbox, rewrite)
			if err != nil {
				return nil, err
			}
			runs[i], published[i] = append(runs[i], run), out
		}
		if rep == 0 && len(sides) == 2 {
			if r.Agreed, err = b.compare(ctx, published[0], published[1]); err != nil {
				return nil, err
			}
		}
	}
	for i, s := range sides {
		r.Sides = append(r.Sides, r.Machine.sideOf(s.name, runs[i]))
	}
	if len(sides) == 2 {
		r.Faster = r.Sides[1].Median.WallSeconds / r.Sides[0].Median.WallSeconds
		r.Thrift = r.Sides[1].Median.CPUSeconds / r.Sides[0].Median.CPUSeconds
	}
	return r, nil
}

// fasterStore tries the peer's two ways to store the new state, an update of
// the loans that changed and a whole new table, and returns the faster one.
func (b *bench) fasterStore(ctx context.Context, base, inbox string) (rewrite bool, err error) {
	b.say("duckdb: trying an update of the loans that change, then a whole new table")
	update, _, err := b.close(ctx, duckdbSide, base, inbox, false)
	if err != nil {
		return false, err
	}
	table, _, err := b.close(ctx, duckdbSide, base, inbox, true)
	if err != nil {
		return false, err
	}
	return table.WallSeconds < update.WallSeconds, nil
}

// compare fails where the two loan tapes differ.
func (b *bench) compare(ctx context.Context, a, other string) (string, error) {
	cmd := exec.CommandContext(ctx, b.binary(duckdbSide.name), "compare", "-threads", fmt.Sprint(b.Workers), a, other)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("daybook and duckdb disagree: %w\n%s", err, out)
	}
	return string(slices.DeleteFunc(out, func(c byte) bool { return c == '\n' })), nil
}

func (m *Machine) sideOf(name string, runs []Run) Side {
	byWall := slices.SortedFunc(slices.Values(runs), func(a, b Run) int { return cmp.Compare(a.WallSeconds, b.WallSeconds) })
	s := Side{Name: name, Median: byWall[len(byWall)/2], Runs: runs}
	r := &s.Median
	s.RepaymentsPerSecond = float64(r.Repayments) / r.WallSeconds
	s.PostingsPerSecond = float64(r.Postings) / r.WallSeconds
	s.FloorSeconds = float64(r.ReadBytes)/m.ReadBytesPerSecond + float64(r.WrittenBytes)/m.WriteBytesPerSecond
	if s.FloorSeconds > 0 {
		s.TimesFloor = r.WallSeconds / s.FloorSeconds
	}
	return s
}
