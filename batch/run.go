package batch

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"daybook/batch/intake"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// close runs the night from the first look at its files to its publication.
func (n *closing) close(ctx context.Context) (*Summary, error) {
	if err := n.openBook(ctx); err != nil {
		return nil, err
	}
	if err := n.guardBook(); err != nil {
		return nil, err
	}
	if err := n.choosePolicy(); err != nil {
		return nil, err
	}
	if err := n.inspect(ctx); err != nil {
		return nil, err
	}
	defer n.inbox.Close()
	if again, err := n.checkOrder(); err != nil {
		return nil, err
	} else if again != nil {
		return n.again(ctx, again)
	}
	if err := errors.Join(n.guardInbox(), n.guardControl()); err != nil {
		return nil, err
	}
	if err := n.takePlace(ctx); err != nil {
		return nil, err
	}
	if err := n.publishLeft(ctx); err != nil {
		return nil, err
	}
	if err := n.prepare(); err != nil {
		return nil, err
	}
	if err := n.read(ctx); err != nil {
		return nil, err
	}
	n.lap("read", n.rowsIn())
	n.at("read")
	parts, err := n.post(ctx)
	if err != nil {
		return nil, err
	}
	n.lap("post", n.record.Loans)
	n.at("posted")
	if err := errors.Join(n.guardControlAmounts(), n.guardDuplicates()); err != nil {
		return nil, err
	}
	s, err := n.finish(ctx, parts)
	if err != nil {
		return nil, err
	}
	if n.o.DryRun {
		return s, n.undo()
	}
	return s, n.commit(ctx, s)
}

// lap records how long the stage took that ends now.
func (n *closing) lap(stage string, rows int64) {
	now := time.Now()
	n.timings = append(n.timings, reports.Timing{Stage: stage, Took: now.Sub(n.clock), Rows: rows})
	n.clock = now
}

func (n *closing) at(boundary string) {
	if n.o.At != nil {
		n.o.At(boundary)
	}
}

func (n *closing) progress(stage string, done, total int64) {
	if n.o.Progress != nil {
		n.o.Progress(stage, done, total)
	}
}

// advance counts partitions that are worked.
func (n *closing) advance(by int64) {
	n.progress("post", n.done.Add(by), store.Partitions)
}

func (n *closing) storeOptions() store.Options {
	return store.Options{CacheBytes: min(n.o.Memory/16, 64<<20)}
}

// inspect opens the night's files.
func (n *closing) inspect(ctx context.Context) (err error) {
	o := n.policy.Intake
	o.Memory = n.o.Memory / 4
	if n.inbox, err = intake.Inspect(ctx, n.o.In, o, n.o.Workers); err != nil {
		if n.inbox == nil {
			return err
		}
		return errors.Join(err, n.guardUnread())
	}
	if len(n.inbox.Files) > filesMax {
		return fmt.Errorf("inbox: %d files, at most %d in one night: join them, or close more nights", len(n.inbox.Files), filesMax)
	}
	for _, f := range n.inbox.Files {
		if f.Rows > rowNumberMax {
			return fmt.Errorf("file %s: %d rows are more than one file may have: split it", f.Name, f.Rows)
		}
	}
	n.lap("inspect", n.rowsIn())
	n.at("inspected")
	return nil
}

func (n *closing) rowsIn() (rows int64) {
	for _, f := range n.inbox.Files {
		rows += f.Rows
	}
	return rows
}

// checkOrder decides whether the night may be closed, or was closed already with
// the same files: then it returns its record.
func (n *closing) checkOrder() (again *record, err error) {
	n.record.Inputs, n.record.InputsDigest = inputsOf(n.inbox)
	if n.last == nil || n.o.Date > n.last.Date {
		return nil, nil
	}
	nights, err := n.book.Nights()
	if err != nil {
		return nil, err
	}
	order := &OrderError{Date: n.o.Date, Last: n.last.Date, Same: slices.Contains(nights, n.o.Date)}
	if !order.Same {
		return nil, order
	}
	closed, err := readRecord(n.book, n.o.Date)
	if err != nil {
		return nil, err
	}
	if closed.InputsDigest != n.record.InputsDigest {
		return nil, order
	}
	return closed, nil
}

// takePlace looks whether the night can be published, before it is worked.
func (n *closing) takePlace(ctx context.Context) (err error) {
	if err := n.takeOut(ctx); err != nil {
		return err
	}
	if n.claim, err = n.place().Claim(n.owner()); err != nil {
		return guarded(err)
	}
	return n.guardReplaced()
}

func (n *closing) place() publish.Place { return publish.Place{Out: n.o.Out, Date: n.o.Date} }

// owner is whose publication tonight's may replace.
func (n *closing) owner() publish.Owner {
	o := publish.Owner{BookID: n.bookID, AnyHistory: n.o.Allow.Restored}
	if n.last != nil {
		o.PreviousRoot = n.last.Root
	}
	return o
}

// prepare brings together what the night works with.
func (n *closing) prepare() (err error) {
	if err := n.makeBook(); err != nil {
		return err
	}
	r := &n.record
	r.Date, r.Previous, r.Software, r.Scale = n.o.Date, civil.None, n.o.Software, n.policy.Scale
	r.PolicyName, r.PolicyDigest = n.policy.Name, hexOf(n.policy.Digest)
	if n.last != nil {
		r.Previous, r.PreviousRoot = n.last.Date, n.last.Root
	}
	stored, _, err := n.book.Meta(namesMeta)
	if err != nil {
		return err
	}
	if n.names, err = loadNames(stored, n.policy.Products, n.policy.Currencies); err != nil {
		return err
	}
	n.rules = night.Rules{Date: n.o.Date, Previous: r.Previous, Aging: n.policy.Aging, Score: n.policy.Score}
	if n.rules.Products, n.rules.Scale, err = n.names.rulesFor(productsAt(n.policies, n.o.Date), n.policy.Scale); err != nil {
		return err
	}
	n.rules.OldBuckets = n.names.moveBuckets(n.policy.Aging.Buckets.Names())
	n.tallies = make([]tally, len(n.inbox.Files))
	if n.staged, err = n.place().Stage(); err != nil {
		return guarded(err)
	}
	n.staging = n.staged.Night
	n.scatter = newScatter(filepath.Join(n.staging, ".rows"), n.o.Memory/3)
	n.makeSorters()
	n.partBudget = max(n.o.Memory/int64(8*n.o.Workers), 1<<20)
	n.build, err = n.book.Begin(n.o.Date)
	return err
}

// partRows is how many loans make another part worth its files: below it a
// night's part files would be too small for a warehouse, and syncing them would
// cost more than a second worker gains. Tests make it smaller.
var partRows int64 = 1 << 14

// partsMax is the most parts, however large the book is.
const partsMax = 16

// parts returns how many parts the night has: a power of two that follows from
// the number of loans alone, never from the number of workers.
func (n *closing) parts() int {
	loans := int64(0)
	if n.last != nil {
		loans = n.last.Loans
	}
	for _, f := range n.inbox.Files {
		if f.Kind == intake.Loans {
			loans += f.Rows
		}
	}
	return 1 << min(bits.Len64(uint64(max(loans/partRows, 1)))-1, bits.Len(partsMax)-1)
}

// workerMemory is what a worker takes beside the rows: row groups of the tape and the
// journal as they are gathered, decoded pages, buffers of tables.
const workerMemory = 16 << 20

// workers returns how many work at once: as many as were asked for, if the budget has
// room for them.
func (n *closing) workers() int { return int(min(int64(n.o.Workers), max(n.o.Memory/workerMemory, 1))) }

// post works all parts, as many at once as there are workers.
func (n *closing) post(ctx context.Context) ([]partResult, error) {
	n.dictionaries = n.names.dictionaries(&n.policy.Aging)
	n.record.Form = reports.CurrentForm(n.o.Software, &n.dictionaries)
	count := n.parts()
	results := make([]partResult, count)
	workers := make([]*part, min(n.workers(), count))
	closers, closing := errgroup.WithContext(ctx)
	closers.SetLimit(n.workers())
	g, working := errgroup.WithContext(closing)
	var next atomic.Int64
	for w := range workers {
		p := n.newPart(len(workers))
		workers[w] = p
		g.Go(reports.Guarded(func() error {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				p.start(i, count)
				if err := p.work(working, closers, &results[i]); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if err := errors.Join(g.Wait(), closers.Wait()); err != nil {
		return nil, err
	}
	return results, n.gather(ctx, workers, results)
}

// start readies a worker for a part.
func (p *part) start(number, count int) {
	width := store.Partitions / count
	p.number, p.from, p.to = number, number*width, (number+1)*width
	p.facts.Reset()
	p.lines.Reset()
	p.result = partResult{
		tallies: p.tallies, gl: newGLTotals(len(p.n.rules.Scale)),
		positions: make([]positions, len(p.n.rules.Scale)),
	}
}

// gather brings the parts' results together, in the order of the parts.
func (n *closing) gather(ctx context.Context, workers []*part, results []partResult) error {
	n.record.Parts = len(results)
	n.gl, n.positions = newGLTotals(len(n.rules.Scale)), make([]positions, len(n.rules.Scale))
	for i := range results {
		r := &results[i]
		n.gl.merge(&r.gl)
		for c := range r.positions {
			n.positions[c].merge(&r.positions[c])
		}
		n.record.Entries += r.entries
		n.record.Postings += r.postings
		n.record.Replayed += r.replayed
		n.suspense.Merge(&r.suspense)
		n.outputs = append(n.outputs, r.outputs...)
		for _, d := range r.digest.Partitions {
			n.record.Partitions = append(n.record.Partitions, partition{
				Loans: d.Loans, Held: d.Held, Entries: d.Entries, LoansSum: d.LoansSum, HeldSum: d.HeldSum,
				JournalSum: journalSum(d),
			})
			n.record.Loans += int64(d.Loans)
			n.record.Held += int64(d.Held)
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

func journalSum(d store.Digest) string {
	if d.Entries == 0 {
		return ""
	}
	return hexOf(d.JournalSum)
}
