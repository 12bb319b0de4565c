package loan

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Annual percentage rates by Regulation Z, Appendix J: each payment is discounted
// by whole unit periods and, before the first, by simple interest for the odd days.
// Only this test uses floating point.

type aprPayment struct {
	amount float64
	whole  int
	odd    float64
}

// apr solves for the rate a year.
func apr(advance float64, payments []aprPayment, perYear float64) float64 {
	lo, hi := 0.0, 1.0
	for range 200 {
		i := (lo + hi) / 2
		sum := 0.0
		for _, p := range payments {
			sum += p.amount / ((1 + p.odd*i) * math.Pow(1+i, float64(p.whole)))
		}
		if sum > advance {
			lo = i
		} else {
			hi = i
		}
	}
	return lo * perYear
}

// unitPeriods counts the whole unit periods back from a payment to an advance, and
// the odd days as a part of one.
func unitPeriods(t *testing.T, from, to civil.Date, period string) (whole int, odd float64) {
	t.Helper()
	_, _, day := to.Split()
	fields := strings.Fields(period)
	if period == "semimonth" {
		days := int(to - from) // less than one in the example
		return 0, float64(days) / 15
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(fields[1], "week") {
		return int(to-from) / (7 * n), float64(int(to-from)%(7*n)) / float64(7*n)
	}
	for to.AddMonths(-n*(whole+1), day) >= from {
		whole++
	}
	start := to.AddMonths(-n*whole, day)
	months := 0
	for start.AddMonths(-(months+1), day) >= from {
		months++
	}
	days := int(start.AddMonths(-months, day) - from)
	return whole, float64(30*months+days) / float64(30*n)
}

func TestAPROfAppendixJ(t *testing.T) {
	rows := readCSV(t, "../../testdata/worked-examples/apr_regz_appendix_j.csv")
	number := func(s string) float64 {
		if s == "" {
			return 0
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, r := range rows {
		whole, odd := unitPeriods(t, mustDate(t, r["advance_date"]), mustDate(t, r["first_payment_date"]), r["period"])
		var payments []aprPayment
		add := func(amount float64) {
			payments = append(payments, aprPayment{amount, whole + len(payments), odd})
		}
		if r["first_payment"] != "" {
			add(number(r["first_payment"]))
		}
		for range int(number(r["n_regular"])) {
			add(number(r["regular_payment"]))
		}
		if r["last_payment"] != "" {
			add(number(r["last_payment"]))
		}
		got := 100 * apr(number(r["advance"]), payments, number(r["unit_periods_per_year"]))
		if math.Abs(got-number(r["apr_pct"])) > 0.005 {
			t.Errorf("%s: %.4f %%, want %s", r["example"], got, r["apr_pct"])
		}
	}
	if len(rows) != 11 {
		t.Errorf("%d examples, want 11", len(rows))
	}
}

// TestAPROfGeneratedSchedules: the rate that a generated schedule of whole months
// pays is the contract's, and the examples' payments are those of their rates.
func TestAPROfGeneratedSchedules(t *testing.T) {
	for _, x := range []struct {
		principal, payment money.Amount
		rate               money.Rate
		n                  int32
	}{{5000_00, 230_00, 96_900_000, 24}, {100_000_00, 0, 60_000_000, 360}, {20_000_00, 0, 240_000_000, 12}} {
		terms := Terms{Principal: x.principal, Rate: x.rate, Installments: x.n, DisbursedOn: civil.Of(1978, 1, 10), FirstDueOn: civil.Of(1978, 2, 10), Frequency: 1}
		terms.Level = new(Annuities).Level(&terms, Rounding{})
		if diff := terms.Level - x.payment; x.payment != 0 && (diff < -2 || diff > 2) {
			t.Errorf("%d months of %s at %s are %s, want %s", x.n, x.principal.Text(2), x.rate, terms.Level.Text(2), x.payment.Text(2))
		}
		var payments []aprPayment
		for _, i := range terms.Schedule(nil) {
			payments = append(payments, aprPayment{float64(i.Total()), len(payments) + 1, 0})
		}
		got := apr(float64(x.principal), payments, 12)
		if want := float64(x.rate) / 1e9; math.Abs(got-want) > 0.00001 {
			t.Errorf("%d months at %s pay %.6f", x.n, x.rate, got)
		}
	}
}

// TestDaysPastDueOfRegulators: the examples of regulators and of a servicer's
// handbook, by the events that their notes tell.
func TestDaysPastDueOfRegulators(t *testing.T) {
	product := &Product{Name: "p", Allocation: DefaultAllocation()}
	begin := func(disbursed, first string, amount money.Amount, n int32) (*Run, *Loan) {
		l := &Loan{ID: []byte("L"), Terms: Terms{
			Principal: amount * money.Amount(n), DisbursedOn: mustDate(t, disbursed), FirstDueOn: mustDate(t, first), Installments: n,
			Frequency: 1, Method: Zero,
		}}
		l.Begin(nil)
		r := &Run{}
		r.Start(l, product, &Log{})
		return r, l
	}
	days := func(name string, r *Run, on string, want int32) {
		t.Helper()
		r.Advance(mustDate(t, on))
		if got := r.daysPastDue(mustDate(t, on)); got != want {
			t.Errorf("%s: %d days on %s, want %d", name, got, on, want)
		}
	}
	pay := func(r *Run, id, on string, amount money.Amount) {
		t.Helper()
		if reason := r.Apply(&Event{Kind: KindRepayment, ID: []byte(id), ValueDate: mustDate(t, on), Amount: amount}); reason != OK {
			t.Fatal(reason.Code())
		}
	}
	r, _ := begin("2017-12-01", "2018-01-01", 100, 12) // 12 CFR 1024.31 comment, delinquency
	days("regx-1", r, "2018-01-31", 30)
	pay(r, "a", "2018-02-03", 100)
	days("regx-2", r, "2018-02-04", 3)
	r, _ = begin("2021-02-28", "2021-03-31", 100, 12) // RBI, 12 November 2021
	for on, want := range map[string]int32{"2021-03-31": 0, "2021-04-30": 30, "2021-05-30": 60, "2021-06-29": 90} {
		days("rbi", r, on, want)
	}
	r, _ = begin("2019-12-01", "2020-01-01", 100, 12) // a servicer's handbook; the payment of 1 February bounced
	pay(r, "b", "2020-01-01", 100)
	days("clearmatch-03", r, "2020-02-03", 2)
	days("clearmatch-04", r, "2020-03-01", 29)
	pay(r, "c", "2020-03-01", 100)
	days("clearmatch-05", r, "2020-03-01", 0)
	days("clearmatch-06", r, "2020-03-02", 1)
	pay(r, "d", "2020-04-01", 50)
	days("clearmatch-08", r, "2020-04-01", 31) // a partial payment does not cure
	pay(r, "e", "2020-04-10", 80)
	days("clearmatch-09", r, "2020-04-10", 9)
	// FFIEC, 65 FR 36903: 90 % counts as full where the policy says so.
	product = &Product{Name: "p", Allocation: DefaultAllocation(), CountsAsFull: 900_000_000}
	r, _ = begin("2025-12-01", "2026-01-01", 30000, 12)
	pay(r, "f", "2026-01-01", 27000)
	days("ffiec-90pct", r, "2026-01-20", 0)
	r, _ = begin("2025-12-01", "2026-01-01", 30000, 12)
	pay(r, "g", "2026-01-01", 26999)
	days("ffiec-90pct, a cent less", r, "2026-01-20", 19)
}
