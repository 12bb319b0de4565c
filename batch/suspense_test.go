package batch

import (
	"testing"

	"pgregory.net/rapid"
)

func releases(t testing.TB, id, loan, target, on string) adjustmentFile {
	a := adjusts(t, id, loan, "release", on)
	a.TargetID = &target
	return a
}

// suspenseLender has a loan L1 and what is held after its first night, the third of
// February.
func suspenseLender(t testing.TB, held ...repaymentFile) *lender {
	t.Helper()
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "repayments-a", held)
	l.close("2026-02-03")
	return l
}

// suspense is what a night holds in the first currency.
func suspense(s *Summary) string { return s.Manifest.ControlTotals.Currencies[0].Suspense.Amount }

// tallyIs compares what became of a file's rows: applied, duplicates, rejected, held.
func tallyIs(t testing.TB, s *Summary, path string, want ...int64) {
	t.Helper()
	a, d, r, h := tallyOf(t, s, path)
	if got := [4]int64{a, d, r, h}; got != [4]int64(want) {
		t.Errorf("%s: applied, duplicates, rejected, held are %v, want %v", path, got, want)
	}
}

// TestReleaseNamesAnAmount: the control totals count what the row says, applied,
// sent back or rejected; an amount that is not the held one is refused.
func TestReleaseNamesAnAmount(t *testing.T) {
	l := suspenseLender(t, pays(t, "P1", "typo", "2026-02-01", "30.00"), pays(t, "P2", "typo", "2026-02-01", "40.00"))
	toLoan, back := releases(t, "R1", "L1", "P1", "2026-02-04"), releases(t, "R2", "L1", "P2", "2026-02-04")
	toLoan.Amount, back.Amount, back.Choice = ptr(int64(3000)), ptr(int64(4000)), ptr("return")
	other := toLoan
	other.AdjustmentID, other.Amount = "R0", ptr(int64(2999))
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{other, toLoan, back, toLoan})
	s := l.close("2026-02-04")
	tallyIs(t, s, "adjustments-a", 2, 1, 1, 0)
	f := s.Manifest.ControlTotals.Files[0]
	if f.AmountIn != "129.99" || f.AmountApplied != "70.00" || f.AmountDuplicates != "30.00" || f.AmountRejected != "29.99" {
		t.Errorf("amounts in, applied, duplicates, rejected are %s, %s, %s, %s", f.AmountIn, f.AmountApplied, f.AmountDuplicates, f.AmountRejected)
	}
	expect(t, "L1", l.tape("2026-02-04")["L1"], "last_paid_amount=30.00")
	verifySilent(t, l)
}

// TestReleasedMoneyComesAgain: once released elsewhere, a payment is a duplicate
// for ever, also for a loan that is booked later under the id it was held under.
func TestReleasedMoneyComesAgain(t *testing.T) {
	held := pays(t, "P1", "typo", "2026-02-01", "30.00")
	l := suspenseLender(t, held)
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{releases(t, "R1", "L1", "P1", "2026-02-04")})
	l.close("2026-02-04")
	other := held
	other.Amount++
	write(t, l.in("2026-02-05"), "loans-a", []loanFile{aLoan(t, "typo", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-05"), "repayments-a", []repaymentFile{held, other})
	tallyIs(t, l.close("2026-02-05"), "repayments-a", 0, 1, 1, 0)
	if got := l.rejects("2026-02-05")["repayments-a.parquet:1"]; got != "conflicting_duplicate" {
		t.Errorf("with another amount it is rejected as %q", got)
	}
	expect(t, "typo", l.tape("2026-02-05")["typo"], "principal_paid=0.00 interest_paid=0.00 credit_balance=0.00")
	verifySilent(t, l)
}

// TestHeldInAnotherCurrency: it stays held when its loan comes, and is a duplicate
// when it comes again.
func TestHeldInAnotherCurrency(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: many\ncurrencies: [CNY, USD]\n")
	p := pays(t, "P1", "L1", "2026-02-01", "30.00")
	p.Currency = "USD"
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{p})
	l.close("2026-02-03")
	yuan := pays(t, "P1", "L1", "2026-02-01", "30.00")
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{p, yuan})
	s := l.close("2026-02-04")
	tallyIs(t, s, "repayments-a", 0, 1, 1, 0)
	if got := s.Manifest.ControlTotals.Currencies[1].Suspense.Amount; got != "30.00" {
		t.Errorf("USD in suspense are %s, want 30.00", got)
	}
	verifySilent(t, l)
}

// TestReleaseOfOneOfSeveral: payments of several loans may have one id; the amount
// or the loan says which is meant, and no other is touched.
func TestReleaseOfOneOfSeveral(t *testing.T) {
	l := suspenseLender(t, pays(t, "P1", "A", "2026-02-01", "30.00"), pays(t, "P1", "B", "2026-02-01", "40.00"), pays(t, "P1", "C", "2026-01-30", "40.00"))
	which := releases(t, "R3", "L1", "P1", "2026-02-04")
	exact := which
	exact.AdjustmentID, exact.Amount = "R2", ptr(int64(3000))
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{which, exact})
	// Held from before the loan's disbursement, it takes a release to reach it.
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "C", "2026-01-31", "2026-02-28")})
	tallyIs(t, l.close("2026-02-04"), "adjustments-a", 1, 0, 1, 0)
	if got := l.rejects("2026-02-04")["adjustments-a.parquet:0"]; got != "unknown_target" {
		t.Errorf("one of three is rejected as %q", got)
	}
	expect(t, "L1", l.tape("2026-02-04")["L1"], "last_paid_amount=30.00")
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{releases(t, "R1", "C", "P1", "2026-02-05")})
	tallyIs(t, l.close("2026-02-05"), "adjustments-a", 1, 0, 0, 0)
	expect(t, "C", l.tape("2026-02-05")["C"], "credit_balance=40.00 last_paid_on=2026-02-05")
	write(t, l.in("2026-02-06"), "adjustments-a", []adjustmentFile{which})
	s := l.close("2026-02-06")
	tallyIs(t, s, "adjustments-a", 1, 0, 0, 0)
	expect(t, "L1", l.tape("2026-02-06")["L1"], "last_paid_amount=40.00")
	if got := suspense(s); got != "0.00" {
		t.Errorf("suspense is %s, want 0.00", got)
	}
	verifySilent(t, l)
}

// TestReleaseIDsAreTheirLoans: a release whose id another event of the loan has,
// even of the same night, must not take money out of suspense without paying it in.
func TestReleaseIDsAreTheirLoans(t *testing.T) {
	l := suspenseLender(t, pays(t, "P1", "A", "2026-02-01", "30.00"), pays(t, "P2", "B", "2026-02-01", "40.00"),
		pays(t, "R5", "L9", "2026-02-01", "50.00"))
	fee := adjusts(t, "R2", "L1", "fee", "2026-02-04")
	fee.Amount = ptr(int64(5))
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{releases(t, "R1", "L1", "P1", "2026-02-04"), releases(t, "R1", "L1", "P2", "2026-02-04")})
	tallyIs(t, l.close("2026-02-04"), "adjustments-a", 1, 0, 1, 0)
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{fee})
	write(t, l.in("2026-02-05"), "adjustments-b", []adjustmentFile{releases(t, "R2", "L1", "P2", "2026-02-04")})
	s := l.close("2026-02-05")
	tallyIs(t, s, "adjustments-a", 0, 0, 1, 0)
	tallyIs(t, s, "adjustments-b", 1, 0, 0, 0)
	for date, want := range map[string]string{"2026-02-04": "adjustments-a.parquet:1", "2026-02-05": "adjustments-a.parquet:0"} {
		if got := l.rejects(date); got[want] != "conflicting_duplicate" || len(got) != 1 {
			t.Errorf("%s: rejects are %v", date, got)
		}
	}
	if got := suspense(s); got != "50.00" {
		t.Errorf("suspense is %s, want 50.00", got)
	}
	verifySilent(t, l)
}

// TestReversedFileSparesWhatWasHeld: money that an earlier night held and a loan
// took tonight came with none of tonight's files.
func TestReversedFileSparesWhatWasHeld(t *testing.T) {
	l := suspenseLender(t, pays(t, "P1", "L9", "2026-02-01", "30.00"))
	fee := adjusts(t, "F1", "L1", "fee", "2026-02-04")
	fee.Amount = ptr(int64(500))
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{fee})
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L9", "2026-01-01", "2026-02-01")})
	s := l.close("2026-02-04")
	expect(t, "L1", l.tape("2026-02-04")["L1"], "fees_outstanding=5.00")
	reversal := adjusts(t, "X1", "all", "reversal", "2026-02-05")
	reversal.TargetID = &s.Manifest.Inputs[0].SHA256
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{reversal})
	l.close("2026-02-05")
	tape := l.tape("2026-02-05")
	expect(t, "L1", tape["L1"], "fees_outstanding=0.00")
	expect(t, "L9", tape["L9"], "last_paid_amount=30.00 interest_paid=12.00")
	verifySilent(t, l)
}

// TestReversedFileThatCameTwice: whichever of its nights applied a file's rows, and
// whatever suspense still holds of them, its reversal takes all of it back.
func TestReversedFileThatCameTwice(t *testing.T) {
	paid := []repaymentFile{
		pays(t, "P1", "L1", "2026-02-01", "50.00"), pays(t, "P2", "typo", "2026-02-01", "60.00"), pays(t, "P3", "other", "2026-02-01", "70.00"),
	}
	l := suspenseLender(t, paid...)
	write(t, l.in("2026-02-04"), "repayments-again", paid)
	write(t, l.in("2026-02-04"), "repayments-more", []repaymentFile{pays(t, "P4", "typo", "2026-02-01", "1.00"), pays(t, "P5", "L1", "2026-02-02", "2.00")})
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{releases(t, "R1", "L1", "P3", "2026-02-04")})
	s := l.close("2026-02-04")
	tallyIs(t, s, "repayments-again", 0, 3, 0, 0)
	reversal := adjusts(t, "X1", "all", "reversal", "2026-02-05")
	for _, in := range s.Manifest.Inputs {
		if in.Path == "repayments-again.parquet" {
			reversal.TargetID = ptr(in.SHA256)
		}
	}
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{reversal})
	s = l.close("2026-02-05")
	tallyIs(t, s, "adjustments-a", 1, 0, 0, 0)
	if got := suspense(s); got != "1.00" {
		t.Errorf("suspense is %s, want the 1.00 that another file brought", got)
	}
	// What was released to a loan by a row of another file stands: someone decided it.
	expect(t, "L1", l.tape("2026-02-05")["L1"], "interest_paid=12.00 principal_paid=60.00 last_paid_amount=70.00")
	write(t, l.in("2026-02-06"), "adjustments-a", []adjustmentFile{reversal})
	write(t, l.in("2026-02-06"), "repayments-a", paid)
	write(t, l.in("2026-02-06"), "loans-a", []loanFile{aLoan(t, "typo", "2026-01-01", "2026-02-01")})
	s = l.close("2026-02-06")
	tallyIs(t, s, "adjustments-a", 0, 1, 0, 0)
	tallyIs(t, s, "repayments-a", 0, 3, 0, 0)
	expect(t, "typo", l.tape("2026-02-06")["typo"], "interest_paid=1.00 principal_paid=0.00")
	if got := suspense(s); got != "0.00" {
		t.Errorf("suspense is %s, want 0.00", got)
	}
	verifySilent(t, l)
}

// TestRefusedMoneyIsHeld: money that came in for a loan which refuses it is in
// suspense, in its own currency and with its reason, until it is released; coming
// again it is a duplicate.
func TestRefusedMoneyIsHeld(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: many\ncurrencies: [CNY, USD]\n")
	usd, early := pays(t, "P1", "L1", "2026-02-01", "30.00"), pays(t, "P2", "L1", "2025-12-31", "40.00")
	usd.Currency = "USD"
	known, again := pays(t, "P3", "L1", "2026-02-01", "5.00"), pays(t, "P3", "L1", "2026-02-01", "5.00")
	again.Currency = "USD"
	recovery := adjusts(t, "A1", "L1", "recovery", "2026-02-02")
	recovery.Amount = ptr(int64(5000))
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{usd, early, known, usd, again})
	write(t, l.in("2026-02-03"), "adjustments-a", []adjustmentFile{recovery})
	s := l.close("2026-02-03")
	tallyIs(t, s, "repayments-a", 1, 1, 1, 2) // the known id in another currency is no new money
	tallyIs(t, s, "adjustments-a", 0, 0, 0, 1)
	for at, want := range map[string]string{
		"repayments-a.parquet:0": "wrong_currency", "repayments-a.parquet:1": "value_date_before_disbursement",
		"repayments-a.parquet:4": "wrong_currency", "adjustments-a.parquet:0": "not_allowed_in_status",
	} {
		if got := l.rejects("2026-02-03")[at]; got != want {
			t.Errorf("%s is rejected as %q, want %q", at, got, want)
		}
	}
	held := func(s *Summary) [2]string {
		return [2]string{s.Manifest.ControlTotals.Currencies[0].Suspense.Amount, s.Manifest.ControlTotals.Currencies[1].Suspense.Amount}
	}
	if got := held(s); got != [2]string{"90.00", "30.00"} {
		t.Errorf("suspense is %v, want 90.00 CNY and 30.00 USD", got)
	}
	write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{usd, early})
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{recovery})
	s = l.close("2026-02-04")
	tallyIs(t, s, "repayments-a", 0, 2, 0, 0)
	tallyIs(t, s, "adjustments-a", 0, 1, 0, 0)
	expect(t, "L1", l.tape("2026-02-04")["L1"], "last_paid_amount=5.00")
	back := releases(t, "R3", "L1", "P1", "2026-02-05")
	back.Choice = ptr("return")
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{releases(t, "R1", "L1", "P2", "2026-02-05"), releases(t, "R2", "L1", "A1", "2026-02-05"), back})
	s = l.close("2026-02-05")
	tallyIs(t, s, "adjustments-a", 3, 0, 0, 0)
	if got := held(s); got != [2]string{"0.00", "0.00"} {
		t.Errorf("suspense is %v, want nothing", got)
	}
	expect(t, "L1", l.tape("2026-02-05")["L1"], "last_paid_amount=50.00")
	verifySilent(t, l)
}

// TestReversedFileThatWaited: the reversal of a file takes back what waited in
// suspense and its loan took on a later night.
func TestReversedFileThatWaited(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{pays(t, "P1", "L2", "2026-02-01", "30.00"), pays(t, "P2", "L1", "2026-02-01", "7.00")})
	brought := l.close("2026-02-03")
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L2", "2026-01-01", "2026-02-01")})
	l.close("2026-02-04")
	expect(t, "L2", l.tape("2026-02-04")["L2"], "last_paid_amount=30.00")
	reversal := adjusts(t, "X1", "all", "reversal", "2026-02-05")
	for _, in := range brought.Manifest.Inputs {
		if in.Kind == "repayments" {
			reversal.TargetID = ptr(in.SHA256)
		}
	}
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{reversal})
	tallyIs(t, l.close("2026-02-05"), "adjustments-a", 1, 0, 0, 0)
	for _, id := range []string{"L1", "L2"} {
		expect(t, id, l.tape("2026-02-05")[id], "interest_paid=0.00 principal_paid=0.00 credit_balance=0.00")
	}
	for _, row := range l.table("2026-02-05", "regulatory/trial_balance.parquet") {
		if row["account"] == "1001" && row["closing"] != "-2400.00" {
			t.Errorf("cash is %s, want only what the two loans took", row["closing"])
		}
	}
	verifySilent(t, l)
}

// TestRecoveryBeforeItsChargeOff: money that a loan refuses is tried again each night,
// with its own value date, so that the order of arrival does not matter; reversing
// the file that brought it takes it back then.
func TestRecoveryBeforeItsChargeOff(t *testing.T) {
	l := newLender(t)
	recovery, wrong := adjusts(t, "V1", "L1", "recovery", "2026-02-02"), adjusts(t, "V2", "L1", "recovery", "2026-02-02")
	recovery.Amount, wrong.Amount, wrong.Choice = ptr(int64(5000)), ptr(int64(300)), ptr("later")
	unknown := adjusts(t, "A1", "L2", "prepay", "2026-02-02")
	unknown.Amount, unknown.Choice = ptr(int64(70000)), ptr("lower_installment")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "adjustments-a", []adjustmentFile{recovery, wrong, unknown})
	brought := l.close("2026-02-03")
	tallyIs(t, brought, "adjustments-a", 0, 0, 0, 3)
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L2", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-04"), "adjustments-b", []adjustmentFile{adjusts(t, "O1", "L1", "charge_off", "2026-02-01"), recovery})
	s := l.close("2026-02-04")
	tallyIs(t, s, "adjustments-b", 1, 1, 0, 0)
	tape := l.tape("2026-02-04")
	expect(t, "L1", tape["L1"], "status=charged_off charged_off=1212.00 recovered=50.00")
	// 700.00 less 12.00 of interest that was due.
	expect(t, "L2", tape["L2"], "principal_outstanding=512.00 interest_paid=12.00 credit_balance=0.00")
	if got := suspense(s); got != "3.00" {
		t.Errorf("suspense is %s, want the 3.00 of a row with a word that is none", got)
	}
	reversal := adjusts(t, "X1", "all", "reversal", "2026-02-05")
	for _, in := range brought.Manifest.Inputs {
		if in.Kind == "adjustments" {
			reversal.TargetID = ptr(in.SHA256)
		}
	}
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{reversal})
	s = l.close("2026-02-05")
	tape = l.tape("2026-02-05")
	expect(t, "L1", tape["L1"], "recovered=0.00")
	expect(t, "L2", tape["L2"], "principal_outstanding=1200.00")
	if got := suspense(s); got != "0.00" {
		t.Errorf("suspense is %s, want 0.00", got)
	}
	verifySilent(t, l)
}

// Ids may hold any character: no two pairs of them name one held item.
func TestHeldKeysDoNotCollide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringOf(rapid.SampledFrom([]rune("a\x00/")))
		a, b, c, d := id.Draw(t, "loan"), id.Draw(t, "item"), id.Draw(t, "other loan"), id.Draw(t, "other item")
		if same := a == c && b == d; (heldKey([]byte(a), []byte(b)) == heldKey([]byte(c), []byte(d))) != same {
			t.Errorf("%q of %q and %q of %q are one", b, a, d, c)
		}
	})
}
