package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/meet"
	"daybook/batch/rows"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/spill"

	"golang.org/x/sync/errgroup"
)

// A tally counts what became of one file's rows and of the money in them, in
// units of the policy's scale.
type tally struct{ in, applied, duplicates, rejected, held measure }

type measure struct {
	rows, amount int64
	over         bool // the amount has left 63 bits
}

func (m *measure) add(amount int64) { m.merge(measure{rows: 1, amount: amount}) }

func (m *measure) merge(o measure) {
	sum := m.amount + o.amount
	m.over = m.over || o.over || (m.amount^sum)&(o.amount^sum) < 0
	m.rows, m.amount = m.rows+o.rows, sum
}

func (t *tally) merge(o *tally) {
	t.in.merge(o.in)
	t.applied.merge(o.applied)
	t.duplicates.merge(o.duplicates)
	t.rejected.merge(o.rejected)
	t.held.merge(o.held)
}

// A reader is one worker of the reading phase.
type reader struct {
	n       *taken
	out     *rows.Writer
	in      intake.Reader
	people  *meet.Writer
	tallies []tally // by file
	rejects rejecter
	regions map[string]bool // new ones
	unknown map[int]int64   // rows of flags that no rule asks for, by file
	row     []byte
	origin  ledger.Origin // scratch
	newest  civil.Date    // value date not after tonight
	soonest civil.Date    // value date after tonight
}

// see notes a row's value date, whatever becomes of the row, for a book's first night:
// see guardFirst.
func (r *reader) see(in *intake.Rows, i, column int) {
	c := &in.Columns[column]
	if r.n.last != nil || c.IsNull(i) || in.Fault[i] != loan.OK && int(in.FaultColumn[i]) == column {
		return
	}
	switch d := dateAt(c, i); {
	case d <= r.n.o.Date:
		r.newest = max(r.newest, d)
	case r.soonest == civil.None || d < r.soonest:
		r.soonest = d
	}
}

// A taken is the rows of the night's files on their way to their partitions, what
// became of those that are not even events, and what was decided before any other.
type taken struct {
	*plan
	decided
	scatter      *rows.Scatter
	partBudget   int64           // bytes of rows that one worker may sort at once
	tallies      []tally         // by file
	rejects      *spill.Sorter   // rows that can't be applied
	holds        *spill.Sorter   // money that was refused tonight
	returns      *spill.Sorter   // held money that goes back to its payer tonight
	watched      *spill.Sorter   // rows of the watchlist
	reAged       *spill.Sorter   // measures of open-end loans that are exceptions
	people       *meet.Gathering // what goes to the pass by borrower
	unknownFlags map[int]int64   // rows of flags that no rule asks for, by file
	specialsMu   sync.Mutex      // while files are read
	specials     []special
	packFlags    *book.Flagged // of borrowers, that packs read
	months       *months       // nil on a night without a month base
	observed     *spill.Sorter // how loans went that had a score a year before the base; nil where none are watched
	bureau       *bureauNight  // nil on a night without a file for the bureaus
}

// read takes the rows of every file.
func (n *plan) read(ctx context.Context) (*taken, error) {
	t := n.take()
	return t, t.read(ctx)
}

// read scatters the rows of every file over the partitions, row groups in
// parallel, and says what became of the rows that are not even events.
func (n *taken) read(ctx context.Context) error {
	type task struct{ file, group int }
	var tasks []task
	for i, f := range n.inbox.Files {
		for g := range f.Groups {
			tasks = append(tasks, task{i, g})
		}
	}
	g, reading := errgroup.WithContext(ctx)
	var next atomic.Int64
	readers := make([]reader, n.workers())
	for w := range readers {
		r := &readers[w]
		*r = reader{
			n: n, out: n.scatter.Writer(len(readers)), people: n.people.Writer(len(readers)), tallies: make([]tally, len(n.inbox.Files)), regions: map[string]bool{}, unknown: map[int]int64{},
			rejects: rejecter{w: n.rejects.Writer(len(readers))}, newest: civil.None, soonest: civil.None,
		}
		g.Go(reports.Guarded(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return errors.Join(r.out.Flush(), r.people.Close(), r.rejects.flush())
				}
				if err := reading.Err(); err != nil {
					return err
				}
				f := n.inbox.Files[tasks[i].file]
				if err := r.in.ReadGroup(f, tasks[i].group, r.batch); err != nil {
					return err
				}
				n.progress("read", int64(i+1), int64(len(tasks)))
			}
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	n.lend()
	var regions []string
	newest, soonest := civil.None, civil.None
	for w := range readers {
		r := &readers[w]
		newest = max(newest, r.newest)
		if soonest == civil.None || r.soonest != civil.None && r.soonest < soonest {
			soonest = r.soonest
		}
		for i := range r.tallies {
			n.tallies[i].merge(&r.tallies[i])
		}
		for file, rows := range r.unknown {
			n.unknownFlags[file] += rows
		}
		for name := range r.regions {
			regions = append(regions, name)
		}
	}
	if err := n.guardFirst(newest, soonest); err != nil {
		return err
	}
	if err := n.checkAmounts(); err != nil {
		return err
	}
	if err := n.decideSpecials(ctx); err != nil {
		return err
	}
	slices.Sort(regions)
	return n.names.AddRegions(slices.Compact(regions))
}

// nightAmountMax bounds what the rows of one night may come to, in units of the
// policy's scale: far more than any lender has, and far from where sums overflow.
const nightAmountMax = 1 << 61

// checkAmounts refuses files whose amounts add up to more than totals can hold.
func (n *taken) checkAmounts() error {
	var all measure
	for i := range n.tallies {
		all.merge(n.tallies[i].in)
		if all.over || all.amount > nightAmountMax || all.amount < -nightAmountMax {
			return fmt.Errorf("file %s: with its rows the night's amounts come to more than %s, which no total can hold: correct or split it",
				n.inbox.Files[i].Name, reports.Decimal(nightAmountMax, n.policy.Scale, n.policy.Digits()))
		}
	}
	return nil
}

// batch scatters one batch of rows.
func (r *reader) batch(in *intake.Rows) error {
	switch in.Kind {
	case intake.Loans:
		return r.loans(in)
	case intake.Schedules:
		return r.schedules(in)
	case intake.Repayments:
		return r.repayments(in)
	case intake.Adjustments:
		return r.adjustments(in)
	case intake.Borrowers:
		return r.borrowerRows(in)
	case intake.Contacts:
		return r.contactRows(in)
	case intake.Flags:
		return r.flagRows(in)
	}
	return fmt.Errorf("file %s: kind %s is not read by the night", in.File.Name, in.Kind)
}

// reject puts a row among the rejects.
func (r *reader) reject(in *intake.Rows, i int, reason loan.Reason, amount int64) {
	r.tallies[in.File.Index].rejected.add(amount)
	r.rejects.add(reject{file: uint16(in.File.Index), reason: reason, num: in.First + int64(i), amount: amount})
}

// each calls do with the number of each row of a batch that can be read, and whose
// amounts no total counts. A row is rejected for the reason that do returns.
func (r *reader) each(in *intake.Rows, do func(i int) (loan.Reason, error)) error {
	for i := range in.N {
		r.tallies[in.File.Index].in.add(0)
		reason := in.Fault[i]
		if reason == loan.OK {
			var err error
			if reason, err = do(i); err != nil {
				return err
			}
		}
		if reason != loan.OK {
			r.reject(in, i, reason, 0)
		}
	}
	return nil
}

// start begins the row of a batch's row i for a loan.
func (r *reader) start(in *intake.Rows, i int, kind rows.Kind, id []byte) (hash uint64) {
	hash = store.Hash(id)
	r.row = rows.AppendHead(r.row[:0], hash, id, kind, in.File.Index, in.First+int64(i))
	return hash
}

// atScale brings an amount to the policy's scale, for the control totals.
func (n *plan) atScale(c *intake.Column, i int, currency int) int64 {
	stated := money.Stated{Value: intAt(c, i, 0), Minor: c.Minor}
	if currency < 0 || currency >= len(n.rules.Scale) {
		return stated.Value // of no currency that is known
	}
	return stated.AtScale(n.rules.Scale[currency])
}

func (r *reader) repayments(in *intake.Rows) error {
	ids, loans := &in.Columns[intake.RepaymentsRepaymentID], &in.Columns[intake.RepaymentsLoanID]
	dates, amounts := &in.Columns[intake.RepaymentsValueDate], &in.Columns[intake.RepaymentsAmount]
	currencies := &in.Columns[intake.RepaymentsCurrency]
	channels, references := &in.Columns[intake.RepaymentsChannel], &in.Columns[intake.RepaymentsReference]
	total := &r.tallies[in.File.Index]
	for i := range in.N {
		currency := r.n.names.Currency(currencies.Text(i))
		amount := r.n.atScale(amounts, i, currency)
		if in.Fault[i] == loan.AmountOverflow || in.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		total.in.add(amount)
		r.see(in, i, intake.RepaymentsValueDate)
		switch {
		case in.Fault[i] != loan.OK:
			r.reject(in, i, in.Fault[i], amount)
			continue
		case currency < 0:
			r.reject(in, i, loan.WrongCurrency, amount)
			continue
		case amounts.Int[i] <= 0:
			r.reject(in, i, loan.AmountNotPositive, amount)
			continue
		}
		hash := r.start(in, i, rows.EventRow, loans.Text(i))
		var origin *ledger.Origin
		if r.n.policy.Reconciliation.Stated {
			if origin = &r.origin; !origin.Set(channels.Text(i), references.Text(i)) {
				origin = nil
			}
		}
		r.row = rows.AppendRepayment(r.row, byte(currency), dateAt(dates, i), amounts.Int[i], amounts.Minor, ids.Text(i), origin)
		if err := r.out.Add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}
