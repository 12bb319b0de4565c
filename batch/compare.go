package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/whatif"
	"daybook/ledger/civil"
	"daybook/reports"
)

// A Comparison is a night that was computed twice, with the policy that it would be closed
// with and with another one, and what differs.
type Comparison struct {
	*whatif.Result
	Date     civil.Date
	Old, New ComparedPolicy
	Folder   string   // where the CSV files are; "": nowhere
	Notes    []string // what the figures do not say themselves
}

// A ComparedPolicy is the policy of one side.
type ComparedPolicy struct{ Name, Digest string }

// Compare computes a night twice and compares what comes of it: with the policy that
// [Close] would take without one, which is the book's that holds on the date, and the
// built-in one where there is no book; and with the policy of the options, as if it held
// from that night on. Nothing is committed, posted or published, and no byte in the book's
// folder changes: the book is open for reading only, and one that is not there is not made.
//
// Where Out is set, the tables are written as CSV into its folder [publish.CompareName], in
// the place of an older comparison and of nothing else. A policy that is effective from
// before the date is refused, as Close does; a night that is closed can't be compared.
func Compare(ctx context.Context, o Options) (_ *Comparison, err error) {
	if o = o.withDefaults(); o.Policy == nil {
		return nil, errors.New("a comparison needs a policy to compare with the one in force")
	}
	if o.Out != "" {
		if err := errors.Join(o.checkFolders(), publish.OutsideNights(o.Out)); err != nil {
			return nil, err
		}
	}
	var work *publish.Comparing
	err = publish.Waiting(ctx, o.LockTimeout, func() (err error) {
		work, err = publish.Compare(o.Out)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, work.Close()) }()
	var c *Comparison
	err = reports.Guarded(func() (err error) {
		c, err = compare(ctx, o, work)
		return err
	})()
	return c, err
}

func compare(ctx context.Context, o Options, work *publish.Comparing) (*Comparison, error) {
	c := &Comparison{Date: o.Date}
	with := *o.Policy
	if with.EffectiveFrom != civil.None && with.EffectiveFrom > o.Date {
		c.Notes = append(c.Notes, fmt.Sprintf("the policy %s is effective from %s; here it holds from %s on", with.Name, with.EffectiveFrom, o.Date))
		with.EffectiveFrom = civil.None
	}
	old, err := o.computeApart(ctx, work, "old", nil)
	if err != nil {
		return nil, err
	}
	now, err := o.computeApart(ctx, work, "new", &with)
	if order := new(OrderError); errors.As(err, &order) || errors.Is(err, errClosed) {
		return nil, errOvertaken // the night was open for the policy before
	}
	if err != nil {
		return nil, fmt.Errorf("with the policy %s: %w", with.Name, err)
	}
	if err := sameNight(old.Manifest, now.Manifest); err != nil {
		return nil, err
	}
	c.Old, c.New = comparedPolicy(old), comparedPolicy(now)
	results := ""
	if o.Out != "" {
		results = work.Results()
		if err := os.Mkdir(results, 0o700); err != nil {
			return nil, err
		}
	}
	c.Result, err = whatif.Compare(ctx, nightOf(work, "old", old), nightOf(work, "new", now), whatif.Options{
		Date: o.Date, Work: filepath.Join(work.Dir(), "sorted"), Results: results, Memory: o.Memory,
		Currencies: merged(now.policy.Currencies, old.policy.Currencies), Classes: classes(old.policy, now.policy),
	})
	if err != nil {
		return nil, err
	}
	for _, pack := range c.NewPacks {
		c.Notes = append(c.Notes, fmt.Sprintf("the book's own policy has no pack %s: its holds of whole borrowers begin tonight", pack))
	}
	c.Folder, err = work.Publish(&publish.Comparison{
		BusinessDate: o.Date, BookID: old.Manifest.BookID, Software: o.Software, OldPolicy: c.Old.Digest, NewPolicy: c.New.Digest, Outputs: c.Outputs,
	}, o.Shared || now.policy.Shared)
	return c, err
}

// computeApart computes the night with a policy and leaves it in a folder of the work.
func (o Options) computeApart(ctx context.Context, work *publish.Comparing, name string, p *policy.Policy) (*Summary, error) {
	o.Policy, o.Out, o.DryRun = p, filepath.Join(work.Dir(), "nights"), true
	if told := o.Progress; told != nil {
		o.Progress = func(stage string, done, total int64) { told(name+" policy: "+stage, done, total) }
	}
	s, err := closeRun(ctx, &run{o: o, clock: time.Now(), apart: &apart{dir: work.Dir(), night: filepath.Join(work.Dir(), name)}})
	if err == nil && s.Again {
		return nil, fmt.Errorf("%s %w: only a night that is not closed yet can be computed with another policy", o.Date, errClosed)
	}
	return s, err
}

var (
	errClosed    = errors.New("is closed")
	errOvertaken = errors.New("another run closed a night of the book meanwhile: compare again, with the date and the files of the next night")
)

// sameNight reports that the book or the files changed between the two nights.
func sameNight(old, now *reports.Manifest) error {
	if old.PreviousJournalRoot != now.PreviousJournalRoot {
		return errOvertaken
	}
	same := func(a, b reports.Input) bool { return a.Path == b.Path && a.SHA256 == b.SHA256 }
	if !slices.EqualFunc(old.Inputs, now.Inputs, same) {
		return errors.New("the files of the inbox changed meanwhile: compare again once they are all there")
	}
	return nil
}

func comparedPolicy(s *Summary) ComparedPolicy {
	return ComparedPolicy{Name: s.policy.Name, Digest: hexOf(s.policy.Digest)}
}

func nightOf(work *publish.Comparing, name string, s *Summary) whatif.Night {
	return whatif.Night{Folder: filepath.Join(work.Dir(), name), Tables: s.tables, Page: s.Page}
}

// classes are the names of the classes of each pack in their order, those of the old policy
// first.
func classes(old, now *policy.Policy) map[string][]string {
	list := map[string][]string{
		"classification": merged(old.Aging.Tiers.Names(), now.Aging.Tiers.Names()),
		"stage":          merged(old.Aging.Stages.Names(), now.Aging.Stages.Names()),
	}
	for _, p := range append(slices.Clone(old.Packs), now.Packs...) {
		list[p.Name] = merged(list[p.Name], p.ClassNames())
		if p.Fills != "" {
			list[p.Fills] = merged(list[p.Fills], p.ClassNames())
		}
	}
	return list
}

// merged are the names of one list, and those of another that it has not.
func merged(first, second []string) []string {
	list := slices.Clone(first)
	for _, name := range second {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
