// Package reconcile ties the bank's statements to the ledger's cash. It reads what lies
// in a folder, matches it with the cash items of the closed nights, keeps lines, items and
// matches in the book under keys of its own, and publishes what was tied and what was not.
// It posts nothing to the ledger, and it changes nothing of a night.
//
// A match is final for later runs. The same date may be run again: with the same files
// nothing changes, and the same bytes are published; with further files what is open is
// matched again.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// Options are what a run is given.
type Options struct {
	In       string     // folder of the bank's files
	Out      string     // output folder
	Date     civil.Date // a closed night
	Workers  int        // files and partitions read at once; 0 means as many as there are processors
	DryRun   bool       // nothing is stored or published
	Strict   bool       // nothing is stored above the policy's threshold
	Shared   bool       // the folder's group may read what is published
	Software string
	// Boundary is called where a run may be stopped, in tests.
	Boundary func(name string)
}

// A Result is what a run came to.
type Result struct {
	Date       civil.Date
	Folder     string // published; "" on a dry run
	Again      bool   // nothing was new: what was there is published again
	Above      bool   // breaks above the policy's threshold
	Stored     bool
	Summary    []Currency
	Breaks     []BreakCount // by kind
	Files      []ReadFile
	PassedOver []string // entries of the folder that are other commands'
	Matches    int      // of the date
}

// A ReadFile is a file that was read.
type ReadFile struct {
	Path       string `json:"path"`
	Kind       string `json:"kind"`
	SHA256     string `json:"sha256"`
	Bytes      int64  `json:"bytes"`
	Statements int    `json:"statements"`
	Lines      int    `json:"lines"`
}

// A BreakCount is how many breaks of a kind there are on a side.
type BreakCount struct {
	Side  string `json:"side"`
	Kind  string `json:"break_kind"`
	Count int    `json:"breaks"`
}

// An OrderError says that a date can't be reconciled after another.
type OrderError struct{ Date, Last civil.Date }

func (e *OrderError) Error() string {
	return fmt.Sprintf("%s can't be reconciled: %s already is, and its matches are final", e.Date, e.Last)
}

// An UntiedError says that the identity fails: a fault of the program. Nothing is stored.
type UntiedError struct {
	Currency   string
	Difference string
}

func (e *UntiedError) Error() string {
	return fmt.Sprintf("internal error: book and bank are off by %s %s that no open item explains; nothing was stored", e.Difference, e.Currency)
}

// AboveError says that a strict run found breaks above the policy's threshold: nothing is stored.
type AboveError struct{ What string }

func (e *AboveError) Error() string { return e.What + "; nothing was stored" }

// A run is one date's reconciliation under way.
type run struct {
	o        Options
	book     *store.Book
	view     *book.View
	policy   *policy.Reconciliation
	bookID   string
	state    *state
	files    []ReadFile
	passed   []string
	match    *match.Run
	manual   []manualRow
	newLines []match.BankLine
	nothing  bool               // nothing is new
	returns  map[int]suggestion // by line
}

// Run reconciles a date. The book is open for writing, or, on a dry run, for reading.
func Run(ctx context.Context, b *store.Book, o Options) (*Result, error) {
	r := &run{o: o, book: b}
	if r.o.Boundary == nil {
		r.o.Boundary = func(string) {}
	}
	if r.o.Workers <= 0 {
		r.o.Workers = runtime.GOMAXPROCS(0)
	}
	var err error
	if r.view, err = book.At(b, o.Date); err != nil {
		return nil, err
	}
	if r.bookID, err = book.ID(b); err != nil {
		return nil, err
	}
	r.policy = &r.view.Policy.Reconciliation
	if r.state, err = load(b); err != nil {
		return nil, err
	}
	if r.state.Date != civil.None && o.Date < r.state.Date {
		return nil, &OrderError{o.Date, r.state.Date}
	}
	if r.state.Date != civil.None && r.state.From != r.policy.From {
		return nil, &policyChangedError{r.state.From, r.policy.From}
	}
	if r.state.Date != o.Date {
		r.state.begin(o.Date, r.policy.From)
	}
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	if err := r.tie(ctx); err != nil {
		return nil, err
	}
	return r.finish(ctx)
}

// take reads the bank's files and gathers the ledger's cash, side by side.
func (r *run) take(ctx context.Context) error {
	var files []*input
	var nights [][]part
	g, reading := errgroup.WithContext(ctx)
	g.Go(reports.Guarded(func() (err error) {
		files, err = r.read(reading)
		return err
	}))
	g.Go(reports.Guarded(func() (err error) {
		nights, err = r.gather(reading)
		return err
	}))
	if err := g.Wait(); err != nil {
		return err
	}
	r.note(files)
	if err := r.undo(); err != nil {
		return err
	}
	r.collect(nights)
	return nil
}

type policyChangedError struct{ was, is civil.Date }

func (e *policyChangedError) Error() string {
	return fmt.Sprintf("reconciliation.from was %s when the book was first reconciled and is %s now: cash that was looked for can't be forgotten; state it as it was",
		dateOr(e.was, "not stated"), dateOr(e.is, "not stated"))
}

func dateOr(d civil.Date, none string) string {
	if d == civil.None {
		return none
	}
	return d.String()
}

// tie matches what is open.
func (r *run) tie(ctx context.Context) error {
	digits := func(currency string) int {
		n, ok := money.Digits(currency)
		if !ok {
			panic("reconcile: internal error: no currency " + currency)
		}
		return n
	}
	lines := r.newLines
	if len(r.state.lines) > 0 {
		lines = slices.Concat(r.state.lines, r.newLines)
	}
	r.match = match.Begin(r.o.Date, &r.policy.Rules, lines, r.state.items, digits, r.state.groups())
	if r.nothing {
		// The same files: what is open was tried, and stays as it was found.
		r.match.Rest()
	} else {
		if err := r.tieByHand(); err != nil {
			return err
		}
		r.match.Refer()
	}
	past, err := r.past(r.match.Asks())
	if err != nil {
		return err
	}
	r.match.Finish(past)
	loans, err := r.loansNamed(ctx, r.match.LoanAsks())
	if err != nil {
		return err
	}
	r.match.Name(loans)
	return r.suggestReturns()
}

// finish adds tonight's matches to the state, proves the identity, writes, stores and publishes.
func (r *run) finish(ctx context.Context) (_ *Result, err error) {
	r.state.take(r)
	r.match.Forget()
	t, err := r.tables()
	if err != nil {
		return nil, err
	}
	for i := range t.summary {
		if c := &t.summary[i]; !c.Tied {
			return nil, &UntiedError{c.Currency, c.Difference}
		}
	}
	out := &Result{Date: r.o.Date, Again: r.nothing, Summary: t.summary, Breaks: t.counts, Files: r.files, PassedOver: r.passed, Matches: len(r.state.matches)}
	above := t.above(&r.policy.Threshold)
	out.Above = above != ""
	if out.Above && r.o.Strict {
		return out, &AboveError{above}
	}
	if r.o.DryRun {
		return out, nil
	}
	// What can't be published is not stored either: an output folder that is full, guarded or
	// another run's leaves the book as it was.
	folio, m, err := r.stage(t)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folio.Close()) }()
	r.o.Boundary("written")
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.o.Boundary("before_store")
	if !r.nothing {
		if err := r.state.store(r.book); err != nil {
			return nil, err
		}
	}
	out.Stored = true
	r.o.Boundary("stored")
	out.Folder, err = folio.Publish(&m.Manifest, m.bytes, r.o.Shared)
	return out, err
}

// A Currency is the identity in one currency, amounts as decimals.
type Currency struct {
	Currency             string `json:"currency"`
	GLAccount            string `json:"gl_account"`
	GLBalance            string `json:"gl_balance"`
	GLBefore             string `json:"gl_before"`
	BankOpening          string `json:"bank_opening"`
	BankBalance          string `json:"bank_balance"`
	StatementGaps        string `json:"statement_gaps"`
	StatementDifferences string `json:"statement_differences"`
	OutstandingLedger    string `json:"outstanding_ledger"`
	UnmatchedBank        string `json:"unmatched_bank"`
	Fees                 string `json:"fees"`
	Differences          string `json:"differences"`
	Explained            string `json:"explained"`
	Difference           string `json:"difference"`
	Tied                 bool   `json:"tied"`
	Counts
}

// Counts are how much there is of a currency, over all runs.
type Counts struct {
	Statements    int64 `json:"statements"`
	Duplicates    int64 `json:"duplicates"`
	Lines         int64 `json:"lines"`
	MatchedLines  int64 `json:"matched_lines"`
	SuspenseLines int64 `json:"suspense_lines"`
	BreakLines    int64 `json:"break_lines"`
	Items         int64 `json:"items"`
	MatchedItems  int64 `json:"matched_items"`
	BreakItems    int64 `json:"break_items"`
}

// records of a state are written in values of about this size.
const valueBytes = 256 << 10
