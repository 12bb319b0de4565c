package queue

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"daybook/aging"
	"daybook/ledger/borrower"
	"daybook/reports"
	"daybook/reports/channel"
	"daybook/reports/spill"
)

// A Queue is the candidates of a night, to be worked in their order: class, value and days
// past due descending, then borrower. Amounts of different currencies are compared as they
// stand.
type Queue struct {
	o      Options
	c      *Collector
	atOnce int // tasksAtOnce but in tests
}

// Queue makes the queue of what was collected; all writers are closed.
func (c *Collector) Queue(o Options) *Queue { return &Queue{o: o, c: c, atOnce: tasksAtOnce} }

// Len returns the number of candidates.
func (q *Queue) Len() int { return int(q.c.candidates.Len()) }

// Write writes the queue to a folder: its tables as Parquet, and for each channel that the
// policy names what its systems take. Places are sums of what became of the candidates.
//
// Each worker takes the next block of candidates in their order, makes of it what is to be
// written, and writes that to each file when it is its turn.
func (q *Queue) Write(ctx context.Context, dir string) (outputs []reports.Output, places Places, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	w := &writing{q: q, sheet: q.o.Form.Sheet("tasks", q.o.BusinessDate), names: make([]aging.Dictionary, len(taskColumns(0))), left: q.o.Capacity}
	w.parquet, err = q.o.Form.CreateParquet(filepath.Join(dir, "tasks.parquet"), "tasks", w.sheet.Columns(taskColumns(q.o.Scale)))
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			w.abort()
		}
	}()
	if err := w.createFiles(dir); err != nil {
		return nil, nil, err
	}
	if err := w.run(ctx); err != nil {
		return nil, nil, err
	}
	outputs, err = w.close(ctx, dir)
	w.places.Sort()
	return outputs, w.places, err
}

// workers returns how many blocks are made at once: they may take as much memory as
// the candidates do.
func (q *Queue) workers() int {
	room := min(q.c.budget/blockBytes, int64(q.Len()/q.atOnce+1))
	return int(max(min(int64(q.o.Workers), room), 1))
}

// A writing is a queue on its way to its files.
type writing struct {
	q *Queue

	mu      sync.Mutex // of taking blocks
	records *spill.Records
	left    [borrower.Channels]int64 // capacity
	ranks   int32
	scratch candidate
	lines   struct{ parquet, csv line }

	// What follows is used by who has the turn.
	parquet *reports.ParquetWriter
	sheet   *reports.Sheet
	names   []aging.Dictionary // of the coded columns, in the order in which the tasks have them
	files   [borrower.Channels][]*channel.Writer
	places  Places
}

func (w *writing) createFiles(dir string) error {
	for c := range w.files {
		for _, f := range w.q.o.Formats[c] {
			file, err := channel.Create(dir, f)
			if err != nil {
				return err
			}
			w.files[c] = append(w.files[c], file)
		}
	}
	return nil
}

func (w *writing) abort() {
	w.parquet.Abort()
	for c := range w.files {
		for _, f := range w.files[c] {
			f.Abort()
		}
	}
}

// run has workers make all blocks.
func (w *writing) run(ctx context.Context) error {
	g, working := errgroup.WithContext(ctx)
	w.records = w.q.c.candidates.Records(working)
	workers := w.q.workers()
	for range workers {
		g.Go(reports.Guarded(func() error { return w.work(working, workers) }))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return w.records.Close()
}

// work writes blocks until there are no more.
func (w *writing) work(ctx context.Context, workers int) error {
	b := w.q.newBlock(workers)
	for {
		if err := w.take(b); err != nil {
			return err
		}
		if len(b.batch.Recs) == 0 {
			return b.close()
		}
		if err := b.format(); err != nil {
			return err
		}
		if err := b.parquet.take(ctx, func() error { return w.writeParquet(b) }); err != nil {
			return err
		}
		if err := b.csv.take(ctx, func() error { return w.writeLines(b) }); err != nil {
			return err
		}
	}
}

// take takes the next candidates and their turns, and gives each the first open channel of
// his step that has capacity left.
func (w *writing) take(b *block) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.records.Take(&b.batch, w.q.atOnce)
	b.rank, b.ways, b.parquet, b.csv = w.ranks, b.ways[:0], w.lines.parquet.join(), w.lines.csv.join()
	for _, rec := range b.batch.Recs {
		at, failed := w.choose(rec)
		if failed != nil {
			return failed
		}
		if b.ways = append(b.ways, at); at >= 0 {
			w.ranks++
		}
	}
	return err
}

// choose returns the place of a candidate's channel among those of his step; below zero
// where none has capacity left.
func (w *writing) choose(rec []byte) (int32, error) {
	const fixed = 1 + 8 + 4
	if len(rec) < fixed {
		return 0, errDamaged
	}
	id := spill.Record{B: rec[fixed:]}
	id.Text()
	d := decoder{b: id.B, bad: id.Bad}
	w.scratch.readWays(&d)
	if d.bad {
		return 0, errDamaged
	}
	for i := range w.scratch.ways {
		x := &w.scratch.ways[i]
		if !x.open || w.left[x.channel] == 0 {
			continue
		}
		if w.left[x.channel] > 0 {
			w.left[x.channel]--
		}
		return int32(i), nil
	}
	return -1, nil
}

func (w *writing) writeParquet(b *block) error {
	if b.f.columns[0].Len() == 0 {
		return nil
	}
	for i := range b.f.columns {
		if b.f.columns[i].Kind == reports.Coded {
			b.rename(i, &w.names[i])
		}
	}
	return w.parquet.Write(w.sheet.Columns(b.f.columns))
}

func (w *writing) writeLines(b *block) error {
	w.places.Merge(b.sums)
	for c := range w.files {
		for i, f := range w.files[c] {
			if l := &b.lines[c][i]; l.Len() > 0 {
				if err := f.Write(l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// close closes what was written, and writes the other tables.
func (w *writing) close(ctx context.Context, dir string) (all []reports.Output, err error) {
	outputs := make([][]reports.Output, 1+len(streamTables)+int(borrower.Channels))
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(max(w.q.o.Workers, 1))
	if beside := w.q.o.Beside; beside != nil {
		g.Go(reports.Guarded(func() error { return beside(working) }))
	}
	g.Go(reports.Guarded(func() error {
		out, err := w.parquet.Close()
		outputs[0] = append(outputs[0], out)
		return err
	}))
	for i := range streamTables {
		g.Go(reports.Guarded(func() error {
			if streamTables[i].from == offerStream { // two tables of one stream: one after the other
				return nil
			}
			out, err := w.q.writeStream(working, dir, &streamTables[i])
			outputs[1+i] = append(outputs[1+i], out)
			return err
		}))
	}
	for c := range w.files {
		g.Go(reports.Guarded(func() error {
			for _, f := range w.files[c] {
				out, err := f.Close()
				if err != nil {
					return err
				}
				outputs[1+len(streamTables)+c] = append(outputs[1+len(streamTables)+c], out...)
			}
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i := range streamTables {
		if streamTables[i].from == offerStream {
			out, err := w.q.writeStream(ctx, dir, &streamTables[i])
			if err != nil {
				return nil, err
			}
			outputs[1+i] = append(outputs[1+i], out)
		}
	}
	sides, err := w.q.writeSides(ctx, dir)
	if err != nil {
		return nil, err
	}
	all = slices.Concat(append(outputs, sides)...)
	slices.SortFunc(all, func(a, b reports.Output) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}
