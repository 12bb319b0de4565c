package batch

import "testing"

// Rows of a lender that writes money as whole minor units.

type minorLoan struct {
	LoanID       string `parquet:"loan_id"`
	BorrowerID   string `parquet:"borrower_id"`
	Product      string `parquet:"product"`
	Currency     string `parquet:"currency"`
	Principal    int64  `parquet:"principal"`
	DisbursedOn  int32  `parquet:"disbursed_on,date"`
	FirstDueOn   int32  `parquet:"first_due_on,date"`
	Installments int32  `parquet:"installments"`
	AnnualRate   int64  `parquet:"annual_rate,decimal(9:18)"`
}

type minorRepayment struct {
	RepaymentID string `parquet:"repayment_id"`
	LoanID      string `parquet:"loan_id"`
	ValueDate   int32  `parquet:"value_date,date"`
	Amount      int64  `parquet:"amount"`
	Currency    string `parquet:"currency"`
}

type minorAdjustment struct {
	AdjustmentID string `parquet:"adjustment_id"`
	LoanID       string `parquet:"loan_id"`
	Kind         string `parquet:"kind"`
	ValueDate    int32  `parquet:"value_date,date"`
	Amount       int64  `parquet:"amount"`
}

// TestMinorUnitsOfNoLoan: the money of an adjustment for a loan that nobody has is held
// in the policy's one currency, whatever unit the file is in.
func TestMinorUnitsOfNoLoan(t *testing.T) {
	for _, c := range []struct{ policy, held string }{
		{"currencies: [JPY]\nintake: {money_in_minor_units: true}", "300"},
		{"currencies: [KWD]\nintake: {money_in_minor_units: true}", "0.300"},
	} {
		l := newLender(t)
		l.policy("format_version: 1\nname: one\n" + c.policy + "\n")
		on := int32(day(t, "2026-02-02"))
		write(t, l.in("2026-02-03"), "adjustments-a", []minorAdjustment{
			{"V1", "nobody", "recovery", on, 300}, {"F1", "nobody", "fee", on, 300}, {"V3", "nobody", "recovery", on, 0},
		})
		s := l.close("2026-02-03")
		if got := suspense(s); got != c.held {
			t.Errorf("%s: suspense is %s, want %s", c.policy, got, c.held)
		}
		write(t, l.in("2026-02-04"), "adjustments-a", []minorAdjustment{{"V1", "nobody", "recovery", on, 300}, {"V1", "nobody", "recovery", on, 301}})
		tallyIs(t, l.close("2026-02-04"), "adjustments-a", 0, 1, 1, 0)
		verifySilent(t, l)
	}
}

const minorPolicy = "format_version: 1\nname: many\ncurrencies: [CNY, JPY, KWD]\nintake: {money_in_minor_units: true}\n"

// TestMinorUnits: whole minor units of currencies with different digits are what
// the same amounts as decimals are, to the byte of the tape and in the control
// totals, whatever becomes of a row.
func TestMinorUnits(t *testing.T) {
	l := newLender(t)
	l.policy(minorPolicy)
	d := func(s string) int32 { return int32(day(t, s)) }
	write(t, l.in("2026-02-03"), "loans-a", []minorLoan{
		{"LC", "B", "default", "CNY", 120000, d("2026-01-01"), d("2026-02-01"), 12, 120_000_000},
		{"LJ", "B", "default", "JPY", 120000, d("2026-01-01"), d("2026-02-01"), 12, 120_000_000},
		{"LK", "B", "default", "KWD", 120000, d("2026-01-01"), d("2026-02-01"), 12, 120_000_000},
	})
	write(t, l.in("2026-02-03"), "repayments-a", []minorRepayment{
		{"P1", "LC", d("2026-02-01"), 5000, "CNY"}, {"P2", "LJ", d("2026-02-01"), 5000, "JPY"}, {"P3", "LK", d("2026-02-01"), 5000, "KWD"},
		{"P4", "LC", d("2026-02-01"), 5000, "JPY"}, {"P5", "LK", d("2026-02-01"), 5000, "CNY"}, // not the loans' currencies
		{"P6", "nobody", d("2026-02-01"), 5000, "CNY"}, {"P1", "LC", d("2026-02-01"), 5000, "CNY"}, {"P2", "LJ", d("2026-02-01"), 5001, "JPY"},
	})
	write(t, l.in("2026-02-03"), "adjustments-a", []minorAdjustment{
		{"F1", "LC", "fee", d("2026-02-02"), 300}, {"F2", "LJ", "fee", d("2026-02-02"), 300}, {"F3", "LK", "penalty", d("2026-02-02"), 300},
		{"F3", "LK", "penalty", d("2026-02-02"), 300}, {"F4", "LC", "fee", d("2026-02-04"), 300}, {"F5", "nobody", "fee", d("2026-02-02"), 300},
	})
	s := l.close("2026-02-03")
	tallyIs(t, s, "repayments-a", 3, 1, 1, 3) // the two in other currencies are held
	tallyIs(t, s, "adjustments-a", 3, 1, 2, 0)
	for _, f := range s.Manifest.ControlTotals.Files {
		got := [5]string{f.AmountIn, f.AmountApplied, f.AmountDuplicates, f.AmountRejected, f.AmountHeld}
		want := map[string][5]string{
			"loans-a.parquet":      {"121320.000", "121320.000", "0.000", "0.000", "0.000"},
			"repayments-a.parquet": {"15206.000", "5055.000", "50.000", "5001.000", "5100.000"},
			// A fee for a loan that nobody has is in no currency: 300 units of the scale.
			"adjustments-a.parquet": {"306.900", "303.300", "0.300", "3.300", "0.000"},
		}[f.Path]
		if got != want {
			t.Errorf("%s: amounts in, applied, duplicates, rejected, held are %v, want %v", f.Path, got, want)
		}
	}
	tape := l.tape("2026-02-03")
	expect(t, "LC", tape["LC"], "principal=1200.000 interest_paid=12.000 principal_paid=38.000 fees_outstanding=3.000")
	expect(t, "LJ", tape["LJ"], "principal=120000.000 interest_paid=1200.000 principal_paid=3800.000 fees_outstanding=300.000")
	expect(t, "LK", tape["LK"], "principal=120.000 interest_paid=1.200 principal_paid=3.800 penalties_outstanding=0.300")
	verifySilent(t, l)
}

// TestPartOfAMinorUnit: money of an unknown loan that is not a whole minor unit of
// its currency is rejected, not held, and still counted.
func TestPartOfAMinorUnit(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: many\ncurrencies: [CNY, JPY, KWD]\n")
	half := pays(t, "P1", "nobody", "2026-02-01", "10.50")
	half.Currency = "JPY"
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{half, pays(t, "P2", "nobody", "2026-02-01", "10.50")})
	s := l.close("2026-02-03")
	tallyIs(t, s, "repayments-a", 0, 0, 1, 1)
	if f := s.Manifest.ControlTotals.Files[0]; f.AmountRejected != "10.500" || f.AmountHeld != "10.500" {
		t.Errorf("rejected %s, held %s, want 10.500 each", f.AmountRejected, f.AmountHeld)
	}
	verifySilent(t, l)
}

// TestLoanComesAgainUnderAnotherPolicy: what a loans row leaves to the policy is as
// it was when the loan was booked, so that the row is a duplicate for ever.
func TestLoanComesAgainUnderAnotherPolicy(t *testing.T) {
	l := newLender(t)
	x := aLoan(t, "L1", "2026-01-01", "2026-02-01")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{x})
	l.close("2026-02-03")
	before := l.tape("2026-02-03")["L1"]
	l.policy("format_version: 1\nname: other\nproducts: {default: {installment_rounding: {mode: up}, method: flat, day_count: ACT/360}}\n")
	named := x
	named.Method = ptr("flat")
	write(t, l.in("2026-02-04"), "loans-b", []loanFile{x, named})
	tallyIs(t, l.close("2026-02-04"), "loans-b", 0, 1, 1, 0)
	for _, c := range []string{"method", "day_count", "next_due_amount", "interest_paid", "principal_outstanding"} {
		if got := l.tape("2026-02-04")["L1"][c]; got != before[c] {
			t.Errorf("%s is %s, was %s", c, got, before[c])
		}
	}
	verifySilent(t, l)
}
