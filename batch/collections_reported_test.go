package batch

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"daybook/ledger/civil"
)

// reporters is a lender with three borrowers past due who may be called, closed on a first night.
func reporters(t *testing.T, first string) *lender {
	t.Helper()
	l := newLender(t)
	l.policy(strings.NewReplacer("[call, letter]", "[call]", "every: 30", "every: 1").Replace(retentionPolicy))
	var loans []loanFile
	for _, id := range []string{"A", "B", "C"} {
		loan := aLoan(t, "L"+id, "2026-01-01", "2026-02-01")
		loan.BorrowerID = id
		loans = append(loans, loan)
	}
	write(t, l.in(first), "loans-a", loans)
	l.close(first)
	l.o.Policy = nil
	return l
}

// What a void names never happened, whichever of the two came first, and is not counted as reported; a hold for a
// complaint is a complaint.
func TestReportedRowsHappened(t *testing.T) {
	t.Parallel()
	l := reporters(t, "2026-04-10")
	row := func(id, of, kind string, hour int, change func(*cqContactsFile)) cqContactsFile {
		c := cqContactsFile{ContactID: id, BorrowerID: ptr(of), Kind: kind, At: time.Date(2026, 4, 10, hour, 0, 0, 0, time.UTC)}
		if change != nil {
			change(&c)
		}
		return c
	}
	talk := func(c *cqContactsFile) { c.Channel, c.Outcome = ptr("call"), ptr("conversation") }
	void := func(target string) func(*cqContactsFile) {
		return func(c *cqContactsFile) { c.Target = ptr(target) }
	}
	reported := func(date string) map[string]string {
		got := map[string]string{}
		for _, r := range l.table(date, "regulatory/collections_compliance.parquet") {
			if r["place"] == "reported" && r["reason_code"] != "unreported" {
				got[r["reason_code"]+" "+r["channel"]] = r["borrowers"]
			}
		}
		return got
	}
	write(t, l.in("2026-04-11"), "contacts-a", []cqContactsFile{row("V0", "A", "void", 12, void("X0"))})
	l.close("2026-04-11")
	write(t, l.in("2026-04-12"), "contacts-a", []cqContactsFile{
		row("X0", "A", "attempt", 20, talk), row("X1", "B", "attempt", 20, talk), row("X2", "B", "complaint", 12, nil),
		row("V1", "B", "void", 12, void("X1")), row("V2", "B", "void", 12, void("X2")),
		row("X3", "C", "attempt", 20, talk), row("X4", "C", "inbound", 3, nil),
		row("X5", "C", "attempt", 3, talk), row("V5", "C", "void", 4, void("X5")), row("W5", "C", "void", 5, void("V5")), // it happened after all
		row("X6", "C", "complaint", 12, nil), row("X7", "C", "hold", 12, func(c *cqContactsFile) { c.Reason = ptr("complaint") }),
	})
	l.close("2026-04-12")
	// 20:00 of UTC is 04:00 in China, 03:00 is 11:00.
	want := map[string]string{"attempts call": "2", "conversations call": "2", "right_party call": "2", "outside_hours call": "1", "inbound call": "1", "complaints ": "2"}
	if got := reported("2026-04-12"); !maps.Equal(got, want) {
		t.Errorf("reported are %v, want %v", got, want)
	}
	write(t, l.in("2026-04-13"), "contacts-a", []cqContactsFile{row("V3", "C", "void", 13, void("X3"))})
	l.close("2026-04-13")
	if got := reported("2026-04-13"); len(got) > 0 {
		t.Errorf("a void reports %v", got)
	}
	verifySilent(t, l)
}

// A wrong number is not called again when the retention is over, whether the attempt named its channel or had it from its task.
func TestWrongNumbersOutliveTheRetention(t *testing.T) {
	t.Parallel()
	const first = "2026-04-10"
	night := func(days int) string { return (day(t, first) + civil.Date(days)).String() }
	l := reporters(t, first)
	keyOf := map[string]string{}
	for _, row := range l.cqQueue(first, "tasks") {
		if keyOf[row["borrower_id"]] = row["task_key"]; row["channel"] != "call" {
			t.Fatalf("%v is no call", row)
		}
	}
	at := time.Date(2026, 4, 11, 3, 0, 0, 0, time.UTC)
	write(t, l.in(night(1)), "contacts-a", []cqContactsFile{
		{ContactID: "A1", BorrowerID: ptr("A"), Kind: "attempt", Channel: ptr("call"), Outcome: ptr("wrong_number"), At: at},
		{ContactID: "B1", TaskKey: ptr(keyOf["B"]), Kind: "attempt", Outcome: ptr("wrong_number"), At: at},
		{ContactID: "C1", TaskKey: ptr(keyOf["C"]), Kind: "attempt", Outcome: ptr("no_answer"), At: at},
	})
	l.close(night(1))
	held := func(date string) string {
		who := ""
		for _, row := range only(l.cqQueue(date, "suppressed"), "reason_code", "wrong_number") {
			who += fmt.Sprint(row["borrower_id"], row["channel"], " ")
		}
		return who
	}
	for _, days := range []int{2, 900, 2000, 2001} {
		l.close(night(days))
		if got := held(night(days)); got != "Acall Bcall " {
			t.Errorf("after %d days a wrong number have %q", days, got)
		}
	}
	write(t, l.in(night(2002)), "contacts-a", []cqContactsFile{
		{ContactID: "A2", BorrowerID: ptr("A"), Kind: "consent", Channel: ptr("call"), At: at.AddDate(0, 0, 2000)},
	})
	l.close(night(2002))
	if got := held(night(2002)); got != "Bcall " {
		t.Errorf("after a consent a wrong number have %q", got)
	}
	verifySilent(t, l)
}

// The days of an attempt are those of all zones of the borrower: whichever of the two is stated first, as many are
// over a cap.
func TestOverCapInBothZones(t *testing.T) {
	t.Parallel()
	for _, zones := range [][2]string{{"Europe/London", "Asia/Dhaka"}, {"Asia/Dhaka", "Europe/London"}} {
		l := reporters(t, "2026-11-08")
		write(t, l.in("2026-11-09"), "borrowers-a", []cqBorrowersFile{{BorrowerID: "A", Jurisdiction: ptr("uk"), Zone: ptr(zones[0]), Second: ptr(zones[1])}})
		var calls []cqContactsFile
		for i, hour := range []int{18, 19, 24 + 10, 24 + 11} { // on the 9th in Dhaka all of them, in London two
			at := time.Date(2026, 11, 8, hour, 30, 0, 0, time.UTC)
			calls = append(calls, cqContactsFile{ContactID: fmt.Sprint("X", i), BorrowerID: ptr("A"), Kind: "attempt", At: at, Channel: ptr("call"), Outcome: ptr("no_answer")})
		}
		write(t, l.in("2026-11-09"), "contacts-a", calls)
		l.close("2026-11-09")
		over := ""
		for _, r := range l.table("2026-11-09", "regulatory/collections_compliance.parquet") {
			if r["reason_code"] == "over_cap" {
				over += r["jurisdiction"] + " " + r["channel"] + " " + r["borrowers"]
			}
		}
		if over != "uk call 4" {
			t.Errorf("%v: over the cap are %q, want the four of the 9th in Dhaka", zones, over)
		}
	}
}
