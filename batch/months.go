package batch

import (
	"context"
	"errors"
	"fmt"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports/metro2"
	"daybook/reports/spill"
)

// A night is compared with the last close in an earlier calendar month, its base. What that
// close said of each loan is kept in a key space of its own. The first close of a month writes
// it, loan by loan as it takes them up, from their records as that close has left them, its
// policy, its flags and its bonds: nothing that tonight's files say is in it. The closes after
// it read it beside the loans, and keep it as it is.

// months are what a night knows of its base.
type months struct {
	frame *book.BaseFrame
	// On the first close of a month: the last close, and what loans made of each other by then.
	view   *book.View
	others *book.Overrides
	// older is the base before that, which goes on where the lender reports to credit bureaus or
	// watches scores; civil.None without one.
	older      civil.Date
	olderPacks int // that it has figures of
}

// toBureaus reports whether the lender reports to credit bureaus.
func (n *plan) toBureaus() bool { return n.policy.Bureau != nil }

// watches reports whether the scores of the loans are kept, and how these went.
func (n *plan) watches() bool { return n.policy.Monitors && len(n.policy.Packs) > 0 }

// prepareMonths finds the night's base; nil where there is none.
func (n *taken) prepareMonths(ctx context.Context) (*months, error) {
	on, renew := book.BaseOf(n.last, n.o.Date)
	if on == civil.None {
		return nil, nil
	}
	m := &months{older: civil.None}
	if renew {
		if n.last.BaseDate != nil && (n.toBureaus() || n.watches()) {
			m.older = *n.last.BaseDate
			m.olderPacks = len(n.policies.At(m.older).Packs)
		}
		var err error
		if m.view, err = book.At(n.book, civil.None); err != nil {
			return nil, err
		}
		if err = m.view.Gather(ctx, n.workers()); err != nil {
			return nil, err
		}
		if m.others, err = book.OverridesOf(ctx, n.book, n.workers()); err != nil {
			return nil, err
		}
	}
	m.frame = book.FrameOf(on, n.policies.At(on), n.policy)
	return m, nil
}

// renews reports whether the night writes the bases anew.
func (m *months) renews() bool { return m != nil && m.view != nil }

// spaces are those that the parts of the night write.
func (n *taken) spaces() []store.Space {
	list := []store.Space{store.LoanFlags, store.Held, store.Loans, store.Journal}
	if n.months.renews() {
		list = append(list, store.Bases)
	}
	return list
}

// keepBaseDate notes in the night's record which close its base is.
func (n *posted) keepBaseDate() {
	if n.months != nil {
		on := n.months.frame.On
		n.record.BaseDate = &on
	}
}

// keepBases notes what the book keeps of bases that the night has not written.
func (n *posted) keepBases() {
	if n.months == nil || n.months.renews() {
		return
	}
	for q := range n.record.Partitions {
		was := &n.last.Partitions[q]
		n.record.Partitions[q].Bases, n.record.Partitions[q].BasesSum = was.Bases, was.BasesSum
	}
}

// A basing is a worker's memory for bases.
type basing struct {
	stood record.Base // of the loan that was taken up last
	bases *store.Scan // nil where the night writes them
	// Where the night writes them: the last close's processor, the loan as it left it, and its flags.
	before  *night.Processor
	was     loan.Loan
	flagsOf func(l *loan.Loan) ([]classify.Flag, error)
	baseRec []byte
	earlier record.Base // of it, before stood
}

// prepareBases readies a worker for bases.
func (p *part) prepareBases() {
	m := p.n.months
	if m == nil {
		return
	}
	p.facts.Base = &aging.Base{}
	if m.renews() {
		p.before = night.NewProcessor(&m.view.Rules)
	}
}

// beginBases begins those of a partition.
func (p *part) beginBases(ctx context.Context, q int) (end func() error, err error) {
	m, endFlags := p.n.months, func() error { return nil }
	switch {
	case m == nil:
		return endFlags, nil
	case m.renews():
		if p.flagsOf, endFlags, err = m.view.FlagsBeside(ctx, q, q+1); err != nil || m.older == civil.None {
			return endFlags, err
		}
	}
	if p.bases, err = p.n.book.Scan(store.Bases, civil.None, q, q+1); err != nil {
		return nil, err
	}
	return func() error { return errors.Join(p.bases.Close(), endFlags()) }, nil
}

// basesErr is what ended the scan of bases.
func (p *part) basesErr() error {
	if p.bases == nil {
		return nil
	}
	return p.bases.Err()
}

// takeBase finds out how the loan of the book that is at hand stood at the base.
func (p *part) takeBase(key loanKey) error {
	m := p.n.months
	if m == nil {
		return nil
	}
	is := false
	var err error
	if m.renews() {
		is, err = p.renewBase(key)
	} else {
		is, err = p.readBase(key, m.frame.Packs(), &p.stood)
	}
	p.closed, p.hasClosed = p.stood.Months, is && p.stood.HasMonths
	switch {
	case err != nil:
		return err
	case is:
		m.frame.Translate(&p.stood, &p.base)
	default:
		m.frame.Absent(&p.loan, &p.base)
	}
	return nil
}

// renewBase keeps what the last close said of the loan.
func (p *part) renewBase(key loanKey) (is bool, err error) {
	m := p.n.months
	if err := book.LoanOf(p.loans, &m.view.Rules, &p.was); err != nil {
		return false, err
	}
	if p.final != nil {
		night.TakeFinal(&p.was, p.final)
	}
	var flags []classify.Flag
	if aging.LoanStatus(p.was.LastStatus).OnBook() {
		if flags, err = p.flagsOf(&p.was); err != nil {
			return false, err
		}
	}
	book.Stands(p.before, &p.was, flags, m.frame.Packs(), m.others, &p.stood)
	if p.n.toBureaus() || p.n.watches() {
		if err := p.goOn(key); err != nil {
			return false, err
		}
	}
	if !p.stood.Says() {
		return false, nil
	}
	p.baseRec = record.AppendBase(p.baseRec[:0], &p.stood)
	return true, p.build.Add(store.Bases, key.hash, key.id, nil, p.baseRec)
}

// goOn goes on from what the base before the last close kept.
func (p *part) goOn(key loanKey) error {
	m, is := p.n.months, false
	if m.older != civil.None {
		var err error
		if is, err = p.readBase(key, m.olderPacks, &p.earlier); err != nil {
			return err
		}
	}
	if !is {
		p.earlier = record.Base{Packs: p.earlier.Packs}
	}
	if p.n.toBureaus() {
		p.keepMonths()
	}
	if p.n.watches() {
		p.keepScores()
		return p.observe()
	}
	return nil
}

// keepMonths adds the last close to the months of the profile that bureaus are told.
func (p *part) keepMonths() {
	m, last := p.n.months, civil.None
	if p.earlier.HasMonths {
		last = m.older
	}
	days := int32(0)
	if p.stood.OnBook {
		days = p.before.Figures().DaysPastDue
	}
	h := metro2.History(p.earlier.Months)
	p.stood.Months, p.stood.HasMonths = h.Close(last, m.frame.On, p.was.Terms.DisbursedOn, monthCode(&p.was, days)), true
}

// keepScores adds the score of the last close to those of the months before it.
func (p *part) keepScores() {
	m, old, now := p.n.months, &p.earlier.Watched, &p.stood.Watched
	now.IsKept = true
	gap := record.WatchedMonths
	if old.IsKept {
		gap = aging.Months(m.older, m.frame.On)
	}
	for k := range now.Scores {
		if now.Scores[k] = record.NoScore; k >= gap {
			now.Scores[k] = old.Scores[k-gap]
		}
	}
	now.Bad = 0
	if gap < record.WatchedMonths {
		now.Bad = old.Bad << gap & (1<<record.WatchedMonths - 1)
	}
	if p.stood.OnBook {
		now.Scores[0] = p.was.Score
	}
	if p.before.WasBad(&p.was) {
		now.Bad |= 1
	}
}

// observe notes how a loan went that had a score a year before the last close.
func (p *part) observe() error {
	now := &p.stood.Watched
	const year = record.WatchedMonths - 1
	if score := now.Scores[year]; score != record.NoScore {
		bad := int64(0)
		if now.Bad&(1<<year-1) != 0 {
			bad = 1
		}
		p.blob = p.blob[:0]
		for _, x := range [...]int64{int64(p.was.Currency), int64(p.was.Product), int64(score), bad} {
			p.blob = spill.AppendInt(p.blob, x)
		}
		return p.observed.Add(p.blob)
	}
	return nil
}

// readBase reads what the book keeps; the loans come in its order.
func (p *part) readBase(key loanKey, packs int, to *record.Base) (is bool, err error) {
	if !p.bases.Reach(key.hash, key.id) {
		return false, nil
	}
	if err := to.Read(p.bases.Record(), packs); err != nil {
		return false, fmt.Errorf("%w: run verify", err)
	}
	return true, nil
}

// baseOf is how the loan at hand stood at the base; nil where there is none, or it is booked
// tonight.
func (p *part) baseOf(booked bool) *night.Base {
	if p.n.months == nil || booked {
		return nil
	}
	return &p.base
}
