package batch

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"daybook/batch/policy"
)

// TestHostileGrace: numbers of grace that are none, too many, or of another type are refused
// with their reason, or the file is, and never taken for another number.
func TestHostileGrace(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\nproducts:\n  default:\n    grace: {principal: 2}\n")
	type row struct {
		loanFile
		PrincipalGrace *int64 `parquet:"principal_grace,optional"`
		InterestGrace  *int64 `parquet:"interest_grace,optional"`
		InterestFree   *int64 `parquet:"interest_free,optional"`
	}
	var rows []row
	want := map[string]string{}
	for _, x := range []struct {
		p, i, f *int64
		ok      bool
	}{
		{ptr(int64(-1)), nil, nil, false}, {ptr(int64(math.MinInt64)), nil, nil, false}, {ptr(int64(1) << 32), nil, nil, false},
		{ptr(int64(math.MaxInt64)), nil, nil, false}, {ptr(int64(12)), nil, nil, false}, {ptr(int64(11)), nil, nil, true},
		{nil, ptr(int64(-1)), nil, false}, {nil, ptr(int64(12)), nil, false}, {nil, ptr(int64(1)<<32 + 1), nil, false}, {nil, ptr(int64(11)), nil, true},
		{nil, nil, ptr(int64(13)), false}, {nil, nil, ptr(int64(-13)), false}, {nil, nil, ptr(int64(12)), true}, {nil, nil, nil, true},
	} {
		f := termsLoan(t, string(rune('A'+len(rows))))
		if !x.ok {
			want[fmt.Sprintf("loans-1.parquet:%d", len(rows))] = "grace_out_of_range"
		}
		rows = append(rows, row{f, x.p, x.i, x.f})
	}
	short := termsLoan(t, "short") // of two instalments, with the product's grace of two
	short.Installments = 2
	rows = append(rows, row{loanFile: short})
	want["loans-1.parquet:14"] = "grace_out_of_range"
	write(t, l.in("2026-01-01"), "loans-1", rows)
	l.close("2026-01-01")
	got := l.rejects("2026-01-01")
	for at, reason := range want {
		if got[at] != reason {
			t.Errorf("%s: %q, want %q", at, got[at], reason)
		}
		delete(got, at)
	}
	if len(got) > 0 {
		t.Errorf("refused as well: %v", got)
	}
	verifySilent(t, l)
	type float struct {
		loanFile
		PrincipalGrace float64 `parquet:"principal_grace"`
	}
	write(t, l.in("2026-01-02"), "loans-1", []float{{termsLoan(t, "F1"), 1.5}, {termsLoan(t, "F2"), 1}, {termsLoan(t, "F3"), 1e30}, {termsLoan(t, "F4"), -0.5}, {termsLoan(t, "F5"), math.Inf(1)}})
	l.close("2026-01-02")
	if got := l.rejects("2026-01-02"); len(got) != 4 || got["loans-1.parquet:1"] != "" || got["loans-1.parquet:0"] != "grace_out_of_range" {
		t.Errorf("grace of a floating type: %v", got)
	}
}

// TestHostileFrequencies: days of the month that are in no order, twice there, or not written
// as the contract has them, are refused.
func TestHostileFrequencies(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\n")
	odd := []string{"15,1", "31,31", "1,1", "1,15 ", " 1,15", "1, 15", "1,15,", ",1", "1,,15", "0,15", "1,32", "28,30", "29,31", "1,2,3,4,5", "01,15", "1,+15", "1,15M", "-1,15",
		"1,9999999999", "1;15", "15", "1M,15", "１,15"}
	var rows []loanFile
	for i, s := range odd {
		f := termsLoan(t, "L"+string(rune('A'+i)))
		f.Frequency = ptr(s)
		rows = append(rows, f)
	}
	good := []string{"1,15", "15,31", "27,31", "1,2,3,31", "1,8,15,22", "27,28"}
	for i, s := range good {
		f := termsLoan(t, "G"+string(rune('A'+i)))
		f.Frequency, f.FirstDueOn = ptr(s), int32(day(t, "2026-01-30"))
		rows = append(rows, f)
	}
	write(t, l.in("2026-01-01"), "loans-1", rows)
	l.close("2026-01-01")
	if len(l.tape("2026-01-01")) != len(good) {
		t.Errorf("%d loans, want %d: %v", len(l.tape("2026-01-01")), len(good), l.rejects("2026-01-01"))
	}
	for at, reason := range l.rejects("2026-01-01") {
		if reason != "unknown_frequency" {
			t.Errorf("%s: %s", at, reason)
		}
	}
	verifySilent(t, l)
}

// TestHostileDueDates: policies whose dates can't be moved as they say, and calendars without a
// day of business near a due date.
func TestHostileDueDates(t *testing.T) {
	for _, yaml := range []string{
		"calendar: {weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}\nproducts:\n  default:\n    due_dates: {move: following}\n",
		"products:\n  default:\n    due_dates: {interest: true}\n",
		"products:\n  default:\n    due_dates: {move: sideways}\n",
		"products:\n  default:\n    frequency: \"15,1\"\n",
		"products:\n  default:\n    frequency: \"31,31\"\n",
		"products:\n  default:\n    grace: {principal: -1}\n",
		"products:\n  default:\n    grace: {principal: 1.5}\n",
		"calendar: {holidays: [2026-02-30]}\nproducts:\n  default:\n    due_dates: {move: following}\n",
	} {
		if _, err := policy.Parse([]byte("name: t\n"+yaml), "test.yaml"); err == nil {
			t.Errorf("accepted:\n%s", yaml)
		}
	}
	var holidays []string
	for d := day(t, "2026-01-20"); d < day(t, "2026-05-20"); d++ {
		holidays = append(holidays, d.String())
	}
	for _, calendar := range []string{"", "calendar: {holidays: [" + strings.Join(holidays, ", ") + "]}\n"} {
		for _, move := range []string{"following", "modified_following", "preceding"} {
			l := newLender(t)
			l.policy("name: t\n" + calendar + "products:\n  default:\n    due_dates: {move: " + move + "}\n")
			f := termsLoan(t, "L")
			f.DisbursedOn, f.FirstDueOn = int32(day(t, "2026-01-23")), int32(day(t, "2026-01-24"))
			write(t, l.in("2026-01-23"), "loans-1", []loanFile{f})
			l.close("2026-01-23")
			last := f.DisbursedOn
			for _, x := range l.view("L").Schedule {
				if int32(x.DueOn) < last || int32(x.DueOn) == f.DisbursedOn {
					t.Errorf("%s: %s after %d", move, x.DueOn, last)
				}
				last = int32(x.DueOn)
			}
			write(t, l.in("2026-04-01"), "adjustments-1", []adjustmentFile{disburses(t, "D", "L", "2026-03-10", 500_00)})
			l.close("2026-04-01")
			verifySilent(t, l)
		}
	}
}

func disburses(t *testing.T, id, loan, on string, amount int64) adjustmentFile {
	a := adjusts(t, id, loan, "disburse", on)
	a.Amount = &amount
	return a
}

// TestHostileTranches: later tranches of loans of every status, of absurd amounts, and before
// the loan: each is taken or refused with its reason, the tape has all that was disbursed, and
// the GL ties.
func TestHostileTranches(t *testing.T) {
	t.Parallel()
	for _, interest := range []string{"scheduled", "daily", "simple"} {
		t.Run(interest, func(t *testing.T) { hostileTranches(t, interest) })
	}
}

func hostileTranches(t *testing.T, interest string) {
	l := newLender(t)
	l.policy("name: t\nproducts:\n  default:\n    interest: " + interest + "\n    late_charges: {fixed_fee: {amount: 5, wait_days: 10}, cap: {share_of_principal: 0.5}}\n")
	var rows []loanFile
	for _, id := range []string{"active", "settled", "off", "written", "over", "early", "huge", "twice", "reversed"} {
		rows = append(rows, termsLoan(t, id))
	}
	write(t, l.in("2026-01-01"), "loans-1", rows)
	l.close("2026-01-01")
	over := adjusts(t, "S", "settled", "settle", "2026-02-15")
	write(t, l.in("2026-03-01"), "repayments-1", []repaymentFile{pays(t, "P", "settled", "2026-02-15", "1300.00"), pays(t, "P", "over", "2026-02-15", "1.00")})
	write(t, l.in("2026-03-01"), "adjustments-1", []adjustmentFile{over, adjusts(t, "C", "off", "charge_off", "2026-02-20"), adjusts(t, "W", "written", "write_off", "2026-02-20")})
	l.close("2026-03-01")
	reverse := adjusts(t, "R", "reversed", "reversal", "2026-03-10")
	reverse.TargetID = ptr("D")
	write(t, l.in("2026-03-10"), "adjustments-1", []adjustmentFile{
		disburses(t, "D", "active", "2026-03-05", 100_00), disburses(t, "D", "settled", "2026-03-05", 100_00), disburses(t, "D", "off", "2026-03-05", 100_00),
		disburses(t, "D", "written", "2026-03-05", 100_00), disburses(t, "D", "early", "2025-12-31", 100_00), disburses(t, "D", "huge", "2026-03-05", math.MaxInt64/1000),
		disburses(t, "D2", "huge", "2026-03-05", 0), disburses(t, "D3", "huge", "2026-03-05", -1), disburses(t, "D4", "huge", "2026-03-11", 1), disburses(t, "D5", "huge", "2026-03-05", 999_999_999_999_99),
		disburses(t, "D", "twice", "2026-03-05", 100_00), disburses(t, "D", "twice", "2026-03-05", 100_00), disburses(t, "D", "reversed", "2026-03-05", 100_00),
		disburses(t, "D", "nobody", "2026-03-05", 100_00),
	})
	write(t, l.in("2026-03-11"), "adjustments-1", []adjustmentFile{reverse})
	l.close("2026-03-10")
	want := map[string]string{"4": "value_date_before_disbursement", "5": "amount_overflow", "6": "amount_not_positive", "7": "amount_not_positive",
		"8": "value_date_after_business_date", "13": "unknown_loan"}
	for at, reason := range l.rejects("2026-03-10") {
		if row := strings.TrimPrefix(at, "adjustments-1.parquet:"); want[row] != reason {
			t.Errorf("%s: %s, want %q", at, reason, want[row])
		}
	}
	l.close("2026-03-11")
	tape := l.tape("2026-03-11")
	for id, want := range map[string]string{"active": "1300.00", "settled": "1300.00", "off": "1300.00", "written": "1300.00", "early": "1200.00", "twice": "1300.00", "reversed": "1200.00"} {
		expect(t, id, tape[id], "principal="+want)
	}
	expect(t, "settled", tape["settled"], "status=active charged_off=0.00")
	expect(t, "off", tape["off"], "status=charged_off")
	expect(t, "written", tape["written"], "status=written_off total_outstanding=0.00")
	verifySilent(t, l)
	l.close("2027-06-01") // after the last instalment
	write(t, l.in("2027-06-10"), "adjustments-1", []adjustmentFile{disburses(t, "E", "active", "2027-06-05", 50_00), disburses(t, "E", "over", "2027-06-05", 50_00)})
	write(t, l.in("2027-06-10"), "repayments-1", []repaymentFile{pays(t, "Q", "active", "2027-06-09", "3000.00")})
	l.close("2027-06-10")
	expect(t, "active", l.tape("2027-06-10")["active"], "principal=1350.00")
	verifySilent(t, l)
	l.close("2027-09-10")
	verifySilent(t, l)
}

// TestTermsUnderEvents: pauses, prepayments, settlements and new terms of loans with grace and
// moved dates: nothing is lost, and dates stay on the contract's grid.
func TestTermsUnderEvents(t *testing.T) {
	l := newLender(t)
	l.policy("name: t\nproducts:\n  default:\n    due_dates: {move: following}\n  days:\n    frequency: 1D\n    due_dates: {move: following}\n")
	var rows []termsFile
	for _, id := range []string{"shift", "prepay", "settle", "amortize", "days"} {
		f := termsFile{loanFile: termsLoan(t, id)}
		f.DisbursedOn, f.FirstDueOn = int32(day(t, "2026-01-15")), int32(day(t, "2026-02-15")) // a Sunday, as is 2026-03-15
		if id == "prepay" || id == "settle" {
			f.InterestGrace, f.PrincipalGrace = ptr(int32(4)), ptr(int32(2))
		}
		if id == "days" {
			f.Product, f.FirstDueOn, f.Installments = "days", int32(day(t, "2026-03-01")), 24
		}
		rows = append(rows, f)
	}
	write(t, l.in("2026-01-15"), "loans-1", rows)
	l.close("2026-01-15")
	pause := func(id, loan, from, until string) pauseFile {
		return pauseFile{id, loan, "pause", int32(day(t, from)), int32(day(t, until)), "shift", "storm"}
	}
	write(t, l.in("2026-03-10"), "adjustments-1", []pauseFile{pause("S", "shift", "2026-03-01", "2026-05-01"), pause("S", "days", "2026-03-06", "2026-03-11")})
	again := adjusts(t, "A", "amortize", "restructure", "2026-03-10")
	again.Choice = ptr("reamortize")
	prepay := adjusts(t, "A", "prepay", "prepay", "2026-03-01")
	prepay.Amount, prepay.Choice = ptr(int64(300_00)), ptr("lower_installment")
	write(t, l.in("2026-03-10"), "adjustments-2", []adjustmentFile{again, prepay, adjusts(t, "A", "settle", "settle", "2026-03-01")})
	write(t, l.in("2026-03-10"), "repayments-1", []repaymentFile{pays(t, "P", "settle", "2026-03-01", "1218.40")})
	l.close("2026-03-10")
	if got := l.rejects("2026-03-10"); len(got) > 0 {
		t.Errorf("rejects: %v", got)
	}
	for id, want := range map[string]string{
		"shift":    "2026-02-16 2026-05-15 2026-06-15 2026-07-15 2026-08-17",
		"amortize": "2026-03-16 2026-04-15 2026-05-15 2026-06-15 2026-07-15",
		"days": "2026-03-02 2026-03-02 2026-03-03 2026-03-04 2026-03-05 2026-03-06 2026-03-12 2026-03-13 2026-03-16 2026-03-16 2026-03-16 2026-03-17 " +
			"2026-03-18 2026-03-19 2026-03-20 2026-03-23 2026-03-23 2026-03-23 2026-03-24",
	} {
		got := ""
		for _, x := range l.view(id).Schedule {
			got += x.DueOn.String() + " "
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: due on %s, want %s", id, got, want)
		}
	}
	tape := l.tape("2026-03-10")
	expect(t, "settle", tape["settle"], "status=overpaid credit_balance=0.40")
	expect(t, "prepay", tape["prepay"], "principal_outstanding=900.00 days_past_due=0")
	verifySilent(t, l)
}
