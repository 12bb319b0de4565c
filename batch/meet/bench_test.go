package meet

import (
	"fmt"
	"path/filepath"
	"testing"

	"daybook/aging"
	"daybook/ledger/store"
)

// BenchmarkMeet is the pass over the borrowers of 400,000 loans of whom the book knows
// nothing, as on an ordinary day.
func BenchmarkMeet(b *testing.B) {
	const loans, batch = 400_000, 1 << 13
	book, err := store.Create(filepath.Join(b.TempDir(), "book"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	var facts []aging.Facts
	for from := 0; from < loans; from += batch {
		var f aging.Facts
		f.Reset()
		rows := min(batch, loans-from)
		f.Grow(rows)
		for i := range rows {
			f.LoanID.Append(fmt.Appendf(nil, "L%010d", from+i))
			f.Borrower.Append(fmt.Appendf(nil, "B%09d", (from+i)*4/5))
			if (from+i)%9 == 0 {
				f.Counts[aging.DaysPastDue][i] = 5
				f.Codes[aging.Bucket][i], f.Codes[aging.Classification][i] = 1, 1
			}
		}
		facts = append(facts, f)
	}
	for b.Loop() {
		g := Gather(b.TempDir(), 2<<30, 1)
		w := g.Writer(2)
		for i := range facts {
			if err := w.AddFacts(0, int64(i*batch), &facts[i], nil); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		r, err := g.Run(b.Context(), Options{Workers: 2, Book: book, Treatment: Treatment{Names: Names{
			Products: []string{"default"}, Scheduled: []bool{true}, Currencies: []string{"CNY"}, Units: []int64{1}, Buckets: []string{"current", "M1"},
		}}})
		if err != nil {
			b.Fatal(err)
		}
		if r.OnBook[0] == 0 {
			b.Fatal("no borrower is on the book")
		}
		if err := g.Remove(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/loans, "ns/loan")
}
