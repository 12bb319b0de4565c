package queue

import (
	"context"
	"slices"
	"strings"

	"daybook/ledger/money"
	"daybook/reports/spill"
)

// A Queue is the tasks of a night in the order in which they are to be worked:
// past-due amount and days past due descending, then borrower. Amounts of
// different currencies are compared as they stand.
type Queue struct {
	o     Options
	tasks *spill.Sorter
	night []byte // what the night's keys are made with
}

// Queue makes the queue of what was collected; all writers are closed.
func (c *Collector) Queue(o Options) *Queue {
	if o.Ladder == nil {
		o.Ladder = DefaultLadder()
	}
	return &Queue{o: o, tasks: c.tasks, night: o.nightKey()}
}

// appendTask writes a borrower as a task; what comes first gives the order.
func (b *borrower) appendTask(rec []byte, scale int) []byte {
	w := &b.worst
	var own currencySum
	others := ""
	for i := range b.sums {
		if b.sums[i].currency == w.currency {
			own = b.sums[i]
		}
	}
	if len(b.sums) > 1 {
		others = amounts(b.sums, w.currency, scale)
	}
	rec = spill.AppendInt(spill.AppendInt(rec, ^own.pastDue), int64(^w.days))
	rec = spill.AppendText(spill.AppendText(rec, b.id), w.loan)
	rec = spill.AppendText(spill.AppendText(spill.AppendText(rec, w.currency), w.bucket), others)
	return spill.AppendInt(spill.AppendInt(rec, int64(b.loans)), own.total)
}

// amounts lists the amounts of all currencies but one: "EUR 3.10; USD 12.00".
func amounts(sums []currencySum, but string, scale int) string {
	var list []string
	for _, s := range sums {
		if s.currency != but {
			list = append(list, s.currency+" "+money.Amount(s.pastDue).Text(scale))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

func (t *Task) read(rec []byte, names *names) error {
	d := spill.Record{B: rec}
	*t = Task{PastDue: ^d.Int(), DaysPastDue: ^int32(d.Int())}
	t.Borrower, t.Worst = string(d.Text()), string(d.Text())
	t.Currency, t.Bucket, t.Other = names.of(d.Text()), names.of(d.Text()), string(d.Text())
	t.Loans, t.Total = int32(d.Int()), d.Int()
	return d.Err()
}

// Len returns the number of tasks.
func (q *Queue) Len() int { return int(q.tasks.Len()) }

// each calls fn with the tasks in their order, at most so many at once; they are
// valid until it returns.
func (q *Queue) each(ctx context.Context, most int, fn func([]Task) error) error {
	tasks, done, known := make([]Task, min(most, q.Len())), 0, &names{}
	n := 0
	flush := func() error {
		some := tasks[:n]
		eachRange(n, func(from, to int) {
			k := keys{text: slices.Clone(q.night)}
			for i := from; i < to; i++ {
				t := &some[i]
				t.Rank, t.Key, t.Step = int32(done+i+1), k.of(t.Borrower), stepOf(q.o.Ladder, t.DaysPastDue)
			}
		})
		done, n = done+n, 0
		return fn(some)
	}
	err := q.tasks.Each(ctx, func(rec []byte) error {
		if err := tasks[n].read(rec, known); err != nil {
			return err
		}
		if n++; n == len(tasks) {
			return flush()
		}
		return nil
	})
	if err == nil && n > 0 {
		err = flush()
	}
	return err
}
