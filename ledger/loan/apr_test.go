package loan

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/aging"
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

// number reads a number of an example; an empty one is 0.
func number(t *testing.T, s string) float64 {
	t.Helper()
	if s == "" {
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAPROfAppendixJ: the formula gives the published rate of the published payments.
func TestAPROfAppendixJ(t *testing.T) {
	rows := readCSV(t, "../../testdata/worked-examples/apr_regz_appendix_j.csv")
	for _, r := range rows {
		whole, odd := unitPeriods(t, mustDate(t, r["advance_date"]), mustDate(t, r["first_payment_date"]), r["period"])
		var payments []aprPayment
		for i, amount := range paymentsOf(t, r) {
			payments = append(payments, aprPayment{float64(amount), whole + i, odd})
		}
		compareAPR(t, r, payments)
	}
	if len(rows) != 11 {
		t.Errorf("%d examples, want 11", len(rows))
	}
}

// paymentsOf lists the payments of an example of Appendix J.
func paymentsOf(t *testing.T, r map[string]string) (list []money.Amount) {
	t.Helper()
	if r["first_payment"] != "" {
		list = append(list, mustAmount(t, r["first_payment"]))
	}
	for range int(number(t, r["n_regular"])) {
		list = append(list, mustAmount(t, r["regular_payment"]))
	}
	if r["last_payment"] != "" {
		list = append(list, mustAmount(t, r["last_payment"]))
	}
	return list
}

func compareAPR(t *testing.T, r map[string]string, payments []aprPayment) {
	t.Helper()
	got := 100 * apr(float64(mustAmount(t, r["advance"])), payments, number(t, r["unit_periods_per_year"]))
	if math.Abs(got-number(t, r["apr_pct"])) > 0.005 {
		t.Errorf("%s: %.4f %%, want %s", r["example"], got, r["apr_pct"])
	}
}

// TestAPROfLoansOfAppendixJ: what a loan by each example's terms demands, payment by
// payment at its own dates, has the published rate.
func TestAPROfLoansOfAppendixJ(t *testing.T) {
	for _, r := range readCSV(t, "../../testdata/worked-examples/apr_regz_appendix_j.csv") {
		published := paymentsOf(t, r)
		terms := Terms{
			Principal: mustAmount(t, r["advance"]), DisbursedOn: mustDate(t, r["advance_date"]), FirstDueOn: mustDate(t, r["first_payment_date"]),
			Installments: int32(len(published)),
			Frequency:    map[string]Frequency{"1 month": 1, "2 months": 2, "3 months": 3, "1 week": -7, "2 weeks": -14, "4 weeks": -28, "semimonth": -15}[r["period"]],
		}
		if terms.Frequency == 0 {
			t.Fatalf("%s: a period of %s", r["example"], r["period"])
		}
		first, odd := unitPeriods(t, terms.DisbursedOn, terms.FirstDueOn, r["period"])
		l := &Loan{ID: []byte("L")}
		if r["first_payment"] == "" {
			solveRate(t, r, &terms, published)
			l.Terms = terms
			l.Begin(nil)
		} else { // not the schedule of any terms: an explicit one, its interest at the published rate
			rate := number(t, r["apr_pct"]) / 100 / number(t, r["unit_periods_per_year"])
			l.Terms = terms
			l.Begin(explicitPlan(&terms, published, rate, float64(first)+odd))
		}
		var payments []aprPayment
		dates, amounts := demanded(t, l)
		for i, on := range dates {
			whole, left := first+i, odd
			if r["period"] != "semimonth" { // of which the product knows only the distance in days
				whole, left = unitPeriods(t, terms.DisbursedOn, on, r["period"])
			}
			if whole != first+i || left != odd {
				t.Errorf("%s: payment %d on %s is %d unit periods and %.3f of one away", r["example"], i+1, on, whole, left)
			}
			if diff := amounts[i] - published[i]; diff != 0 && (i+1 < len(published) || diff < -1 || diff > 1) {
				t.Errorf("%s: payment %d is %s, want %s", r["example"], i+1, amounts[i].Text(2), published[i].Text(2))
			}
			payments = append(payments, aprPayment{float64(amounts[i]), whole, left})
		}
		if len(payments) != len(published) {
			t.Errorf("%s: %d payments, want %d", r["example"], len(payments), len(published))
		}
		compareAPR(t, r, payments)
	}
}

// solveRate sets the regular payment and the contract's rate at which the last payment
// is the published one. Where all payments are equal, the level payment of that
// contract must be the published one.
func solveRate(t *testing.T, r map[string]string, terms *Terms, published []money.Amount) {
	t.Helper()
	n := len(published)
	terms.Level = published[0]
	lo, hi := money.Rate(0), money.RateOne
	for lo+1 < hi {
		terms.Rate = (lo + hi) / 2
		items := terms.Schedule(nil)
		if items[n-1].Total() <= published[n-1] {
			lo = terms.Rate
		} else {
			hi = terms.Rate
		}
	}
	terms.Rate = lo
	if got := new(Annuities).Level(terms, Rounding{}); r["last_payment"] == "" && got != published[0] {
		t.Errorf("%s: the level payment at %s is %s, want %s", r["example"], terms.Rate, got.Text(2), published[0].Text(2))
	}
}

// explicitPlan splits given payments into principal and interest at a rate a unit
// period; the first is some unit periods away.
func explicitPlan(terms *Terms, payments []money.Amount, rate, first float64) (plan []Installment) {
	balance, from := terms.Principal, terms.DisbursedOn
	for k, amount := range payments {
		i := Installment{No: int32(k + 1), From: from, DueOn: terms.DueOn(int32(k + 1))}
		i.Due[Interest] = money.Amount(math.Round(float64(balance) * rate * first))
		if k+1 == len(payments) {
			i.Due[Interest] = amount - balance
		}
		i.Due[Principal] = amount - i.Due[Interest]
		balance, from, first = balance-i.Due[Principal], i.DueOn, 1
		plan = append(plan, i)
	}
	return plan
}

// demanded pays a loan to its end, each time what its figures say falls due next, and
// returns when and how much that was.
func demanded(t *testing.T, l *Loan) (dates []civil.Date, amounts []money.Amount) {
	t.Helper()
	var r Run
	product := &Product{Name: "p", Allocation: DefaultAllocation()}
	day := l.Terms.DisbursedOn
	for {
		r.Start(l, product, &Log{})
		r.Advance(day)
		f := r.Close(day)
		if f.PastDue != 0 || f.DaysPastDue != 0 {
			t.Fatalf("%s: %s is past due", day, f.PastDue.Text(2))
		}
		if f.Settled {
			return dates, amounts
		}
		day = f.NextDueOn
		dates, amounts = append(dates, day), append(amounts, f.NextDueAmount)
		e := Event{Kind: KindRepayment, ID: []byte(day.String()), ValueDate: day, Amount: f.NextDueAmount}
		if reason := r.Apply(&e); reason != OK {
			t.Fatal(reason.Code())
		}
		r.Close(day)
	}
}

// TestAPROfTheDirective: Directive 98/7/EC, annex III: one payment after 546 days of
// a year of 365, as the contract of a lump sum demands it under two day counts.
func TestAPROfTheDirective(t *testing.T) {
	rows := readCSV(t, "../../testdata/worked-examples/apr_eu_98_7_annex3.csv")
	for _, r := range rows {
		amount, on, _ := strings.Cut(r["payments"], "@")
		want := mustAmount(t, amount)
		for _, x := range []struct {
			count civil.DayCount
			rate  money.Rate // at which it costs 200 on 1,000
		}{{civil.Act365F, 133_699_634}, {civil.Thirty360, 133_333_333}} {
			l := &Loan{ID: []byte("L"), Terms: Terms{
				Principal: mustAmount(t, r["advance"]), DisbursedOn: mustDate(t, r["advance_date"]), FirstDueOn: mustDate(t, on),
				Installments: 1, Method: LumpSum, DayCount: x.count, Rate: x.rate, Frequency: 18,
			}}
			l.Begin(nil)
			dates, amounts := demanded(t, l)
			if len(amounts) != 1 || amounts[0] != want || dates[0].String() != on {
				t.Errorf("%s: demanded are %v on %v, want %d on %s", x.count, amounts, dates, want, on)
				continue
			}
			years := float64(dates[0]-l.Terms.DisbursedOn) / 365
			got := 100 * (math.Pow(float64(amounts[0])/float64(l.Terms.Principal), 1/years) - 1)
			if math.Abs(got-number(t, r["apr_pct"])) > 0.005 {
				t.Errorf("%s: %.4f %%, want %s", x.count, got, r["apr_pct"])
			}
		}
	}
	if len(rows) != 1 {
		t.Errorf("%d examples, want 1", len(rows))
	}
}

// TestAmortisedCost: IFRS for SMEs, section 11: a bond of 1,100 bought at 950 that pays
// 40 a year. Its schedule, at that price, has the published effective rate; and that
// rate on each year's opening amount is the year's published interest.
func TestAmortisedCost(t *testing.T) {
	const percent, rate = 6.9583, money.Rate(69_583_000)
	rows := readCSV(t, "../../testdata/worked-examples/amortised_cost_ifrs_sme.csv")
	n := len(rows)
	l := &Loan{ID: []byte("L"), Terms: Terms{
		Principal: mustAmount(t, rows[n-1]["closing"]), Rate: 36_363_636, Method: InterestOnly, Installments: int32(n), Frequency: 12,
		DisbursedOn: civil.Of(2000, 1, 1), FirstDueOn: civil.Of(2001, 1, 1),
	}}
	l.Begin(nil)
	_, amounts := demanded(t, l)
	var payments []aprPayment
	for i, r := range rows {
		opening, cash := mustAmount(t, r["opening"]), -mustAmount(t, r["cash"])
		if i+1 == n {
			cash += mustAmount(t, r["closing"])
		}
		if amounts[i] != cash {
			t.Errorf("%s: %s falls due, want %s", r["year"], amounts[i].Text(2), cash.Text(2))
		}
		payments = append(payments, aprPayment{float64(amounts[i]), i + 1, 0})
		year := Terms{Principal: opening, Rate: rate, Method: LumpSum, Installments: 1, Frequency: 12, DisbursedOn: civil.Of(2000, 1, 1), FirstDueOn: civil.Of(2001, 1, 1)}
		interest := year.Schedule(nil)[0].Due[Interest]
		if got := interest.Text(2); got != r["interest_at_6.9583pct"] {
			t.Errorf("%s: interest is %s, want %s", r["year"], got, r["interest_at_6.9583pct"])
		}
		// The published closing amounts carry parts of a cent from year to year.
		if diff := opening + interest + mustAmount(t, r["cash"]) - mustAmount(t, r["closing"]); diff < -1 || diff > 1 {
			t.Errorf("%s: closes %s away from %s", r["year"], diff.Text(2), r["closing"])
		}
	}
	// It is 6.95845 %, which the standard prints as 6.9583 %.
	if got := 100 * apr(float64(mustAmount(t, rows[0]["opening"])), payments, 1); math.Abs(got-percent) > 0.0002 {
		t.Errorf("the effective rate is %.6f %%, want %v", got, percent)
	}
	if n != 5 {
		t.Errorf("%d years, want 5", n)
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
// handbook, by the events that their notes tell. Of each row the loan's life is run
// from its beginning with all that was known by then.
func TestDaysPastDueOfRegulators(t *testing.T) {
	dues := map[string][2]string{ // disbursement and first due date
		"regx": {"2017-12-01", "2018-01-01"}, "rbi": {"2021-02-28", "2021-03-31"}, "clearmatch": {"2019-12-01", "2020-01-01"}, "mba": {"2005-03-01", "2005-04-01"},
	}
	happens := map[string]Event{ // since which row, on its event_date
		"regx-2":        {Kind: KindRepayment, Amount: 100_00},
		"clearmatch-01": {Kind: KindRepayment, Amount: 100_00},
		"clearmatch-02": {Kind: KindRepayment, Amount: 100_00},
		"clearmatch-03": {Kind: KindReversal, Target: []byte("clearmatch-02")},
		"clearmatch-05": {Kind: KindRepayment, Amount: 100_00},
		"clearmatch-08": {Kind: KindRepayment, Amount: 50_00},
		"clearmatch-09": {Kind: KindRepayment, Amount: 80_00},
		"clearmatch-10": {Kind: KindFee, Amount: 30_00},
		"clearmatch-11": {Kind: KindFee, Amount: 20_00},
		"clearmatch-12": {Kind: KindRepayment, Amount: 50_00},
	}
	// What the notes say of money: past due, fees owed.
	owed := map[string][2]money.Amount{
		"clearmatch-03": {100_00, 0}, "clearmatch-04": {100_00, 0}, "clearmatch-05": {0, 0}, "clearmatch-07": {100_00, 0}, "clearmatch-08": {50_00, 0},
		"clearmatch-09": {70_00, 0}, "clearmatch-10": {70_00, 30_00}, "clearmatch-11": {100_00, 50_00}, "clearmatch-12": {70_00, 0},
	}
	feesFirst := &Product{Name: "p", Allocation: []AllocationRule{{AboveDays: -1, Order: [Components]Component{Penalty, Fee, Interest, Principal}, Vertical: true}}}
	bands := aging.Bands{{Name: "SMA-0", From: 0}, {Name: "SMA-1", From: 30}, {Name: "SMA-2", From: 60}, {Name: "NPA", From: 90}}
	lives := map[string][]Event{}
	rows := readCSV(t, "../../testdata/worked-examples/dpd_examples.csv")
	for _, x := range rows {
		who, _, _ := strings.Cut(x["id"], "-")
		if e, ok := happens[x["id"]]; ok {
			e.ID, e.ValueDate = []byte(x["id"]), mustDate(t, x["event_date"])
			if e.Kind == KindReversal {
				lives[who] = slices.DeleteFunc(lives[who], func(o Event) bool { return string(o.ID) == string(e.Target) })
			} else {
				lives[who] = append(lives[who], e)
			}
		}
		l := &Loan{ID: []byte("L"), Terms: Terms{
			Principal: 1200_00, DisbursedOn: mustDate(t, dues[who][0]), FirstDueOn: mustDate(t, dues[who][1]), Installments: 12, Frequency: 1, Method: Zero,
		}}
		day := mustDate(t, x["as_of"])
		f := figures(t, l, feesFirst, day, lives[who]...)
		if want := x["oldest_unpaid_due_expected"]; f.Oldest.String() != want || strconv.Itoa(int(f.DaysPastDue)) != x["dpd_expected"] {
			t.Errorf("%s: %d days past due since %s, want %s since %s", x["id"], f.DaysPastDue, f.Oldest, x["dpd_expected"], want)
		}
		if name := bands[bands.Index(f.DaysPastDue)].Name; who == "rbi" && !strings.Contains(x["bucket_or_status_expected"], name) {
			t.Errorf("%s: %s, want %s", x["id"], name, x["bucket_or_status_expected"])
		}
		if want, ok := owed[x["id"]]; ok && (f.PastDue != want[0] || f.Outstanding[Fee] != want[1]) {
			t.Errorf("%s: %d past due and %d of fees, want %v", x["id"], f.PastDue, f.Outstanding[Fee], want)
		}
	}
	if len(rows) != 20 {
		t.Errorf("%d examples, want 20", len(rows))
	}
}

// figures runs a loan's life from its beginning and closes a day.
func figures(t *testing.T, l *Loan, product *Product, day civil.Date, events ...Event) Figures {
	t.Helper()
	l.Begin(nil)
	var r Run
	r.Start(l, product, &Log{})
	for i := range events {
		if reason := r.Apply(&events[i]); reason != OK {
			t.Fatalf("%s: %s", events[i].ID, reason.Code())
		}
	}
	r.Advance(day)
	return r.Close(day)
}

// TestPoliciesOfRegulators: what FFIEC and the credit bureaus' format make of days past
// due, and of payments in part.
func TestPoliciesOfRegulators(t *testing.T) {
	loan := func() *Loan {
		return &Loan{ID: []byte("L"), Terms: Terms{
			Principal: 3600_00, DisbursedOn: civil.Of(2025, 12, 1), FirstDueOn: civil.Of(2026, 1, 1), Installments: 12, Frequency: 1, Method: Zero,
		}}
	}
	pay := func(on civil.Date, amount money.Amount) Event {
		return Event{Kind: KindRepayment, ID: []byte(on.String()), ValueDate: on, Amount: amount}
	}
	product := &Product{Name: "p", Allocation: DefaultAllocation()}
	full := &Product{Name: "p", Allocation: DefaultAllocation(), CountsAsFull: 900_000_000}
	checks := map[string]func(r map[string]string){
		"ffiec-partial": func(map[string]string) {
			var events []Event
			for m := range 6 {
				events = append(events, pay(civil.Of(2026, 1+m, 1), 150_00))
			}
			f := figures(t, loan(), product, civil.Of(2026, 6, 30), events...)
			if f.PastDue != 900_00 || f.Missed != 3 || f.Oldest != civil.Of(2026, 4, 1) {
				t.Errorf("half of six instalments: %s past due, %d instalments missed, the oldest of %s", f.PastDue.Text(2), f.Missed, f.Oldest)
			}
		},
		"ffiec-90pct": func(r map[string]string) {
			_, paid, _ := strings.Cut(r["input"], "pays ")
			enough, less, _ := strings.Cut(paid, " / ")
			for amount, want := range map[string]int32{enough: 0, less: 19} {
				f := figures(t, loan(), full, civil.Of(2026, 1, 20), pay(civil.Of(2026, 1, 1), mustAmount(t, amount)))
				if f.DaysPastDue != want || f.Missed != min(want, 1) {
					t.Errorf("%s of 300 paid: %d days past due, %d missed, want %d days", amount, f.DaysPastDue, f.Missed, want)
				}
			}
		},
		"ffiec-sub":    func(r map[string]string) { ageTo(t, loan(), product, r["rule"], "substandard", r["expected"]) },
		"ffiec-closed": func(r map[string]string) { ageTo(t, loan(), product, r["rule"], "loss", r["expected"]) },
		"ffiec-open":   func(r map[string]string) { ageTo(t, loan(), product, r["rule"], "loss", r["expected"]) },
		"metro2-map":   func(r map[string]string) { bandsAre(t, r) },
		"metro2-php":   func(r map[string]string) { bandsAre(t, r) },
		"callreport":   func(r map[string]string) { bandsAre(t, r) },
	}
	rows := readCSV(t, "../../testdata/worked-examples/policy_examples.csv")
	for _, r := range rows {
		if check := checks[r["id"]]; check == nil {
			t.Errorf("no check of %s", r["id"])
		} else {
			check(r)
		}
	}
	if len(rows) != len(checks) {
		t.Errorf("%d examples, want %d", len(rows), len(checks))
	}
}

// ageTo lets a loan age up to the days with which a rule begins, and compares the tier
// of its days before and then.
func ageTo(t *testing.T, l *Loan, product *Product, rule, tier, want string) {
	t.Helper()
	from, err := strconv.Atoi(strings.Fields(rule)[0])
	if err != nil || !strings.HasPrefix(want, tier) {
		t.Fatalf("rule %q: %q, %v", rule, want, err)
	}
	tiers := aging.Bands{{Name: "pass", From: 0}, {Name: tier, From: int32(from)}}
	for days, want := range map[int]string{from - 1: "pass", from: tier, from + 400: tier} {
		f := figures(t, l, product, l.Terms.FirstDueOn+civil.Date(days))
		if got := tiers[tiers.Index(f.DaysPastDue)].Name; got != want || int(f.DaysPastDue) != days {
			t.Errorf("%s: %d days on day %d are %s, want %s", rule, f.DaysPastDue, days, got, want)
		}
	}
}

// bandsAre makes bands of an example's ranges of days and compares the first and last
// day of each. What is not by days, such as non-accrual, is left out.
func bandsAre(t *testing.T, r map[string]string) {
	t.Helper()
	var bands aging.Bands
	names := strings.Split(r["expected"], ";")
	want := map[int32]string{}
	for i, text := range strings.Split(r["input"], ";") {
		from, to, ok := strings.Cut(strings.TrimSuffix(strings.Fields(text)[0], "+"), "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		last := first + 1000
		if ok {
			last, _ = strconv.Atoi(to)
		}
		if i == 0 && first > 0 {
			bands = append(bands, aging.Band{Name: "current", From: 0})
			want[0], want[int32(first-1)] = "current", "current"
		}
		bands = append(bands, aging.Band{Name: names[i], From: int32(first)})
		want[int32(first)], want[int32(last)] = names[i], names[i]
	}
	if err := bands.Check(); err != nil || len(bands) < 3 {
		t.Errorf("%s: %v, %v", r["id"], bands, err)
	}
	for days, name := range want {
		if got := bands[bands.Index(days)].Name; got != name {
			t.Errorf("%s: %d days are %s, want %s", r["id"], days, got, name)
		}
	}
}
