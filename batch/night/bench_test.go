package night

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
)

// records returns the records of loans that have been paid as they fell due up to a
// night, but for one in ten, who is late.
func records(b testing.TB, n int, date civil.Date) (list [][]byte, rules *Rules) {
	builtin, err := builtinPolicy()
	if err != nil {
		b.Fatal(err)
	}
	rules = &Rules{Date: date - 1, Previous: civil.None, Products: []loan.Product{products()["plain"]}, Scale: []int64{1}, Aging: builtin.Aging, Score: builtin.Score}
	p, r := NewProcessor(rules), rand.New(rand.NewPCG(1, 2))
	for i := range n {
		first := civil.Of(2024, 1, 1) + civil.Date(r.IntN(700))
		terms := loan.Terms{
			Principal: money.Amount(100_000 + r.IntN(3_000_000)), Fee: money.Amount(r.IntN(2) * 500), Rate: money.Rate(60_000_000 + 1_000_000*r.IntN(180)),
			DisbursedOn: first - 31, FirstDueOn: first, Installments: int32(6 + 6*r.IntN(6)), Frequency: loan.Monthly, Method: loan.EqualPrincipal,
			DayCount: civil.Act365F,
		}
		l := loan.Loan{ID: fmt.Appendf(nil, "L%011d", i), Borrower: fmt.Appendf(nil, "B%09d", i), Terms: terms, BookedOn: date - 1, OpeningScore: 600}
		l.Begin(nil)
		paid := money.Amount(0)
		for _, x := range terms.Schedule(nil) {
			if x.DueOn <= date-civil.Date(45*(r.IntN(10)/9)) {
				paid += x.Total()
			}
		}
		in := Input{Loan: &l, Booked: true}
		if paid > 0 {
			in.Events = []loan.Event{{Kind: loan.KindRepayment, ValueDate: date - 1, Amount: paid, ID: fmt.Appendf(nil, "R%d", i)}}
		}
		p.Process(&in)
		list = append(list, record.AppendLoan(nil, &l))
	}
	// The night after that has booked them is not like others.
	rules.Date, rules.Previous = date, date-1
	for i := range list {
		var l loan.Loan
		if err := record.DecodeLoan(list[i], &l); err != nil {
			b.Fatal(err)
		}
		p.Process(&Input{Loan: &l})
		list[i] = record.AppendLoan(nil, &l)
	}
	rules.Date, rules.Previous = date+1, date
	page := slices.Concat(list...) // as they lie in the book
	for i, rec := range list {
		list[i], page = page[:len(rec)], page[len(rec):]
	}
	return list, rules
}

// BenchmarkOrdinaryLoan is the night of a loan that is not paid: from record to record,
// and to the tape's row.
func BenchmarkOrdinaryLoan(b *testing.B) {
	const n = 20_000
	list, rules := records(b, n, civil.Of(2026, 11, 23))
	p := NewProcessor(rules)
	var l loan.Loan
	var f aging.Facts
	var rec []byte
	const batch = 1 << 13
	steps := []struct {
		name string
		do   func(i int)
	}{
		{"decode", func(int) {}},
		{"process", func(int) { p.Process(&Input{Loan: &l}) }},
		{"fill", func(i int) {
			if i%batch == 0 {
				f.Reset()
				f.Grow(batch)
			}
			p.Fill(&f, i%batch, &l, uint64(i))
		}},
		{"encode", func(i int) {
			passed := false
			if p.result.Passed {
				rec, passed = record.AppendPassed(rec[:0], list[i], &l)
			}
			if !passed {
				rec = record.AppendLoan(rec[:0], &l)
			}
		}},
	}
	for k := range steps {
		b.Run("up to "+steps[k].name, func(b *testing.B) {
			for b.Loop() {
				for i, r := range list {
					if err := record.DecodeLoan(r, &l); err != nil {
						b.Fatal(err)
					}
					for s := 1; s <= k; s++ {
						steps[s].do(i)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/loan")
		})
	}
}

// TestOrdinaryLoanAllocatesNothing: a night has millions of them.
func TestOrdinaryLoanAllocatesNothing(t *testing.T) {
	list, rules := records(t, 200, civil.Of(2026, 11, 23))
	p := NewProcessor(rules)
	var l loan.Loan
	night := func() {
		for _, r := range list {
			if err := record.DecodeLoan(r, &l); err != nil {
				t.Fatal(err)
			}
			p.Process(&Input{Loan: &l})
		}
	}
	night() // grows what is reused
	if n := testing.AllocsPerRun(10, night); n > 10 {
		t.Errorf("%v allocations for %d loans", n, len(list))
	}
}
