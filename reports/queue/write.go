package queue

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	for i := range tasks {
		k := &tasks[i]
		var bucket any
		if k.Bucket != "" {
			bucket = k.Bucket
		}
		t.Append(k.Rank, k.Key, k.Borrower, k.Currency, k.Loans, k.Worst, k.DaysPastDue, bucket, k.PastDue, k.Total,
			k.Other, k.Step.Channel, k.Step.Tone, k.Step.Template)
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
	t, suppressed, below := Tables(tasks, o.Scale)
	var outputs []reports.Output
	for _, table := range []*reports.Table{t, suppressed, below} {
		out, err := reports.WriteParquet(filepath.Join(dir, table.Name+".parquet"), table)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	for _, table := range channels(tasks, o) {
		out, err := reports.WriteCSV(filepath.Join(dir, table.Name+".csv"), table)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	return outputs, nil
}

// channels returns a table for each channel, by its name.
func channels(tasks []Task, o Options) []*reports.Table {
	byName := map[string]*reports.Table{}
	for i := range tasks {
		k := &tasks[i]
		t := byName[k.Step.Channel]
		if t == nil {
			t = &reports.Table{Name: k.Step.Channel, Columns: channelColumns(o.Scale)}
			byName[t.Name] = t
		}
		t.Append(k.Key, o.BusinessDate, k.Rank, Mask(k.Borrower), Mask(k.Worst), k.Currency, k.Loans, k.DaysPastDue, k.Bucket,
			k.PastDue, k.Total, k.Step.Tone, k.Step.Template)
	}
	tables := make([]*reports.Table, 0, len(byName))
	for _, t := range byName {
		tables = append(tables, t)
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
