package batch

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"daybook/ledger/civil"
)

// Nights of borrowers who have very much of something. What such a night does grows with
// what there is, not with its square: these tests have no clock, but would take hours.

const boundsPolicy = `format_version: 1
name: bounds
jurisdiction: us
time_zone: America/New_York
currencies: [USD]
collections:
  retention_days: 1096
  contact_rules:
    caps: [{name: us_7_in_7, channels: [call], measure: connected, per: loan, days: 7, max: 5}, {name: month, channels: [call, letter], measure: attempts, per: borrower, days: 31, max: 20}]
  promises: {grace_days: 2, kept_share: 1, tolerance: 0, horizon_days: 60, broken_max: 1000}
  segments:
    - name: all
      when: {}
      ladder: [{from: 1, channels: [call, sms, letter], tone: helpful, template: talk, every: 1, recover: 0.5}]
`

func boundsLender(t *testing.T) *lender {
	l := newLender(t)
	l.policy(boundsPolicy)
	return l
}

// boundsLoans are loans of one borrower that are past due.
func boundsLoans(t *testing.T, borrower string, n int) (list []loanFile) {
	for i := range n {
		x := aLoan(t, fmt.Sprintf("%s-L%06d", borrower, i), "2026-01-01", "2026-02-01")
		x.BorrowerID, x.Currency = borrower, "USD"
		list = append(list, x)
	}
	return list
}

// inNewYork writes where borrowers are.
func inNewYork(t *testing.T, l *lender, date string, ids ...string) {
	t.Helper()
	var rows []cqBorrowersFile
	for _, id := range ids {
		rows = append(rows, cqBorrowersFile{BorrowerID: id, Zone: ptr("America/New_York")})
	}
	write(t, l.in(date), "borrowers-a", rows)
}

// only returns the rows with some text in a column.
func only(rows []cqRow, column, text string) (list []cqRow) {
	for _, row := range rows {
		if row[column] == text {
			list = append(list, row)
		}
	}
	return list
}

// manyOr is how many of something there are: so many, or what a bound says, where it is
// asked for by HEAVY=1.
func manyOr(n, bound int) int {
	if os.Getenv("HEAVY") != "" {
		return bound
	}
	return n
}

// TestBorrowerOfVeryManyHolds: every loan has a hold of its own that ends on a day of its
// own, and a flag that does.
func TestBorrowerOfVeryManyHolds(t *testing.T) {
	l := boundsLender(t)
	n := manyOr(1500, 9000)
	loans := boundsLoans(t, "B", n)
	var rows []cqContactsFile
	var flags []flagFile
	ends := func(i int) civil.Date { return day(t, "2026-05-01") + civil.Date(i%380) }
	for i := range loans {
		rows = append(rows, cqContactsFile{
			ContactID: fmt.Sprint("H", i), BorrowerID: ptr("B"), LoanID: &loans[i].LoanID, Kind: "hold", Reason: ptr("plan"),
			At: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC), Until: ptr(int32(ends(i))),
		})
		flags = append(flags, flagFile{LoanID: &loans[i].LoanID, Flag: "odd", ValidFrom: int32(day(t, "2026-03-01")), ValidUntil: ptr(int32(ends(i)))})
	}
	write(t, l.in("2026-04-15"), "loans-a", loans)
	write(t, l.in("2026-04-15"), "contacts-a", rows)
	write(t, l.in("2026-04-15"), "flags-a", flags)
	inNewYork(t, l, "2026-04-15", "B")
	l.close("2026-04-15")
	got := only(l.cqQueue("2026-04-15", "suppressed"), "scope", "loan")
	if len(got) != 2*n {
		t.Fatalf("%d reasons, want %d", len(got), 2*n)
	}
	for i, row := range got { // by the table, then by loan
		code := "plan"
		if i >= n {
			code = "unknown_flag"
		}
		if row["reason_code"] != code || row["loan_id"] != loans[i%n].LoanID || row["lifts_on"] != ends(i%n).String() {
			t.Fatalf("%v, want %s of %s to lift on %s", row, code, loans[i%n].LoanID, ends(i%n))
		}
	}
	if got[0]["earliest_at"] == cqNull {
		t.Error("he may be contacted on no day")
	}
}

// TestBorrowerOfVeryManyPastDueLoans: of one who has more loans than are looked at nothing is
// asked, and all his loans tie to the tape.
func TestBorrowerOfVeryManyPastDueLoans(t *testing.T) {
	l := boundsLender(t)
	n := manyOr(12_000, 200_000)
	write(t, l.in("2026-04-15"), "loans-a", append(boundsLoans(t, "B", n), boundsLoans(t, "C", 1)...))
	inNewYork(t, l, "2026-04-15", "B", "C")
	s := l.close("2026-04-15")
	got := only(l.cqQueue("2026-04-15", "suppressed"), "scope", "borrower")
	if len(got) != 1 || got[0]["borrower_id"] != "B" || got[0]["loans"] != fmt.Sprint(n) || got[0]["reason_code"] != "too_many_loans" || got[0]["lifts_on"] != cqNull {
		t.Errorf("suppressed are %v", got)
	}
	if tasks := l.cqQueue("2026-04-15", "tasks"); len(tasks) != 1 || tasks[0]["borrower_id"] != "C" {
		t.Errorf("tasks are %v", tasks)
	}
	for _, q := range s.Manifest.ControlTotals.Queue {
		if !q.Tied || q.TapeLoans != int64(n+1) {
			t.Errorf("the queue does not tie: %+v", q)
		}
	}
}

// TestBorrowerOfVeryManyContacts: attempts, with the keys of tasks and without, talks,
// callbacks, promises, voids of voids; on that night and on one after it.
func TestBorrowerOfVeryManyContacts(t *testing.T) {
	l := boundsLender(t)
	n := manyOr(20_000, 100_000)
	loans := boundsLoans(t, "B", 200)
	write(t, l.in("2026-04-10"), "loans-a", loans)
	inNewYork(t, l, "2026-04-10", "B")
	l.close("2026-04-10")
	key := l.cqQueue("2026-04-10", "tasks")[0]["task_key"]
	var rows []cqContactsFile
	for i := range n {
		c := cqContactsFile{
			ContactID: fmt.Sprint("K", i), BorrowerID: ptr("B"), Kind: "attempt", Channel: ptr("call"), Outcome: ptr("no_answer"),
			At: time.Date(2025, 1, 1, 15, 0, 0, 0, time.UTC).Add(time.Duration(i) * 460 * 24 * time.Hour / time.Duration(n)),
		}
		switch i % 8 {
		case 0:
			c.TaskKey = &key
			if i%64 == 0 {
				c.Outcome = ptr("conversation")
			}
		case 1:
			c.LoanID, c.Outcome = &loans[i/8%200].LoanID, ptr("wrong_number")
		case 2:
			c.Kind, c.Outcome = "callback", nil
		case 3:
			c.Kind, c.Outcome, c.Channel = "promise", nil, nil
			c.Amount, c.Currency, c.PromisedOn = ptr(int64(100)), ptr("USD"), ptr(int32(civil.Date(c.At.Unix()/86400))+20)
		case 4:
			c.Kind, c.Outcome, c.Channel, c.Reason, c.LoanID = "hold", nil, nil, ptr("plan"), &loans[i/8%200].LoanID
			c.Until = ptr(int32(day(t, "2026-05-01")))
		case 5:
			c.Kind, c.Outcome, c.Channel, c.Reason, c.LoanID = "unhold", nil, nil, ptr("plan"), &loans[i/8%200].LoanID
		case 6: // each takes the one back that comes later
			c.Kind, c.Outcome, c.Channel, c.Target = "void", nil, nil, ptr(fmt.Sprint("K", i+8))
		}
		rows = append(rows, c)
	}
	write(t, l.in("2026-04-15"), "contacts-a", rows)
	l.close("2026-04-15")
	if tasks := l.cqQueue("2026-04-15", "tasks"); len(tasks) != 1 || !strings.Contains(tasks[0]["passed_over"], "call=wrong_number;") {
		t.Errorf("tasks are %v", tasks)
	}
	l.close("2026-04-16")
	verifySilent(t, l)
}

// TestLoanOfVeryManyFlags: they are kept within bounds, the last to end hold.
func TestLoanOfVeryManyFlags(t *testing.T) {
	l := boundsLender(t)
	n := manyOr(20_000, 100_000)
	loans := boundsLoans(t, "B", 2)
	var flags []flagFile
	for i := range n {
		flags = append(flags, flagFile{LoanID: &loans[0].LoanID, Flag: fmt.Sprint("f", i), ValidFrom: int32(day(t, "2026-02-01")), ValidUntil: ptr(int32(day(t, "2026-05-01")) + int32(i*7919%n%350))})
	}
	write(t, l.in("2026-04-15"), "loans-a", loans)
	write(t, l.in("2026-04-15"), "flags-a", flags)
	l.close("2026-04-15")
	if tasks := l.cqQueue("2026-04-15", "tasks"); len(tasks) != 1 || tasks[0]["withheld_loans"] != "1" || tasks[0]["worst_loan_id"] != loans[1].LoanID {
		t.Errorf("the tasks are %v", tasks)
	}
	write(t, l.in("2026-04-16"), "contacts-a", []cqContactsFile{{
		ContactID: "C", BorrowerID: ptr("B"), LoanID: &loans[1].LoanID, Kind: "dispute", At: time.Date(2026, 4, 16, 15, 0, 0, 0, time.UTC),
	}})
	l.close("2026-04-16")
	last := (day(t, "2026-05-01") + 349).String()
	if rows := only(l.cqQueue("2026-04-16", "suppressed"), "scope", "loan"); len(rows) != 2 || rows[1]["reason_code"] != "unknown_flag" || rows[1]["lifts_on"] != last {
		t.Errorf("suppressed are %v, want the flag to lift on %s", rows, last)
	}
}
