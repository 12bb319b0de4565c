package queue

import (
	"context"
	"errors"

	"daybook/aging"
	"daybook/reports"
	"daybook/reports/spill"
)

// A Collector gathers the loans past due of a night, from many workers.
type Collector struct {
	rows  *spill.Sorter // by borrower, then loan
	tasks *spill.Sorter // in the order in which they are to be worked
}

// Collect returns a collector that keeps what is above a budget of bytes in files of
// a folder.
func Collect(dir string, budget int64) *Collector {
	return &Collector{spill.New(dir, "past-due", budget/2), spill.New(dir, "tasks", budget/2)}
}

// Remove frees the memory and removes the files.
func (c *Collector) Remove() error { return errors.Join(c.rows.Remove(), c.tasks.Remove()) }

// A Writer is one worker's way into a collector.
type Writer struct {
	w   *spill.Writer
	rec []byte
}

// Writer returns a way in for one of a number of workers.
func (c *Collector) Writer(workers int) *Writer { return &Writer{w: c.rows.Writer(workers)} }

// Add adds the loans past due of a batch of facts.
func (w *Writer) Add(rec reports.Batch) error {
	f, d, _, err := reports.Facts(rec)
	if err != nil {
		return err
	}
	closed := make([]bool, len(d[aging.Status]))
	for i, s := range d[aging.Status] {
		status, known := aging.ParseLoanStatus(s)
		closed[i] = known && !status.Collectable()
	}
	for i, days := range f.Counts[aging.DaysPastDue] {
		if days <= 0 || closed[f.Codes[aging.Status][i]] {
			continue
		}
		loan, borrower, bucket := f.LoanID.Row(i), f.Borrower.Row(i), ""
		if len(borrower) == 0 {
			borrower = loan // who is not known is known by the loan
		}
		if c := f.Codes[aging.Bucket][i]; c != aging.NoCode {
			bucket = d[aging.Bucket][c]
		}
		r := pastDue{
			loan: loan, currency: d[aging.Currency][f.Codes[aging.Currency][i]], bucket: bucket, days: days,
			pastDue: f.Amounts[aging.PastDueAmount][i],
		}
		if err := w.add(borrower, &r, f.Amounts[aging.TotalOutstanding][i]); err != nil {
			return err
		}
	}
	return nil
}

// add adds a row, with borrower and loan first, in whose order rows are brought
// together.
func (w *Writer) add(borrower []byte, r *pastDue, total int64) error {
	b := spill.AppendText(spill.AppendText(w.rec[:0], borrower), r.loan)
	b = spill.AppendText(spill.AppendText(b, r.currency), r.bucket)
	w.rec = spill.AppendInt(spill.AppendInt(spill.AppendInt(b, int64(r.days)), r.pastDue), total)
	return w.w.Add(w.rec)
}

// Close hands over what the writer has; it may be used again after it.
func (w *Writer) Close() error { return w.w.Close() }

// A borrower is the loans of one borrower as they come: however many they are, only
// the worst is kept, and the sums of each currency.
type borrower struct {
	id    []byte
	worst pastDue
	loans int32
	sums  []currencySum // most borrowers owe in one currency
}

type currencySum struct {
	currency       string
	pastDue, total int64
}

// A pastDue is a row as it is read; loan belongs to whoever keeps it.
type pastDue struct {
	loan             []byte
	currency, bucket string
	days             int32
	pastDue          int64
}

func (b *borrower) begin(id []byte) {
	*b = borrower{id: append(b.id[:0], id...), worst: pastDue{loan: b.worst.loan[:0]}, sums: b.sums[:0]}
}

// add takes the borrower's next loan.
func (b *borrower) add(r *pastDue, total int64) {
	b.loans++
	if b.loans == 1 || r.worse(&b.worst) {
		loan := append(b.worst.loan[:0], r.loan...)
		b.worst = *r
		b.worst.loan = loan
	}
	for i := range b.sums {
		if s := &b.sums[i]; s.currency == r.currency {
			s.pastDue += r.pastDue
			s.total += total
			return
		}
	}
	b.sums = append(b.sums, currencySum{r.currency, r.pastDue, total})
}

// worse reports whether a loan decides rather than another: most days past due, then
// most past due, then the first id.
func (r *pastDue) worse(o *pastDue) bool {
	switch {
	case r.days != o.days:
		return r.days > o.days
	case r.pastDue != o.pastDue:
		return r.pastDue > o.pastDue
	}
	return string(r.loan) < string(o.loan)
}

// eachBorrower calls fn with each borrower, in the order of their ids.
func (c *Collector) eachBorrower(ctx context.Context, names *names, fn func(*borrower) error) error {
	var b borrower
	err := c.rows.Each(ctx, func(rec []byte) error {
		d := spill.Record{B: rec}
		id := d.Text()
		r := pastDue{loan: d.Text(), currency: names.of(d.Text()), bucket: names.of(d.Text()), days: int32(d.Int()), pastDue: d.Int()}
		total := d.Int()
		if d.Bad {
			return d.Err()
		}
		if string(id) != string(b.id) {
			if b.loans > 0 {
				if err := fn(&b); err != nil {
					return err
				}
			}
			b.begin(id)
		}
		b.add(&r, total)
		return nil
	})
	if err == nil && b.loans > 0 {
		err = fn(&b)
	}
	return err
}

// names gives equal texts one string.
type names struct{ known map[string]string }

func (n *names) of(text []byte) string {
	if s, ok := n.known[string(text)]; ok {
		return s
	}
	if n.known == nil {
		n.known = map[string]string{}
	}
	s := string(text)
	n.known[s] = s
	return s
}
