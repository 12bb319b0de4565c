package batch

import (
	"testing"

	"daybook/batch/lookup"
)

// TestRulesOfTheirDate: a change of policy holds from its night on; a payment that
// comes later with an earlier value date is allocated by the rules of that date.
func TestRulesOfTheirDate(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: first\n")
	var loans []loanFile
	for _, id := range []string{"L1", "L2"} {
		loans = append(loans, aLoan(t, id, "2026-01-01", "2026-02-01"))
	}
	write(t, l.in("2026-02-05"), "loans-1", loans)
	l.close("2026-02-05")
	l.policy("format_version: 1\nname: second\nproducts:\n  default:\n    allocation:\n      - order: [principal, interest, fee, penalty]\n        mode: vertical\n")
	write(t, l.in("2026-02-06"), "repayments-1", []repaymentFile{
		pays(t, "P1", "L1", "2026-02-04", "10.00"), // by the first policy: interest before principal
		pays(t, "P2", "L2", "2026-02-06", "10.00"), // by the second
	})
	l.close("2026-02-06")
	tape := l.tape("2026-02-06")
	expect(t, "L1", tape["L1"], "interest_paid=10.00 principal_paid=0.00")
	expect(t, "L2", tape["L2"], "interest_paid=0.00 principal_paid=10.00")
	// Later still, without a policy given: the book's own, and both dates again.
	l.o.Policy = nil
	write(t, l.in("2026-02-07"), "repayments-1", []repaymentFile{
		pays(t, "P3", "L1", "2026-02-06", "1.00"), pays(t, "P4", "L2", "2026-02-03", "1.00"),
	})
	l.close("2026-02-07")
	tape = l.tape("2026-02-07")
	expect(t, "L1", tape["L1"], "interest_paid=10.00 principal_paid=1.00")
	expect(t, "L2", tape["L2"], "interest_paid=1.00 principal_paid=10.00")
	verifySilent(t, l)
}

// TestAsOf: what is known now of an earlier day, and what was known then.
func TestAsOf(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-05"), "loans-1", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	l.close("2026-02-05")
	write(t, l.in("2026-02-08"), "repayments-1", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "106.62")})
	l.close("2026-02-08")
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		then      bool
		principal string
		days      int32
	}{{true, "1200.00", 4}, {false, "1105.38", 0}} {
		v, err := r.AsOf("L1", day(t, "2026-02-05"), x.then)
		if err != nil {
			t.Fatal(err)
		}
		if v.Principal != x.principal || v.DaysPastDue != x.days {
			t.Errorf("known then %v: principal %s and %d days, want %s and %d", x.then, v.Principal, v.DaysPastDue, x.principal, x.days)
		}
	}
	if _, err := r.AsOf("L1", day(t, "2026-02-09"), false); err == nil {
		t.Error("a day after the last night has balances")
	}
}
