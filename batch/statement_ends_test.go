package batch

import (
	"slices"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports/statement"
)

// endsLender has loans of which something is due on the very day of a statement, that are settled with a fee, in a period of
// interest and with daily interest, that are paid after a write-off, and that are recovered whole.
func endsLender(t *testing.T) (*lender, *lookup.Reader) {
	t.Helper()
	l := newLender(t)
	l.policy("name: ends\nproducts:\n  default:\n    settle: {fee_rate: 0.01}\n  daily: {interest: daily, settle: {fee_rate: 0.02}}\n")
	var loans []loanFile
	for _, id := range []string{"due", "settled", "daily", "back", "ended", "recovered"} {
		f := aLoan(t, id, "2026-01-01", "2026-02-01")
		if id == "daily" {
			f.Product = "daily"
		}
		loans = append(loans, f)
	}
	adjust := func(id, loan, kind, on, amount string) adjustmentFile {
		return adjustsBy(t, id, loan, kind, on, amount)
	}
	back := adjust("V", "back", "reversal", "2026-02-12", "")
	back.TargetID = ptr("T2")
	write(t, l.in("2026-02-01"), "loans-a", loans)
	write(t, l.in("2026-02-01"), "adjustments-a", []adjustmentFile{adjust("F", "due", "fee", "2026-02-01", "15.00")})
	write(t, l.in("2026-02-02"), "repayments-a", []repaymentFile{})
	write(t, l.in("2026-02-11"), "repayments-a", []repaymentFile{
		pays(t, "P1", "settled", "2026-02-11", "1300.00"), pays(t, "P2", "back", "2026-02-11", "1300.00"), pays(t, "P3", "daily", "2026-02-11", "1300.00"),
		pays(t, "P4", "ended", "2026-02-05", "30.00"), pays(t, "P5", "ended", "2026-02-11", "50.00"),
	})
	write(t, l.in("2026-02-11"), "adjustments-a", []adjustmentFile{
		adjust("T1", "settled", "settle", "2026-02-11", ""), adjust("T2", "back", "settle", "2026-02-11", ""), adjust("T3", "daily", "settle", "2026-02-11", ""),
		adjust("C", "ended", "charge_off", "2026-02-04", ""), adjust("W", "ended", "write_off", "2026-02-10", ""),
		adjust("X", "recovered", "charge_off", "2026-02-04", ""), adjust("Y", "recovered", "recovery", "2026-02-11", "1500.00"),
	})
	write(t, l.in("2026-02-12"), "adjustments-a", []adjustmentFile{back})
	for _, date := range []string{"2026-02-01", "2026-02-02", "2026-02-11", "2026-02-12"} {
		l.close(date)
		for key, reason := range l.rejects(date) {
			t.Errorf("%s: %s is refused: %s", date, key, reason)
		}
	}
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

// TestStatementOfADueDay: what is due on the day of a statement is neither past due nor gone: it is the next payment, with
// what was charged that day before it; on the next day it is past due, to the cent.
func TestStatementOfADueDay(t *testing.T) {
	_, r := endsLender(t)
	on, after := stated(t, r, "due", "2026-01-01", "2026-02-01", false), stated(t, r, "due", "2026-01-01", "2026-02-02", false)
	var days []string
	sum := money.Amount(0)
	for _, d := range on.NextDues {
		days = append(days, spaced(d.Number, d.DueOn, plainMoney(d.Amount)))
		if d.DueOn == on.AsOf {
			sum += d.Amount.Amount
		}
	}
	want := []string{"0 2026-02-01 15.00", "1 2026-02-01 106.62", "2 2026-03-01 106.62"}
	if !slices.Equal(days, want) {
		t.Errorf("on the due day the next dues are %q, want %q", days, want)
	}
	if on.PastDue.Amount.Amount != 0 || after.PastDue.Amount.Amount != sum {
		t.Errorf("past due on the day %s, after it %s, want nothing and %d", plainMoney(on.PastDue.Amount), plainMoney(after.PastDue.Amount), sum)
	}
	if d := after.NextDues[0]; d.DueOn <= after.AsOf {
		t.Errorf("after the due day the next is due on %s", d.DueOn)
	}
}

// TestStatementOfASettlement: what a settlement costs is charged in lines of its own, so that what it pays of each component is what
// it takes of the credit; so is what its reversal takes back.
func TestStatementOfASettlement(t *testing.T) {
	_, r := endsLender(t)
	fees := 0
	for _, id := range []string{"settled", "back", "daily"} {
		for _, then := range []bool{false, true} {
			s := stated(t, r, id, "2026-01-01", "2026-02-12", then)
			charged, lines := money.Amount(0), 0
			for i := range s.Events {
				e := &s.Events[i]
				switch e.Kind {
				case statement.SettlementFee:
					fees++
					charged += e.Fees.Amount
					if e.Fees != e.Amount || e.PostedOn == civil.None {
						t.Errorf("%s, then %v: the fee's line is %+v", id, then, *e)
					}
				case "settle", "reversal":
					lines++
					if paid := e.Principal.Amount + e.Interest.Amount + e.Fees.Amount + e.Penalties.Amount; paid != e.Credit.Amount {
						t.Errorf("%s, then %v: %s moves what is owed by %d and the credit by %d", id, then, e.Kind, paid, e.Credit.Amount)
					}
				}
			}
			if lines == 0 || charged != s.Year.FeesCharged.Amount || (charged == 0) != (id == "back") {
				t.Errorf("%s, then %v: fees of %d in %d lines, the year has %s", id, then, charged, lines, plainMoney(s.Year.FeesCharged))
			}
		}
	}
	if fees != 6 { // of the one that is taken back, none by all that is known now, and two as the nights told it
		t.Errorf("%d lines have a fee", fees)
	}
}

// TestStatementOfALoss: what was paid after a write-off is in the year's total; of a loan that is recovered whole nothing is
// asked.
func TestStatementOfALoss(t *testing.T) {
	_, r := endsLender(t)
	for _, then := range []bool{false, true} {
		s := stated(t, r, "ended", "2026-01-01", "2026-02-12", then)
		parts := s.Year.PrincipalPaid.Amount + s.Year.InterestPaid.Amount + s.Year.FeesPaid.Amount + s.Year.PenaltiesPaid.Amount
		if got := spaced(s.Status, int64(parts), plainMoney(s.Year.Paid), len(s.NextDues)); got != "written_off 3000 80.00 0" {
			t.Errorf("ended, then %v: status, paid before and in all, next dues are %s", then, got)
		}
		s = stated(t, r, "recovered", "2026-01-01", "2026-02-12", then)
		if got := spaced(s.Status, s.Recovered, len(s.NextDues)); got != "charged_off true 0" {
			t.Errorf("recovered, then %v: status, recovered, next dues are %s", then, got)
		}
	}
	if s := stated(t, r, "ended", "2026-01-01", "2026-02-08", false); plainMoney(s.Year.Paid) != "30.00" {
		t.Errorf("ended: %s is paid before the write-off", plainMoney(s.Year.Paid))
	}
}
