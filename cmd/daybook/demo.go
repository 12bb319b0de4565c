package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daybook/batch"
	"daybook/batch/lookup"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/spf13/cobra"
)

type demoFlags struct {
	dir           string
	loans, nights int
	lockTimeout   waitFlag
	seed          uint64
}

func (a *app) demoCommand() *cobra.Command {
	var f demoFlags
	c := a.worker(cobra.Command{
		Use:   "demo [--dir DIR]",
		Short: "Make a small lender, close three nights, show what comes out",
		Long: `Demo makes a synthetic lender, closes its first nights one after the other, and
prints each night: the control totals, the ageing table, the trial balance, the
slowest stages, and where the reports lie. It is the first thing to run.

DIR gets an inbox, a book and the outputs; it is a new temporary folder unless
you name one. A demo that was stopped goes on when it is run again on its DIR.`,
		Example: "  daybook demo\n  daybook demo --dir /tmp/lender --loans 100000",
	}, func(ctx context.Context, _ []string) error { return a.demo(ctx, &f) })
	c.Flags().StringVar(&f.dir, "dir", "", "folder for the lender (default: a new temporary one)")
	c.Flags().IntVar(&f.loans, "loans", 20_000, "loans of the first night")
	c.Flags().IntVar(&f.nights, "nights", 3, "nights to close")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what the lender follows from")
	f.lockTimeout.add(c)
	completeFolders(c, "dir")
	return a.json(c)
}

// demoJSON is what demo --json prints.
type demoJSON struct {
	Inbox  string      `json:"inbox"`
	Book   string      `json:"book"`
	Out    string      `json:"out"`
	Nights []demoNight `json:"nights"`
}

type demoNight struct {
	BusinessDate  civil.Date `json:"business_date"`
	AlreadyClosed bool       `json:"already_closed"`
	Folder        string     `json:"folder"`
	Attention     *attention `json:"attention"` // null where an earlier run closed it
}

func (a *app) demo(ctx context.Context, f *demoFlags) error {
	switch {
	case f.loans < 1 || f.loans > portfolio.LoansMax:
		return wrongUsage("", "--loans must be 1 to %d", int64(portfolio.LoansMax))
	case f.nights < 1 || f.nights > 3660:
		return wrongUsage("", "--nights must be 1 to 3660")
	}
	p, err := takePlace(f)
	if err != nil {
		return err
	}
	a.log().Info("demo in " + p.dir)
	if err := a.demoFiles(ctx, p); err != nil {
		return err
	}
	memory := memoryDefault
	memory.limit()
	o, v := p.portfolio(), demoJSON{Inbox: p.inbox(), Book: p.book(), Out: p.out(), Nights: []demoNight{}}
	for i := range p.Nights {
		date := o.Night(i)
		s, err := a.closeNight(ctx, batch.Options{
			Book: p.book(), In: filepath.Join(p.inbox(), date.String()), Out: p.out(), Date: date, Memory: int64(memory),
			LockTimeout: time.Duration(f.lockTimeout),
		})
		var order *batch.OrderError
		errors.As(err, &order)
		switch {
		case order != nil && order.Same:
			return failed("move "+filepath.Join(p.inbox(), date.String())+" away: the demo then makes it again as it was", "%w", err)
		case order != nil: // an earlier run closed it
			s = &batch.Summary{Folder: filepath.Join(p.out(), date.String())}
		case err != nil:
			return err
		}
		if !exists(s.Folder) {
			a.log().Warn("the folder of " + date.String() + " is gone: " + invocation() + " report --book " + p.book() + " --date " + date.String() + " --out " + p.out() + " brings back what the book keeps of it")
		}
		n := demoNight{BusinessDate: date, AlreadyClosed: s.Page == nil, Folder: s.Folder}
		if s.Manifest != nil {
			seen := attentionOf(s)
			n.Attention = &seen
		}
		v.Nights = append(v.Nights, n)
		if !a.asJSON {
			a.printDemoNight(s, date)
			a.out.flush() // the next one takes a while
		}
	}
	return a.printDemoEnd(p, v)
}

func (a *app) printDemoNight(s *batch.Summary, date civil.Date) {
	if s.Page == nil {
		a.printf("Night of %s: closed by an earlier run of this demo\nreports: %s\n\n", date, s.Folder)
		return
	}
	reports.Summary(&a.out.text, s.Page) // to memory
	a.printf("%s: %s\n\n%s\n\n", date, attentionOf(s), strings.Repeat("═", 79))
}

// printDemoEnd says where everything lies and what to try next.
func (a *app) printDemoEnd(p *demoPlace, v demoJSON) error {
	o := p.portfolio()
	last := o.Night(p.Nights - 1)
	self := invocation()
	id, err := someLateLoan(p.book())
	if err != nil {
		return err
	}
	a.print(v, func() {
		a.printf(`%s closed, the last on %s
  inbox    %s
  book     %s
  outputs  %s
  page     %s

try next:
  %s show loan %s --book %s
  %s explain %s --book %s
  %s trial-balance --book %s
  %s verify --book %s
`, plural(p.Nights, "night"), last, p.inbox(), p.book(), p.out(), filepath.Join(p.out(), last.String(), "report.html"),
			self, id, p.book(), self, id, p.book(), self, p.book(), self, p.book())
	})
	return nil
}

// someLateLoan returns a loan that is worth looking at: a month or two past due
// and with a payment, or else the first.
func someLateLoan(book string) (id string, err error) {
	found := errors.New("found")
	err = look(book, func(r *lookup.Reader) error {
		return r.EachTape(context.Background(), func(columns []reports.Column) error {
			at := func(name string) *reports.Column {
				return &columns[slices.IndexFunc(columns, func(c reports.Column) bool { return c.Name == name })]
			}
			loans, late, paid := at("loan_id"), at("days_past_due"), at("last_paid_on")
			for i := range loans.Len() {
				if n := late.Counts[i]; id == "" || n > 30 && n < 90 && !paid.Null(i) {
					id = string(loans.Texts.Row(i))
					if n > 30 {
						return found
					}
				}
			}
			return nil
		})
	})
	if errors.Is(err, found) {
		err = nil
	}
	return id, err
}

// invocation returns what to type to run this program again: as it was typed, so that one beside the reader is found.
func invocation() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/daybook"
	}
	return os.Args[0]
}
