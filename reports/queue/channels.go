package queue

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"daybook/reports"
)

// A step is a step of the ladder as the lines of its channel have it.
type step struct {
	channel int    // its place among the channels
	tail    []byte // what a line ends with
}

// stepsOf returns the steps of a ladder, and the names of its channels.
func stepsOf(ladder []Step) (steps []step, channels []string) {
	for i := range ladder {
		s := &ladder[i]
		at := slices.Index(channels, s.Channel)
		if at < 0 {
			at = len(channels)
			channels = append(channels, s.Channel)
		}
		tail := append(reports.AppendCell([]byte{','}, []byte(s.Tone)), ',')
		tail = append(reports.AppendCell(tail, []byte(s.Template)), '\n')
		steps = append(steps, step{at, tail})
	}
	return steps, channels
}

func channelColumns(scale int) []reports.Column {
	return []reports.Column{
		text("task_key"), {Name: "business_date", Kind: reports.Date}, count("rank"), text("borrower"), text("worst_loan"),
		code("currency"), count("loans"), count("days_past_due"), code("bucket"), amount("past_due_amount", scale),
		amount("total_outstanding", scale), code("tone"), code("template"),
	}
}

// channels are the CSV files of the channels, each opened with its first task.
type channels struct {
	dir   string
	scale int
	form  *reports.Form
	names []string
	files []*reports.CSVFile
}

// write adds lines to the files of their channels.
func (w *channels) write(lines []lines) error {
	for i := range w.files {
		l := &lines[i]
		if l.rows == 0 {
			continue
		}
		if w.files[i] == nil {
			var err error
			if w.files[i], err = w.form.CreateCSV(filepath.Join(w.dir, w.names[i]+".csv"), channelColumns(w.scale)); err != nil {
				return err
			}
		}
		if err := w.files[i].WriteLines(l.text, l.rows); err != nil {
			return err
		}
	}
	return nil
}

// close closes the files, side by side, and returns them by name.
func (w *channels) close() ([]reports.Output, error) {
	files := slices.DeleteFunc(slices.Clone(w.files), func(f *reports.CSVFile) bool { return f == nil })
	outputs := make([]reports.Output, len(files))
	var g errgroup.Group
	for i, f := range files {
		g.Go(reports.Guarded(func() (err error) {
			outputs[i], err = f.Close()
			return err
		}))
	}
	err := g.Wait()
	slices.SortFunc(outputs, func(a, b reports.Output) int { return strings.Compare(a.Path, b.Path) })
	return outputs, err
}

func (w *channels) abort() {
	for _, f := range w.files {
		if f != nil {
			f.Abort()
		}
	}
}
