package batch

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestEveryReason: each reason code is reached by a row, stands in the rejects with
// the row's own values, and its money in the control totals.
func TestEveryReason(t *testing.T) {
	l := newLender(t)
	bad := func(id string, change func(*loanFile)) loanFile {
		x := aLoan(t, id, "2026-01-01", "2026-02-01")
		change(&x)
		return x
	}
	write(t, l.in("2026-02-03"), "loans-0good", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	loans := map[string]func(*loanFile){
		"duplicate_loan":      func(x *loanFile) { x.LoanID = "L1"; x.Principal = 7 },
		"wrong_currency":      func(x *loanFile) { x.Currency = "USD" },
		"amount_not_positive": func(x *loanFile) { x.Principal = 0 },
		"amount_overflow":     func(x *loanFile) { x.Principal = 2e15 },
		"disbursed_after_business_date": func(x *loanFile) {
			x.DisbursedOn = int32(day(t, "2026-02-04"))
			x.FirstDueOn = int32(day(t, "2026-03-04"))
		},
		"first_due_not_after_disbursement": func(x *loanFile) { x.FirstDueOn = x.DisbursedOn },
		"installments_out_of_range":        func(x *loanFile) { x.Installments = 1201 },
		"rate_out_of_range":                func(x *loanFile) { x.AnnualRate = 10_000_000_001 },
		"unknown_method":                   func(x *loanFile) { x.Method = ptr("balloon") },
		"unknown_day_count":                func(x *loanFile) { x.DayCount = ptr("30/365") },
		"unknown_frequency":                func(x *loanFile) { x.Frequency = ptr("1W") },
		"unknown_product":                  func(x *loanFile) { x.Product = "gold" },
		"missing_value":                    func(x *loanFile) { x.BorrowerID = "" },
		"text_too_long":                    func(x *loanFile) { x.LoanID = strings.Repeat("x", 65) },
		"not_utf8":                         func(x *loanFile) { x.LoanID = "\xff\xfe" },
	}
	n := 0
	for reason, change := range loans {
		write(t, l.in("2026-02-03"), "loans-"+reason, []loanFile{bad("N"+reason, change)})
		n++
	}
	repay := func(reason string, rows ...repaymentFile) {
		write(t, l.in("2026-02-03"), "repayments-"+reason, rows)
		n++
	}
	repay("unknown_loan", pays(t, "P1", "nobody", "2026-02-01", "1.00"))
	repay("value_date_after_business_date", pays(t, "P2", "L1", "2026-02-04", "1.00"))
	repay("value_date_before_disbursement", pays(t, "P3", "L1", "2025-12-31", "1.00"))
	repay("amount_not_positive2", pays(t, "P4", "L1", "2026-02-01", "-1.00"))
	wrong := pays(t, "P5", "L1", "2026-02-01", "1.00")
	wrong.Currency = "EUR"
	repay("wrong_currency2", wrong)
	write(t, l.in("2026-02-03"), "repayments-0good", []repaymentFile{pays(t, "P6", "L1", "2026-02-01", "1.00")})
	repay("conflicting_duplicate", pays(t, "P6", "L1", "2026-02-01", "2.00"))
	adjust := func(reason string, a adjustmentFile) {
		write(t, l.in("2026-02-03"), "adjustments-"+reason, []adjustmentFile{a})
		n++
	}
	adjust("unknown_kind", adjusts(t, "A1", "L1", "gift", "2026-02-01"))
	target := adjusts(t, "A2", "L1", "reversal", "2026-02-01")
	target.TargetID = ptr("none")
	adjust("unknown_target", target)
	first := adjusts(t, "A3", "L1", "reversal", "2026-02-01")
	first.TargetID = ptr("P6")
	write(t, l.in("2026-02-03"), "adjustments-0good", []adjustmentFile{first})
	first.AdjustmentID = "A4"
	adjust("target_already_reversed", first)
	write(t, l.in("2026-02-03"), "loans-zz_planned", []loanFile{bad("LS", func(x *loanFile) { x.Installments = 1 })})
	write(t, l.in("2026-02-03"), "schedules-schedule_does_not_sum", []scheduleFile{{"LS", 1, int32(day(t, "2026-02-01")), 119999, 0}})
	thirds := []struct {
		ID     string `parquet:"repayment_id"`
		Loan   string `parquet:"loan_id"`
		On     int32  `parquet:"value_date,date"`
		Amount int64  `parquet:"amount,decimal(3:18)"`
		Curr   string `parquet:"currency"`
	}{{"P9", "L1", int32(day(t, "2026-02-01")), 1001, "CNY"}}
	write(t, l.in("2026-02-03"), "repayments-amount_precision", thirds)
	n++
	s := l.close("2026-02-03")
	if !s.Above {
		t.Error("so many rejects are not above the threshold")
	}
	rejects := l.table("2026-02-03", "rejects.parquet")
	seen := map[string]bool{}
	for _, r := range rejects {
		want := strings.TrimSuffix(strings.SplitN(r["file"], "-", 2)[1], ".parquet")
		want = strings.TrimRight(want, "2")
		if want == "zz_planned" {
			want = "schedule_does_not_sum"
		}
		if r["reason_code"] != want || r["reason"] == "" || !strings.HasPrefix(r["values"], "{") {
			t.Errorf("%s row %s: %s %s", r["file"], r["row_number"], r["reason_code"], r["values"])
		}
		seen[r["file"]] = true
	}
	if len(seen) != n+2 {
		t.Errorf("%d files have rejects, want %d", len(seen), n+2)
	}
	if len(l.tape("2026-02-03")) != 1 {
		t.Errorf("more was booked than the one good loan")
	}
	verifySilent(t, l)
	o := l.o
	o.Strict, o.In, o.Date = true, l.in("2026-02-03"), day(t, "2026-02-05")
	before := contents(t, l.o.Book)
	var strict *StrictError
	if _, err := Close(t.Context(), o); !errors.As(err, &strict) || contents(t, l.o.Book) != before {
		t.Errorf("a strict close: %v", err)
	}
}

// TestFileFaults: a fault of a file stops the night before anything is posted, and
// all faults are named at once: file, column and what was expected.
func TestFileFaults(t *testing.T) {
	l := newLender(t)
	in := l.in("2026-02-03")
	write(t, in, "loans-good", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	type row struct {
		ID     string  `parquet:"repayment_id"`
		Loan   string  `parquet:"loan_id"`
		On     int32   `parquet:"value_date,date"`
		Amount float64 `parquet:"amount"`
		Curr   string  `parquet:"currency"`
	}
	write(t, in, "repayments-float", []row{{"P1", "L1", 20000, math.Pi, "CNY"}})
	type plain struct {
		ID     string `parquet:"repayment_id"`
		Loan   string `parquet:"loan_id"`
		On     int32  `parquet:"value_date,date"`
		Amount int64  `parquet:"amount"`
		Curr   string `parquet:"currency"`
	}
	write(t, in, "repayments-integer", []plain{{"P1", "L1", 20000, 5, "CNY"}})
	type short struct {
		ID string `parquet:"repayment_id"`
	}
	write(t, in, "repayments-missing", []short{{"P1"}})
	write(t, in, "payments-unknown", []short{{"P1"}})
	good := filepath.Join(in, "loans-good.parquet")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"truncated": data[:len(data)/2], "empty": nil, "other": []byte("not Parquet at all, but long enough to look")} {
		if err := os.WriteFile(filepath.Join(in, "loans-"+name+".parquet"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err = l.try("2026-02-03")
	if err == nil {
		t.Fatal("the night closed")
	}
	for _, want := range []string{"repayments-float", "amount", "DECIMAL", "repayments-integer", "repayments-missing", "loan_id", "payments-unknown", "loans-truncated", "loans-empty", "loans-other"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
	for _, dir := range []string{l.o.Book, l.o.Out} {
		if entries, _ := os.ReadDir(dir); len(entries) != 0 {
			t.Errorf("%s holds %v", dir, entries)
		}
	}
}

// TestCurrencies: each currency has its own digits, control totals and reports; a
// minor unit that a currency does not have is a reject.
func TestCurrencies(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: many\ncurrencies: [CNY, JPY, KWD]\n")
	yen, dinar := aLoan(t, "LJ", "2026-01-01", "2026-02-01"), aLoan(t, "LK", "2026-01-01", "2026-02-01")
	yen.Currency, dinar.Currency = "JPY", "KWD"
	sen := yen
	sen.LoanID, sen.Principal = "LS", 120050
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "LC", "2026-01-01", "2026-02-01"), yen, dinar, sen})
	p := pays(t, "P1", "LJ", "2026-02-01", "100.00")
	p.Currency = "JPY"
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{p})
	s := l.close("2026-02-03")
	if got := l.rejects("2026-02-03"); len(got) != 1 || got["loans-a.parquet:3"] != "amount_precision" {
		t.Errorf("rejects are %v", got)
	}
	tape := l.tape("2026-02-03")
	expect(t, "LC", tape["LC"], "principal=1200.000 next_due_amount=106.620")
	expect(t, "LJ", tape["LJ"], "principal=1200.000 next_due_amount=107.000 interest_paid=12.000 principal_paid=88.000")
	expect(t, "LK", tape["LK"], "principal=1200.000 next_due_amount=106.619")
	if len(s.Manifest.ControlTotals.Currencies) != 3 {
		t.Errorf("control totals of %d currencies", len(s.Manifest.ControlTotals.Currencies))
	}
	verifySilent(t, l)
}

// TestOddNights: a folder without files, and a first night without loans.
func TestOddNights(t *testing.T) {
	l := newLender(t)
	l.close("2026-02-03")
	write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "1.00")})
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{})
	s := l.close("2026-02-04")
	if s.Loans != 0 || s.Postings != 2 {
		t.Errorf("%d loans and %d postings, want 0 and 2", s.Loans, s.Postings)
	}
	x := aLoan(t, "L9", "2026-01-01", "2026-03-01")
	write(t, l.in("2026-02-05"), "loans-a", []loanFile{x})
	l.close("2026-02-05")
	expect(t, "L9", l.tape("2026-02-05")["L9"], "last_paid_on= last_paid_amount= next_due_on=2026-03-01 previous_bucket= oldest_unpaid_due_on=")
	verifySilent(t, l)
	o := l.o
	o.In, o.Date = filepath.Join(l.dir, "nowhere"), day(t, "2026-02-06")
	if _, err := Close(t.Context(), o); err == nil {
		t.Error("a missing folder is a night")
	}
	if _, err := parquet.ReadFile[loanFile](filepath.Join(l.in("2026-02-04"), "loans-a.parquet")); err != nil {
		t.Error(err)
	}
}
