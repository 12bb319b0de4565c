package batch

import (
	"context"
	"errors"
	"path/filepath"

	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger/loan"
	"daybook/reports"
	"daybook/reports/lists"
	"daybook/reports/spill"
)

// writeWatchlist writes the loans that are not late and whose score fell.
func (n *met) writeWatchlist(ctx context.Context, _ *reports.Page) ([]reports.Output, error) {
	words := n.names.DictionariesAt(n.policies, n.o.Date)
	return lists.WriteWatchlist(ctx, filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, &words, n.policy.Scale, n.watched)
}

// listReAges lists the measures of an open-end loan that are exceptions. All that ever happened to
// it is read for that: only loans with a measure of the month are looked at. It comes before
// tonight's events are entered.
func (p *part) listReAges(key loanKey, in *night.Input, r *night.Result) error {
	past, err := p.pastOf(in)
	if err != nil {
		return err
	}
	events := make([]*loan.Event, 0, len(past.Events)+len(r.Applied))
	for i := range past.Events {
		events = append(events, &past.Events[i])
	}
	for _, i := range r.Applied {
		events = append(events, &p.events[i])
	}
	for _, a := range night.ReAges(events, p.loan.Terms.DisbursedOn, p.n.o.Date) {
		p.blob = lists.AppendReAge(p.blob[:0], key.id, a.On, uint8(a.Reason))
		if err := p.reAges.Add(p.blob); err != nil {
			return err
		}
	}
	return nil
}

// pastOf returns what earlier nights did to the loan at hand, before tonight's events are
// entered.
func (p *part) pastOf(in *night.Input) (*loan.History, error) {
	switch {
	case in.Booked:
		p.past.Reset()
	case in.History == nil:
		if err := p.readHistory(); err != nil {
			return nil, err
		}
	}
	return &p.past, nil
}

// writeReAges writes the measures of open-end loans that are exceptions.
func (n *met) writeReAges(ctx context.Context, _ *reports.Page) ([]reports.Output, error) {
	return lists.WriteReAges(ctx, filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, n.reAged)
}

// isMonthly reports whether the night is the first close on or after a month's end: one lies between
// the last close and this one, or the book is new.
func (n *plan) isMonthly() bool {
	if n.last == nil {
		return true
	}
	end := (n.last.Date + 1).MonthEnd()
	return end <= n.o.Date
}

// tapePart is a part of the tape as it is published.
func (n *plan) tapePart(part int) string {
	return filepath.Join(n.staging, "loans", publish.PartName(part))
}

// writeMonthly writes every loan's repayment status by month, where the policy asks for it. It reads the
// tape's parts as they are published, since classes are decided last.
func (n *met) writeMonthly(ctx context.Context, _ *reports.Page) (outs []reports.Output, err error) {
	if !n.policy.MonthlyStatus || !n.isMonthly() {
		return nil, nil
	}
	s := spill.New(n.runsDir(), "monthly", n.o.Memory/32)
	defer func() { err = errors.Join(err, s.Remove()) }()
	w := s.Writer(1)
	for i := range n.parts {
		if err := lists.SortMonthly(ctx, n.tapePart(i), w); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return lists.WriteMonthly(ctx, filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, n.policy.Scale, s)
}
