package batch

import (
	"path/filepath"
	"testing"

	"daybook/batch/publish"
)

// A planFile is a schedules row with a fee.
type planFile struct {
	LoanID    string `parquet:"loan_id"`
	Number    int32  `parquet:"number"`
	DueOn     int32  `parquet:"due_on,date"`
	Principal int64  `parquet:"principal,decimal(2:18)"`
	Interest  int64  `parquet:"interest,decimal(2:18)"`
	Fee       *int64 `parquet:"fee,optional,decimal(2:18)"`
}

// planned is a loan of 900.00 with three instalments of its own.
func planned(t testing.TB, id string) (loanFile, []planFile) {
	x := aLoan(t, id, "2026-01-01", "2026-02-10")
	x.Principal, x.Installments = 90000, 3
	d := func(s string) int32 { return int32(day(t, s)) }
	return x, []planFile{
		{id, 1, d("2026-02-10"), 50000, 1111, ptr(int64(100))}, {id, 2, d("2026-02-20"), 10000, 0, nil}, {id, 3, d("2026-07-01"), 30000, 2222, ptr(int64(0))},
	}
}

// TestExplicitPlan: a loan with instalments of its own is paid, aged, replayed and
// published again by them.
func TestExplicitPlan(t *testing.T) {
	l := newLender(t)
	x, plan := planned(t, "L1")
	write(t, l.in("2026-02-10"), "loans-a", []loanFile{x})
	write(t, l.in("2026-02-10"), "schedules-a", []planFile{plan[2], plan[0]})
	write(t, l.in("2026-02-10"), "schedules-b", []planFile{plan[0], plan[1]}) // one row in both files
	s := l.close("2026-02-10")
	tallyIs(t, s, "schedules-a", 2, 0, 0, 0)
	tallyIs(t, s, "schedules-b", 1, 1, 0, 0)
	// By the plan's own rate, 16.1 % a year, 40 days of 900.00 have earned 14.85.
	expect(t, "on the first due date", l.tape("2026-02-10")["L1"], "principal_outstanding=900.00 interest_outstanding=14.85 fees_outstanding=1.00 "+
		"oldest_unpaid_due_on=2026-02-10 days_past_due=0 past_due_amount=0.00 next_due_on=2026-02-20 next_due_amount=100.00")
	write(t, l.in("2026-02-25"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-21", "520.00")})
	write(t, l.in("2026-02-25"), "schedules-a", plan) // and comes again
	s = l.close("2026-02-25")
	tallyIs(t, s, "schedules-a", 0, 3, 0, 0)
	expect(t, "paid in part", l.tape("2026-02-25")["L1"], "fees_paid=1.00 interest_paid=11.11 principal_paid=507.89 days_past_due=5 "+
		"oldest_unpaid_due_on=2026-02-20 past_due_amount=92.11 installments_missed=1 next_due_on=2026-07-01 next_due_amount=322.22")
	// A payment from before arrives late, and the one after it is replayed.
	write(t, l.in("2026-02-26"), "repayments-a", []repaymentFile{pays(t, "P0", "L1", "2026-02-10", "92.11")})
	other := plan[1]
	other.Interest++
	write(t, l.in("2026-02-26"), "schedules-a", []planFile{other})
	s = l.close("2026-02-26")
	tallyIs(t, s, "schedules-a", 0, 0, 1, 0)
	if got := l.rejects("2026-02-26")["schedules-a.parquet:0"]; got != "duplicate_loan" {
		t.Errorf("other instalments of a booked loan are rejected as %q", got)
	}
	expect(t, "caught up", l.tape("2026-02-26")["L1"], "principal_paid=600.00 interest_paid=11.11 days_past_due=0 oldest_unpaid_due_on= "+
		"last_paid_on=2026-02-21 next_due_amount=322.22 credit_balance=0.00")
	l.close("2026-07-02")
	expect(t, "the last is missed", l.tape("2026-07-02")["L1"], "interest_outstanding=22.22 principal_outstanding=300.00 days_past_due=1 next_due_on=")
	verifySilent(t, l)
	r, err := publish.Report(t.Context(), openRead(t, l), publish.ReportOptions{Out: filepath.Join(l.dir, "again"), Date: day(t, "2026-07-02"), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Missing) > 0 {
		t.Errorf("published again, it lacks %v", r.Missing)
	}
}

// TestWrongPlans: instalments that are not the loan's reject it and themselves, what
// is paid for it is held, and both come right the next night.
func TestWrongPlans(t *testing.T) {
	for name, change := range map[string]func(x *loanFile, plan []planFile) []planFile{
		"a number twice":     func(_ *loanFile, p []planFile) []planFile { p[1].Number = 1; return p },
		"number 0":           func(_ *loanFile, p []planFile) []planFile { p[0].Number = 0; return p },
		"a huge number":      func(_ *loanFile, p []planFile) []planFile { p[2].Number = 1 << 30; return p },
		"another first date": func(x *loanFile, p []planFile) []planFile { x.FirstDueOn++; return p },
		"negative principal": func(_ *loanFile, p []planFile) []planFile {
			p[0].Principal, p[1].Principal = p[0].Principal+20000, p[1].Principal-20000
			return p
		},
		"negative fee": func(_ *loanFile, p []planFile) []planFile { p[0].Fee = ptr(int64(-1)); return p },
	} {
		l := newLender(t)
		x, plan := planned(t, "L1")
		plan = change(&x, plan)
		write(t, l.in("2026-02-10"), "loans-a", []loanFile{x})
		write(t, l.in("2026-02-10"), "schedules-a", plan)
		write(t, l.in("2026-02-10"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-10", "5.00")})
		s := l.close("2026-02-10")
		tallyIs(t, s, "loans-a", 0, 0, 1, 0)
		tallyIs(t, s, "schedules-a", 0, 0, int64(len(plan)), 0)
		tallyIs(t, s, "repayments-a", 0, 0, 0, 1)
		for row, reason := range l.rejects("2026-02-10") {
			want := "schedule_does_not_sum"
			if row == "repayments-a.parquet:0" {
				want = "unknown_loan"
			}
			if reason != want {
				t.Errorf("%s: %s is rejected as %s, want %s", name, row, reason, want)
			}
		}
		// Corrected, it is booked, and takes its money.
		x, plan = planned(t, "L1")
		write(t, l.in("2026-02-11"), "loans-a", []loanFile{x})
		write(t, l.in("2026-02-11"), "schedules-a", plan)
		l.close("2026-02-11")
		expect(t, name, l.tape("2026-02-11")["L1"], "fees_paid=1.00 interest_paid=4.00")
		verifySilent(t, l)
	}
}

// TestPlansWithoutLoans: instalments of a loan that is not there, or that has none of
// its own, are rejected.
func TestPlansWithoutLoans(t *testing.T) {
	l := newLender(t)
	_, plan := planned(t, "L1")
	_, stray := planned(t, "L2")
	write(t, l.in("2026-02-10"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-10"), "schedules-b", stray)
	s := l.close("2026-02-10")
	tallyIs(t, s, "schedules-b", 0, 0, 3, 0)
	write(t, l.in("2026-02-11"), "schedules-a", plan)
	tallyIs(t, l.close("2026-02-11"), "schedules-a", 0, 0, 3, 0)
	if got := l.rejects("2026-02-10")["schedules-b.parquet:2"]; got != "unknown_loan" {
		t.Errorf("without a loan they are rejected as %q", got)
	}
	if got := l.rejects("2026-02-11")["schedules-a.parquet:0"]; got != "duplicate_loan" {
		t.Errorf("of a loan by its terms they are rejected as %q", got)
	}
	verifySilent(t, l)
}
