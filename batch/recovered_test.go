package batch

import (
	"path/filepath"
	"testing"
)

// TestNothingIsAskedOfWhatIsRecovered: of a loan of which all is recovered that was charged off
// whatever is paid is credit, so that no payment ends what falls due by its schedule. Nobody
// is written to about it; other loans of the borrower are collected, and it is asked for again
// once money that was recovered goes back.
func TestNothingIsAskedOfWhatIsRecovered(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	first, other := aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L2", "2026-01-01", "2026-03-01")
	other.BorrowerID = first.BorrowerID
	write(t, l.in("2026-01-05"), "loans-a", []loanFile{first, other})
	l.close("2026-01-05")
	write(t, l.in("2026-01-25"), "adjustments-a", []adjustmentFile{adjusts(t, "O1", "L1", "charge_off", "2026-01-20")})
	write(t, l.in("2026-01-25"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-01-25", "1400.00")})
	l.close("2026-01-25")
	expect(t, "recovered", l.tape("2026-01-25")["L1"], "status=charged_off charged_off=1207.35 recovered=1207.35 credit_balance=192.65 days_past_due=0")
	if n := len(l.table("2026-01-25", "queue/suppressed.parquet")); n > 0 {
		t.Errorf("nothing is past due, and %d are suppressed", n)
	}

	l.close("2026-02-20")
	expect(t, "past due by its schedule", l.tape("2026-02-20")["L1"], "credit_balance=192.65 past_due_amount=2.71 days_past_due=19")
	suppressed := l.table("2026-02-20", "queue/suppressed.parquet")
	if n := len(l.table("2026-02-20", "queue/tasks.parquet")); n > 0 || len(suppressed) != 1 {
		t.Fatalf("%d tasks, %d reasons", n, len(suppressed))
	}
	expect(t, "suppressed", suppressed[0], "reason_code=recovered scope=loan loan_id=L1 reasons=1 facts=credit=192.65 lifts_on= earliest_at= past_due_amount=2.71")

	l.close("2026-03-20")
	tasks := l.table("2026-03-20", "queue/tasks.parquet")
	if len(tasks) != 1 {
		t.Fatalf("there are %d tasks of the other loan", len(tasks))
	}
	expect(t, "the other loan", tasks[0], "loans=1 worst_loan_id=L2 past_due_amount="+l.tape("2026-03-20")["L2"]["past_due_amount"]+" withheld_loans=1 withheld_past_due_amount="+l.tape("2026-03-20")["L1"]["past_due_amount"])
	verifySilent(t, l)

	statementSays(t, l, "2026-02-01", "2026-03-20", true)
	statementSays(t, l, "2026-01-05", "2026-01-22", false)

	back := adjusts(t, "R1", "L1", "reversal", "2026-03-21")
	back.TargetID = ptr("P1")
	write(t, l.in("2026-03-21"), "adjustments-a", []adjustmentFile{back})
	l.close("2026-03-21")
	for _, row := range l.table("2026-03-21", "queue/task_loans.parquet") {
		expect(t, "nothing is recovered", row, "covered=true reason_code=")
	}
	expect(t, "nothing is recovered", l.tape("2026-03-21")["L1"], "recovered=0.00 credit_balance=0.00 days_past_due=48")
	verifySilent(t, l)
	statementSays(t, l, "2026-02-01", "2026-03-20", false)
}

// statementSays tries whether a statement of L1 says that all is recovered.
func statementSays(t *testing.T, l *lender, from, to string, recovered bool) {
	t.Helper()
	r, done := reading(t, l)
	defer done()
	if s := stated(t, r, "L1", from, to, false); s.Status != "charged_off" || s.Recovered != recovered {
		t.Errorf("%s to %s: %s, recovered %t", from, to, s.Status, s.Recovered)
	}
}

// TestPlacementOfWhatIsRecovered: an agency gives back who has paid all that was charged off,
// though something of the schedule stays past due.
func TestPlacementOfWhatIsRecovered(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	l.policy(retentionPolicy)
	loan := aLoan(t, "L1", "2026-01-01", "2026-02-01")
	loan.Principal, loan.Installments = 60_000_00, 2
	write(t, l.in("2026-02-10"), "loans-a", []loanFile{loan})
	write(t, l.in("2026-02-10"), "adjustments-a", []adjustmentFile{adjusts(t, "O1", "L1", "charge_off", "2026-02-10")})
	l.close("2026-02-10")
	l.close("2026-04-10")
	tasks := l.table("2026-02-10", "queue/tasks.parquet")
	if len(tasks) != 1 || tasks[0]["channel"] != "agency" {
		t.Fatalf("it is not placed with an agency: %v", tasks)
	}
	write(t, l.in("2026-04-11"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-04-11", l.tape("2026-04-10")["L1"]["charged_off"])})
	l.close("2026-04-11")
	row := l.tape("2026-04-11")["L1"]
	expect(t, "recovered", row, "recovered="+row["charged_off"]+" credit_balance=0.00 days_past_due=41")
	rows := l.table("2026-04-11", "queue/suppressed.parquet")
	if len(rows) != 1 || rows[0]["reason_code"] != "recovered" {
		t.Errorf("he is suppressed by %v", rows)
	}
	recall := csvRows(t, filepath.Join(l.o.Out, "2026-04-11", "queue", "agency.recall.csv"))
	if len(recall) != 1 || recall[0]["task_key"] != tasks[0]["task_key"] || recall[0]["reason_code"] != "not_past_due" {
		t.Errorf("the agency gives back %v", recall)
	}
	verifySilent(t, l)
}
