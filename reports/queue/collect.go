package queue

import (
	"daybook/aging"
	"daybook/reports/spill"
)

// A Collector gathers the tasks of a night, from many workers.
type Collector struct {
	tasks *spill.Sorter // in the order in which they are to be worked
}

// Collect returns a collector that keeps what is above a budget of bytes in files of
// a folder.
func Collect(dir string, budget int64) *Collector { return &Collector{spill.New(dir, "tasks", budget)} }

// Remove frees the memory and removes the files.
func (c *Collector) Remove() error { return c.tasks.Remove() }

// AppendLoan appends what a task needs to know of a loan past due: row i of facts.
func AppendLoan(b []byte, f *aging.Facts, i int, d *aging.Dictionaries) []byte {
	bucket := ""
	if c := f.Codes[aging.Bucket][i]; c != aging.NoCode {
		bucket = d[aging.Bucket][c]
	}
	r := pastDue{
		loan: f.LoanID.Row(i), currency: d[aging.Currency][f.Codes[aging.Currency][i]], bucket: bucket,
		days: f.Counts[aging.DaysPastDue][i], pastDue: f.Amounts[aging.PastDueAmount][i],
	}
	return r.append(b, f.Amounts[aging.TotalOutstanding][i])
}

func (r *pastDue) append(b []byte, total int64) []byte {
	b = spill.AppendText(spill.AppendText(spill.AppendText(b, r.loan), r.currency), r.bucket)
	return spill.AppendInt(spill.AppendInt(spill.AppendInt(b, int64(r.days)), r.pastDue), total)
}

// A Writer is one worker's way into a collector: it takes borrowers one after the other.
type Writer struct {
	w     *spill.Writer
	scale int
	names names
	b     borrower
	rec   []byte
}

// Writer returns a way in for one of a number of workers; amounts have scale digits.
func (c *Collector) Writer(workers, scale int) *Writer {
	return &Writer{w: c.tasks.Writer(workers), scale: scale}
}

// Begin begins the loans past due of a borrower.
func (w *Writer) Begin(id []byte) { w.b.begin(id) }

// Loan adds one of them, as [AppendLoan] wrote it; they come in any order.
func (w *Writer) Loan(rec []byte) error {
	d := spill.Record{B: rec}
	r := pastDue{loan: d.Text(), currency: w.names.of(d.Text()), bucket: w.names.of(d.Text()), days: int32(d.Int()), pastDue: d.Int()}
	total := d.Int()
	if d.Bad {
		return d.Err()
	}
	w.b.add(&r, total)
	return nil
}

// End makes the borrower's task.
func (w *Writer) End() error {
	if w.b.loans == 0 {
		return nil
	}
	w.rec = w.b.appendTask(w.rec[:0], w.scale)
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
