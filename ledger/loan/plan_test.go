package loan

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// roundedRat rounds half-even to a whole number, without any of the ledger's own rounding.
func roundedRat(x *big.Rat) money.Amount {
	twice := new(big.Rat).Mul(x, big.NewRat(2, 1))
	floor := new(big.Int).Div(x.Num(), x.Denom()) // towards minus infinity
	odd := new(big.Int).Sub(new(big.Int).Mul(floor, big.NewInt(2)), big.NewInt(-1))
	if c := twice.Cmp(new(big.Rat).SetInt(odd)); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return money.Amount(floor.Int64())
}

// monthsOn is a date so many months after D1, on its day or the month's last.
func monthsOn(first civil.Date, n int) civil.Date {
	year, month, day := first.Split()
	month += n
	for month > 12 {
		year, month = year+1, month-12
	}
	return civil.Of(year, month, min(day, civil.DaysIn(year, month)))
}

// yearFraction is y_k of arithmetic.md, written out for monthly periods.
func yearFraction(count civil.DayCount, k int, from, to civil.Date) *big.Rat {
	y1, m1, d1 := from.Split()
	y2, m2, d2 := to.Split()
	switch count {
	case civil.Act365F:
		return big.NewRat(int64(to-from), 365)
	case civil.Act360:
		return big.NewRat(int64(to-from), 360)
	case civil.ActAct:
		sum := new(big.Rat)
		for d := from; d < to; d++ {
			year, _, _ := d.Split()
			length := int64(365)
			if civil.Leap(year) {
				length = 366
			}
			sum.Add(sum, big.NewRat(1, length))
		}
		return sum
	}
	before := m2 - 1
	year := y2
	if before == 0 {
		year, before = y2-1, 12
	}
	if k > 1 || from == civil.Of(year, before, min(d2, civil.DaysIn(year, before))) {
		return big.NewRat(1, 12)
	}
	if d1 == 31 {
		d1 = 30
	}
	if d2 == 31 && d1 == 30 {
		d2 = 30
	}
	return big.NewRat(int64(360*(y2-y1)+30*(m2-m1)+d2-d1), 360)
}

// exactPlan is a plan by the formulas of collections.md in rationals: most are the most
// that the first instalments pay; ok is false where it can't be made.
func exactPlan(p money.Amount, rate money.Rate, from civil.Date, n int, most []money.Amount, count civil.DayCount) (lines [][3]int64, ok bool) {
	_, _, day := from.Split()
	first := monthsOn(from-civil.Date(day)+1, 1)
	year, month, _ := first.Split()
	first = civil.Of(year, month, min(day, civil.DaysIn(year, month)))
	dates := []civil.Date{from}
	var rates []*big.Rat
	for k := range n {
		dates = append(dates, monthsOn(first, k))
		r := big.NewRat(int64(rate), int64(money.RateOne))
		rates = append(rates, r.Mul(r, yearFraction(count, k+1, dates[k], dates[k+1])))
	}
	balance, level := p, money.Amount(0)
	for k := range n {
		if k == len(most) {
			sum, v := new(big.Rat), big.NewRat(1, 1)
			for _, r := range rates[k:] {
				v.Quo(v, new(big.Rat).Add(big.NewRat(1, 1), r))
				sum.Add(sum, v)
			}
			if level = roundedRat(sum.Quo(new(big.Rat).SetInt64(int64(balance)), sum)); balance <= 0 && len(most) > 0 {
				return nil, false
			}
		}
		interest := roundedRat(new(big.Rat).Mul(rates[k], new(big.Rat).SetInt64(int64(balance))))
		principal := min(max(level-interest, 0), balance)
		switch {
		case k < len(most):
			if principal = min(balance, most[k]-interest); principal < 0 {
				return nil, false
			}
		case k == n-1:
			principal = balance
		}
		balance -= principal
		lines = append(lines, [3]int64{int64(dates[k+1]), int64(principal), int64(interest)})
	}
	return lines, len(most) < n
}

// TestPlansAgainstRationals: level and reduced plans are those of the formulas, whatever
// the day count, the day of the month and the amount.
func TestPlansAgainstRationals(t *testing.T) {
	var annuities Annuities
	made := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 21))
		p, rate := money.Amount(1+r.Int64N(1<<(1+r.IntN(40)))), money.Rate(r.Int64N(600_000_000))
		if r.IntN(5) == 0 {
			rate = 0
		}
		from, n, count := civil.Of(2023+r.IntN(5), 1+r.IntN(12), 1)+civil.Date(r.IntN(31)), 1+r.IntN(60), civil.DayCount(r.IntN(int(civil.DayCounts)))
		if r.IntN(3) == 0 {
			from = from.MonthEnd()
		}
		var most []money.Amount
		if r.IntN(2) == 0 {
			for range 1 + r.IntN(8) {
				most = append(most, money.Amount(r.Int64N(2*int64(p)/int64(n)+10))-2)
			}
		}
		terms := OfferedTerms(p, rate, from, n, count)
		plan, ok := annuities.LevelPlan(terms), true
		if most != nil {
			plan, ok = annuities.ReducedPlan(terms, most)
		}
		want, can := exactPlan(p, rate, from, n, most, count)
		if ok != can {
			t.Fatalf("seed %d: made %t, want %t", seed, ok, can)
		}
		if !ok {
			continue
		}
		if made++; len(plan) != len(want) {
			t.Fatalf("seed %d: %d instalments, want %d", seed, len(plan), len(want))
		}
		for k := range plan {
			i := &plan[k]
			if got := [3]int64{int64(i.DueOn), int64(i.Due[Principal]), int64(i.Due[Interest])}; got != want[k] {
				t.Fatalf("seed %d: instalment %d of %d from %s, %s: %v, want %v", seed, k+1, n, from, count, got, want[k])
			}
		}
	}
	if made < 2000 {
		t.Errorf("only %d plans were made", made)
	}
}

// A planned is a loan with a past and the plan that it is offered on a day.
type planned struct {
	loan  *Loan
	run   Run
	log   Log
	rules *Product
	on    civil.Date
	owed  Sums // at the close of the day
	plan  []Installment
}

// somePast makes a loan that paid some of what fell due, with fees and penalties of its
// own and late charges of the policy, and a plan over what it owes.
func somePast(t *testing.T, r *rand.Rand) *planned {
	t.Helper()
	x := &planned{rules: &Product{Name: "p", Allocation: DefaultAllocation(), LateCharges: LateCharges{
		FixedFee: FixedFee{Amount: 7_01, Component: Fee, WaitDays: 3}, PenaltyInterest: PenaltyInterest{Rate: 200_000_000, On: [Components]bool{true, true}},
	}}}
	terms := OfferedTerms(100_00+money.Amount(r.Int64N(1e6)), money.Rate(r.Int64N(400_000_000)), civil.Of(2026, 1, 1+r.IntN(31)), 2+r.IntN(20), civil.DayCount(r.IntN(int(civil.DayCounts))))
	terms.Method, terms.Fee = Method(r.IntN(int(Methods))), money.Amount(r.IntN(3))*50
	if terms.Method == LumpSum {
		terms.Installments = 1
	}
	if terms.Method == Zero {
		terms.Rate = 0
	}
	terms.RoundedBy(new(Annuities), Rounding{})
	x.loan = &Loan{ID: []byte("L"), Terms: terms}
	x.loan.Begin(x.rules.Plan(&terms))
	x.run.Start(x.loan, x.rules, &x.log)
	day := terms.DisbursedOn
	for n := range r.IntN(8) {
		day += civil.Date(1 + r.IntN(40))
		e := Event{Kind: []Kind{KindRepayment, KindFee, KindPenalty, KindFee}[r.IntN(4)], ID: []byte{byte('a' + n)}, ValueDate: day, Amount: 1 + money.Amount(r.Int64N(90_00)), Rate: -1}
		if reason := x.run.Apply(&e); reason != OK {
			t.Fatal(reason.Code())
		}
	}
	x.on = day + civil.Date(r.IntN(60))
	x.run.Advance(x.on)
	x.owed = x.run.Close(x.on).Outstanding
	n, rate := 1+r.IntN(40), []money.Rate{0, terms.Rate}[r.IntN(2)]
	x.plan = new(Annuities).LevelPlan(OfferedTerms(x.owed[Principal], rate, x.on, n, terms.DayCount))
	return x
}

// TestPlansThatAreBooked: what is owed on a day falls due with the instalments of a plan,
// each by the formula in rationals; nothing is owed that was not, and penalties stay. Who
// pays them on their dates owes on any day what a page of rationals says, and in the end nothing.
func TestPlansThatAreBooked(t *testing.T) {
	booked := 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 22))
		x := somePast(t, r)
		if x.loan.Credit > 0 || x.owed[Principal] == 0 {
			continue
		}
		booked++
		e := Event{Kind: KindRestructure, Choice: Planned, ID: []byte("plan"), ValueDate: x.on, Rate: 0, Frequency: Monthly, Plan: x.plan}
		if reason := x.run.Apply(&e); reason != OK {
			t.Fatalf("seed %d: %s", seed, reason.Code())
		}
		x.run.Advance(x.on)
		f := x.run.Close(x.on)
		if f.Outstanding != x.owed || f.PastDue > x.owed[Penalty] || f.Oldest != civil.None {
			t.Fatalf("seed %d: %v is owed, %d past due, want %v and penalties only", seed, f.Outstanding, f.PastDue, x.owed)
		}
		n := len(x.plan)
		part := func(c Component, k int) money.Amount {
			return roundedRat(big.NewRat(int64(x.owed[c])*int64(k), int64(n)))
		}
		for k := range x.run.Items() {
			i, want := &x.run.Items()[k], x.plan[k]
			for _, c := range [...]Component{Interest, Fee} {
				want.Due[c] += part(c, k+1) - part(c, k)
			}
			if i.DueOn != want.DueOn || i.Due != want.Due {
				t.Fatalf("seed %d: instalment %d of %d is %v on %s, want %v on %s", seed, k+1, n, i.Due, i.DueOn, want.Due, want.DueOn)
			}
		}
		x.payToTheEnd(t, r, part)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if booked < 700 {
		t.Errorf("only %d plans were booked", booked)
	}
}

// payToTheEnd pays penalties, and then each instalment on its date, and looks at a day
// before it.
func (x *planned) payToTheEnd(t *testing.T, r *rand.Rand, part func(c Component, k int) money.Amount) {
	t.Helper()
	pay := func(day civil.Date, amount money.Amount) {
		e := Event{Kind: KindRepayment, ID: []byte(day.String()), ValueDate: day, Amount: amount, Rate: -1}
		if amount == 0 {
			return
		}
		if reason := x.run.Apply(&e); reason != OK {
			t.Fatal(reason.Code())
		}
		x.run.Advance(day)
	}
	pay(x.on+1, x.owed[Penalty])
	balance, from, n := x.owed[Principal], x.on, len(x.plan)
	for k := range x.plan {
		i := &x.plan[k]
		day := from + 1 + civil.Date(r.IntN(int(i.DueOn-from)))
		x.run.Advance(day)
		earned := roundedRat(big.NewRat(int64(i.Due[Interest])*int64(day-from), int64(i.DueOn-from)))
		want := Sums{balance, part(Interest, n) - part(Interest, k) + earned, part(Fee, n) - part(Fee, k), 0}
		if f := x.run.Close(day); f.Outstanding != want {
			t.Errorf("%v is owed on %s in the period of instalment %d, want %v", f.Outstanding, day, k+1, want)
		}
		pay(i.DueOn, i.Total()+part(Interest, k+1)-part(Interest, k)+part(Fee, k+1)-part(Fee, k))
		balance, from = balance-i.Due[Principal], i.DueOn
	}
	if f := x.run.Close(from); !f.Settled || f.Outstanding != (Sums{}) || x.loan.Credit != 0 {
		t.Errorf("in the end %v is owed, credit %d", f.Outstanding, x.loan.Credit)
	}
}

// TestPrepaidPlans: a prepayment of a plan keeps what is owed to the cent, with its
// instalments or, where they end, with the last that is left.
func TestPrepaidPlans(t *testing.T) {
	ended := 0
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 23))
		x := somePast(t, r)
		if x.loan.Credit > 0 || x.owed[Principal] == 0 || len(x.plan) < 3 {
			continue
		}
		at := x.on + 1 + civil.Date(r.IntN(60))
		pay := x.owed[Penalty] + money.Amount(r.Int64N(2*int64(x.owed[Principal])))
		for _, e := range []Event{
			{Kind: KindRestructure, Choice: Planned, ID: []byte("plan"), ValueDate: x.on, Rate: -1, Frequency: Monthly, Plan: x.plan},
			{Kind: KindPrepay, Choice: ShorterTerm + Choice(r.IntN(2)), ID: []byte("pre"), ValueDate: at, Amount: 1 + pay, Rate: -1},
		} {
			if reason := x.run.Apply(&e); reason != OK {
				t.Fatalf("seed %d: %s %s", seed, e.Kind, reason.Code())
			}
		}
		for day := at; ; day++ { // what falls due is paid on its day
			if x.run.Advance(day); day-at > 2000 {
				t.Fatalf("seed %d: it does not end", seed)
			}
			due := money.Amount(0)
			for i := range x.run.Items() {
				if it := &x.run.Items()[i]; it.DueOn <= day {
					due += it.Unpaid()
				}
			}
			for _, c := range x.loan.Charges {
				due += c.Amount - c.Paid
			}
			if e := (Event{Kind: KindRepayment, ID: []byte(day.String()), ValueDate: day, Amount: due, Rate: -1}); due > 0 && x.run.Apply(&e) != OK {
				t.Fatalf("seed %d: a payment is refused", seed)
			}
			f := x.run.Close(day)
			if last := len(x.run.Items()) == 0; last || f.Settled {
				if f.Outstanding != (Sums{}) || !f.Settled {
					t.Fatalf("seed %d: in the end %v is owed", seed, f.Outstanding)
				}
				break
			}
		}
		ended++
	}
	if ended < 300 {
		t.Errorf("only %d plans ended", ended)
	}
}
