package queue

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"daybook/reports"
)

// channels are the CSV files of the channels, each opened with its first task.
type channels struct {
	dir   string
	o     *Options
	files map[string]*channel
	list  []*channel
	bytes []byte
}

type channel struct {
	name    string
	file    *reports.CSVFile
	columns []reports.Column
}

func channelColumns(scale int) []reports.Column {
	return []reports.Column{
		text("task_key"), {Name: "business_date", Kind: reports.Date}, count("rank"), text("borrower"), text("worst_loan"),
		code("currency"), count("loans"), count("days_past_due"), code("bucket"), amount("past_due_amount", scale),
		amount("total_outstanding", scale), code("tone"), code("template"),
	}
}

// write adds tasks to the files of their channels.
func (w *channels) write(tasks []Task) error {
	for _, c := range w.list {
		clearRows(c.columns)
	}
	for i := range tasks {
		k := &tasks[i]
		c := w.files[k.Step.Channel]
		if c == nil {
			var err error
			if c, err = w.open(k.Step.Channel); err != nil {
				return err
			}
		}
		w.append(c.columns, k)
	}
	for _, c := range w.list {
		if err := c.file.Write(c.columns); err != nil {
			return err
		}
	}
	return nil
}

func (w *channels) open(name string) (*channel, error) {
	c := &channel{name: name, columns: channelColumns(w.o.Scale)}
	var err error
	if c.file, err = reports.CreateCSV(filepath.Join(w.dir, name+".csv"), c.columns); err != nil {
		return nil, err
	}
	w.files[name] = c
	w.list = append(w.list, c)
	return c, nil
}

// append adds a task to a channel's columns, with masked ids.
func (w *channels) append(c []reports.Column, k *Task) {
	c[0].Texts.AppendString(k.Key)
	c[1].Days = append(c[1].Days, w.o.BusinessDate)
	c[2].Counts = append(c[2].Counts, k.Rank)
	w.bytes = appendMask(w.bytes[:0], k.Borrower)
	c[3].Texts.Append(w.bytes)
	w.bytes = appendMask(w.bytes[:0], k.Worst)
	c[4].Texts.Append(w.bytes)
	c[5].AppendName(k.Currency)
	c[6].Counts = append(c[6].Counts, k.Loans)
	c[7].Counts = append(c[7].Counts, k.DaysPastDue)
	c[8].AppendName(k.Bucket)
	c[9].Ints = append(c[9].Ints, k.PastDue)
	c[10].Ints = append(c[10].Ints, k.Total)
	c[11].AppendName(k.Step.Tone)
	c[12].AppendName(k.Step.Template)
}

// close closes the files, side by side, and returns them by name.
func (w *channels) close() ([]reports.Output, error) {
	slices.SortFunc(w.list, func(a, b *channel) int { return strings.Compare(a.name, b.name) })
	outputs := make([]reports.Output, len(w.list))
	var g errgroup.Group
	for i, c := range w.list {
		g.Go(reports.Guarded(func() (err error) {
			outputs[i], err = c.file.Close()
			return err
		}))
	}
	return outputs, g.Wait()
}

func (w *channels) abort() {
	for _, c := range w.list {
		c.file.Abort()
	}
}
