package loan

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// The oracle computes in decimals of 60 digits, which is far more than a rounding to
// a cent can see, by the formulas of a textbook.
var oracle = func() *apd.Context {
	c := apd.BaseContext.WithPrecision(60)
	c.Rounding = apd.RoundHalfEven
	return c
}()

func dec(v int64, exponent int32) *apd.Decimal { return apd.New(v, exponent) }

func op(t *testing.T, f func(d, x, y *apd.Decimal) (apd.Condition, error), x, y *apd.Decimal) *apd.Decimal {
	t.Helper()
	d := new(apd.Decimal)
	if _, err := f(d, x, y); err != nil {
		t.Fatal(err)
	}
	return d
}

// roundedTo rounds to whole units in a direction.
func roundedTo(t *testing.T, x *apd.Decimal, mode RoundingMode) money.Amount {
	t.Helper()
	c := *oracle
	switch mode {
	case Up:
		c.Rounding = apd.RoundUp
	case Down:
		c.Rounding = apd.RoundDown
	}
	d := new(apd.Decimal)
	if _, err := c.Quantize(d, x, 0); err != nil {
		t.Fatal(err)
	}
	v, err := d.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return money.Amount(v)
}

// rateOf is the interest rate of a period: by counting its days one by one, but for
// whole months under 30/360.
func rateOf(t *testing.T, terms *Terms, from, to civil.Date, months int) *apd.Decimal {
	t.Helper()
	var share *apd.Decimal
	switch {
	case terms.DayCount == civil.Thirty360 && months > 0:
		share = op(t, oracle.Quo, dec(int64(months), 0), dec(12, 0))
	case terms.DayCount == civil.Thirty360:
		y1, m1, d1 := from.Split()
		y2, m2, d2 := to.Split()
		if d1 == 31 {
			d1 = 30
		}
		if d2 == 31 && d1 == 30 {
			d2 = 30
		}
		share = op(t, oracle.Quo, dec(int64(360*(y2-y1)+30*(m2-m1)+d2-d1), 0), dec(360, 0))
	default:
		var in [2]int64 // days of ordinary and of leap years
		for d := from; d < to; d++ {
			if y, _, _ := d.Split(); civil.Leap(y) {
				in[1]++
			} else {
				in[0]++
			}
		}
		years := map[civil.DayCount][2]int64{civil.Act365F: {365, 365}, civil.Act360: {360, 360}, civil.ActAct: {365, 366}}[terms.DayCount]
		share = op(t, oracle.Add, op(t, oracle.Quo, dec(in[0], 0), dec(years[0], 0)), op(t, oracle.Quo, dec(in[1], 0), dec(years[1], 0)))
	}
	return op(t, oracle.Mul, share, dec(int64(terms.Rate), -9))
}

// TestSchedulesAgainstDecimals: level payments and each instalment of random loans of
// every method, day count and rounding, to 360 instalments, to the cent.
func TestSchedulesAgainstDecimals(t *testing.T) {
	loans := 400
	if testing.Short() {
		loans = 60
	}
	var annuities Annuities
	for seed := range loans {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		terms, rounding := randomTerms(r)
		terms.RoundedBy(&annuities, rounding)
		compareSchedule(t, seed, &terms, rounding)
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, terms)
		}
	}
}

func randomTerms(r *rand.Rand) (Terms, Rounding) {
	n := []int32{1, 2, 12, 24, 36, 60, 360}[r.IntN(7)]
	t := Terms{
		Principal: 1 + money.Amount(r.Int64N(1e10)), Rate: money.Rate(r.Int64N(600_000_000)), Installments: n, Fee: money.Amount(r.IntN(500)),
		DisbursedOn: civil.Of(1999+r.IntN(20), 1+r.IntN(12), 1+r.IntN(28)), Frequency: []Frequency{1, 1, 3, -7, -14, daysOf(1, 15), daysOf(10, 20, 31)}[r.IntN(7)],
		Method: Method(r.IntN(int(Methods))), DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
	}
	_, _, day := t.DisbursedOn.Split()
	t.FirstDueOn = t.DisbursedOn.AddMonths(1, day)
	if r.IntN(2) == 0 {
		t.FirstDueOn = t.DisbursedOn + 1 + civil.Date(r.IntN(60)) // a stub
	}
	switch t.Method {
	case LumpSum:
		t.Installments = 1
	case Zero:
		t.Rate = 0
	case Capitalized:
		t.Rate = min(t.Rate, 10_000_000)
	}
	if n > 1 && t.Method != LumpSum && r.IntN(3) == 0 {
		t.Grace = Grace{Principal: r.Int32N(n), Free: r.Int32N(n + 1)}
	}
	return t, Rounding{RoundingMode(r.IntN(3)), []money.Amount{0, 1, 5, 100}[r.IntN(4)]}
}

func daysOf(days ...int) Frequency {
	f, ok := DaysOfMonth(days...)
	if !ok {
		panic("no days of the month")
	}
	return f
}

// onDays walks day by day to the next of given days of the month; in a shorter month its
// end stands for a day that it has not.
func onDays(d civil.Date, step civil.Date, days []int) civil.Date {
	for {
		d += step
		_, _, day := d.Split()
		for _, of := range days {
			if day == of || day < of && d == d.MonthEnd() {
				return d
			}
		}
	}
}

// naiveDue is the due date after one, the first where there is none yet, and the months of
// the period before it (over a number of them) where it is whole.
func naiveDue(terms *Terms, k int, before civil.Date) (due civil.Date, months, over int) {
	_, _, day := terms.FirstDueOn.Split()
	if days := terms.Frequency.list(); terms.Frequency.ofDays() {
		due = terms.FirstDueOn
		if k > 0 {
			due = onDays(before, 1, days)
		}
		if onDays(due-1, 1, days) == due && onDays(due, -1, days) == before {
			return due, 1, len(days)
		}
		return due, 0, 1
	}
	if terms.Frequency < 0 {
		return terms.FirstDueOn + civil.Date(k)*civil.Date(-terms.Frequency), 0, 1
	}
	due = terms.FirstDueOn.AddMonths(k*int(terms.Frequency), day)
	if k > 0 || terms.DisbursedOn == terms.FirstDueOn.AddMonths(-int(terms.Frequency), day) {
		months = int(terms.Frequency)
	}
	return due, months, 1
}

func compareSchedule(t *testing.T, seed int, terms *Terms, rounding Rounding) {
	t.Helper()
	got := terms.Schedule(nil)
	one := dec(1, 0)
	v, sum, from := dec(1, 0), dec(0, 0), terms.DisbursedOn
	rates := make([]*apd.Decimal, len(got))
	for k := range got {
		due, months, over := naiveDue(terms, k, from)
		if got[k].DueOn != due {
			t.Errorf("seed %d: instalment %d is due on %s, want %s", seed, k+1, got[k].DueOn, due)
		}
		rates[k] = rateOf(t, terms, from, due, months)
		if terms.DayCount == civil.Thirty360 {
			rates[k] = op(t, oracle.Quo, rates[k], dec(int64(over), 0))
		}
		if int32(k) < terms.Grace.Free {
			rates[k] = dec(0, 0)
		}
		if int32(k) >= terms.Grace.Principal {
			v = op(t, oracle.Quo, v, op(t, oracle.Add, one, rates[k]))
			sum = op(t, oracle.Add, sum, v)
		}
		from = due
	}
	principal := dec(int64(terms.Principal), 0)
	var level money.Amount
	if terms.Method == Annuity {
		unit := max(rounding.Multiple, 1)
		level = roundedTo(t, op(t, oracle.Quo, op(t, oracle.Quo, principal, sum), dec(int64(unit), 0)), rounding.Mode) * unit
		if terms.Level != level {
			t.Errorf("seed %d: level payment %d, want %d", seed, terms.Level, level)
		}
	}
	equal := op(t, oracle.Quo, principal, dec(int64(terms.Installments-terms.Grace.Principal), 0))
	cursor, balance := terms.start(), terms.Principal
	for k := range got {
		base := balance
		if terms.Method == Flat {
			base = terms.Principal
		}
		interest := roundedTo(t, op(t, oracle.Mul, dec(int64(base), 0), rates[k]), HalfEven)
		part := balance // of the last instalment
		if k+1 < len(got) {
			unit := max(rounding.Multiple, 1)
			whole := op(t, oracle.Add, equal, dec(int64(interest), 0))
			switch {
			case terms.Method == Capitalized:
				part = 0
				balance += interest
			case int32(k) < terms.Grace.Principal || terms.Method == InterestOnly:
				part = 0
			case terms.Method == Annuity:
				part = min(max(level-interest, 0), balance)
			case rounding.Mode == HalfEven && unit == 1:
				part = min(roundedTo(t, equal, HalfEven), balance)
			default: // the instalment is rounded, not its principal
				part = min(max(roundedTo(t, op(t, oracle.Quo, whole, dec(int64(unit), 0)), rounding.Mode)*unit-interest, 0), balance)
			}
		}
		balance -= part
		want := [Fee + 1]money.Amount{part, interest, terms.Fee}
		if got[k].Due != want || got[k].No != int32(k+1) {
			t.Errorf("seed %d: instalment %d is number %d of principal, interest and fee %v, want %v", seed, k+1, got[k].No, got[k].Due, want)
		}
		var step Installment
		if !terms.next(&cursor, &step, terms.DueOn(cursor.No)) || step != got[k] || cursor.Balance != balance {
			t.Errorf("seed %d: behind instalment %d the balance is %d, want %d", seed, k+1, cursor.Balance, balance)
		}
	}
	if balance != 0 || int32(len(got)) != terms.Installments {
		t.Errorf("seed %d: %d instalments, want %d; %d of the principal is not scheduled", seed, len(got), terms.Installments, balance)
	}
}

// TestEverySchedule: each instalment's principal, interest and fee and the balance
// behind it, of every method, day count and frequency, to 360 instalments.
func TestEverySchedule(t *testing.T) {
	counts := []int32{1, 2, 3, 11, 60, 360}
	if testing.Short() {
		counts = []int32{1, 2, 60}
	}
	var annuities Annuities
	r := rand.New(rand.NewPCG(7, 3))
	for method := range Methods {
		for count := range civil.DayCounts {
			for _, frequency := range []Frequency{1, 2, 3, 6, 12, -1, -7, -14, -30, daysOf(5, 20), daysOf(15, 31), daysOf(1, 8, 16, 23)} {
				for _, n := range counts {
					terms, rounding := randomTerms(r)
					terms.Method, terms.DayCount, terms.Frequency, terms.Installments, terms.Grace = method, count, frequency, n, Grace{}
					switch {
					case method == LumpSum:
						terms.Installments = 1
					case method == Zero:
						terms.Rate = 0
					case method == Capitalized: // for hundreds of years
						terms.Rate = min(terms.Rate, 10_000_000)
					case terms.Rate == 0:
						terms.Rate = 1
					}
					if r.IntN(3) == 0 { // a month's end
						y, m, _ := terms.FirstDueOn.Split()
						terms.FirstDueOn = civil.MonthDay(y, m-1, 31)
					}
					terms.RoundedBy(&annuities, rounding)
					compareSchedule(t, 0, &terms, rounding)
					if t.Failed() {
						t.Fatalf("%s %s %s: %+v", method, count, frequency, terms)
					}
				}
			}
		}
	}
}

// TestEveryScheduleLived: a loan that is paid on its due dates owes between and on
// them what the schedule says: the balance, the interest earned evenly over the days,
// the next instalment; and is settled by the last.
func TestEveryScheduleLived(t *testing.T) {
	product := &Product{Name: "p", Allocation: DefaultAllocation()}
	var annuities Annuities
	r := rand.New(rand.NewPCG(11, 3))
	for method := range Capitalized {
		for count := range civil.DayCounts {
			for _, frequency := range []Frequency{1, 3, 12, -1, -7, -14, -30, daysOf(1, 15)} {
				terms, rounding := randomTerms(r)
				terms.Method, terms.DayCount, terms.Frequency, terms.Installments = method, count, frequency, 12
				terms.Grace = Grace{Principal: min(terms.Grace.Principal, 11), Free: min(terms.Grace.Free, 12)}
				switch method {
				case LumpSum:
					terms.Installments = 1
				case Zero:
					terms.Rate = 0
				}
				if terms.Installments == 1 {
					terms.Grace = Grace{}
				}
				terms.RoundedBy(&annuities, rounding)
				l := &Loan{ID: []byte("L"), Terms: terms}
				l.Begin(nil)
				liveSchedule(t, r, l, product)
				if t.Failed() {
					t.Fatalf("%s %s %s: %+v", method, count, frequency, terms)
				}
			}
		}
	}
}

// liveSchedule pays each instalment on its due date, and looks at a day before it.
func liveSchedule(t *testing.T, r *rand.Rand, l *Loan, product *Product) {
	t.Helper()
	items := l.Terms.Schedule(nil)
	balance := l.Terms.Principal
	var run Run
	look := func(day civil.Date, principal, interest money.Amount, next *Installment) {
		t.Helper()
		run.Start(l, product, &Log{})
		run.Advance(day)
		f := run.Close(day)
		want := Figures{NextDueOn: civil.None, Oldest: civil.None}
		if next != nil {
			want.NextDueOn, want.NextDueAmount = next.DueOn, next.Total()
		}
		want.Outstanding, want.Settled = Sums{Principal: principal, Interest: interest}, next == nil
		f.Earned, f.Fallen = 0, 0
		if f != want {
			t.Errorf("%s: %+v, want %+v", day, f, want)
		}
	}
	// following returns the first instalment from k on with something to pay.
	following := func(k int) *Installment {
		for ; k < len(items); k++ {
			if items[k].Total() > 0 {
				return &items[k]
			}
		}
		return nil
	}
	for k := range items {
		it := &items[k]
		length := int64(it.DueOn - it.From)
		days := r.Int64N(length)
		earned := roundedTo(t, op(t, oracle.Quo, dec(int64(it.Due[Interest])*days, 0), dec(length, 0)), HalfEven)
		look(it.From+civil.Date(days), balance, earned, following(k))
		if it.Total() > 0 {
			run.Start(l, product, &Log{})
			e := Event{Kind: KindRepayment, ID: []byte(it.DueOn.String()), ValueDate: it.DueOn, Amount: it.Total()}
			if reason := run.Apply(&e); reason != OK {
				t.Fatal(reason.Code())
			}
			run.Close(it.DueOn)
		}
		balance -= it.Due[Principal]
		look(it.DueOn, balance, 0, following(k+1))
	}
}

// TestPublishedPayments: level payments as textbooks and lenders' tables have them.
func TestPublishedPayments(t *testing.T) {
	for _, x := range []struct {
		principal money.Amount
		rate      money.Rate
		n         int32
		want      string
	}{
		{100_000_00, 60_000_000, 360, "599.55"}, {200_000_00, 45_000_000, 180, "1529.99"}, {10_000_00, 120_000_000, 12, "888.49"},
		{150_000_00, 70_000_000, 360, "997.95"}, {1_000_00, 120_000_000, 12, "88.85"}, {250_000_00, 40_000_000, 360, "1193.54"},
	} {
		terms := Terms{Principal: x.principal, Rate: x.rate, Installments: x.n, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Frequency: 1}
		if got := new(Annuities).Level(&terms, Rounding{}).Text(2); got != x.want {
			t.Errorf("%s at %s over %d months is %s, want %s", x.principal.Text(2), x.rate, x.n, got, x.want)
		}
	}
}

// TestPublishedTables: the first lines of amortisation tables that every lender's
// calculator prints.
func TestPublishedTables(t *testing.T) {
	for _, x := range []struct {
		principal money.Amount
		rate      money.Rate
		n         int32
		lines     []string // interest, principal, balance
	}{
		{100_000_00, 60_000_000, 360, []string{"500.00 99.55 99900.45", "499.50 100.05 99800.40", "499.00 100.55 99699.85"}},
		{10_000_00, 120_000_000, 12, []string{"100.00 788.49 9211.51", "92.12 796.37 8415.14", "84.15 804.34 7610.80"}},
		{200_000_00, 45_000_000, 180, []string{"750.00 779.99 199220.01", "747.08 782.91 198437.10"}},
	} {
		terms := Terms{Principal: x.principal, Rate: x.rate, Installments: x.n, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Frequency: 1}
		terms.Level = new(Annuities).Level(&terms, Rounding{})
		balance := x.principal
		for k, want := range x.lines {
			i := terms.Schedule(nil)[k]
			balance -= i.Due[Principal]
			if got := i.Due[Interest].Text(2) + " " + i.Due[Principal].Text(2) + " " + balance.Text(2); got != want {
				t.Errorf("%s at %s, line %d: %s, want %s", x.principal.Text(2), x.rate, k+1, got, want)
			}
		}
	}
}

// TestDailyInterestAgainstDecimals: interest on the real balance, with payments at
// random days, is the exact sum rounded once.
func TestDailyInterestAgainstDecimals(t *testing.T) {
	for seed := range 300 {
		r := rand.New(rand.NewPCG(uint64(seed), 4))
		terms := Terms{
			Principal: 1_000_00 + money.Amount(r.Int64N(1e8)), Rate: money.Rate(r.Int64N(400_000_000)), Installments: 24,
			DisbursedOn: civil.Of(2023+r.IntN(3), 1+r.IntN(12), 1+r.IntN(28)), Frequency: 1,
			DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
		}
		terms.FirstDueOn = terms.DisbursedOn.AddMonths(1, 10)
		terms.Level = new(Annuities).Level(&terms, Rounding{})
		product := &Product{Name: "daily", DailyInterest: true, Allocation: DefaultAllocation()}
		l := &Loan{ID: []byte("L"), Terms: terms}
		l.Begin(nil)
		var run Run
		var log Log
		run.Start(l, product, &log)
		runs := balanceRuns{t: t, terms: &terms, from: terms.DisbursedOn, balance: terms.Principal, over: dec(0, 0)}
		day := terms.DisbursedOn
		for range 12 {
			next := day + 1 + civil.Date(r.IntN(40))
			for ; day < next; day++ { // the balance changes only when money comes, or credit meets a due date
				run.Advance(day)
				runs.at(day, l.PrincipalOwed())
			}
			e := Event{Kind: KindRepayment, ValueDate: day, Amount: money.Amount(1 + r.Int64N(2*int64(terms.Level))), ID: []byte(day.String())}
			if reason := run.Apply(&e); reason != OK {
				t.Fatal(reason.Code())
			}
			if got, want := run.earned(day), runs.earned(day); got != want {
				t.Fatalf("seed %d: %d is earned by %s, want %d", seed, got, day, want)
			}
			runs.at(day, l.PrincipalOwed())
		}
	}
}

// balanceRuns is interest on a balance, exactly, over its runs of days.
type balanceRuns struct {
	t       *testing.T
	terms   *Terms
	from    civil.Date
	balance money.Amount
	over    *apd.Decimal // of the runs that are over
}

func (b *balanceRuns) upTo(day civil.Date) *apd.Decimal {
	rate := rateOf(b.t, b.terms, b.from, day, 0)
	return op(b.t, oracle.Add, b.over, op(b.t, oracle.Mul, rate, dec(int64(b.balance), 0)))
}

func (b *balanceRuns) earned(day civil.Date) money.Amount {
	return roundedTo(b.t, b.upTo(day), HalfEven)
}

// at says what the balance is from the close of a day on.
func (b *balanceRuns) at(day civil.Date, balance money.Amount) {
	if balance != b.balance {
		b.over, b.from, b.balance = b.upTo(day), day, balance
	}
}
