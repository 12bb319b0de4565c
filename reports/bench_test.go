package reports

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// BenchmarkTape writes a tape as wide as the contract's, two parts at once,
// synced, in batches as large as a partition of a book of ten million loans.
func BenchmarkTape(b *testing.B) {
	const parts, batches = 2, 16
	d := testDictionaries()
	recs := make([]Batch, 4)
	for i := range recs {
		recs[i] = batchOf(randomFacts(uint64(i), 39_000), d, 2)
	}
	benchmarkParts(b, parts, func(path string) (Output, error) {
		w, err := CreateTape(path, Aside{Path: path + ".late"}, testForm(), testDate, d, 2)
		if err != nil {
			return Output{}, err
		}
		for i := range batches {
			if err := w.Write(recs[i%len(recs)]); err != nil {
				return Output{}, err
			}
		}
		return w.Close(nil)
	})
}

// BenchmarkJournal writes postings of entries of three.
func BenchmarkJournal(b *testing.B) {
	const parts, batches = 2, 16
	format := JournalFormat{Chart: ledger.DefaultChart(), Currencies: []string{"CNY"}, Scale: 2, Form: testForm()}
	js := make([]*Journal, 4)
	for i := range js {
		js[i] = randomJournal(uint64(i), 120_000)
	}
	benchmarkParts(b, parts, func(path string) (Output, error) {
		w, err := CreateJournal(path, format, testDate)
		if err != nil {
			return Output{}, err
		}
		for i := range batches {
			j := *js[i%len(js)]
			if err := w.Write(&j); err != nil {
				return Output{}, err
			}
		}
		return w.Close()
	})
}

func benchmarkParts(b *testing.B, parts int, write func(path string) (Output, error)) {
	dir := b.TempDir()
	outs := make([]Output, parts)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		var g errgroup.Group
		for p := range parts {
			g.Go(func() (err error) {
				outs[p], err = write(filepath.Join(dir, fmt.Sprintf("part-%d-%d.parquet", n, p)))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	var rows, bytes int64
	for _, o := range outs {
		rows, bytes = rows+o.Rows, bytes+o.Bytes
	}
	b.ReportMetric(float64(rows)*float64(n)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(bytes)/float64(rows), "B/row")
}

// testDate is the business date of the tables that tests write.
var testDate = civil.Of(2026, 11, 23)

// testForm is this release's form for the test's dictionaries.
func testForm() *Form { return CurrentForm("daybook 1.2.3", testDictionaries()) }

func testDictionaries() *aging.Dictionaries {
	d := new(aging.Dictionaries)
	for i := range d {
		d[i] = aging.Dictionary{"a", "b", "c"}
	}
	d[aging.Product] = aging.Dictionary{"card", "cash", "auto"}
	d[aging.Currency] = aging.Dictionary{"CNY", "USD"}
	d[aging.Bucket] = aging.Dictionary{"C", "M1", "M2", "M3", "M4", "M5", "M6", "M7"}
	d[aging.PreviousBucket] = d[aging.Bucket]
	d[aging.Classification] = aging.Dictionary{"pass", "special_mention", "substandard", "doubtful", "loss"}
	d[aging.BorrowerClassification] = d[aging.Classification]
	d[aging.Status] = aging.Dictionary{"active", "settled", "overpaid", "charged_off", "written_off", "quarantined"}
	d[aging.Accrual] = aging.Dictionary{"accruing", "non_accrual"}
	d[aging.Stage] = aging.Dictionary{"1", "2", "3"}
	d[aging.LastCuredBucket] = d[aging.Bucket]
	d[aging.PackName] = aging.Dictionary{"cn", "in"}
	d[aging.LateColumn] = aging.Dictionary{"in_class", "in_rule", "in_non_performing_since", "in_provision", "cn_class", "cn_provision"}
	d[aging.SettledColumn] = aging.Dictionary{"cn_class", "cn_provision"}
	reasons := make(aging.Dictionary, 40)
	for i := range reasons {
		reasons[i] = fmt.Sprintf("reason_%02d", i)
	}
	for c := aging.Reason1; c <= aging.Reason4; c++ {
		d[c] = reasons
	}
	return d
}

// randomFacts is a portfolio of which one loan in eight is past due.
func randomFacts(seed uint64, rows int) *aging.Facts {
	r := rand.New(rand.NewPCG(seed, 7))
	d := testDictionaries()
	f := new(aging.Facts)
	f.Grow(rows)
	f.LoanID.Reset()
	f.Borrower.Reset()
	date := civil.Of(2026, 11, 23)
	for i := range rows {
		late := r.IntN(8) == 0
		f.LoanID.Append(fmt.Appendf(nil, "L%012d", r.Uint64N(1e12)))
		f.Borrower.Append(fmt.Appendf(nil, "B%010d", r.Uint64N(1e10)))
		f.Rate[i] = int64(6+r.IntN(18)) * 10_000_000
		for a := range f.Amounts {
			f.Amounts[a][i] = r.Int64N(5_000_000)
		}
		f.CureEvent[i] = uint8(i % 6)
		f.Band[i], f.BackstopYears[i] = uint8(i%(2*bands)), uint8(i%5)
		for _, a := range []aging.Amount{aging.InterestSuspended, aging.ChargedOff, aging.Recovered, aging.CreditBalance} {
			f.Amounts[a][i] = 0
		}
		if !late {
			f.Amounts[aging.PastDueAmount][i] = 0
		}
		f.PreviousTotal[i] = f.Amounts[aging.TotalOutstanding][i] + r.Int64N(1000)
		for k := range f.Days {
			f.Days[k][i] = date - civil.Date(r.IntN(700))
		}
		if !late {
			f.Days[aging.OldestUnpaidDueOn][i] = civil.None
		}
		for k := range f.Counts {
			f.Counts[k][i] = int32(r.IntN(36))
		}
		f.Counts[aging.DaysPastDue][i], f.Counts[aging.ScoreDelta][i] = 0, 0
		for k := range f.Codes {
			f.Codes[k][i] = uint16(r.IntN(len(d[k])))
		}
		if !late {
			for _, c := range []aging.Code{aging.Bucket, aging.PreviousBucket, aging.Status, aging.Accrual, aging.Classification,
				aging.BorrowerClassification, aging.Stage, aging.Currency} {
				f.Codes[c][i] = 0
			}
		} else {
			f.Counts[aging.DaysPastDue][i] = int32(1 + r.IntN(400))
			f.Counts[aging.ScoreDelta][i] = int32(-r.IntN(30))
			f.Codes[aging.Bucket][i] = uint16(1 + r.IntN(7))
			f.Codes[aging.PreviousBucket][i] = uint16(r.IntN(8))
		}
		for c := aging.Reason1; c <= aging.Reason4; c++ {
			if !late {
				f.Codes[c][i] = aging.NoCode
			}
		}
		history := f.History24[24*i : 24*i+24]
		for k := range history {
			history[k] = 'N'
			if k > int(f.Counts[aging.Installments][i]) {
				history[k] = '/'
			}
		}
		if late {
			history[r.IntN(6)] = byte('1' + r.IntN(7))
		}
	}
	dropOtherPacks(f, d)
	return f
}

// dropOtherPacks leaves the columns of packs that the words do not name without rows.
func dropOtherPacks(f *aging.Facts, d *aging.Dictionaries) {
	for i := len(d[aging.PackName]); i < aging.PacksMax; i++ {
		f.Codes[int(aging.PackClass)+i], f.Codes[int(aging.PackRule)+i] = nil, nil
		f.Days[int(aging.NonPerformingSince)+i], f.Amounts[int(aging.Provision)+i] = nil, nil
	}
	f.Codes[aging.PackName], f.Codes[aging.LateColumn], f.Codes[aging.SettledColumn] = nil, nil, nil
}

func randomJournal(seed uint64, rows int) *Journal {
	r := rand.New(rand.NewPCG(seed, 11))
	j := &Journal{BusinessDate: civil.Of(2026, 11, 23)}
	roles := []ledger.Role{ledger.CashClearing, ledger.InterestReceivable, ledger.LoanPrincipal}
	for j.Rows() < rows {
		amount, interest := r.Int64N(500_000), r.Int64N(10_000)
		e := ledger.Entry{ValueDate: j.BusinessDate - civil.Date(r.IntN(3)), Kind: ledger.Repayment, Source: fmt.Appendf(nil, "P%014d", r.Uint64N(1e14))}
		for i, v := range []int64{amount, -interest, interest - amount} {
			e.Postings = append(e.Postings, ledger.Posting{Role: roles[i], Amount: money.Amount(v)})
		}
		j.AppendEntry(int64(j.Rows()+1), fmt.Appendf(nil, "L%012d", r.Uint64N(1e12)), 0, &e, 1)
	}
	return j
}
