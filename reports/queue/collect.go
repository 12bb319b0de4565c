package queue

import (
	"bytes"

	"daybook/aging"
	"daybook/reports/spill"
)

// A Collector gathers the tasks of a night, from many workers.
type Collector struct {
	tasks  *spill.Sorter // in the order in which they are to be worked
	budget int64
}

// Collect returns a collector that keeps what is above a budget of bytes in files of
// a folder.
func Collect(dir string, budget int64) *Collector {
	return &Collector{spill.New(dir, "tasks", budget), budget}
}

// Remove frees the memory and removes the files.
func (c *Collector) Remove() error { return c.tasks.Remove() }

// AppendLoan appends what a task needs to know of a loan past due: row i of facts.
func AppendLoan(b []byte, f *aging.Facts, i int, d *aging.Dictionaries) []byte {
	bucket := ""
	if c := f.Codes[aging.Bucket][i]; c != aging.NoCode {
		bucket = d[aging.Bucket][c]
	}
	currency := d[aging.Currency][f.Codes[aging.Currency][i]]
	return appendLoan(b, f.LoanID.Row(i), currency, bucket, f.Counts[aging.DaysPastDue][i],
		f.Amounts[aging.PastDueAmount][i], f.Amounts[aging.TotalOutstanding][i])
}

func appendLoan(b, loan []byte, currency, bucket string, days int32, pastDue, total int64) []byte {
	b = appendText(appendText(appendText(b, loan), currency), bucket)
	return appendInt(appendInt(appendInt(b, int64(days)), pastDue), total)
}

// A Writer is one worker's way into a collector: it takes borrowers one after the other.
type Writer struct {
	w     *spill.Writer
	scale int
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
	r, err := readPastDue(rec)
	if err == nil {
		w.b.add(&r)
	}
	return err
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
	currency       []byte
	pastDue, total int64
}

// A pastDue is a row; as it is read, its texts are parts of its record.
type pastDue struct {
	loan, currency, bucket []byte
	days                   int32
	pastDue, total         int64
}

func readPastDue(rec []byte) (r pastDue, err error) {
	r.loan, rec = cutText(rec)
	r.currency, rec = cutText(rec)
	r.bucket, rec = cutText(rec)
	days, rec := cutInt(rec)
	r.days = int32(days)
	r.pastDue, rec = cutInt(rec)
	r.total, rec = cutInt(rec)
	if rec == nil {
		return r, errDamaged
	}
	return r, nil
}

func (b *borrower) begin(id []byte) {
	b.id, b.loans, b.sums = append(b.id[:0], id...), 0, b.sums[:0]
}

// add takes the borrower's next loan.
func (b *borrower) add(r *pastDue) {
	b.loans++
	s := b.sum(r.currency)
	s.pastDue += r.pastDue
	s.total += r.total
	if b.loans == 1 || r.worse(&b.worst) {
		b.worst.take(r)
	}
}

// take makes r a copy of another row, in its own memory.
func (r *pastDue) take(o *pastDue) {
	r.loan, r.currency, r.bucket = append(r.loan[:0], o.loan...), append(r.currency[:0], o.currency...), append(r.bucket[:0], o.bucket...)
	r.days, r.pastDue, r.total = o.days, o.pastDue, o.total
}

// sum returns the sum of a currency, new or not. The memory of an earlier borrower's is
// used again.
func (b *borrower) sum(currency []byte) *currencySum {
	for i := range b.sums {
		if s := &b.sums[i]; bytes.Equal(s.currency, currency) {
			return s
		}
	}
	n := len(b.sums)
	if n == cap(b.sums) {
		b.sums = append(b.sums, currencySum{})
	}
	b.sums = b.sums[:n+1]
	s := &b.sums[n]
	s.currency, s.pastDue, s.total = append(s.currency[:0], currency...), 0, 0
	return s
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
