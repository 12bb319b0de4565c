package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/civil"
)

// closes closes a conduct life up to its end, a night every so many days, and returns the last.
func (x *conductLife) closes(l *lender, every civil.Date, before func(night civil.Date)) (last civil.Date) {
	last = civil.None
	for night := civil.Date(conductFirst); ; night = min(night+every, conductFirst+171) {
		before(night)
		x.close(l, last, night)
		l.o.Policy = nil
		if last = night; night == conductFirst+171 {
			return last
		}
	}
}

func scoresOn(l *lender, night civil.Date) string {
	var list []string
	for id, row := range l.tape(night.String()) {
		list = append(list, id+" "+row["score"])
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// TestScoresOfBorrowersCatchUp: the nights that close a life do not change where its scores end; nor
// do workers and memory change a byte.
func TestScoresOfBorrowersCatchUp(t *testing.T) {
	t.Parallel()
	want := ""
	for _, every := range []civil.Date{3, 10, 171} {
		x := newConductLife(t, 7)
		l := newLender(t)
		l.policy(conductPolicy)
		x.loans = x.loans[:10] // all are booked the first night
		last := x.closes(l, every, func(civil.Date) {})
		if got := scoresOn(l, last); want == "" {
			want = got
		} else if got != want {
			t.Errorf("every %d days the scores are\n%s\nwant\n%s", every, got, want)
		}
	}
	x := newConductLife(t, 8)
	l := newLender(t)
	l.policy(conductPolicy)
	var dates []string
	x.closes(l, 19, func(night civil.Date) { dates = append(dates, night.String()) })
	l.policy(conductPolicy)
	settings(t, l, dates, []int{1, 3}, 0, 300<<10)
}

// TestScoresOfBorrowersComeAndGo: policies that ask for what is known by borrower, and do not, follow each
// other: each night's score follows that of the night before, what is published again is the same, and
// points of promises outlast the policy that gave them.
func TestScoresOfBorrowersComeAndGo(t *testing.T) {
	t.Parallel()
	plain := strings.Split(conductPolicy, "\nscore:")[0] + "\nscore:\n" + noPoints
	fades := plain + "  floor: -100000\n  ceiling: 100000\n  adjustments: [{event: cured, points: 0}]\n"
	from := func(yaml, name string, night civil.Date) string {
		return strings.Replace(yaml, "name: conduct", "name: "+name+"\neffective_from: "+night.String(), 1)
	}
	x := newConductLife(t, 11)
	l := newLender(t)
	before := map[string]string{}
	last := civil.Date(civil.None)
	for k, night := 0, civil.Date(conductFirst); k < 18; k, night = k+1, night+9 {
		switch k {
		case 0:
			l.policy(plain)
		case 4:
			l.policy(from(conductPolicy, "asks", night))
		case 9:
			l.policy(from(fades, "fades", night))
		case 13:
			l.policy(from(plain, "points", night))
		case 15:
			l.policy(from(conductPolicy, "again", night))
		}
		x.close(l, last, night)
		l.o.Policy = nil
		last = night
		b := openRead(t, l)
		record, err := book.Night(b, night)
		if err != nil {
			t.Fatal(err)
		}
		if asks := k >= 4 && k < 13 || k >= 15; book.HasFinals(record) != asks {
			t.Errorf("%s: final scores are kept: %v", night, !asks)
		}
		moved := 0
		for id, row := range l.tape(night.String()) {
			old, has := before[id]
			if !has {
				old = "600"
			}
			var is, was, delta int
			fmt.Sscan(row["score"]+" "+old+" "+row["score_delta"], &is, &was, &delta)
			if is != was+delta {
				t.Errorf("%s, %s: %s after %s, and moved by %s", night, id, row["score"], old, row["score_delta"])
			}
			if before[id] = row["score"]; is != 600 {
				moved++
			}
		}
		if k == 10 && moved == 0 {
			t.Error("no promise has points once the policy that gave them is over")
		}
		again := filepath.Join(t.TempDir(), "out")
		if _, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: again, Date: night}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"loans/part-0000.parquet", "score_adjustments/part-0000.parquet", "queue/tasks.parquet", "manifest.json"} {
			got, err := os.ReadFile(filepath.Join(again, night.String(), name))
			want, err2 := os.ReadFile(filepath.Join(l.o.Out, night.String(), name))
			if err != nil || err2 != nil || string(got) != string(want) {
				t.Errorf("%s of %s is not published again as it was: %v, %v", name, night, err, err2)
			}
		}
		verifySilent(t, l)
	}
	l.explains(t, "L3", "score: card conduct, and score.adjustments, from -100000 to 100000", "; contacts_unanswered_30d is ")
}

// TestQueueGoesByFinalScores: segments ask for the score that the borrower's promises and loans have made.
func TestQueueGoesByFinalScores(t *testing.T) {
	l := newLender(t)
	l.policy(conductPolicy)
	var loans []loanFile
	for i, id := range []string{"one", "two", "three"} {
		f := aLoan(t, id, "2026-01-05", "2026-02-05")
		f.BorrowerID, f.Currency = []string{"A", "B", "B"}[i], "EUR"
		loans = append(loans, f)
	}
	write(t, l.in("2026-02-10"), "loans-a", loans)
	l.close("2026-02-10")
	got := map[string]string{}
	for _, row := range l.table("2026-02-10", "queue/tasks.parquet") {
		got[row["borrower_id"]] = row["segment"]
	}
	if got["A"] != "low" || got["B"] != "high" || len(got) != 2 {
		t.Errorf("segments are %v", got)
	}
	tape := l.tape("2026-02-10")
	expect(t, "one", tape["one"], "score=1545 score_delta=945 reason_1=loans reason_2=share reason_3=") // 100 + 1000 + 400 + 5 + 40
	expect(t, "two", tape["two"], "score=2545 score_delta=1945 reason_1=loans reason_2=share reason_3=")
}
