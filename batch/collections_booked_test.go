package batch

import (
	"fmt"
	"testing"
	"time"
)

// TestHoldsOfALoanThatIsBookedLater: a row that names a loan which is booked on a later night holds that loan from that very
// night on, past due or not: the loan is withheld, the others are asked for; and an unhold of the borrower does not lift it. Until
// then it holds the borrower.
func TestHoldsOfALoanThatIsBookedLater(t *testing.T) {
	t.Parallel()
	for n := range 16 {
		pastDue, lifts := n&1 > 0, n&2 > 0
		promises := n&4 > 0 // facts of all loans are named then
		waits := n&8 > 0    // the borrower has no loan before
		what := fmt.Sprintf("past due %t, lifts %t, promises %t, waits %t", pastDue, lifts, promises, waits)
		l := newLender(t)
		l.policy("collections:\n  retention_days: 1096\n  promises: {grace_days: 2, kept_share: 1, tolerance: 0, horizon_days: 60, broken_max: 2}\n  segments: [{name: all, when: {}, ladder: [{from: 1, channels: [letter], tone: helpful, template: x}]}]\n")
		at := func(d string) time.Time { return time.Unix(int64(day(t, d))*86400+6*3600, 0).UTC() }
		others := []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L9", "2026-01-01", "2026-02-01")}
		others[0].BorrowerID, others[1].BorrowerID = "B1", "B9"
		if waits {
			others = others[1:]
		}
		write(t, l.in("2026-02-10"), "loans-a", others)
		said := []contactFile{{ContactID: "C1", BorrowerID: ptr("B1"), LoanID: ptr("L2"), Kind: "cease", At: at("2026-02-10")}}
		if promises {
			said = append(said, contactFile{ContactID: "P1", BorrowerID: ptr("B9"), Kind: "promise", LoanID: ptr("L9"), At: at("2026-02-10"), Amount: ptr(int64(1000)), Promised: ptr(int32(day(t, "2026-02-20")))})
		}
		write(t, l.in("2026-02-10"), "contacts-a", said)
		l.close("2026-02-10")

		due := "2026-03-01"
		if pastDue {
			due = "2026-02-02"
		}
		tonight := []loanFile{aLoan(t, "L2", "2026-01-02", due)}
		tonight[0].BorrowerID = "B1"
		if waits {
			first := aLoan(t, "L1", "2026-01-01", "2026-02-01")
			first.BorrowerID = "B1"
			tonight = append(tonight, first)
		}
		write(t, l.in("2026-02-11"), "loans-a", tonight)
		if lifts {
			write(t, l.in("2026-02-11"), "contacts-a", []contactFile{{ContactID: "U1", BorrowerID: ptr("B1"), Kind: "unhold", Reason: ptr("cease"), At: at("2026-02-11")}})
		}
		l.close("2026-02-11")
		l.close("2026-02-12")
		for _, date := range []string{"2026-02-11", "2026-02-12"} {
			loans := map[string]string{}
			for _, row := range l.table(date, "queue/task_loans.parquet") {
				if row["borrower_id"] == "B1" {
					loans[row["loan_id"]] = row["covered"] + row["reason_code"]
				}
			}
			for _, row := range l.table(date, "regulatory/collections_compliance.parquet") {
				if row["place"] == "withheld" {
					expect(t, what, row, "reason_code=cease rule=cease loans=1")
					if row["citation"] != "policy custom: collections.contact_rules" {
						t.Errorf("%s: it cites %q", what, row["citation"])
					}
				}
			}
			want := "map[L1:true]"
			if pastDue {
				want = "map[L1:true L2:falsecease]"
			}
			if got := fmt.Sprint(loans); got != want {
				t.Errorf("%s, %s: %s, want %s", what, date, got, want)
			}
		}
		verifySilent(t, l)
	}
}
