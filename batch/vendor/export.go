package vendor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/channel"
)

// An Export says what is handed to a vendor with the lender's own data.
type Export struct {
	Night   string // folder of the published night
	With    string // Parquet of the lender's own: borrower_id and what the profile takes
	To      string // the file; "" is the profile's own name in the working folder
	Profile *channel.Profile
	Channel borrower.Channel
	Options channel.Options
	Strict  bool // nothing is written where a task would be left out
}

// An Exported says what became of the tasks: each was written, or is counted among those
// that were not.
type Exported struct {
	ContactOn civil.Date
	Tasks     int64    // of the channel
	Written   int64    // with the lender's own data
	Without   int64    // whose borrower the file does not have
	Unusable  int64    // whose borrower has nothing there that can be used
	Emptied   int64    // values that can't be used, of columns that may be empty
	Rows      int64    // of the file
	Ignored   []string // columns of the file that the profile does not take
	Files     []string
}

// A LeftOutError says that tasks would have been left out of a strict export.
type LeftOutError struct{ Exported *Exported }

func (e *LeftOutError) Error() string {
	return fmt.Sprintf("%d borrowers of %d are not in the file, and %d have nothing there that can be used",
		e.Exported.Without, e.Exported.Tasks, e.Exported.Unusable)
}

// Run writes the file, and beside it its control and the further files that the profile
// asks for.
func (e *Export) Run(ctx context.Context) (_ *Exported, err error) {
	format, err := e.Profile.Format(e.Channel, e.Options)
	if err != nil {
		return nil, err
	}
	format = format.With()
	to := e.To
	if to == "" {
		to = format.Name(1)
	}
	name := func(n int) string { return numbered(filepath.Base(to), n) }
	t, err := openTasks(e.Night, e.Options.Masked)
	if err != nil {
		return nil, err
	}
	defer t.close()
	with, err := reports.OpenParquet(e.With)
	if err != nil {
		return nil, err
	}
	defer with.Close()
	s, err := stage(filepath.Dir(to))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	if err := s.free(name(1), channel.ControlName(name(1))); err != nil {
		return nil, err
	}
	j := &joining{export: e, tasks: t, with: with, format: format, dir: s.dir, result: &Exported{ContactOn: t.night + 1, Rows: with.Rows()}}
	defer func() { err = errors.Join(err, j.close()) }()
	if err := j.join(ctx); err != nil {
		return nil, err
	}
	if r := j.result; e.Strict && r.Without+r.Unusable > 0 {
		return nil, &LeftOutError{r}
	}
	out, err := j.write(ctx, func(n int) string { return s.path(name(n)) })
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range out {
		names = append(names, filepath.Base(out[i].Path))
		j.result.Files = append(j.result.Files, filepath.Join(s.to, names[i]))
	}
	return j.result, s.publish(names...)
}

// numbered is what the n-th file of several is called.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
}

// ownColumns finds the columns that the profile takes in the lender's file, -1 where there
// is none, and names those that it does not take.
func (j *joining) ownColumns() (names []string, at []int, err error) {
	if c, err := j.with.Column("borrower_id"); err != nil || c.Kind != reports.Text {
		return nil, nil, errors.Join(err, textFault(j.export.With, "borrower_id", &c))
	}
	names = []string{"borrower_id"}
	takes := j.export.Profile.Takes
	for i := range takes {
		p := &takes[i]
		at = append(at, -1)
		if !j.with.Has(p.Name) {
			if p.Must {
				return nil, nil, fmt.Errorf("%s has no column %s, without which %s reaches nobody", j.export.With, p.Name, j.export.Profile.Name)
			}
			continue
		}
		c, err := j.with.Column(p.Name)
		if err == nil {
			err = textFault(j.export.With, p.Name, &c)
		}
		if err != nil {
			return nil, nil, err
		}
		at[i] = len(names)
		names = append(names, p.Name)
	}
	for _, name := range j.with.Names() {
		if !slices.Contains(names, name) {
			j.result.Ignored = append(j.result.Ignored, name)
		}
	}
	return names, at, nil
}

// textFault says that a column is no text. Numbers of telephones are texts: as a number
// one loses its zeros.
func textFault(file, name string, c *reports.Column) error {
	if c.Kind == reports.Text {
		return nil
	}
	return fmt.Errorf("%s: column %s is not of text", file, name)
}
