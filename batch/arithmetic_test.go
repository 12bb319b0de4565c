package batch

import (
	"path/filepath"
	"strconv"
	"testing"

	"daybook/batch/policy"
	"daybook/ledger/money"
)

// TestLoanArithmetic feeds the 160 awkward loans through nightly files, payments
// late and reversed as they arrive, and compares every column of every row of the
// tape that an independent program computed.
func TestLoanArithmetic(t *testing.T) {
	const dir = "../testdata/loan-arithmetic/"
	l := newLender(t)
	want := map[string]map[string]map[string]string{} // night, loan
	booked := map[string]string{}
	nights := []string{"2026-01-31", "2026-02-28", "2026-06-30", "2026-11-23"}
	for _, r := range csvRows(t, dir+"tape.csv") {
		if want[r["business_date"]] == nil {
			want[r["business_date"]] = map[string]map[string]string{}
		}
		want[r["business_date"]][r["loan_id"]] = r
		if on := booked[r["loan_id"]]; on == "" || r["business_date"] < on {
			booked[r["loan_id"]] = r["business_date"]
		}
	}
	arithmeticFiles(t, l, dir, booked)
	rows := 0
	for _, night := range nights {
		l.close(night)
		tape := l.tape(night)
		if len(tape) != len(want[night]) {
			t.Errorf("%s: %d loans, want %d", night, len(tape), len(want[night]))
		}
		for id, w := range want[night] {
			rows++
			for name, value := range w {
				if name == "business_date" {
					continue
				}
				if got := tape[id][name]; got != value {
					t.Errorf("%s %s: %s is %q, want %q", night, id, name, got, value)
				}
			}
		}
		journalTies(t, l, nights, night, tape)
	}
	if rows != 504 {
		t.Errorf("compared %d rows, want 504", rows)
	}
}

func arithmeticFiles(t *testing.T, l *lender, dir string, booked map[string]string) {
	loans := map[string][]loanFile{}
	for _, r := range csvRows(t, dir+"loans.csv") {
		rate, err := money.ParseDecimal(r["annual_rate"], 9)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(r["installments"])
		if err != nil {
			t.Fatal(err)
		}
		on := booked[r["loan_id"]]
		loans[on] = append(loans[on], loanFile{
			LoanID: r["loan_id"], BorrowerID: r["borrower_id"], Product: r["product"], Currency: r["currency"],
			Principal: amountOf(t, r["principal"]), DisbursedOn: int32(day(t, r["disbursed_on"])), FirstDueOn: int32(day(t, r["first_due_on"])),
			Installments: int32(n), AnnualRate: rate, Method: ptr(r["method"]), DayCount: ptr(r["day_count"]),
			Frequency: ptr(r["frequency"]), Fee: ptr(amountOf(t, r["fee_per_installment"])),
		})
	}
	for on, rows := range loans {
		write(t, l.in(on), "loans-0001", rows)
	}
	repayments, adjustments := map[string][]repaymentFile{}, map[string][]adjustmentFile{}
	for _, r := range csvRows(t, dir+"events.csv") {
		on := r["arrives_on"]
		if r["kind"] == "repayment" {
			repayments[on] = append(repayments[on], pays(t, r["id"], r["loan_id"], r["value_date"], r["amount"]))
			continue
		}
		a := adjusts(t, r["id"], r["loan_id"], r["kind"], r["value_date"])
		if r["amount"] != "" {
			a.Amount = ptr(amountOf(t, r["amount"]))
		}
		if r["target_id"] != "" {
			a.TargetID = ptr(r["target_id"])
		}
		adjustments[on] = append(adjustments[on], a)
	}
	for on, rows := range repayments {
		write(t, l.in(on), "repayments-0001", rows)
	}
	for on, rows := range adjustments {
		write(t, l.in(on), "adjustments-0001", rows)
	}
}

// journalTies adds up the published journal of all nights so far: by loan it comes
// to the tape's balances, and no night posts for an event what it takes back in the
// same night.
func journalTies(t *testing.T, l *lender, nights []string, upTo string, tape map[string]map[string]string) {
	t.Helper()
	balance := map[[2]string]int64{} // loan, account
	for _, night := range nights {
		seen := map[[4]string]bool{}
		for _, r := range l.table(night, "journal/part-*.parquet") {
			balance[[2]string{r["loan_id"], r["account"]}] += amountOf(t, r["debit"]) - amountOf(t, r["credit"])
			key := [4]string{r["loan_id"], r["source_id"], r["value_date"], r["account"]}
			if r["kind"] != "accrual" && r["kind"] != "non_accrual" && seen[key] {
				t.Errorf("%s: %v is posted twice in one night", night, key)
			}
			seen[key] = true
		}
		if night == upTo {
			break
		}
	}
	for id, row := range tape {
		if got, want := balance[[2]string{id, "1301"}], amountOf(t, row["principal_outstanding"]); got != want {
			t.Errorf("%s %s: the journal has %d of principal, the tape %d", upTo, id, got, want)
		}
		if got, want := -balance[[2]string{id, "2201"}], amountOf(t, row["credit_balance"]); got != want {
			t.Errorf("%s %s: the journal has %d of credit, the tape %d", upTo, id, got, want)
		}
	}
}

// TestLendingClub closes the real inbox: every level payment and balance agrees
// with what that lender published.
func TestLendingClub(t *testing.T) {
	const dir = "../testdata/lendingclub/"
	l := newLender(t)
	l.o.In = filepath.Join(dir, "2018-08-31")
	p, err := policy.Load(dir + "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l.o.Policy, l.o.Date = p, day(t, "2018-08-31")
	s, err := Close(t.Context(), l.o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Loans != 4331 || !s.Manifest.ControlTotals.Tied() {
		t.Errorf("%d loans, want 4331", s.Loans)
	}
	tape := l.tape("2018-08-31")
	for _, want := range csvRows(t, dir+"expected.csv") {
		row := tape[want["loan_id"]]
		if row == nil {
			t.Errorf("%s is not in the tape", want["loan_id"])
			continue
		}
		if got := row["next_due_amount"]; got != want["level_payment"] {
			t.Errorf("%s: level payment %s, want %s", want["loan_id"], got, want["level_payment"])
		}
		diff := amountOf(t, row["principal_outstanding"]) - amountOf(t, want["reported_balance"])
		if odd := want["loan_id"] == "LC01345" || want["loan_id"] == "LC08875"; odd {
			continue // two rows of the sample whose principal paid and balance do not add up
		}
		if diff < -2 || diff > 2 {
			t.Errorf("%s: balance %s, want %s", want["loan_id"], row["principal_outstanding"], want["reported_balance"])
		}
	}
}
