package batch

import (
	"strings"
	"testing"
)

// threeParts is a loan of 900.00 and its own uneven instalments: 100.00, 300.00 and
// 500.00, with interest of 9.00, 8.00 and 5.00.
func threeParts(t testing.TB, id string) (loanFile, []scheduleFile) {
	t.Helper()
	f := aLoan(t, id, "2026-01-01", "2026-02-01")
	f.Principal, f.Installments = 90000, 3
	return f, []scheduleFile{
		{id, 1, int32(day(t, "2026-02-01")), 10000, 900},
		{id, 2, int32(day(t, "2026-02-20")), 30000, 800},
		{id, 3, int32(day(t, "2026-04-05")), 50000, 500},
	}
}

// TestExplicitSchedule: instalments of a loan's own are what falls due, in whatever
// order and files their rows come; the same row again is a duplicate.
func TestExplicitSchedule(t *testing.T) {
	l := newLender(t)
	f, rows := threeParts(t, "L1")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{f})
	write(t, l.in("2026-02-03"), "schedules-a", []scheduleFile{rows[2], rows[0], rows[2]})
	write(t, l.in("2026-02-03"), "schedules-b", []scheduleFile{rows[1], rows[0]})
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "50.00")})
	s := l.close("2026-02-03")
	tallyIs(t, s, "schedules-a", 2, 1, 0, 0)
	tallyIs(t, s, "schedules-b", 1, 1, 0, 0)
	expect(t, "L1", l.tape("2026-02-03")["L1"], "interest_paid=9.00 principal_paid=41.00 past_due_amount=59.00 "+
		"oldest_unpaid_due_on=2026-02-01 days_past_due=2 next_due_on=2026-02-20 next_due_amount=308.00")
	write(t, l.in("2026-02-20"), "repayments-a", []repaymentFile{pays(t, "P2", "L1", "2026-02-20", "367.00")})
	l.close("2026-02-20")
	expect(t, "L1", l.tape("2026-02-20")["L1"], "principal_outstanding=500.00 interest_paid=17.00 past_due_amount=0.00 "+
		"days_past_due=0 next_due_on=2026-04-05 next_due_amount=505.00")
	write(t, l.in("2026-04-05"), "repayments-a", []repaymentFile{pays(t, "P3", "L1", "2026-04-05", "505.00")})
	l.close("2026-04-05")
	expect(t, "L1", l.tape("2026-04-05")["L1"], "status=settled total_outstanding=0.00 principal_paid=900.00 interest_paid=22.00 next_due_on=")
	verifySilent(t, l)
}

// TestScheduleRefused: instalments that are not the loan's are rejected with it, and
// nothing of it is booked.
func TestScheduleRefused(t *testing.T) {
	cases := []struct {
		name   string
		spoil  func(f *loanFile, rows []scheduleFile) []scheduleFile
		reason string
	}{
		{"sum", func(_ *loanFile, rows []scheduleFile) []scheduleFile { rows[1].Principal--; return rows }, "schedule_does_not_sum"},
		{"count", func(f *loanFile, rows []scheduleFile) []scheduleFile { f.Installments = 4; return rows }, "schedule_does_not_sum"},
		{"gap", func(_ *loanFile, rows []scheduleFile) []scheduleFile { rows[2].Number = 4; return rows }, "schedule_does_not_sum"},
		{"order", func(_ *loanFile, rows []scheduleFile) []scheduleFile { rows[2].DueOn = rows[0].DueOn; return rows }, "schedule_does_not_sum"},
		{"negative", func(_ *loanFile, rows []scheduleFile) []scheduleFile { rows[2].Interest = -1; return rows }, "schedule_does_not_sum"},
		{"twice", func(_ *loanFile, rows []scheduleFile) []scheduleFile {
			other := rows[1]
			other.Interest++
			return append(rows, other)
		}, "schedule_does_not_sum"},
	}
	l := newLender(t)
	good, goodRows := threeParts(t, "good")
	loans, rows, want := []loanFile{good}, goodRows, map[string]string{}
	for _, c := range cases {
		f, spoilt := threeParts(t, c.name)
		spoilt = c.spoil(&f, spoilt)
		loans, rows = append(loans, f), append(rows, spoilt...)
		want[c.name] = c.reason
	}
	write(t, l.in("2026-02-03"), "loans-a", loans)
	write(t, l.in("2026-02-03"), "schedules-a", rows)
	l.close("2026-02-03")
	if tape := l.tape("2026-02-03"); len(tape) != 1 || tape["good"] == nil {
		t.Errorf("%d loans are booked, want the good one alone", len(tape))
	}
	seen := map[string]bool{}
	for _, r := range l.table("2026-02-03", "rejects.parquet") {
		for _, c := range cases {
			if !strings.Contains(r["values"], `"`+c.name+`"`) {
				continue
			}
			if c.reason != "" && r["reason_code"] != c.reason {
				t.Errorf("%s, row %s of %s: rejected as %q, want %q", c.name, r["row_number"], r["file"], r["reason_code"], c.reason)
			}
			seen[c.name+r["kind"]] = true
		}
	}
	for _, c := range cases {
		if !seen[c.name+"loans"] || !seen[c.name+"schedules"] {
			t.Errorf("%s: the loan and its instalments are not both among the rejects", c.name)
		}
	}
	verifySilent(t, l)
}

// TestRestructuredToSchedule: what is owed gets instalments of its own, from rows of
// the same night; the same files again are duplicates.
func TestRestructuredToSchedule(t *testing.T) {
	l := newLender(t)
	f, first := threeParts(t, "L1")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{f})
	write(t, l.in("2026-02-03"), "schedules-a", first)
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "109.00")})
	l.close("2026-02-03")
	a := adjusts(t, "A1", "L1", "restructure", "2026-02-10")
	a.Choice, a.Installments, a.FirstDueOn = ptr("schedule"), ptr(int32(2)), ptr(int32(day(t, "2026-03-15")))
	rows := []scheduleFile{
		{"L1", 1, int32(day(t, "2026-03-15")), 35000, 600},
		{"L1", 2, int32(day(t, "2026-05-15")), 45000, 700},
	}
	wrong := []scheduleFile{rows[0], {"L1", 2, rows[1].DueOn, 44999, 700}}
	write(t, l.in("2026-02-10"), "adjustments-a", []adjustmentFile{a})
	write(t, l.in("2026-02-10"), "schedules-a", wrong)
	s := l.close("2026-02-10")
	tallyIs(t, s, "adjustments-a", 0, 0, 1, 0)
	tallyIs(t, s, "schedules-a", 0, 0, 2, 0)
	expect(t, "L1", l.tape("2026-02-10")["L1"], "next_due_on=2026-02-20 next_due_amount=308.00")
	for i, night := range []string{"2026-02-11", "2026-02-12"} {
		write(t, l.in(night), "adjustments-a", []adjustmentFile{a})
		write(t, l.in(night), "schedules-a", rows)
		write(t, l.in(night), "schedules-b", rows[1:])
		s = l.close(night)
		tallyIs(t, s, "adjustments-a", int64(1-i), int64(i), 0, 0)
		tallyIs(t, s, "schedules-a", int64(2-2*i), int64(2*i), 0, 0)
		tallyIs(t, s, "schedules-b", 0, 1, 0, 0)
		expect(t, "L1", l.tape(night)["L1"], "principal_outstanding=800.00 next_due_on=2026-03-15 days_past_due=0")
	}
	verifySilent(t, l)
}

// TestRestructuredOutOfOrder: instalments of a restructuring that do not fall due one after
// the other, or with two words for how they are earned, are refused with it.
func TestRestructuredOutOfOrder(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-03-01"), aLoan(t, "L2", "2026-01-01", "2026-03-01"), aLoan(t, "L3", "2026-01-01", "2026-03-01")})
	l.close("2026-02-03")
	var adjustments []adjustmentFile
	for _, id := range []string{"L1", "L2", "L3"} {
		a := adjusts(t, "A"+id, id, "restructure", "2026-02-04")
		a.Choice, a.Installments, a.FirstDueOn = ptr("schedule"), ptr(int32(2)), ptr(int32(day(t, "2026-03-15")))
		adjustments = append(adjustments, a)
	}
	even, line, much := "even", "line", int64(9_000_000_000_000_00)
	plans := []plannedFile{
		{"L1", 1, int32(day(t, "9000-01-01")), 0, much, &even}, {"L1", 2, int32(day(t, "2026-02-05")), 1200_00, much, &even},
		{"L2", 1, int32(day(t, "1900-01-01")), 0, much, nil}, {"L2", 2, int32(day(t, "2026-02-05")), 1200_00, much, nil},
		{"L3", 1, int32(day(t, "2026-03-15")), 0, 100, &even}, {"L3", 2, int32(day(t, "2026-04-15")), 1200_00, 100, &line},
	}
	write(t, l.in("2026-02-04"), "adjustments-a", adjustments)
	write(t, l.in("2026-02-04"), "schedules-a", plans)
	s := l.close("2026-02-04")
	tallyIs(t, s, "adjustments-a", 0, 0, 3, 0)
	tallyIs(t, s, "schedules-a", 0, 0, 6, 0)
	verifySilent(t, l)
}

// TestRestructuredToPlan: what is owed of interest and fees is spread over the instalments
// of a plan to the cent, on whatever night it comes; without its instalments, or with some
// that are not of what is owed, it is refused; and reversed it never was.
func TestRestructuredToPlan(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	fee := adjusts(t, "F1", "L1", "fee", "2026-02-02")
	fee.Amount = ptr(int64(1000))
	write(t, l.in("2026-02-03"), "adjustments-a", []adjustmentFile{fee})
	l.close("2026-02-03") // 12.00 of interest fell due on the 1st, of 94.62 of principal
	before := l.tape("2026-02-03")["L1"]
	a := adjusts(t, "A1", "L1", "restructure", "2026-02-01")
	a.Choice, a.AnnualRate = ptr("plan"), ptr(int64(0))
	line := "line"
	rows := []plannedFile{
		{"L1", 1, int32(day(t, "2026-03-01")), 40000, 0, &line}, {"L1", 2, int32(day(t, "2026-04-01")), 40000, 700, &line}, {"L1", 3, int32(day(t, "2026-05-01")), 40000, 1, &line},
		{"L1", 4, int32(day(t, "2026-06-01")), 0, 0, &line}, {"L1", 5, int32(day(t, "2026-07-01")), 0, 0, &line}, {"L1", 6, int32(day(t, "2026-08-01")), 0, 0, &line}, {"L1", 7, int32(day(t, "2026-09-01")), 0, 0, &line},
	}
	for i, plan := range [][]plannedFile{nil, rows[:2], rows[1:]} {
		night := []string{"2026-02-04", "2026-02-05", "2026-02-06"}[i]
		write(t, l.in(night), "adjustments-a", []adjustmentFile{a})
		if plan != nil {
			write(t, l.in(night), "schedules-a", plan)
		}
		l.close(night)
		for at, reason := range l.rejects(night) {
			if reason != "schedule_does_not_sum" {
				t.Errorf("%s, %s: %s", night, at, reason)
			}
		}
		if got := len(l.rejects(night)); got != 1+len(plan) {
			t.Errorf("%s: %d rejects", night, got)
		}
	}
	for i, night := range []string{"2026-02-10", "2026-02-11"} {
		write(t, l.in(night), "adjustments-a", []adjustmentFile{a})
		write(t, l.in(night), "schedules-a", rows)
		s := l.close(night)
		tallyIs(t, s, "adjustments-a", int64(1-i), int64(i), 0, 0)
		tallyIs(t, s, "schedules-a", int64(7-7*i), int64(7*i), 0, 0)
		// The fee comes a day after the plan: it stands on its own.
		expect(t, "L1", l.tape(night)["L1"], "principal_outstanding=1200.00 interest_outstanding=12.00 fees_outstanding=10.00 days_past_due=0 next_due_on=2026-03-01 next_due_amount=401.71")
	}
	got := ""
	for _, i := range l.view("L1").Schedule {
		got += i.Interest + " "
	}
	// 12.00·k/7 is 1.71, 3.43, 5.14, 6.86, 8.57, 10.29 and 12.00; the plan's own interest is 7.00 and 0.01.
	if want := "1.71 8.72 1.72 1.72 1.71 1.72 1.71 "; got != want {
		t.Errorf("interest of the instalments is %s, want %s", got, want)
	}
	// A payment that was made before the plan, and comes after it: less is owed and spread.
	write(t, l.in("2026-02-12"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "5.00")})
	l.close("2026-02-12")
	expect(t, "L1", l.tape("2026-02-12")["L1"], "interest_outstanding=7.00 interest_paid=5.00 next_due_amount=401.00")
	x := adjusts(t, "X1", "L1", "reversal", "2026-02-13")
	x.TargetID = ptr("A1")
	y := adjusts(t, "X2", "L1", "reversal", "2026-02-13")
	y.TargetID = ptr("P1")
	write(t, l.in("2026-02-13"), "adjustments-a", []adjustmentFile{x, y})
	l.close("2026-02-13")
	expect(t, "L1", l.tape("2026-02-13")["L1"], "next_due_amount="+before["next_due_amount"]+" oldest_unpaid_due_on=2026-02-01 past_due_amount="+before["past_due_amount"])
	verifySilent(t, l)
}
