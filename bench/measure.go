package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// A Result is one measurement: both sides, what they took, and their ratios.
type Result struct {
	Commit   string   `json:"commit"`
	Machine  Machine  `json:"machine"`
	Settings Settings `json:"settings"`
	Agreed   string   `json:"agreed"` // what the comparison of the two sides found, of the last night of many
	Sides    []Side   `json:"sides"`
	Faster   float64  `json:"times_as_fast_as_duckdb,omitempty"`    // by wall time
	Thrift   float64  `json:"times_as_thrifty_as_duckdb,omitempty"` // by processor time, which a busy machine disturbs less
}

// A Side is a program's runs (or nights in a row) and its figures: medians by wall time.
type Side struct {
	Name                string  `json:"name"`
	Median              Run     `json:"median"` // the run with the median wall time
	RepaymentsPerSecond float64 `json:"repayments_per_second"`
	PostingsPerSecond   float64 `json:"postings_per_second"`
	FloorSeconds        float64 `json:"io_floor_seconds"` // its bytes at the machine's sequential limits
	TimesFloor          float64 `json:"times_io_floor"`
	Runs                []Run   `json:"runs"`
}

// A contest is what the runs start from.
type contest struct {
	inbox string
	sides []side
	bases []string // each side's book after the first night
	way   way      // of the peer, the fastest that was found
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
	c, err := b.contest(ctx, inbox)
	if err != nil {
		return nil, err
	}
	var runs [][]Run // of each side
	if b.Nights > 1 {
		runs, err = b.inARow(ctx, c, r)
	} else {
		runs, err = b.repeatedly(ctx, c, r)
	}
	if err != nil {
		return nil, err
	}
	for i, s := range c.sides {
		r.Sides = append(r.Sides, r.Machine.sideOf(s.name, runs[i]))
	}
	if len(c.sides) == 2 {
		ours, peers := r.Sides[0].Median, r.Sides[1].Median
		if b.Nights > 1 { // the median nights of the two sides may be different nights
			ours, peers = r.Sides[0].sum(), r.Sides[1].sum()
		}
		r.Faster, r.Thrift = peers.WallSeconds/ours.WallSeconds, peers.CPUSeconds/ours.CPUSeconds
	}
	return r, nil
}

// contest makes the books and finds the peer's faster way.
func (b *bench) contest(ctx context.Context, inbox string) (*contest, error) {
	c := &contest{inbox: inbox}
	for _, s := range []side{daybookSide, duckdbSide} {
		if b.only != "" && b.only != s.name {
			continue
		}
		base, err := b.base(ctx, s, inbox)
		if err != nil {
			return nil, err
		}
		c.sides, c.bases = append(c.sides, s), append(c.bases, base)
		if s.name == duckdbSide.name {
			if c.way, err = b.fastestWay(ctx, base, inbox); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// inTurn calls run with the number of each side, every second time in the other
// order, so that neither always has the warmer machine.
func (c *contest) inTurn(turn int, run func(i int) error) error {
	for k := range c.sides {
		i := k
		if turn%2 == 1 {
			i = len(c.sides) - 1 - k
		}
		if err := run(i); err != nil {
			return err
		}
	}
	return nil
}

// repeatedly closes the measured night again and again, on fresh copies of the books. A result is
// told whether two sides that are to agree do.
func (b *bench) repeatedly(ctx context.Context, c *contest, r *Result) ([][]Run, error) {
	runs, published := make([][]Run, len(c.sides)), make([]string, len(c.sides))
	for rep := range b.Repetitions {
		err := c.inTurn(rep, func(i int) error {
			run, out, err := b.close(ctx, c.sides[i], c.bases[i], c.inbox, c.way)
			runs[i], published[i] = append(runs[i], run), out
			return err
		})
		if err != nil {
			return nil, err
		}
		if rep == 0 && r != nil && len(c.sides) == 2 {
			if r.Agreed, err = b.compare(ctx, published[0], published[1]); err != nil {
				return nil, err
			}
		}
	}
	return runs, nil
}

// inARow closes one night after the other on the same books.
func (b *bench) inARow(ctx context.Context, c *contest, r *Result) ([][]Run, error) {
	runs, published := make([][]Run, len(c.sides)), make([]string, len(c.sides))
	for i, s := range c.sides {
		if err := b.fresh(s, c.bases[i]); err != nil {
			return nil, err
		}
	}
	for k := range b.Nights {
		b.say("%s", b.measured(k))
		err := c.inTurn(k, func(i int) error {
			// The peer's way was tried on the first of them; all later ones are ordinary.
			run, out, err := b.closeNight(ctx, c.sides[i], c.inbox, k, way{rewrite: c.way.rewrite && k == 0, limit: c.way.limit})
			runs[i], published[i] = append(runs[i], run), out
			return err
		})
		if err != nil {
			return nil, err
		}
		if r.Agreed, err = b.compare(ctx, published[0], published[1]); err != nil {
			return nil, fmt.Errorf("%s: %w", b.measured(k), err)
		}
	}
	return runs, nil
}

// A way is how the peer closes a night.
type way struct {
	rewrite bool  // a whole new table of loans instead of an update of those that change
	limit   int64 // bytes that it is told to stay within
}

// fastestWay tries the peer's two ways to store the new state, an update of the loans that changed and a whole new
// table, and the better of them with less memory for its buffers: it takes more than it is told, and may be faster
// with less.
func (b *bench) fastestWay(ctx context.Context, base, inbox string) (best way, err error) {
	var least *Run
	try := func(w way) error {
		run, _, err := b.close(ctx, duckdbSide, base, inbox, w)
		if err == nil && (least == nil || run.better(least, b.peerBytes)) {
			best, least = w, &run
		}
		return err
	}
	b.say("duckdb: trying an update of the loans that change, then a whole new table, then less memory for its buffers")
	for _, rewrite := range []bool{false, true} {
		if err := try(way{rewrite, b.peerBytes}); err != nil {
			return way{}, err
		}
	}
	for _, limit := range []int64{b.peerBytes * 2 / 3, b.peerBytes / 2} {
		if err := try(way{best.rewrite, limit}); err != nil {
			b.say("duckdb: %d MiB are too little: %v", limit>>20, err)
			break
		}
	}
	return best, nil
}

// better reports whether a run is to be taken for another one: it alone stays within a budget of memory, or it is faster and
// both do, or neither.
func (r *Run) better(than *Run, budget int64) bool {
	fits, other := r.PeakMemoryBytes <= budget, than.PeakMemoryBytes <= budget
	return fits && !other || fits == other && r.WallSeconds < than.WallSeconds
}

// bytesOf reads a size such as 512MiB or 4GiB.
func bytesOf(size string) (int64, error) {
	for _, unit := range []struct {
		name  string
		bytes float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}} {
		if number, is := strings.CutSuffix(size, unit.name); is {
			n, err := strconv.ParseFloat(number, 64)
			return int64(n * unit.bytes), err
		}
	}
	return 0, fmt.Errorf("memory %q: write it as 512MiB or 4GiB", size)
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

// sum adds up the time of a side's runs.
func (s *Side) sum() (all Run) {
	for _, r := range s.Runs {
		all.WallSeconds += r.WallSeconds
		all.CPUSeconds += r.CPUSeconds
	}
	return all
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
