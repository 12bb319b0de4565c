package batch

import (
	"fmt"
	"strings"
	"testing"

	"daybook/batch/lookup"
)

// pauseFile is a pause with its reason.
type pauseFile struct {
	AdjustmentID string `parquet:"adjustment_id"`
	LoanID       string `parquet:"loan_id"`
	Kind         string `parquet:"kind"`
	ValueDate    int32  `parquet:"value_date,date"`
	Until        int32  `parquet:"until,date"`
	Choice       string `parquet:"choice"`
	Reason       string `parquet:"reason"`
}

// termsLoan is a loan of 1,200.00 over a year, disbursed on 2026-01-01.
func termsLoan(t *testing.T, id string) loanFile {
	return loanFile{LoanID: id, BorrowerID: "B", Product: "default", Currency: "CNY", Principal: 120000, DisbursedOn: int32(day(t, "2026-01-01")),
		FirstDueOn: int32(day(t, "2026-02-01")), Installments: 12, AnnualRate: 120_000_000}
}

func explain(t *testing.T, l *lender, id string) string {
	t.Helper()
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Explain(id)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v %+v", e.Rules, e.Steps)
}

// TestTermsAreExplained: what a regulator ordered, what a late fee took, and how simple
// interest is earned and met, are told.
func TestTermsAreExplained(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\njurisdiction: us\nproducts:\n  default:\n    late_charges: {fixed_fee: {amount: 5, wait_days: 10, component: fee}}\n" +
		"  simple: {interest: simple, day_count: ACT/365F}\n")
	simple := termsLoan(t, "S")
	simple.Product = "simple"
	write(t, l.in("2026-01-01"), "loans-1", []loanFile{termsLoan(t, "L"), simple})
	l.close("2026-01-01")
	write(t, l.in("2026-03-11"), "repayments-1", []repaymentFile{
		{"P1", "L", int32(day(t, "2026-02-20")), 10662, "CNY"}, {"P2", "L", int32(day(t, "2026-03-01")), 10662, "CNY"},
		{"P3", "S", int32(day(t, "2026-03-11")), 10662, "CNY"},
	})
	write(t, l.in("2026-03-11"), "adjustments-1", []pauseFile{
		{"M1", "L", "pause", int32(day(t, "2026-03-02")), int32(day(t, "2026-03-08")), "regulatory", "circular 47"},
	})
	l.close("2026-03-11")
	if got := l.tape("2026-03-11")["L"]; got["regulatory_pause_days"] != "6" || got["days_past_due"] != "4" {
		t.Errorf("days past due %s, left out %s, want 4 and 6", got["days_past_due"], got["regulatory_pause_days"])
	}
	if got, want := explain(t, l, "L"), "of the 10 days since then 6 are left out: M1, regulatory pause from 2026-03-02 until 2026-03-08 (circular 47)"; !strings.Contains(got, want) {
		t.Errorf("%s\nlacks %q", got, want)
	}
	for _, want := range []string{"all interest earned by the value date, then what is due: penalty, fee, interest, principal, then principal that is not due", "products.simple.interest: simple", "to the interest earned by 2026-03-11 and not due"} {
		if got := explain(t, l, "S"); !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %q", got, want)
		}
	}
	l.close("2026-03-12")
	if got, want := explain(t, l, "L"), "instalment 2, due on 2026-03-01, lacks 5.00, which late charges took of its payment (16 CFR 444.4)"; !strings.Contains(got, want) {
		t.Errorf("%s\nlacks %q", got, want)
	}
	verifySilent(t, l)
}

// TestPayoffIsWhatSettles: what payoff says on a day to come, a payment and a settlement
// in that night's files take. Of 1,200.00 at 12 %: 12.00 of January, and 14/360 of February on 1,105.38, or
// 44/360 on all of it.
func TestPayoffIsWhatSettles(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\nproducts:\n  default:\n    settle: {fee_rate: 0.01}\n  ahead: {allocation: [{order: [fee, penalty, interest, principal], in_advance: prepay_principal}]}\n" +
		"  simple: {interest: simple}\n")
	var loans []loanFile
	for _, product := range []string{"default", "ahead", "simple"} {
		f := termsLoan(t, product)
		f.Product = product
		loans = append(loans, f)
	}
	off := termsLoan(t, "off")
	write(t, l.in("2026-01-01"), "loans-1", append(loans, off))
	l.close("2026-01-01")
	write(t, l.in("2026-02-10"), "adjustments-1", []adjustmentFile{adjusts(t, "O", "off", "charge_off", "2026-02-10")})
	l.close("2026-02-10")
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	var pays []repaymentFile
	var settles []adjustmentFile
	for product, amount := range map[string]string{"default": "1228.21", "ahead": "1217.16", "simple": "1217.60"} {
		p, err := r.Payoff(product, day(t, "2026-02-15"))
		if err != nil {
			t.Fatal(err)
		}
		if p.Amount != amount {
			t.Errorf("%s: %s pays it off, want %s: %+v", product, p.Amount, amount, p)
		}
		if len(p.Following) != 10 || p.Following[0].On != day(t, "2026-02-16") {
			t.Errorf("%s: the days after are %v", product, p.Following)
		}
		pays = append(pays, repaymentFile{"P-" + product, product, int32(p.On), amountOf(t, p.Amount), "CNY"})
		settles = append(settles, adjusts(t, "S-"+product, product, "settle", "2026-02-15"))
	}
	if p, err := r.Payoff("off", day(t, "2026-02-09")); err != nil || p.Amount == "0.00" {
		t.Errorf("the day before it is charged off %+v, %v pays it off", p, err)
	}
	if _, err := r.Payoff("off", day(t, "2026-02-10")); err == nil || !strings.Contains(err.Error(), "charge_off of 2026-02-10") {
		t.Errorf("a loan that is charged off is paid off: %v", err)
	}
	if _, err := r.Payoff("default", day(t, "2028-02-15")); err == nil {
		t.Error("a payoff two years ahead is said")
	}
	write(t, l.in("2026-02-15"), "repayments-1", pays)
	write(t, l.in("2026-02-15"), "adjustments-1", settles)
	l.close("2026-02-15")
	tape := l.tape("2026-02-15")
	delete(tape, "off")
	for id, row := range tape {
		expect(t, id, row, "status=settled total_outstanding=0.00 credit_balance=0.00")
	}
	verifySilent(t, l)
}

// plannedFile is a row of a plan with how its interest is earned.
type plannedFile struct {
	LoanID    string  `parquet:"loan_id"`
	Number    int32   `parquet:"number"`
	DueOn     int32   `parquet:"due_on,date"`
	Principal int64   `parquet:"principal,decimal(2:18)"`
	Interest  int64   `parquet:"interest,decimal(2:18)"`
	Earned    *string `parquet:"earned,optional"`
}

// TestDeferredInterestIsEarned: 100,000.00 from 2021-10-15, all due with 19,042.58 of interest
// after 547 days. After a year 1.1904258^(365/547) - 1 are earned by the plan's own rate,
// 365/547 evenly, and by lines what the periods' own lines say: nothing. What is earned
// is paid by who settles then.
func TestDeferredInterestIsEarned(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\ncurrencies: [EUR]\n")
	var loans []loanFile
	var plan []plannedFile
	line, even, odd := "line", "even", "monthly"
	for id, earned := range map[string][3]*string{"rate": {}, "even": {&even, &even, &even}, "line": {&line, &line, &line}, "odd": {&odd, &odd, &odd}, "mixed": {&even, &even, &line}} {
		f := termsLoan(t, id)
		f.Currency, f.Principal, f.DisbursedOn, f.FirstDueOn, f.Installments = "EUR", 100_000_00, int32(day(t, "2021-10-15")), int32(day(t, "2022-02-15")), 3
		f.Method, f.DayCount = ptr("interest_only"), ptr("ACT/365F")
		loans = append(loans, f)
		plan = append(plan, plannedFile{id, 1, f.FirstDueOn, 0, 0, earned[0]}, plannedFile{id, 2, int32(day(t, "2022-10-15")), 0, 0, earned[1]},
			plannedFile{id, 3, int32(day(t, "2023-04-15")), 100_000_00, 19042_58, earned[2]})
	}
	write(t, l.in("2021-10-15"), "loans-1", loans)
	write(t, l.in("2021-10-15"), "schedules-1", plan)
	l.close("2021-10-15")
	refused := map[string]int{}
	for _, reason := range l.rejects("2021-10-15") {
		refused[reason]++
	}
	if refused["unknown_earned"] != 7 { // the rows of odd, and with those of mixed its loan
		t.Errorf("refused: %v", refused)
	}
	l.close("2022-10-15")
	tape := l.tape("2022-10-15")
	for id, want := range map[string]string{"rate": "12334.81", "even": "12706.66", "line": "0.00"} {
		expect(t, id, tape[id], "interest_outstanding="+want+" past_due_amount=0.00 days_past_due=0 next_due_amount=119042.58")
	}
	write(t, l.in("2022-10-16"), "adjustments-1", []adjustmentFile{adjusts(t, "S", "rate", "settle", "2022-10-15")})
	write(t, l.in("2022-10-16"), "repayments-1", []repaymentFile{{"P", "rate", int32(day(t, "2022-10-15")), 112334_81, "EUR"}})
	l.close("2022-10-16")
	expect(t, "settled", l.tape("2022-10-16")["rate"], "status=settled interest_paid=12334.81 credit_balance=0.00")
	verifySilent(t, l)
}

// TestNoPlanOfDailyInterest: a loan whose interest follows from what is really owed can't
// come with lines that state it.
func TestNoPlanOfDailyInterest(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\nproducts:\n  default: {interest: simple}\n")
	f := termsLoan(t, "L")
	f.Installments = 1
	write(t, l.in("2026-01-01"), "loans-1", []loanFile{f})
	write(t, l.in("2026-01-01"), "schedules-1", []scheduleFile{{"L", 1, f.FirstDueOn, f.Principal, 1200}})
	l.close("2026-01-01")
	if got := l.rejects("2026-01-01"); got["loans-1.parquet:0"] != "not_allowed_by_policy" || got["schedules-1.parquet:0"] != "not_allowed_by_policy" {
		t.Errorf("rejects: %v", got)
	}
}
