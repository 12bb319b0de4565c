package batch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"daybook/batch/publish"
	"daybook/batch/rows"
)

// smallLimits makes what one id may bring small, for tests.
func smallLimits(t testing.TB, perID, events, life, held, specials int) {
	old := [...]int{rows.PerIDMax, eventsMax, eventsLifeMax, heldMax, specialsMax}
	rows.PerIDMax, eventsMax, eventsLifeMax, heldMax, specialsMax = perID, events, life, held, specials
	t.Cleanup(func() {
		rows.PerIDMax, eventsMax, eventsLifeMax, heldMax, specialsMax = old[0], old[1], old[2], old[3], old[4]
	})
}

// manyPays are payments of one cent with ids in the order of their rows.
func manyPays(t testing.TB, prefix, loan, on string, n int) (list []repaymentFile) {
	for i := range n {
		list = append(list, pays(t, fmt.Sprintf("%s%03d", prefix, i), loan, on, "0.01"))
	}
	return list
}

// TestManyEventsOfOneLoan: a loan takes so many events a night and over its life; the
// money of those beyond is held and tried again, and what is beyond the rows that a
// night looks at is rejected. No night stops, and the loan can be told and aged.
func TestManyEventsOfOneLoan(t *testing.T) {
	smallLimits(t, 12, 5, 8, 1000, 1000)
	l := suspenseLender(t)
	write(t, l.in("2026-02-04"), "repayments-a", manyPays(t, "A", "L1", "2026-02-02", 20))
	s := l.close("2026-02-04")
	tallyIs(t, s, "repayments-a", 5, 0, 8, 7)
	if got := suspense(s); got != "0.07" {
		t.Errorf("suspense is %s, want the 0.07 of seven rows beyond the night's events", got)
	}
	got := l.rejects("2026-02-04")
	for i := range 20 {
		want := ""
		if i >= 5 {
			want = "too_many_events"
		}
		if row := fmt.Sprint("repayments-a.parquet:", i); got[row] != want {
			t.Errorf("%s is refused as %q, want %q", row, got[row], want)
		}
	}
	// The loan's life has room for three more of those that are held.
	write(t, l.in("2026-02-05"), "repayments-a", manyPays(t, "A", "L1", "2026-02-02", 20))
	s = l.close("2026-02-05")
	if got := suspense(s); got != "0.04" {
		t.Errorf("suspense is %s, want 0.04 of seven rows less three", got)
	}
	verifySilent(t, l)
	write(t, l.in("2026-02-06"), "repayments-b", manyPays(t, "B", "L1", "2026-01-05", 2))
	fee := adjusts(t, "F", "L1", "fee", "2026-02-06")
	fee.Amount = ptr(int64(5))
	write(t, l.in("2026-02-06"), "adjustments-b", []adjustmentFile{fee})
	s = l.close("2026-02-06")
	tallyIs(t, s, "repayments-b", 0, 0, 0, 2)
	tallyIs(t, s, "adjustments-b", 0, 0, 1, 0)
	expect(t, "L1", l.tape("2026-02-06")["L1"], "days_past_due=5")
	verifySilent(t, l)
	everyLoanIsTold(t, l)
	b := openRead(t, l)
	if _, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: filepath.Join(l.dir, "again"), Date: day(t, "2026-02-06")}); err != nil {
		t.Error(err)
	}
}

// TestLifeThatIsFull: what the book takes back of a full life, by reversing a file, and
// a release of money that is held, are within limits of their own.
func TestLifeThatIsFull(t *testing.T) {
	smallLimits(t, 12, 5, 5, 1000, 1000)
	l := suspenseLender(t, pays(t, "H1", "typo", "2026-02-01", "30.00"))
	write(t, l.in("2026-02-04"), "repayments-a", manyPays(t, "A", "L1", "2026-02-02", 6))
	s := l.close("2026-02-04")
	tallyIs(t, s, "repayments-a", 5, 0, 0, 1)
	digest := s.Manifest.Inputs[0].SHA256
	reversal := adjusts(t, "X", "L1", "reversal", "2026-02-05")
	reversal.TargetID = &digest
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{releases(t, "R1", "L1", "H1", "2026-02-05"), reversal})
	s = l.close("2026-02-05")
	tallyIs(t, s, "adjustments-a", 1, 0, 1, 0)
	if got := l.rejects("2026-02-05")["adjustments-a.parquet:0"]; got != "too_many_events" {
		t.Errorf("a release to a loan whose life is full is refused as %q", got)
	}
	if got := suspense(s); got != "30.00" {
		t.Errorf("suspense is %s, want the 30.00 that could not go to the loan, and nothing of the reversed file", got)
	}
	expect(t, "L1", l.tape("2026-02-05")["L1"], "principal_paid=0.00 interest_paid=0.00 credit_balance=0.00")
	verifySilent(t, l)
}

// TestRefusedItemsWaitBehindOthers: an item that its loan refuses every night keeps no
// other from being tried.
func TestRefusedItemsWaitBehindOthers(t *testing.T) {
	smallLimits(t, 100, 3, 100, 1000, 1000)
	l := suspenseLender(t)
	var early []repaymentFile
	for i := range 5 { // before the disbursement: never the loan's
		early = append(early, pays(t, fmt.Sprint("A", i), "L1", "2025-12-01", "1.00"))
	}
	write(t, l.in("2026-02-04"), "repayments-a", early)
	l.close("2026-02-04")
	write(t, l.in("2026-02-05"), "repayments-b", manyPays(t, "B", "L1", "2026-02-02", 9))
	l.close("2026-02-05")
	l.close("2026-02-06")
	l.close("2026-02-07")
	if got := suspense(l.close("2026-02-08")); got != "5.00" {
		t.Errorf("suspense is %s, want 5.00 of what the loan never takes", got)
	}
	verifySilent(t, l)
}

// TestManyOfOneUnknownId: so much is held of one id, for ever; the rest is rejected.
func TestManyOfOneUnknownId(t *testing.T) {
	smallLimits(t, 12, 5, 8, 15, 1000)
	l := suspenseLender(t)
	for i, want := range [][4]int64{{0, 0, 8, 12}, {0, 0, 17, 3}, {0, 0, 20, 0}} {
		date := fmt.Sprint("2026-02-0", 4+i)
		write(t, l.in(date), "repayments-a", manyPays(t, fmt.Sprint(date, "-"), "NOBODY", "2026-02-02", 20))
		tallyIs(t, l.close(date), "repayments-a", want[:]...)
	}
	verifySilent(t, l)
}

// TestManySpecials: of releases and reversals of files the first in the order of
// files and rows count, whoever reads them.
func TestManySpecials(t *testing.T) {
	smallLimits(t, 1000, 1000, 1000, 1000, 3)
	held := manyPays(t, "H", "typo", "2026-02-01", 10)
	l := suspenseLender(t, held...)
	for i, name := range []string{"adjustments-b", "adjustments-a"} {
		var rows []adjustmentFile
		for k := range 5 {
			a := releases(t, fmt.Sprint("R", i, k), "L1", fmt.Sprintf("H%03d", 5*i+k), "2026-02-04")
			a.Choice = ptr("return")
			rows = append(rows, a)
		}
		write(t, l.in("2026-02-04"), name, rows)
	}
	s := l.close("2026-02-04")
	tallyIs(t, s, "adjustments-a", 3, 0, 2, 0)
	tallyIs(t, s, "adjustments-b", 0, 0, 5, 0)
	verifySilent(t, l)
	settings(t, l, []string{"2026-02-03", "2026-02-04"}, []int{1, 2, 5}, 0, 1<<20)
}

// TestManyContractRows: rows that book one loan over and over crowd out no payment.
func TestManyContractRows(t *testing.T) {
	smallLimits(t, 6, 5, 8, 15, 3)
	l := newLender(t)
	loans := slices.Repeat([]loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")}, 20)
	write(t, l.in("2026-02-03"), "loans-a", loans)
	write(t, l.in("2026-02-03"), "repayments-a", manyPays(t, "A", "L1", "2026-02-02", 2))
	s := l.close("2026-02-03")
	tallyIs(t, s, "loans-a", 1, 5, 14, 0)
	tallyIs(t, s, "repayments-a", 2, 0, 0, 0)
	verifySilent(t, l)
}

// crowdedNights are nights of everything that grows: rejects, money held under many
// ids and under one, equal rows, a million of one loan in small, releases, moves back,
// borrowers past due.
func crowdedNights(t testing.TB) (*lender, []string) {
	l := newLender(t)
	var loans []loanFile
	for i := range 900 {
		x := aLoan(t, fmt.Sprint("L", i), "2026-01-01", "2026-02-01")
		x.BorrowerID = fmt.Sprint("B", i*7%600)
		loans = append(loans, x)
	}
	write(t, l.in("2026-02-03"), "loans-a", loans)
	night := func(n int) (list []repaymentFile) {
		on := "2026-02-01"
		for i := range 700 {
			list = append(list, pays(t, fmt.Sprint("N", n, "-", i), fmt.Sprint("L", i*31%900), on, "-1.00"),
				pays(t, fmt.Sprint("U", n, "-", i), fmt.Sprint("unknown", i), on, "1.00"),
				pays(t, fmt.Sprint("S", n, "-", i), "nobody", on, "1.00"),
				pays(t, "same", "L5", on, "2.00"),
				pays(t, fmt.Sprint("O", n, "-", i), "L6", on, "0.01"),
				pays(t, fmt.Sprint("E", n, "-", i), fmt.Sprint("L", i), "2025-12-01", "3.00"))
		}
		return list
	}
	for n, date := range []string{"2026-02-03", "2026-02-04"} {
		rows := night(n)
		write(t, l.in(date), "repayments-a", rows[:len(rows)/3])
		write(t, l.in(date), "repayments-b", rows[len(rows)/3:])
	}
	var back []adjustmentFile
	for i := range 400 {
		a := releases(t, fmt.Sprint("R", i), "L1", fmt.Sprint("U0-", i), "2026-02-05")
		if a.Choice = ptr("return"); i%3 == 0 {
			a.Choice = nil
		}
		back = append(back, a)
	}
	write(t, l.in("2026-02-05"), "adjustments-a", back)
	return l, []string{"2026-02-03", "2026-02-04", "2026-02-05"}
}

// TestCrowdedNights: where everything that grows is beyond the memory, and one id
// beyond its limits, workers and memory still change no byte, and the book publishes
// it again.
func TestCrowdedNights(t *testing.T) {
	smallLimits(t, 150, 60, 130, 200, 250)
	manyParts(t)
	oldPiece, oldLines := summaryPieceMax, publish.SummaryLinesMax
	summaryPieceMax, publish.SummaryLinesMax = 500, 300
	t.Cleanup(func() { summaryPieceMax, publish.SummaryLinesMax = oldPiece, oldLines })
	l, dates := crowdedNights(t)
	settings(t, l, dates, []int{1, 3, 8}, 0, 100<<10, 1<<20)
	for _, d := range dates {
		l.close(d)
	}
	b := openRead(t, l)
	again := filepath.Join(l.dir, "again")
	r, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: again, Date: day(t, dates[2]), Memory: 50 << 10, Workers: 2})
	if err != nil || len(r.Missing) > 0 {
		t.Fatalf("the last night again: %v, missing %v", err, r)
	}
	if got, want := digest(t, r.Folder), digest(t, filepath.Join(l.o.Out, dates[2])); got != want {
		t.Errorf("the last night again has\n%s\nwant\n%s", got, want)
	}
	if _, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: again, Date: day(t, dates[0]), Memory: 50 << 10}); err != nil {
		t.Errorf("the first night again: %v", err)
	}
}

// TestReversedFileOfManyHeld: a file whose payments are held by the hundred goes back
// whole, but for those that were released before or are released in the same night.
func TestReversedFileOfManyHeld(t *testing.T) {
	manyParts(t)
	l, dates := crowdedNights(t)
	s := l.close(dates[0])
	reversal := adjusts(t, "X", "L1", "reversal", "2026-02-04")
	for _, in := range s.Manifest.Inputs {
		if in.Path == "repayments-b.parquet" {
			reversal.TargetID = &in.SHA256
		}
	}
	before, after := releases(t, "R1", "L1", "U0-600", "2026-02-04"), releases(t, "Y2", "L1", "U0-650", "2026-02-04")
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{before, reversal, after})
	settings(t, l, dates[:2], []int{1, 4}, 0, 100<<10)
	s = l.close(dates[1])
	tallyIs(t, s, "adjustments-a", 3, 0, 0, 0) // releases go first, wherever their rows stand
	write(t, l.in(dates[2]), "adjustments-a", []adjustmentFile{releases(t, "R3", "L1", "U0-651", dates[2])})
	l.close(dates[2])
	if got := l.rejects(dates[2])["adjustments-a.parquet:0"]; got != "already_released" {
		t.Errorf("a release of what the reversal sent back is refused as %q, want already_released", got)
	}
	verifySilent(t, l)
}

// TestFinishAnswersToCancel: a close that is cancelled while it finishes stops there.
func TestFinishAnswersToCancel(t *testing.T) {
	l, dates := crowdedNights(t)
	l.close(dates[0])
	before := contents(t, l.o.Book)
	for _, boundary := range []string{"read", "posted", "met", "reported"} {
		ctx, cancel := context.WithCancel(t.Context())
		o := l.o
		o.In, o.Date = l.in(dates[1]), day(t, dates[1])
		last := ""
		o.At = func(at string) {
			if last = at; at == boundary {
				cancel()
			}
		}
		_, err := Close(ctx, o)
		cancel()
		if !errors.Is(err, context.Canceled) || last != boundary && last != "staged" || contents(t, l.o.Book) != before {
			t.Errorf("cancelled when it had %s: it got to %s with %v", boundary, last, err)
		}
	}
}

// TestReleaseToAFullLoan: money that is released to a loan which has moved as much as
// its columns hold stays held, and the night goes on.
func TestReleaseToAFullLoan(t *testing.T) {
	l := suspenseLender(t)
	row := func(id, loan string) repaymentFile {
		return repaymentFile{id, loan, int32(day(t, "2026-02-03")), 1e15, "CNY"}
	}
	var paid []repaymentFile
	for i := range 99 {
		paid = append(paid, row(fmt.Sprint("P", i), "L1"))
	}
	write(t, l.in("2026-02-04"), "repayments-a", append(paid, row("H1", "typo"), row("H2", "typo")))
	tallyIs(t, l.close("2026-02-04"), "repayments-a", 99, 0, 0, 2)
	write(t, l.in("2026-02-05"), "repayments-a", []repaymentFile{row("Q", "L1")})
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{
		releases(t, "R1", "L1", "H1", "2026-02-05"), releases(t, "R2", "L1", "H2", "2026-02-05"),
	})
	s := l.close("2026-02-05")
	tallyIs(t, s, "adjustments-a", 1, 0, 1, 0)
	tallyIs(t, s, "repayments-a", 0, 0, 1, 0)
	if got := l.rejects("2026-02-05")["adjustments-a.parquet:1"]; got != "amount_overflow" {
		t.Errorf("the second release is refused as %q, want amount_overflow", got)
	}
	verifySilent(t, l)
}
