package batch

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A posted is what the night did, once every partition is worked.
type posted struct {
	*taken
	record    record.Night // with what was written, partition by partition
	parts     []partResult
	gl        book.GL
	positions []book.Positions
	summary   [][]night.Totals // by product and currency
	suspense  reports.Suspense
	builder   reports.Builder
	outputs   []reports.Output
}

// post works all parts, as many at once as there are workers.
func (n *taken) post(ctx context.Context) (*posted, error) {
	d := &posted{taken: n, record: n.plan.record, parts: make([]partResult, n.parts())}
	words, count := n.names.Dictionaries(&n.policy.Aging), len(d.parts)
	n.form = reports.CurrentForm(n.o.Software, &words)
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
				if err := p.work(working, closers, &d.parts[i]); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if err := errors.Join(g.Wait(), closers.Wait()); err != nil {
		return nil, err
	}
	return d, d.gather(ctx, workers)
}

// start readies a worker for a part.
func (p *part) start(number, count int) {
	width := store.Partitions / count
	p.number, p.from, p.to = number, number*width, (number+1)*width
	p.facts.Reset()
	p.lines.Reset()
	p.tapeRows = 0
	p.result = partResult{
		tallies: p.tallies, gl: book.NewGL(len(p.n.rules.Scale)),
		positions: make([]book.Positions, len(p.n.rules.Scale)),
	}
}

// gather brings the parts' results together, in the order of the parts.
func (n *posted) gather(ctx context.Context, workers []*part) error {
	n.record.Parts = len(n.parts)
	n.gl, n.positions = book.NewGL(len(n.rules.Scale)), make([]book.Positions, len(n.rules.Scale))
	for i := range n.parts {
		r := &n.parts[i]
		n.gl.Merge(&r.gl)
		for c := range r.positions {
			n.positions[c].Merge(&r.positions[c])
		}
		n.record.Entries += r.entries
		n.record.Postings += r.postings
		n.record.Replayed += r.replayed
		n.suspense.Merge(&r.suspense)
		n.outputs = append(n.outputs, r.outputs...)
		for k := range r.digest.Partitions {
			w := book.PartitionOf(&r.digest.Partitions[k])
			n.record.Partitions = append(n.record.Partitions, w)
			n.record.Loans += int64(w.Loans)
			n.record.Held += int64(w.Held)
		}
	}
	n.summary = n.newSummary()
	for _, p := range workers {
		for f := range p.tallies {
			n.tallies[f].merge(&p.tallies[f])
		}
		if err := p.flushSorted(); err != nil {
			return err
		}
		if err := n.builder.Merge(&p.builder); err != nil {
			return err
		}
		n.addSummary(p.proc.Summary)
	}
	return n.postSummary(ctx)
}
