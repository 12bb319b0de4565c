package queue

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"daybook/reports"
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

// appendTasks adds tasks to the columns of the tasks table.
func appendTasks(c []reports.Column, tasks []Task) {
	for i := range tasks {
		k := &tasks[i]
		c[0].Counts = append(c[0].Counts, k.Rank)
		c[1].Texts.AppendString(k.Key)
		c[2].Texts.AppendString(k.Borrower)
		c[3].AppendName(k.Currency)
		c[4].Counts = append(c[4].Counts, k.Loans)
		c[5].Texts.AppendString(k.Worst)
		c[6].Counts = append(c[6].Counts, k.DaysPastDue)
		c[7].AppendName(k.Bucket)
		c[8].Ints = append(c[8].Ints, k.PastDue)
		c[9].Ints = append(c[9].Ints, k.Total)
		c[10].Texts.AppendString(k.Other)
		c[11].AppendName(k.Step.Channel)
		c[12].AppendName(k.Step.Tone)
		c[13].AppendName(k.Step.Template)
	}
}

// clearRows empties columns and keeps their names and memory.
func clearRows(columns []reports.Column) {
	for i := range columns {
		c := &columns[i]
		if c.Kind == reports.Text {
			c.Texts.Reset()
		}
		c.Codes, c.Days, c.Ints, c.Counts = c.Codes[:0], c.Days[:0], c.Ints[:0], c.Counts[:0]
	}
}

// tasksAtOnce is how many tasks are made and written at a time: few enough to stay
// in the cache.
const tasksAtOnce = 1 << 15

// Write writes the queue to a folder: tasks, suppressed and below_capacity as
// Parquet, and a CSV for each channel that has a task, with masked ids: the
// channel's own system knows the borrower by the task's key.
func (q *Queue) Write(ctx context.Context, dir string) (_ []reports.Output, totals reports.QueueTotals, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, totals, err
	}
	columns, sheet := taskColumns(q.o.Scale), q.o.Form.Sheet("tasks", q.o.BusinessDate)
	parquet, err := q.o.Form.CreateParquet(filepath.Join(dir, "tasks.parquet"), sheet.Columns(columns))
	if err != nil {
		return nil, totals, err
	}
	csv := &channels{dir: dir, o: &q.o, files: map[string]*channel{}}
	defer func() {
		if err != nil {
			parquet.Abort()
			csv.abort()
		}
	}()
	sum := summing{}
	err = q.each(ctx, tasksAtOnce, func(tasks []Task) error {
		var g errgroup.Group
		g.Go(reports.Guarded(func() error {
			clearRows(columns)
			appendTasks(columns, tasks)
			return parquet.Write(sheet.Columns(columns))
		}))
		g.Go(reports.Guarded(func() error { return csv.write(tasks) }))
		sum.add(tasks)
		return g.Wait()
	})
	if err != nil {
		return nil, totals, err
	}
	outputs, err := q.close(dir, parquet, csv)
	return outputs, sum.totals(), err
}

// close closes what was written and adds the empty tables.
func (q *Queue) close(dir string, parquet *reports.ParquetWriter, csv *channels) ([]reports.Output, error) {
	var tasks reports.Output
	var files, empty []reports.Output
	var g errgroup.Group
	g.Go(reports.Guarded(func() (err error) {
		tasks, err = parquet.Close()
		return err
	}))
	g.Go(reports.Guarded(func() (err error) {
		files, err = csv.close()
		return err
	}))
	g.Go(reports.Guarded(func() error {
		for _, t := range emptyTables(q.o.Scale) {
			sheet := q.o.Form.Sheet(t.Name, q.o.BusinessDate)
			o, err := q.o.Form.WriteParquet(filepath.Join(dir, t.Name+".parquet"), sheet.Table(t))
			if err != nil {
				return err
			}
			empty = append(empty, o)
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

func (s *summing) add(tasks []Task) {
	if s.channels == nil {
		s.channels = map[[2]string]*reports.QueueChannel{}
	}
	s.tasks += int64(len(tasks))
	for i := range tasks {
		k := &tasks[i]
		s.loans += int64(k.Loans)
		key := [2]string{k.Step.Channel, k.Currency}
		c := s.channels[key]
		if c == nil {
			c = &reports.QueueChannel{Channel: k.Step.Channel, Currency: k.Currency}
			s.channels[key] = c
		}
		c.Tasks++
		c.PastDue += k.PastDue
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
