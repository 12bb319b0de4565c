package vendor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
	"daybook/reports/channel"
)

// Where a night's folder has its tasks, and its offers.
const (
	tasksPath  = "queue/tasks.parquet"
	offersPath = "queue/offers.parquet"
)

// A tasks is a night's tasks as they were published.
type tasks struct {
	in      *reports.ParquetRows
	offers  *reports.ParquetRows // nil where the night has none
	night   civil.Date
	columns []taskColumn // that the file has
	scale   int
}

// A taskColumn is a column of tasks.parquet, and where in a row it goes.
type taskColumn struct {
	name string
	kind reports.Kind
	must bool
	take func(r *channel.Row, c *reports.Column, i int)
}

func taskText(name string, to func(*channel.Row) *[]byte) taskColumn {
	return taskColumn{name, reports.Text, false, func(r *channel.Row, c *reports.Column, i int) { *to(r) = c.Texts.Row(i) }}
}

func taskCount(name string, to func(*channel.Row) *int32) taskColumn {
	return taskColumn{name, reports.Count, false, func(r *channel.Row, c *reports.Column, i int) { *to(r) = c.Counts[i] }}
}

func taskNumber(name string, kind reports.Kind, to func(*channel.Row) *int64) taskColumn {
	return taskColumn{name, kind, false, func(r *channel.Row, c *reports.Column, i int) { *to(r) = c.Ints[i] }}
}

func taskDate(name string, to func(*channel.Row) *civil.Date) taskColumn {
	return taskColumn{name, reports.Date, false, func(r *channel.Row, c *reports.Column, i int) { *to(r) = c.Days[i] }}
}

func must(c taskColumn) taskColumn { c.must = true; return c }

// taskColumns are those that a channel's file may show. Where a night of an older release
// has none of a name, the row has nothing there.
var taskColumns = []taskColumn{
	must(taskCount("rank", func(r *channel.Row) *int32 { return &r.Debt.Rank })),
	must(taskText("task_key", func(r *channel.Row) *[]byte { return &r.TaskKey })),
	must(taskText("currency", func(r *channel.Row) *[]byte { return &r.Debt.Currency })),
	must(taskCount("loans", func(r *channel.Row) *int32 { return &r.Debt.Loans })),
	must(taskCount("days_past_due", func(r *channel.Row) *int32 { return &r.Debt.DaysPastDue })),
	must(taskNumber("past_due_amount", reports.Amount, func(r *channel.Row) *int64 { return &r.Debt.PastDue })),
	must(taskNumber("total_outstanding", reports.Amount, func(r *channel.Row) *int64 { return &r.Debt.Total })),
	must(taskText("tone", func(r *channel.Row) *[]byte { return &r.Tone })),
	must(taskText("template", func(r *channel.Row) *[]byte { return &r.Template })),
	taskText("bucket", func(r *channel.Row) *[]byte { return &r.Debt.Bucket }),
	taskDate("contact_on", func(r *channel.Row) *civil.Date { return &r.ContactOn }),
	taskText("language", func(r *channel.Row) *[]byte { return &r.Language }),
	taskText("education", func(r *channel.Row) *[]byte { return &r.Education }),
	taskText("notices", func(r *channel.Row) *[]byte { return &r.Notices }),
	taskText("time_zone", func(r *channel.Row) *[]byte { return &r.Time.Zone }),
	taskText("utc_offset", func(r *channel.Row) *[]byte { return &r.Time.UTCOffset }),
	taskText("earliest_local", func(r *channel.Row) *[]byte { return &r.Time.EarliestLocal }),
	taskText("latest_local", func(r *channel.Row) *[]byte { return &r.Time.LatestLocal }),
	taskNumber("earliest_at", reports.Instant, func(r *channel.Row) *int64 { return &r.Time.Earliest }),
	taskNumber("latest_at", reports.Instant, func(r *channel.Row) *int64 { return &r.Time.Latest }),
	taskCount("attempts", func(r *channel.Row) *int32 { return &r.Time.Attempts }),
	taskDate("next_due_on", func(r *channel.Row) *civil.Date { return &r.Next.On }),
	taskNumber("next_due_amount", reports.Amount, func(r *channel.Row) *int64 { return &r.Next.Amount }),
}

// maskedColumns are those of a file that shows the ids masked.
var maskedColumns = []taskColumn{
	must(taskMask("borrower_id", func(r *channel.Row) *[]byte { return &r.Masked.Borrower })),
	must(taskMask("worst_loan_id", func(r *channel.Row) *[]byte { return &r.Masked.WorstLoan })),
}

func taskMask(name string, to func(*channel.Row) *[]byte) taskColumn {
	return taskColumn{name, reports.Text, false, func(r *channel.Row, c *reports.Column, i int) { *to(r) = channel.AppendMask(nil, c.Texts.Row(i)) }}
}

// openTasks opens the tasks of a published night, for a file that shows ids masked or none, and holds them to its
// manifest: what was changed or came in part is handed to nobody.
func openTasks(night string, masked bool) (_ *tasks, err error) {
	m, err := reports.ReadManifest(filepath.Join(night, "manifest.json"))
	if err != nil {
		return nil, err
	}
	t := &tasks{night: m.BusinessDate}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.in, err = openListed(night, m, tasksPath); err != nil {
		return nil, err
	}
	if t.in == nil {
		return nil, fmt.Errorf("the manifest of %s lists no %s", night, tasksPath)
	}
	if t.offers, err = openListed(night, m, offersPath); err != nil {
		return nil, err
	}
	if masked {
		return t, t.bind(slices.Concat(taskColumns, maskedColumns))
	}
	return t, t.bind(taskColumns)
}

// openListed opens a file that the manifest lists; nil where it lists none.
func openListed(night string, m *reports.Manifest, path string) (*reports.ParquetRows, error) {
	listed := slices.IndexFunc(m.Outputs, func(o reports.Output) bool { return o.Path == path })
	if listed < 0 {
		return nil, nil
	}
	in, err := reports.OpenParquet(filepath.Join(night, filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	digest, err := in.SHA256()
	if err == nil && digest != m.Outputs[listed].SHA256 {
		err = fmt.Errorf("%s of %s is not what its manifest says", path, night)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

func (t *tasks) close() error {
	var err error
	for _, in := range []*reports.ParquetRows{t.in, t.offers} {
		if in != nil {
			err = errors.Join(err, in.Close())
		}
	}
	return err
}

// bind finds of some columns those that the file has.
func (t *tasks) bind(columns []taskColumn) error {
	for _, want := range columns {
		if !t.in.Has(want.name) && !want.must {
			continue
		}
		c, err := t.in.Column(want.name)
		if err != nil {
			return err
		}
		if want.kind == reports.Count && c.Kind == reports.Number { // attempts, where it may be null
			want.take = counted(want.take)
		} else if c.Kind != want.kind {
			return fmt.Errorf("%s: column %s is not of its type", tasksPath, want.name)
		}
		if want.name == "past_due_amount" {
			t.scale = c.Digits
		}
		t.columns = append(t.columns, want)
	}
	return nil
}

// counted makes of a number that may be null a count.
func counted(take func(*channel.Row, *reports.Column, int)) func(*channel.Row, *reports.Column, int) {
	return func(r *channel.Row, c *reports.Column, i int) {
		n := c.Ints[i]
		if n == reports.Null {
			n = 0
		}
		take(r, &reports.Column{Counts: []int32{int32(n)}}, 0)
	}
}

// eachOffer calls fn with the borrower and id of each offer.
func (t *tasks) eachOffer(ctx context.Context, fn func(borrower, id []byte) error) error {
	if t.offers == nil {
		return nil
	}
	return t.offers.Each(ctx, []string{"borrower_id", "offer_id"}, func(c []reports.Column) error {
		if c[0].Kind != reports.Text || c[1].Kind != reports.Text {
			return errors.New(offersPath + ": borrower_id or offer_id is not of its type")
		}
		for i := range c[0].Len() {
			if err := fn(c[0].Texts.Row(i), c[1].Texts.Row(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// borrowers calls fn with the borrower and rank of each task of a channel.
func (t *tasks) borrowers(ctx context.Context, of borrower.Channel, fn func(borrower []byte, rank int32) error) error {
	return t.in.Each(ctx, []string{"borrower_id", "rank", "channel"}, func(c []reports.Column) error {
		if c[0].Kind != reports.Text || c[1].Kind != reports.Count || c[2].Kind != reports.Text {
			return errors.New(tasksPath + ": borrower_id, rank or channel is not of its type")
		}
		for i := range c[0].Len() {
			if string(c[2].Texts.Row(i)) != of.String() {
				continue
			}
			if err := fn(c[0].Texts.Row(i), c[1].Counts[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// rows calls fn with each task of a channel, in the order of ranks. The row is valid until
// fn returns.
func (t *tasks) rows(ctx context.Context, of borrower.Channel, fn func(*channel.Row) error) error {
	names := []string{"channel"}
	for i := range t.columns {
		names = append(names, t.columns[i].name)
	}
	var row channel.Row
	last := int32(0)
	return t.in.Each(ctx, names, func(c []reports.Column) error {
		for i := range c[0].Len() {
			if string(c[0].Texts.Row(i)) != of.String() {
				continue
			}
			row = channel.Row{ContactOn: t.night + 1, Time: channel.Time{Earliest: reports.Null, Latest: reports.Null},
				Next: channel.Next{On: civil.None, Amount: reports.Null}}
			for j := range t.columns {
				t.columns[j].take(&row, &c[j+1], i)
			}
			row.Debt.Scale, row.Debt.Digits = t.scale, t.scale
			if digits, ok := money.Digits(string(row.Debt.Currency)); ok {
				row.Debt.Digits = min(digits, t.scale)
			}
			if row.Debt.Rank <= last {
				return errors.New(tasksPath + " is not in the order of ranks")
			}
			last = row.Debt.Rank
			if err := fn(&row); err != nil {
				return err
			}
		}
		return nil
	})
}
