package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"daybook/bench/portfolio"
	"daybook/ledger/civil"

	"github.com/spf13/cobra"
)

type generateFlags struct {
	out, profile           string
	loans, nights, workers int
	seed                   uint64
	firstNight             dateFlag
}

func (a *app) generateCommand() *cobra.Command {
	f := generateFlags{firstNight: dateFlag{portfolio.DefaultFirstNight}}
	c := a.worker(cobra.Command{
		Use:   "generate --out DIR [--loans N] [--nights K] [--seed S]",
		Short: "Make the files of a synthetic lender, one folder a night",
		Long: `Generate makes a realistic lender of any size: borrowers with several loans,
products with different terms, payers who are early, late, partial, double and
gone, and reversals, in files as payment channels deliver them. The same seed
gives the same bytes.

The profile retail has every kind of term; ordinary and everyone are those of
the benchmark: a night on which about 5 % of the loans pay, and one on which
each of them does.`,
		Example: `  daybook generate --out inbox --loans 100000 --nights 3 --seed 7`,
	}, func(ctx context.Context, _ []string) error { return a.generate(ctx, &f) })
	c.Flags().StringVar(&f.out, "out", "", "folder for the nights' folders; it must be empty or not exist")
	c.Flags().IntVar(&f.loans, "loans", 20_000, "loans of the first night")
	c.Flags().IntVar(&f.nights, "nights", 3, "consecutive nights")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what everything follows from")
	c.Flags().Var(&f.firstNight, "first-night", "business date of the first night")
	c.Flags().StringVar(&f.profile, "profile", "retail", "retail, ordinary or everyone")
	c.Flags().IntVar(&f.workers, "workers", 0, "files made at once (default: one a processor); the bytes do not depend on it")
	complete(c, "profile", []string{"retail", "ordinary", "everyone"})
	completeFolders(c, "out")
	return must(a.json(c), "out")
}

// generatedJSON is what generate --json prints.
type generatedJSON struct {
	Out     string       `json:"out"`
	Loans   int          `json:"loans"`
	Seed    uint64       `json:"seed"`
	Profile string       `json:"profile"`
	Nights  []nightFiles `json:"nights"`
}

type nightFiles struct {
	BusinessDate civil.Date `json:"business_date"`
	Folder       string     `json:"folder"`
	Files        int        `json:"files"`
	Bytes        int64      `json:"bytes"`
}

func (a *app) generate(ctx context.Context, f *generateFlags) error {
	profile, err := portfolio.ParseProfile(f.profile)
	if err != nil {
		return wrongUsage("", "%w", err)
	}
	switch {
	case f.loans < 1 || f.loans > portfolio.LoansMax:
		return wrongUsage("", "--loans must be 1 to %d", int64(portfolio.LoansMax))
	case f.nights < 1 || f.nights > 3660:
		return wrongUsage("", "--nights must be 1 to 3660")
	}
	o := portfolio.Options{
		Loans: f.loans, Nights: f.nights, Seed: f.seed, FirstNight: f.firstNight.Date, Profile: profile, Workers: f.workers,
	}
	if err := a.generateInto(ctx, f.out, o); err != nil {
		return err
	}
	v := generatedJSON{Out: f.out, Loans: f.loans, Seed: f.seed, Profile: f.profile}
	for i := range f.nights {
		n, err := filesOf(filepath.Join(f.out, o.Night(i).String()))
		if err != nil {
			return err
		}
		n.BusinessDate = o.Night(i)
		v.Nights = append(v.Nights, n)
	}
	a.print(v, func() {
		for _, n := range v.Nights {
			a.printf("%s: %s, %s: %s\n", n.BusinessDate, plural(n.Files, "file"), sizeText(n.Bytes), n.Folder)
		}
	})
	return nil
}

// generateInto fills an empty folder; a failure leaves it empty again.
func (a *app) generateInto(ctx context.Context, dir string, o portfolio.Options) error {
	if err := apart(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	missing := errors.Is(err, os.ErrNotExist)
	switch {
	case err != nil && !missing:
		return err
	case len(entries) > 0:
		return failed("name a new folder, or empty this one", "%s is not empty", dir)
	}
	m := a.meter("generate")
	defer m.close()
	o.Progress = func(done, total int) { m.report("write", int64(done), int64(total)) }
	err = portfolio.Generate(ctx, dir, o)
	if err == nil {
		return nil
	}
	for i := range o.Nights {
		night := o.Night(i).String()
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, night)), os.RemoveAll(filepath.Join(dir, "."+night+".partial")))
	}
	if missing {
		if gone := os.Remove(dir); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if errors.Is(err, context.Canceled) {
		return stopped("nothing was generated")
	}
	return err
}

// filesOf counts the files of a night.
func filesOf(folder string) (n nightFiles, err error) {
	n.Folder = folder
	entries, err := os.ReadDir(folder)
	if err != nil {
		return n, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".parquet") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return n, err
		}
		n.Files++
		n.Bytes += info.Size()
	}
	return n, nil
}
