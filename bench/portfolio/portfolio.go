// Package portfolio makes a synthetic lender: loans, and nightly files of what
// their payers do, as payment channels deliver them. Every value follows from
// the seed, the loan's number and the date by a counter-based hash: there is no
// state from one loan or night to the next, so memory does not grow with the
// lender, files are made in parallel, and the same options give the same bytes
// on any number of workers. It reads no clock and no global randomness.
//
// The first night brings the back book: every existing loan, and a payment for
// each due date that its payer met, so that the book looks like a real one from
// the first night: most loans current, a tail over the months past due.
package portfolio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Profile is what the lender's nights look like.
type Profile uint8

// The profiles.
const (
	// Retail is a consumer lender with every kind of term that Daybook knows,
	// and payers who are early, late, partial, double and gone.
	Retail Profile = iota
	// Ordinary is the bench's usual night: about 5 % of the loans pay. Its
	// terms are those whose instalments SQL can state exactly.
	Ordinary
	// Everyone is the bench's full night: the night after the first, each loan
	// pays one instalment. The terms are those of Ordinary.
	Everyone
)

var profileNames = []string{"retail", "ordinary", "everyone"}

func (p Profile) String() string { return profileNames[p] }

// ParseProfile reads a profile by its name.
func ParseProfile(s string) (Profile, error) {
	for i, n := range profileNames {
		if n == s {
			return Profile(i), nil
		}
	}
	return 0, fmt.Errorf("profile %q is not one of %v", s, profileNames)
}

// DefaultFirstNight is the first night where the options name none.
var DefaultFirstNight = civil.Of(2026, 11, 23)

// LoansMax is the most loans of the first night.
const LoansMax = 1e9

// Options configures [Generate]. Zero values stand for the defaults.
type Options struct {
	Loans      int        // loans of the first night; 0 means 20,000
	Nights     int        // consecutive nights; 0 means 3
	Seed       uint64     // the same seed gives the same bytes
	FirstNight civil.Date // 0 means [DefaultFirstNight]
	Profile    Profile
	Product    string                // the product of every loan; "" means "default"
	Workers    int                   // files made at once; 0 means GOMAXPROCS; no effect on the bytes
	Progress   func(done, total int) // parts done of all parts; called by one goroutine at a time
}

func (o Options) withDefaults() Options {
	if o.Loans == 0 {
		o.Loans = 20_000
	}
	if o.Nights == 0 {
		o.Nights = 3
	}
	if o.FirstNight == 0 {
		o.FirstNight = DefaultFirstNight
	}
	if o.Product == "" {
		o.Product = "default"
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

func (o Options) check() error {
	switch {
	case o.Loans < 1 || o.Loans > LoansMax:
		return fmt.Errorf("a lender has 1 to %d loans, not %d", int64(LoansMax), o.Loans)
	case o.Nights < 1 || o.Nights > 3660:
		return fmt.Errorf("a lender has 1 to 3660 nights, not %d", o.Nights)
	case o.FirstNight < civil.Of(1970, 1, 1) || o.FirstNight > civil.Of(2200, 1, 1):
		return fmt.Errorf("the first night must be in the years 1970 to 2199, not %v", o.FirstNight)
	case int(o.Profile) >= len(profileNames):
		return fmt.Errorf("profile %d is unknown", o.Profile)
	}
	return nil
}

// Night returns the business date of a night, from 0.
func (o Options) Night(n int) civil.Date { return o.withDefaults().FirstNight + civil.Date(n) }

// Generate writes the inbox, one folder a night: dir/2026-11-23/*.parquet. A
// night's folder appears under its name when it is whole; one that is there
// already is an error.
func Generate(ctx context.Context, dir string, o Options) error {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return err
	}
	l := newLender(o)
	done, total := 0, 0
	for n := range o.Nights {
		total += len(l.parts(n))
	}
	step := func() {
		done++
		if o.Progress != nil {
			o.Progress(done, total)
		}
	}
	for n := range o.Nights {
		if err := l.writeNight(ctx, dir, n, step); err != nil {
			return fmt.Errorf("night %v: %w", l.nights[n].date, err)
		}
	}
	return nil
}

// writeNight makes the files of one night in a hidden folder, then gives the
// folder its name.
func (l *lender) writeNight(ctx context.Context, dir string, n int, step func()) error {
	final := filepath.Join(dir, l.nights[n].date.String())
	if _, err := os.Stat(final); !errors.Is(err, os.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s exists already", final)
		}
		return err
	}
	partial := filepath.Join(dir, "."+l.nights[n].date.String()+".partial")
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.MkdirAll(partial, 0o700); err != nil {
		return err
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.o.Workers)
	for _, p := range l.parts(n) {
		g.Go(reports.Guarded(func() error {
			if err := l.writePart(ctx, partial, p); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			step()
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := l.redeliver(dir, partial, n); err != nil {
		return err
	}
	return os.Rename(partial, final)
}
