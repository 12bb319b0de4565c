package batch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger/money"
	"daybook/ledger/proof"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A posted is what the night did, once every partition is worked.
type posted struct {
	*taken
	record    record.Night // with what was written, partition by partition
	parts     []left
	tapes     []*reports.Tape // of the parts, to be closed when the borrowers are worked
	gl        book.GL
	positions []book.Positions
	summary   [][]night.Totals // by product and currency
	regions   map[record.RegionKey]money.Amount
	suspense  reports.Suspense
	builder   reports.Builder
	outputs   []reports.Output
	leaves    []proof.Hash // of the pages of the journal, in their order
}

// post works all parts, as many at once as there are workers.
func (n *taken) post(ctx context.Context) (_ *posted, err error) {
	d := &posted{taken: n, record: n.plan.record, parts: make([]left, n.parts()), tapes: make([]*reports.Tape, n.parts())}
	n.rules.Places = n.names.Places(n.policy)
	words, count := n.names.DictionariesAt(n.policies, n.o.Date), len(d.parts)
	n.form = publish.FormOf(n.o.Software, n.policy.Compression, &words)
	if n.packFlags, err = n.gatherFlags(ctx); err != nil {
		return nil, err
	}
	if n.months, err = n.prepareMonths(ctx); err != nil {
		return nil, err
	}
	if n.bureau, err = n.prepareBureau(ctx); err != nil {
		return nil, err
	}
	workers := make([]*part, min(n.workers(), count))
	closers, closing := errgroup.WithContext(ctx)
	closers.SetLimit(n.workers())
	g, working := errgroup.WithContext(closing)
	var next atomic.Int64
	for w := range workers {
		p := n.newPart(&words, len(workers))
		workers[w] = p
		g.Go(reports.Guarded(func() error {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				p.start(i, count)
				if err := p.work(working, closers, &d.parts[i], &d.tapes[i]); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if err = firstOf(ctx, g.Wait(), closers.Wait()); err != nil {
		return nil, err
	}
	for _, p := range workers {
		if err := p.flushSorted(); err != nil {
			return nil, err
		}
	}
	return d, d.gather(ctx, &words)
}

// firstOf is what ended the work: where those who close files have failed, the workers, whom that stopped, have nothing to say but
// that they were.
func firstOf(ctx context.Context, working, closing error) error {
	if closing != nil && ctx.Err() == nil && errors.Is(working, context.Canceled) {
		return closing
	}
	return errors.Join(working, closing)
}

// start readies a worker for a part.
func (p *part) start(number, count int) {
	width := store.Partitions / count
	p.number, p.from, p.to = number, number*width, (number+1)*width
	p.facts.Reset()
	p.lines.Reset()
	p.tapeRows, p.termed = 0, p.termed[:0]
	p.leaves = p.n.newLeaves()
	p.result = left{gl: book.NewGL(len(p.n.rules.Scale)), positions: make([]book.Positions, len(p.n.rules.Scale))}
}

// gather brings together what the parts left, in their order.
func (n *posted) gather(ctx context.Context, words *aging.Dictionaries) error {
	n.record.Parts = len(n.parts)
	n.keepBaseDate()
	n.gl, n.positions, n.summary = book.NewGL(len(n.rules.Scale)), make([]book.Positions, len(n.rules.Scale)), n.newSummary()
	for i := range n.parts {
		if passLeft != nil {
			if err := passLeft(&n.parts[i], n.shape(words)); err != nil {
				return err
			}
		}
		if err := n.merge(&n.parts[i]); err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
	}
	n.keepBases()
	return nil
}
