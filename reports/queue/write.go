package queue

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"daybook/reports"
)

// Tables returns tasks, suppressed and below_capacity. The last two have a
// full schema and the rows that the caller adds.
func Tables(tasks []Task, scale int) (t, suppressed, belowCapacity *reports.Table) {
	text := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }
	code := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Coded} }
	count := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Count} }
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: scale}
	}
	optional := func(c reports.Column) reports.Column { c.Optional = true; return c }
	t = &reports.Table{Name: "tasks", Columns: []reports.Column{
		count("rank"), text("task_key"), text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"),
		count("days_past_due"), optional(code("bucket")), amount("past_due_amount"), amount("total_outstanding"),
		optional(text("other_past_due")), code("channel"), code("tone"), code("template"),
	}}
	c := t.Columns
	var bytes []byte
	put := func(column int, s string) {
		bytes = append(bytes[:0], s...)
		c[column].Texts.Append(bytes)
	}
	for i := range tasks {
		k := &tasks[i]
		c[0].Counts = append(c[0].Counts, k.Rank)
		put(1, k.Key)
		put(2, k.Borrower)
		c[3].AppendName(k.Currency)
		c[4].Counts = append(c[4].Counts, k.Loans)
		put(5, k.Worst)
		c[6].Counts = append(c[6].Counts, k.DaysPastDue)
		c[7].AppendName(k.Bucket)
		c[8].Ints = append(c[8].Ints, k.PastDue)
		c[9].Ints = append(c[9].Ints, k.Total)
		put(10, k.Other)
		c[11].AppendName(k.Step.Channel)
		c[12].AppendName(k.Step.Tone)
		c[13].AppendName(k.Step.Template)
	}
	suppressed = &reports.Table{Name: "suppressed", Columns: []reports.Column{
		text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
		amount("past_due_amount"), code("reason_code"), text("rule"), text("citation"), optional(text("facts")),
		optional(text("earliest_at")),
	}}
	belowCapacity = &reports.Table{Name: "below_capacity", Columns: []reports.Column{
		text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
		amount("past_due_amount"), code("channel"), count("times_below"),
	}}
	return t, suppressed, belowCapacity
}

// Write writes the queue to a folder: tasks, suppressed and below_capacity as
// Parquet, and a CSV for each channel that has a task, with masked ids: the
// channel's own system knows the borrower by the task's key.
func Write(dir string, tasks []Task, o Options) ([]reports.Output, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var parquet, csv []reports.Output
	var g errgroup.Group
	g.Go(func() (err error) {
		t, suppressed, below := Tables(tasks, o.Scale)
		parquet, err = writeEach(dir, ".parquet", reports.WriteParquet, t, suppressed, below)
		return err
	})
	g.Go(func() (err error) {
		csv, err = writeEach(dir, ".csv", reports.WriteCSV, channels(tasks, o)...)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return append(parquet, csv...), nil
}

func writeEach(dir, extension string, write func(string, *reports.Table) (reports.Output, error), tables ...*reports.Table) ([]reports.Output, error) {
	var outputs []reports.Output
	for _, t := range tables {
		o, err := write(filepath.Join(dir, t.Name+extension), t)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// channels returns a table for each channel, by its name.
func channels(tasks []Task, o Options) []*reports.Table {
	var tables []*reports.Table
	var bytes []byte
	for i := range tasks {
		k := &tasks[i]
		at := slices.IndexFunc(tables, func(t *reports.Table) bool { return t.Name == k.Step.Channel })
		if at < 0 {
			at = len(tables)
			tables = append(tables, &reports.Table{Name: k.Step.Channel, Columns: channelColumns(o.Scale)})
		}
		c := tables[at].Columns
		bytes = append(bytes[:0], k.Key...)
		c[0].Texts.Append(bytes)
		c[1].Days = append(c[1].Days, o.BusinessDate)
		c[2].Counts = append(c[2].Counts, k.Rank)
		bytes = appendMask(bytes[:0], k.Borrower)
		c[3].Texts.Append(bytes)
		bytes = appendMask(bytes[:0], k.Worst)
		c[4].Texts.Append(bytes)
		c[5].AppendName(k.Currency)
		c[6].Counts = append(c[6].Counts, k.Loans)
		c[7].Counts = append(c[7].Counts, k.DaysPastDue)
		c[8].AppendName(k.Bucket)
		c[9].Ints = append(c[9].Ints, k.PastDue)
		c[10].Ints = append(c[10].Ints, k.Total)
		c[11].AppendName(k.Step.Tone)
		c[12].AppendName(k.Step.Template)
	}
	slices.SortFunc(tables, func(a, b *reports.Table) int { return strings.Compare(a.Name, b.Name) })
	return tables
}

func channelColumns(scale int) []reports.Column {
	return []reports.Column{
		{Name: "task_key", Kind: reports.Text}, {Name: "business_date", Kind: reports.Date}, {Name: "rank", Kind: reports.Count},
		{Name: "borrower", Kind: reports.Text}, {Name: "worst_loan", Kind: reports.Text}, {Name: "currency", Kind: reports.Coded},
		{Name: "loans", Kind: reports.Count}, {Name: "days_past_due", Kind: reports.Count}, {Name: "bucket", Kind: reports.Coded},
		{Name: "past_due_amount", Kind: reports.Amount, Digits: scale}, {Name: "total_outstanding", Kind: reports.Amount, Digits: scale},
		{Name: "tone", Kind: reports.Coded}, {Name: "template", Kind: reports.Coded},
	}
}

// Summarize adds up the tasks, by channel and currency.
func Summarize(tasks []Task) reports.QueueTotals {
	s := reports.QueueTotals{Tasks: int64(len(tasks))}
	at := map[[2]string]int{}
	for i := range tasks {
		k := &tasks[i]
		s.Loans += int64(k.Loans)
		key := [2]string{k.Step.Channel, k.Currency}
		n, ok := at[key]
		if !ok {
			n = len(s.Channels)
			at[key] = n
			s.Channels = append(s.Channels, reports.QueueChannel{Channel: k.Step.Channel, Currency: k.Currency})
		}
		s.Channels[n].Tasks++
		s.Channels[n].PastDue += k.PastDue
	}
	slices.SortFunc(s.Channels, func(a, b reports.QueueChannel) int {
		return cmp.Or(strings.Compare(a.Channel, b.Channel), strings.Compare(a.Currency, b.Currency))
	})
	return s
}
