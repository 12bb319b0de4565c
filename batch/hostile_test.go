package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daybook/ledger/loan"

	"github.com/parquet-go/parquet-go"
)

// A refusal is the one row of a file, and what must become of it.
type refusal struct {
	reason string
	amount string // in the control totals
	values map[string]any
}

// refuse writes a file of one row.
func refuse[T any](l *lender, want map[string]refusal, file, reason, amount string, row T) {
	l.t.Helper()
	write(l.t, l.in("2026-02-03"), file, []T{row})
	want[file+".parquet"] = refusal{reason, amount, rowValues(l.t, row)}
}

// rowValues are a row's values as the table of rejects tells them: dates and decimals
// as people write them, nothing for a null, and bytes that are no text in hex.
func rowValues(t testing.TB, row any) map[string]any {
	t.Helper()
	m := map[string]any{}
	addValues(t, m, reflect.ValueOf(row))
	return m
}

func addValues(t testing.TB, m map[string]any, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("parquet")
		name, form, _ := strings.Cut(tag, ",")
		x := v.Field(i)
		if v.Type().Field(i).Anonymous {
			addValues(t, m, x)
			continue
		}
		if x.Kind() == reflect.Pointer {
			if x.IsNil() {
				m[name] = nil
				continue
			}
			x = x.Elem()
		}
		_, digits, decimal := strings.Cut(form, "decimal(")
		switch {
		case x.Kind() == reflect.String && !utf8.ValidString(x.String()):
			m[name] = fmt.Sprintf("0x%x", x.String())
		case x.Kind() == reflect.String:
			m[name] = x.String()
		case decimal:
			scale, err := strconv.Atoi(digits[:1])
			if err != nil {
				t.Fatal(err)
			}
			sign, s := "", fmt.Sprintf("%0*d", scale+1, max(x.Int(), -x.Int()))
			if x.Int() < 0 {
				sign = "-"
			}
			m[name] = sign + s[:len(s)-scale] + "." + s[len(s)-scale:]
		case strings.Contains(form, "date"):
			m[name] = time.Unix(86400*x.Int(), 0).UTC().Format(time.DateOnly)
		default:
			m[name] = strconv.FormatInt(x.Int(), 10)
		}
	}
}

// TestEveryReason: each reason code is reached by a row, stands in the rejects with
// the row's own values, and its money in the control totals. Of an amount that the
// book cannot hold the totals count nothing, in and rejected.
func TestEveryReason(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: reasons\nproducts: {default: {}, capped: {ceiling: {annual_rate: 0.1}}, daily: {interest: daily}}\n")
	write(t, l.in("2026-02-02"), "repayments-a", []repaymentFile{pays(t, "H1", "typo", "2026-02-01", "31.00")})
	l.close("2026-02-02")
	in, want := l.in("2026-02-03"), map[string]refusal{}
	good := func(file string, rows ...adjustmentFile) { write(t, in, file, rows) }
	write(t, in, "loans-0good", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L2", "2026-01-01", "2026-02-01")})
	for i, x := range []struct {
		reason string
		change func(*loanFile)
	}{
		{"duplicate_loan", func(x *loanFile) { x.LoanID = "L1"; x.Principal = 7 }},
		{"wrong_currency", func(x *loanFile) { x.Currency = "USD" }},
		{"amount_not_positive", func(x *loanFile) { x.Principal = -7 }},
		{"amount_overflow", func(x *loanFile) { x.Principal = 2e15 }},
		{"disbursed_after_business_date", func(x *loanFile) {
			x.DisbursedOn = int32(day(t, "2026-02-04"))
			x.FirstDueOn = int32(day(t, "2026-03-04"))
		}},
		{"first_due_not_after_disbursement", func(x *loanFile) { x.FirstDueOn = x.DisbursedOn }},
		{"installments_out_of_range", func(x *loanFile) { x.Installments = 1201 }},
		{"rate_out_of_range", func(x *loanFile) { x.AnnualRate = 10_000_000_001 }},
		{"unknown_method", func(x *loanFile) { x.Method = ptr("balloon") }},
		{"unknown_day_count", func(x *loanFile) { x.DayCount = ptr("30/365") }},
		{"unknown_frequency", func(x *loanFile) { x.Frequency = ptr("1W") }},
		{"unknown_product", func(x *loanFile) { x.Product = "gold" }},
		{"missing_value", func(x *loanFile) { x.BorrowerID = "" }},
		{"text_too_long", func(x *loanFile) { x.LoanID = strings.Repeat("x", 65) }},
		{"not_utf8", func(x *loanFile) { x.LoanID = "\xff\xfe" }},
		{"date_out_of_range", func(x *loanFile) { x.Frequency, x.Installments = ptr("120M"), 1200 }},
		{"ceiling_exceeded", func(x *loanFile) { x.Product = "capped" }},
	} {
		row := aLoan(t, "N"+x.reason, "2026-01-01", "2026-02-01")
		row.Principal += int64(i) // no two alike
		x.change(&row)
		amount := rowValues(t, row)["principal"].(string)
		if x.reason == "amount_overflow" {
			amount = "0.00"
		}
		refuse(l, want, "loans-"+x.reason, x.reason, amount, row)
	}
	repay := func(name, reason, amount string, row repaymentFile) {
		refuse(l, want, "repayments-"+name, reason, amount, row)
	}
	repay("unknown_loan", "unknown_loan", "1.01", pays(t, "P1", "nobody", "2026-02-01", "1.01"))
	repay("after", "value_date_after_business_date", "1.02", pays(t, "P2", "L1", "2026-02-04", "1.02"))
	repay("before", "value_date_before_disbursement", "1.03", pays(t, "P3", "L1", "2025-12-31", "1.03"))
	repay("negative", "amount_not_positive", "-1.04", pays(t, "P4", "L1", "2026-02-01", "-1.04"))
	wrong := pays(t, "P5", "L1", "2026-02-01", "1.05")
	wrong.Currency = "EUR"
	repay("currency", "wrong_currency", "1.05", wrong)
	write(t, in, "repayments-0good", []repaymentFile{pays(t, "P6", "L1", "2026-02-01", "1.00"), pays(t, "P6", "L1", "2026-02-01", "1.00")})
	repay("conflicting", "conflicting_duplicate", "1.06", pays(t, "P6", "L1", "2026-02-01", "1.06"))
	refuse(l, want, "repayments-precision", "amount_precision", "0.00", struct {
		ID     string `parquet:"repayment_id"`
		Loan   string `parquet:"loan_id"`
		On     int32  `parquet:"value_date,date"`
		Amount int64  `parquet:"amount,decimal(3:18)"`
		Curr   string `parquet:"currency"`
	}{"P9", "L1", int32(day(t, "2026-02-01")), 1001, "CNY"})
	adjust := func(reason, loan, kind string, cents int64, change func(*adjustmentFile)) {
		a := adjusts(t, "A-"+reason, loan, kind, "2026-02-02")
		amount := "0.00"
		if cents != 0 {
			a.Amount = ptr(cents)
			amount = rowValues(t, a)["amount"].(string)
		}
		if change != nil {
			change(&a)
		}
		refuse(l, want, "adjustments-"+reason, reason, amount, a)
	}
	adjust("unknown_kind", "L1", "gift", 201, nil)
	adjust("unknown_target", "L1", "reversal", 0, func(a *adjustmentFile) { a.TargetID = ptr("none") })
	reversal, released, off := adjusts(t, "A3", "L1", "reversal", "2026-02-01"), releases(t, "R1", "L1", "H1", "2026-02-03"), adjusts(t, "A5", "L2", "charge_off", "2026-02-01")
	reversal.TargetID, released.Choice = ptr("P6"), ptr("return")
	good("adjustments-0good", reversal, released, off)
	adjust("target_already_reversed", "L1", "reversal", 0, func(a *adjustmentFile) { a.AdjustmentID, a.TargetID = "B1", ptr("P6") })
	adjust("already_released", "L1", "release", 3100, func(a *adjustmentFile) { a.AdjustmentID, a.TargetID = "R2", ptr("H1") })
	adjust("unknown_component", "L1", "waiver", 202, func(a *adjustmentFile) { a.Component = ptr("tax") })
	adjust("unknown_choice", "L1", "prepay", 203, func(a *adjustmentFile) { a.Choice = ptr("sooner") })
	adjust("amount_above_balance", "L1", "waiver", 204, func(a *adjustmentFile) { a.Component = ptr("penalty") })
	adjust("not_allowed_in_status", "L2", "prepay", 205, func(a *adjustmentFile) { a.Choice = ptr("shorter_term") })
	adjust("until_not_after_value_date", "L1", "pause", 0, func(a *adjustmentFile) { a.Until = &a.ValueDate })
	adjust("insufficient_credit", "L1", "settle", 0, nil)
	smallLimits(t, 1<<14, 1<<12, 1<<13, 1<<16, 2)
	adjust("too_many_events", "L1", "release", 208, func(a *adjustmentFile) { a.AdjustmentID, a.TargetID = "R9", ptr("H1") })
	refuse(l, want, "schedules-number", "unknown_installment", "0.00", struct {
		LoanID    string `parquet:"loan_id"`
		Number    int64  `parquet:"number,decimal(1:9)"`
		DueOn     int32  `parquet:"due_on,date"`
		Principal int64  `parquet:"principal,decimal(2:18)"`
		Interest  int64  `parquet:"interest,decimal(2:18)"`
	}{"L1", 15, int32(day(t, "2026-02-01")), 207, 0})
	refuse(l, want, "schedules-earned", "unknown_earned", "0.00", plannedFile{"L1", 1, int32(day(t, "2026-02-01")), 120000, 0, ptr("yearly")})
	refuse(l, want, "loans-graced", "grace_out_of_range", "1200.00", struct {
		LoanID       string `parquet:"loan_id"`
		BorrowerID   string `parquet:"borrower_id"`
		Product      string `parquet:"product"`
		Currency     string `parquet:"currency"`
		Principal    int64  `parquet:"principal,decimal(2:18)"`
		DisbursedOn  int32  `parquet:"disbursed_on,date"`
		FirstDueOn   int32  `parquet:"first_due_on,date"`
		Installments int32  `parquet:"installments"`
		AnnualRate   int64  `parquet:"annual_rate,decimal(9:18)"`
		Grace        int32  `parquet:"principal_grace"`
	}{"LG", "B-LG", "default", "CNY", 120000, int32(day(t, "2026-01-01")), int32(day(t, "2026-02-01")), 12, 0, 12})
	planned := aLoan(t, "LS", "2026-01-01", "2026-02-01")
	planned.Installments = 1
	refuse(l, want, "loans-graced", "grace_out_of_range", "1200.00", termsFile{loanFile: planned, InterestGrace: ptr(int32(1))})
	daily := aLoan(t, "LD", "2026-01-01", "2026-02-01")
	daily.Product = "daily"
	refuse(l, want, "loans-daily", "not_allowed_by_policy", "1200.00", termsFile{loanFile: daily, InterestGrace: ptr(int32(1))})
	refuse(l, want, "loans-planned", "schedule_does_not_sum", "1200.00", planned)
	refuse(l, want, "schedules-planned", "schedule_does_not_sum", "0.00", scheduleFile{"LS", 1, int32(day(t, "2026-02-01")), 119999, 0})
	refusePeople(l, want)
	s := l.close("2026-02-03")
	if !s.Above {
		t.Error("so many rejects are not above the threshold")
	}
	refusedRows(t, l, want)
	refusedTotals(t, s, want, map[string]bool{ // money that came in
		"repayments-unknown_loan.parquet": true, "repayments-before.parquet": true, "adjustments-not_allowed_in_status.parquet": true,
		"adjustments-unknown_choice.parquet": true,
	})
	if len(l.tape("2026-02-03")) != 2 {
		t.Errorf("more was booked than the two good loans")
	}
	if got := suspense(s); got != "6.12" {
		t.Errorf("suspense is %s, want 6.12 of four rows", got)
	}
	verifySilent(t, l)
	o := l.o
	o.Strict, o.In, o.Date = true, in, day(t, "2026-02-05")
	before := contents(t, l.o.Book)
	var strict *StrictError
	if _, err := Close(t.Context(), o); !errors.As(err, &strict) || contents(t, l.o.Book) != before {
		t.Errorf("a strict close: %v", err)
	}
}

// refusePeople writes files of borrowers, contacts and flags, of one row each.
func refusePeople(l *lender, want map[string]refusal) {
	l.t.Helper()
	type hours struct {
		ID    string `parquet:"borrower_id"`
		From  string `parquet:"contact_from"`
		Until string `parquet:"contact_until"`
	}
	refuse(l, want, "borrowers-hours", "bad_hours", "0.00", hours{"B-L1", "18:00", "09:00"})
	type contact struct {
		ID       string  `parquet:"contact_id"`
		Borrower *string `parquet:"borrower_id,optional"`
		Task     *string `parquet:"task_key,optional"`
		Kind     string  `parquet:"kind"`
		At       string  `parquet:"at"`
		Channel  *string `parquet:"channel,optional"`
		Amount   *int64  `parquet:"amount,optional,decimal(2:18)"`
		Currency *string `parquet:"currency,optional"`
		Promised *int32  `parquet:"promised_on,optional,date"`
	}
	say := func(reason, kind, at string, change func(c *contact)) {
		c := contact{ID: reason, Borrower: ptr("B-L1"), Kind: kind, At: at}
		change(&c)
		refuse(l, want, "contacts-"+reason, reason, "0.00", c)
	}
	promise := func(c *contact) {
		c.Amount, c.Currency, c.Promised = ptr(int64(100)), ptr("CNY"), ptr(int32(day(l.t, "2026-02-01")))
	}
	say("unknown_borrower", "attempt", "2026-02-02T10:00:00+08:00", func(c *contact) { c.Borrower = ptr("nobody") })
	say("unknown_task", "attempt", "2026-02-02T10:00:00+08:00", func(c *contact) { c.Borrower, c.Task = nil, ptr("no-such-key") })
	say("unknown_channel", "consent", "2026-02-02T10:00:00+08:00", func(c *contact) { c.Channel = ptr("pigeon") })
	say("at_too_late", "attempt", "2026-02-05T00:00:00+08:00", func(c *contact) {})
	say("at_too_early", "attempt", "2020-02-05T00:00:00+08:00", func(c *contact) {})
	say("promised_before_made", "promise", "2026-02-02T10:00:00+08:00", promise)
	say("promise_too_far", "promise", "2026-02-02T10:00:00+08:00", func(c *contact) { promise(c); c.Promised = ptr(int32(day(l.t, "2026-12-01"))) })
	type flag struct {
		Borrower *string `parquet:"borrower_id,optional"`
		Loan     *string `parquet:"loan_id,optional"`
		Flag     string  `parquet:"flag"`
		From     int32   `parquet:"valid_from,date"`
		Until    *int32  `parquet:"valid_until,optional,date"`
	}
	from := int32(day(l.t, "2026-02-02"))
	refuse(l, want, "flags-until", "valid_until_before_valid_from", "0.00", flag{ptr("B-L1"), nil, "watch", from, ptr(from - 1)})
	refuse(l, want, "flags-both", "two_subjects", "0.00", flag{ptr("B-L1"), ptr("L1"), "watch", from, nil})
}

// refusedRows compares the table of rejects with the rows that must be in it.
func refusedRows(t *testing.T, l *lender, want map[string]refusal) {
	t.Helper()
	seen, codes := map[string]bool{}, map[string]bool{"": true, loan.ExactDuplicate.Code(): true}
	for _, r := range l.table("2026-02-03", "rejects.parquet") {
		w := want[r["file"]]
		kind, _, _ := strings.Cut(r["file"], "-")
		if r["reason_code"] != w.reason || r["row_number"] != "0" || r["kind"] != kind || r["reason"] == "" || seen[r["file"]] {
			t.Errorf("%s row %s: %s %s (%s)", r["file"], r["row_number"], r["kind"], r["reason_code"], r["reason"])
		}
		var values map[string]any
		if err := json.Unmarshal([]byte(r["values"]), &values); err != nil || !reflect.DeepEqual(values, w.values) {
			t.Errorf("%s: values %s, want %v (%v)", r["file"], r["values"], w.values, err)
		}
		seen[r["file"]], codes[w.reason] = true, true
	}
	if len(seen) != len(want) {
		t.Errorf("%d files have rejects, want %d", len(seen), len(want))
	}
	for reason := range loan.Reasons {
		// A period has to be locked for its reason: TestBackdatedRows of the command does.
		if !codes[reason.Code()] && reason != loan.PeriodLocked {
			t.Errorf("no row is rejected as %s", reason.Code())
		}
	}
}

// refusedTotals compares each file's rows and amounts: in, applied, duplicates,
// rejected and held.
func refusedTotals(t *testing.T, s *Summary, want map[string]refusal, held map[string]bool) {
	t.Helper()
	good := map[string][10]string{
		"loans-0good.parquet":       {"2", "2", "0", "0", "0", "2400.00", "2400.00", "0.00", "0.00", "0.00"},
		"repayments-0good.parquet":  {"2", "1", "1", "0", "0", "2.00", "1.00", "1.00", "0.00", "0.00"},
		"adjustments-0good.parquet": {"3", "3", "0", "0", "0", "0.00", "0.00", "0.00", "0.00", "0.00"},
	}
	files := s.Manifest.ControlTotals.Files
	for _, f := range files {
		w, ok := good[f.Path]
		if !ok {
			r := want[f.Path]
			w = [10]string{"1", "0", "0", "1", "0", r.amount, "0.00", "0.00", r.amount, "0.00"}
			if held[f.Path] {
				w[3], w[4], w[8], w[9] = w[4], w[3], w[9], w[8]
			}
		}
		got := [10]string{5: f.AmountIn, f.AmountApplied, f.AmountDuplicates, f.AmountRejected, f.AmountHeld}
		for i, n := range []int64{f.RowsIn, f.Applied, f.Duplicates, f.Rejected, f.Held} {
			got[i] = strconv.FormatInt(n, 10)
		}
		if got != w {
			t.Errorf("%s: rows and amounts in, applied, duplicates, rejected, held are %v, want %v", f.Path, got, w)
		}
	}
	if len(files) != len(good)+len(want) {
		t.Errorf("control totals of %d files, want %d", len(files), len(good)+len(want))
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

// What new terms and a waiver need is named where it is missing or none that may be: a rate
// below zero is not taken as if none were stated.
func TestAdjustmentsThatLackWhatTheyNeed(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	of := func(kind string, change func(*adjustmentFile)) adjustmentFile {
		a := adjusts(t, "", "L1", kind, "2026-02-02")
		change(&a)
		return a
	}
	rate := func(billionths int64) adjustmentFile {
		return of("restructure", func(a *adjustmentFile) {
			a.Choice, a.Installments, a.AnnualRate = ptr("reage"), ptr(int32(12)), &billionths
		})
	}
	rows := []adjustmentFile{
		of("waiver", func(a *adjustmentFile) { a.Amount = ptr(int64(100)) }),
		of("waiver", func(a *adjustmentFile) { a.Amount, a.Component = ptr(int64(100)), ptr("principal") }),
		rate(-1), rate(-1_000_000_000), rate(10_000_000_001), rate(0), rate(10_000_000_000),
		of("restructure", func(a *adjustmentFile) {
			a.Choice, a.Installments, a.FirstDueOn = ptr("reage"), ptr(int32(12)), &a.ValueDate
		}),
	}
	for i := range rows {
		rows[i].AdjustmentID = fmt.Sprint("A", i)
	}
	write(t, l.in("2026-02-03"), "adjustments-a", rows)
	l.close("2026-02-03")
	want := []string{
		"unknown_component", "unknown_choice", "rate_out_of_range", "rate_out_of_range", "rate_out_of_range", "", "", "first_due_not_after_disbursement",
	}
	got := l.rejects("2026-02-03")
	for i := range rows {
		if code := got[fmt.Sprint("adjustments-a.parquet:", i)]; code != want[i] {
			t.Errorf("row %d, a %s, is rejected as %q, want %q", i, rows[i].Kind, code, want[i])
		}
	}
}
