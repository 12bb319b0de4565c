package queue

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"daybook/aging"
	"daybook/reports"
	"daybook/reports/spill"
)

func text(name string) reports.Column          { return reports.Column{Name: name, Kind: reports.Text} }
func code(name string) reports.Column          { return reports.Column{Name: name, Kind: reports.Coded} }
func count(name string) reports.Column         { return reports.Column{Name: name, Kind: reports.Count} }
func optional(c reports.Column) reports.Column { c.Optional = true; return c }
func amount(name string, scale int) reports.Column {
	return reports.Column{Name: name, Kind: reports.Amount, Digits: scale}
}

func taskColumns(scale int) []reports.Column {
	return []reports.Column{
		count("rank"), text("task_key"), text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"),
		count("days_past_due"), optional(code("bucket")), amount("past_due_amount", scale), amount("total_outstanding", scale),
		optional(text("other_past_due")), code("channel"), code("tone"), code("template"),
	}
}

// emptyTables are suppressed and below_capacity: a full schema, and no rows as long
// as no rule suppresses a task or bounds a channel.
func emptyTables(scale int) []*reports.Table {
	return []*reports.Table{
		{Name: "suppressed", Columns: []reports.Column{
			text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
			amount("past_due_amount", scale), code("reason_code"), text("rule"), text("citation"), optional(text("facts")),
			optional(text("earliest_at")),
		}},
		{Name: "below_capacity", Columns: []reports.Column{
			text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
			amount("past_due_amount", scale), code("channel"), count("times_below"),
		}},
	}
}

// Write writes the queue to a folder: tasks, suppressed and below_capacity as
// Parquet, and a CSV for each channel that has a task, with masked ids: the
// channel's own system knows the borrower by the task's key.
//
// Each worker takes the next block of tasks in their order, makes of it what is to be
// written, and writes that to each file when it is its turn.
func (q *Queue) Write(ctx context.Context, dir string) (_ []reports.Output, totals reports.QueueTotals, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, totals, err
	}
	w := &writing{q: q, sheet: q.o.Form.Sheet("tasks", q.o.BusinessDate), names: make([]aging.Dictionary, len(taskColumns(0)))}
	w.parquet, err = q.o.Form.CreateParquet(filepath.Join(dir, "tasks.parquet"), w.sheet.Columns(taskColumns(q.o.Scale)))
	if err != nil {
		return nil, totals, err
	}
	w.csv = channels{dir: dir, scale: q.o.Scale, form: q.o.Form, names: q.channels, files: make([]*reports.CSVFile, len(q.channels))}
	defer func() {
		if err != nil {
			w.parquet.Abort()
			w.csv.abort()
		}
	}()
	g, working := errgroup.WithContext(ctx)
	w.records = q.tasks.Records(working)
	for range q.workers() {
		g.Go(reports.Guarded(func() error { return w.work(working) }))
	}
	if err := g.Wait(); err != nil {
		return nil, totals, err
	}
	if err := w.records.Close(); err != nil {
		return nil, totals, err
	}
	outputs, err := w.close(dir)
	return outputs, w.sums.totals(), err
}

// workers returns how many blocks are made at once: they may take as much memory as
// the tasks do.
func (q *Queue) workers() int {
	room := min(q.budget/blockBytes, int64(q.Len()/q.atOnce+1))
	return int(max(min(int64(q.o.Workers), room), 1))
}

// A writing is a queue on its way to its files.
type writing struct {
	q *Queue

	mu      sync.Mutex // of taking blocks
	records *spill.Records
	taken   int
	lines   struct{ parquet, csv line }

	// What follows is used by who has the turn.
	parquet *reports.ParquetWriter
	sheet   *reports.Sheet
	names   []aging.Dictionary // of the coded columns, in the order in which the tasks have them
	csv     channels
	sums    summing
}

// work writes blocks until there are no more.
func (w *writing) work(ctx context.Context) error {
	b := w.q.newBlock()
	for {
		if err := w.take(b); err != nil || len(b.batch.Recs) == 0 {
			return err
		}
		if err := b.format(); err != nil {
			return err
		}
		if err := b.parquet.take(ctx, func() error { return w.writeParquet(b) }); err != nil {
			return err
		}
		if err := b.csv.take(ctx, func() error {
			w.sums.add(b)
			return w.csv.write(b.lines)
		}); err != nil {
			return err
		}
	}
}

// take takes the next tasks, and their turns.
func (w *writing) take(b *block) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.records.Take(&b.batch, w.q.atOnce)
	b.first, b.parquet, b.csv = w.taken, w.lines.parquet.join(), w.lines.csv.join()
	w.taken += len(b.batch.Recs)
	return err
}

func (w *writing) writeParquet(b *block) error {
	for i := range b.columns {
		if b.columns[i].Kind == reports.Coded {
			b.rename(i, &w.names[i])
		}
	}
	return w.parquet.Write(w.sheet.Columns(b.columns))
}

// rename gives a coded column the file's codes for the block's own. A name that is new
// comes behind those of earlier blocks.
func (b *block) rename(column int, names *aging.Dictionary) {
	c, codes, same := &b.columns[column], make([]uint16, len(b.names[column])), true
	for code, name := range b.names[column] {
		at := slices.Index(*names, name)
		if at < 0 {
			at = len(*names)
			*names = append(*names, name)
		}
		codes[code] = uint16(at)
		same = same && at == code
	}
	c.Names = *names
	if same {
		return
	}
	for i, code := range c.Codes {
		if code != aging.NoCode {
			c.Codes[i] = codes[code]
		}
	}
}

// close closes what was written and adds the empty tables.
// Its goroutines wait for the disk.
func (w *writing) close(dir string) ([]reports.Output, error) {
	var tasks reports.Output
	var files, empty []reports.Output
	var g errgroup.Group
	g.Go(reports.Guarded(func() (err error) {
		tasks, err = w.parquet.Close()
		return err
	}))
	g.Go(reports.Guarded(func() (err error) {
		files, err = w.csv.close()
		return err
	}))
	g.Go(reports.Guarded(func() error {
		o := &w.q.o
		for _, t := range emptyTables(o.Scale) {
			sheet := o.Form.Sheet(t.Name, o.BusinessDate)
			out, err := o.Form.WriteParquet(filepath.Join(dir, t.Name+".parquet"), sheet.Table(t))
			if err != nil {
				return err
			}
			empty = append(empty, out)
		}
		return nil
	}))
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat([]reports.Output{tasks}, empty, files), nil
}

// summing adds up tasks by channel and currency.
type summing struct {
	tasks, loans int64
	channels     map[[2]string]*reports.QueueChannel
}

func (s *summing) add(b *block) {
	if s.channels == nil {
		s.channels = map[[2]string]*reports.QueueChannel{}
	}
	s.tasks += int64(len(b.batch.Recs))
	s.loans += b.loans
	for i, sum := range b.sums {
		if sum.tasks == 0 {
			continue
		}
		key := [2]string{b.q.o.Ladder[i%len(b.q.steps)].Channel, b.names[currencyColumn][i/len(b.q.steps)]}
		c := s.channels[key]
		if c == nil {
			c = &reports.QueueChannel{Channel: key[0], Currency: key[1]}
			s.channels[key] = c
		}
		c.Tasks += sum.tasks
		c.PastDue += sum.pastDue
	}
}

func (s *summing) totals() reports.QueueTotals {
	t := reports.QueueTotals{Tasks: s.tasks, Loans: s.loans}
	for _, c := range s.channels {
		t.Channels = append(t.Channels, *c)
	}
	slices.SortFunc(t.Channels, func(a, b reports.QueueChannel) int {
		return cmp.Or(strings.Compare(a.Channel, b.Channel), strings.Compare(a.Currency, b.Currency))
	})
	return t
}
