package batch

import (
	"fmt"
	"strings"
	"testing"

	"daybook/ledger/civil"
)

// TestAmountsBeyondTotals: rows that each are within limits and together are not
// stop the night before anything is posted, with the file named.
func TestAmountsBeyondTotals(t *testing.T) {
	l := newLender(t)
	l.close("2026-02-03")
	before := contents(t, l.o.Book)
	var loans []loanFile
	for i := range 2500 {
		x := aLoan(t, fmt.Sprint("L", i), "2026-01-01", "2026-02-01")
		x.Principal = 1e15
		loans = append(loans, x)
	}
	write(t, l.in("2026-02-04"), "loans-huge", loans)
	_, err := l.try("2026-02-04")
	if err == nil || !strings.Contains(err.Error(), "loans-huge.parquet") {
		t.Errorf("2,500 loans of ten trillion: %v", err)
	}
	if contents(t, l.o.Book) != before {
		t.Error("the book changed")
	}
}

// TestExtremeLoans: a loan at the edge of what is allowed is rejected as its row, or
// it is booked, and then no later night can fail on it.
func TestExtremeLoans(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	var loans []loanFile
	var plans []planFile
	want := map[string]string{}
	for i, x := range []struct {
		change func(x *loanFile)
		reason string
	}{
		{func(x *loanFile) { x.Principal, x.AnnualRate, x.Installments = 1e15, 10_000_000_000, 1200 }, "amount_overflow"},
		{func(x *loanFile) {
			x.Principal, x.AnnualRate, x.Installments, x.Method = 1e15, 10_000_000_000, 60, ptr("flat")
		}, ""},
		{func(x *loanFile) {
			x.Principal, x.AnnualRate, x.Installments, x.Frequency = 1e15, 10_000_000_000, 3, ptr("1D")
		}, ""},
		{func(x *loanFile) { x.Principal, x.Installments = 1, 1200 }, ""},
		{func(x *loanFile) { x.Principal, x.AnnualRate = 1, 1 }, ""},
		{func(x *loanFile) {
			x.Principal, x.Fee, x.Installments, x.Frequency = 1e15, ptr(int64(1e15)), 100, ptr("1D")
		}, ""},
		{func(x *loanFile) { x.Fee, x.Installments, x.Frequency = ptr(int64(1e15)), 101, ptr("1D") }, "amount_overflow"},
		{func(x *loanFile) { x.Fee = ptr(int64(-5)) }, "amount_not_positive"},
		{func(x *loanFile) { x.Fee = ptr(int64(1 << 62)) }, "amount_overflow"},
		{func(x *loanFile) { x.FirstDueOn = int32(day(t, "9999-12-31")) }, "date_out_of_range"},
		{func(x *loanFile) { x.FirstDueOn, x.Installments = int32(day(t, "9999-12-31")), 1 }, ""},
		{func(x *loanFile) { x.DisbursedOn = int32(day(t, "1900-01-01")) }, ""},
		{func(x *loanFile) { x.DisbursedOn = -1 << 31 }, "date_out_of_range"},
		{func(x *loanFile) { x.FirstDueOn = 1<<31 - 1 }, "date_out_of_range"},
		{func(x *loanFile) { x.Frequency = ptr("99999999999M") }, "unknown_frequency"},
		{func(x *loanFile) { x.Frequency = ptr("0M") }, "unknown_frequency"},
		{func(x *loanFile) { x.Frequency = ptr("-1M") }, "unknown_frequency"},
		{func(x *loanFile) { x.LoanID = strings.Repeat("长", 21) }, ""}, // 63 bytes
		{func(x *loanFile) { x.LoanID = strings.Repeat("长", 22) }, "text_too_long"},
		{func(x *loanFile) { x.LoanID = "a\x00b" }, ""},
	} {
		f := aLoan(t, fmt.Sprint("L", i), "2026-01-01", "2026-02-01")
		x.change(&f)
		loans = append(loans, f)
		if x.reason != "" {
			want[fmt.Sprint("loans-a.parquet:", i)] = x.reason
		}
	}
	f := aLoan(t, "planned", "2026-01-01", "2026-02-01")
	f.Installments = 120
	for i := range int32(120) {
		plans = append(plans, planFile{"planned", i + 1, f.FirstDueOn + i, 1000, 1e15, nil})
		want[fmt.Sprint("schedules-a.parquet:", i)] = "amount_overflow"
	}
	want[fmt.Sprint("loans-a.parquet:", len(loans))] = "amount_overflow"
	loans = append(loans, f)
	write(t, l.in("2026-02-03"), "loans-a", loans)
	write(t, l.in("2026-02-03"), "schedules-a", plans)
	l.close("2026-02-03")
	got := l.rejects("2026-02-03")
	for row, reason := range want {
		if got[row] != reason {
			t.Errorf("%s is rejected as %q, want %q", row, got[row], reason)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows are rejected, want %d: %v", len(got), len(want), got)
	}
	var paid []repaymentFile
	for i := range loans {
		paid = append(paid, repaymentFile{fmt.Sprint("P", i), loans[i].LoanID, int32(day(t, "2026-02-04")), 1e15, "CNY"})
	}
	write(t, l.in("2027-02-04"), "repayments-a", paid[:len(paid)/2])
	for _, d := range []string{"2027-02-04", "2200-02-02", "9999-12-30"} {
		l.close(d)
	}
	verifySilent(t, l)
}

// TestMoneyOfOneLoan: events whose amounts together are beyond every column are
// refused one by one, and the nights after go on.
func TestMoneyOfOneLoan(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: many\ncurrencies: [CNY, JPY, KWD]\nintake: {money_in_minor_units: true}\n")
	d := func(s string) int32 { return int32(day(t, s)) }
	write(t, l.in("2026-02-03"), "loans-a", []minorLoan{
		{"LC", "B", "default", "CNY", 120000, d("2026-01-01"), d("2026-02-01"), 12, 120_000_000},
		{"LJ", "B", "default", "JPY", 1e12, d("2026-01-01"), d("2026-02-01"), 12, 10_000_000_000},
		{"LX", "B", "default", "JPY", 1e12 + 1, d("2026-01-01"), d("2026-02-01"), 12, 120_000_000},
	})
	l.close("2026-02-03")
	if got := l.rejects("2026-02-03")["loans-a.parquet:2"]; got != "amount_overflow" {
		t.Errorf("a principal beyond its column is rejected as %q", got)
	}
	for night := range 3 {
		date := civil.Date(d("2026-02-04") + int32(night)).String()
		var paid []minorRepayment
		for i := range 70 {
			id := fmt.Sprint("P", night, "-", i)
			paid = append(paid, minorRepayment{"C" + id, "LC", d("2026-02-03"), 1e14, "CNY"}, minorRepayment{"J" + id, "LJ", d("2026-02-03"), 1e12, "JPY"})
		}
		write(t, l.in(date), "repayments-a", paid)
		applied, _, rejected, _ := tallyOf(t, l.close(date), "repayments-a")
		if want := [...]int64{140, 60, 0}[night]; applied != want || rejected != 140-want {
			t.Errorf("%s: %d applied and %d rejected, want %d applied", date, applied, rejected, want)
		}
		l.tape(date)
	}
	verifySilent(t, l)
}
