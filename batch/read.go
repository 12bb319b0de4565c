package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"

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
	n       *closing
	out     *scatterer
	in      intake.Reader
	tallies []tally // by file
	rejects rejecter
	regions map[string]bool // new ones
	row     []byte
	newest  civil.Date // value date not after tonight
	soonest civil.Date // value date after tonight
}

// see notes a row's value date, whatever becomes of the row, for a book's first night:
// see guardFirst.
func (r *reader) see(rows *intake.Rows, i, column int) {
	c := &rows.Columns[column]
	if r.n.last != nil || c.IsNull(i) || rows.Fault[i] != loan.OK && int(rows.FaultColumn[i]) == column {
		return
	}
	switch d := dateAt(c, i); {
	case d <= r.n.o.Date:
		r.newest = max(r.newest, d)
	case r.soonest == civil.None || d < r.soonest:
		r.soonest = d
	}
}

// read scatters the rows of every file over the partitions, row groups in
// parallel, and says what became of the rows that are not even events.
func (n *closing) read(ctx context.Context) error {
	type task struct{ file, group int }
	var tasks []task
	for i, f := range n.inbox.Files {
		if f.Kind == intake.Borrowers || f.Kind == intake.Contacts || f.Kind == intake.Flags {
			continue
		}
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
			n: n, out: n.scatter.writer(len(readers)), tallies: make([]tally, len(n.inbox.Files)), regions: map[string]bool{},
			rejects: rejecter{w: n.rejects.Writer(len(readers))}, newest: civil.None, soonest: civil.None,
		}
		g.Go(reports.Guarded(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return errors.Join(r.out.flush(), r.rejects.flush())
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
	return n.names.addRegions(slices.Compact(regions))
}

// nightAmountMax bounds what the rows of one night may come to, in units of the
// policy's scale: far more than any lender has, and far from where sums overflow.
const nightAmountMax = 1 << 61

// checkAmounts refuses files whose amounts add up to more than totals can hold.
func (n *closing) checkAmounts() error {
	var all measure
	for i := range n.tallies {
		all.merge(n.tallies[i].in)
		if all.over || all.amount > nightAmountMax || all.amount < -nightAmountMax {
			return fmt.Errorf("file %s: with its rows the night's amounts come to more than %s, which no total can hold: correct or split it",
				n.inbox.Files[i].Name, reports.Decimal(nightAmountMax, n.policy.Scale))
		}
	}
	return nil
}

// batch scatters one batch of rows.
func (r *reader) batch(rows *intake.Rows) error {
	switch rows.Kind {
	case intake.Loans:
		return r.loans(rows)
	case intake.Schedules:
		return r.schedules(rows)
	case intake.Repayments:
		return r.repayments(rows)
	case intake.Adjustments:
		return r.adjustments(rows)
	}
	return fmt.Errorf("file %s: kind %s is not read by the night", rows.File.Name, rows.Kind)
}

// reject puts a row among the rejects.
func (r *reader) reject(rows *intake.Rows, i int, reason loan.Reason, amount int64) {
	r.tallies[rows.File.Index].rejected.add(amount)
	r.rejects.add(reject{file: uint16(rows.File.Index), reason: reason, num: rows.First + int64(i), amount: amount})
}

// start begins the row of a batch's row i for a loan.
func (r *reader) start(rows *intake.Rows, i int, kind rowKind, id []byte) (hash uint64) {
	hash = store.Hash(id)
	r.row = appendHead(r.row[:0], hash, id, kind, rows.File.Index, rows.First+int64(i))
	return hash
}

// atScale brings an amount to the policy's scale, for the control totals.
func (n *closing) atScale(c *intake.Column, i int, currency int) int64 {
	stated := money.Stated{Value: intAt(c, i, 0), Minor: c.Minor}
	if currency < 0 || currency >= len(n.rules.Scale) {
		return stated.Value // of no currency that is known
	}
	return stated.AtScale(n.rules.Scale[currency])
}

func (r *reader) repayments(rows *intake.Rows) error {
	ids, loans := &rows.Columns[intake.RepaymentsRepaymentID], &rows.Columns[intake.RepaymentsLoanID]
	dates, amounts := &rows.Columns[intake.RepaymentsValueDate], &rows.Columns[intake.RepaymentsAmount]
	currencies := &rows.Columns[intake.RepaymentsCurrency]
	total := &r.tallies[rows.File.Index]
	for i := range rows.N {
		currency := r.n.names.currency(currencies.Text(i))
		amount := r.n.atScale(amounts, i, currency)
		if rows.Fault[i] == loan.AmountOverflow || rows.Fault[i] == loan.AmountPrecision {
			amount = 0
		}
		total.in.add(amount)
		r.see(rows, i, intake.RepaymentsValueDate)
		switch {
		case rows.Fault[i] != loan.OK:
			r.reject(rows, i, rows.Fault[i], amount)
			continue
		case currency < 0:
			r.reject(rows, i, loan.WrongCurrency, amount)
			continue
		case amounts.Int[i] <= 0:
			r.reject(rows, i, loan.AmountNotPositive, amount)
			continue
		}
		hash := r.start(rows, i, eventRow, loans.Text(i))
		r.row = appendRepayment(r.row, byte(currency), dateAt(dates, i), amounts.Int[i], amounts.Minor, ids.Text(i))
		if err := r.out.add(hash, r.row); err != nil {
			return err
		}
	}
	return nil
}
