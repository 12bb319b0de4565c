package batch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/batch/verify"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// tallyOf returns what became of a file's rows.
func tallyOf(t testing.TB, s *Summary, path string) (applied, duplicates, rejected, held int64) {
	t.Helper()
	for _, f := range s.Manifest.ControlTotals.Files {
		if f.Path == path+".parquet" {
			return f.Applied, f.Duplicates, f.Rejected, f.Held
		}
	}
	t.Fatalf("no file %s in the control totals", path)
	return 0, 0, 0, 0
}

// TestOnce: an event counts once, whatever file, name, night or split brings it.
func TestOnce(t *testing.T) {
	l := newLender(t)
	loans := []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L2", "2026-01-01", "2026-02-01")}
	paid := []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "50.00"), pays(t, "P2", "L2", "2026-02-01", "60.00"), pays(t, "P3", "L1", "2026-02-02", "5.00")}
	fee := adjusts(t, "F1", "L1", "fee", "2026-02-02")
	fee.Amount = ptr(int64(300))
	write(t, l.in("2026-02-03"), "loans-a", loans)
	write(t, l.in("2026-02-03"), "loans-b", loans[:1]) // the same row in two files
	write(t, l.in("2026-02-03"), "repayments-a", paid)
	write(t, l.in("2026-02-03"), "repayments-renamed", paid) // the same file twice
	write(t, l.in("2026-02-03"), "adjustments-a", []adjustmentFile{fee, fee})
	s := l.close("2026-02-03")
	for name, want := range map[string][4]int64{
		"loans-a": {2, 0, 0, 0}, "loans-b": {0, 1, 0, 0}, "repayments-a": {3, 0, 0, 0}, "repayments-renamed": {0, 3, 0, 0},
		"adjustments-a": {1, 1, 0, 0},
	} {
		a, d, r, h := tallyOf(t, s, name)
		if got := [4]int64{a, d, r, h}; got != want {
			t.Errorf("%s: applied, duplicates, rejected, held are %v, want %v", name, got, want)
		}
	}
	before := l.tape("2026-02-03")
	// The next night brings all of it again, split, and with other content.
	write(t, l.in("2026-02-04"), "loans-again", loans)
	write(t, l.in("2026-02-04"), "repayments-1", paid[:1])
	write(t, l.in("2026-02-04"), "repayments-2", paid[1:])
	write(t, l.in("2026-02-04"), "adjustments-again", []adjustmentFile{fee})
	other := pays(t, "P1", "L1", "2026-02-01", "51.00")
	write(t, l.in("2026-02-04"), "repayments-3", []repaymentFile{other})
	bigger := loans[1]
	bigger.Principal++
	write(t, l.in("2026-02-04"), "loans-other", []loanFile{bigger})
	s = l.close("2026-02-04")
	for name, want := range map[string][4]int64{
		"loans-again": {0, 2, 0, 0}, "repayments-1": {0, 1, 0, 0}, "repayments-2": {0, 2, 0, 0}, "adjustments-again": {0, 1, 0, 0},
		"repayments-3": {0, 0, 1, 0}, "loans-other": {0, 0, 1, 0},
	} {
		a, d, r, h := tallyOf(t, s, name)
		if got := [4]int64{a, d, r, h}; got != want {
			t.Errorf("%s: applied, duplicates, rejected, held are %v, want %v", name, got, want)
		}
	}
	rejects := l.rejects("2026-02-04")
	if rejects["repayments-3.parquet:0"] != "conflicting_duplicate" || rejects["loans-other.parquet:0"] != "duplicate_loan" || len(rejects) != 2 {
		t.Errorf("rejects are %v", rejects)
	}
	for id, row := range l.tape("2026-02-04") {
		for _, name := range []string{"principal_paid", "interest_paid", "fees_paid", "credit_balance"} {
			if row[name] != before[id][name] {
				t.Errorf("%s: %s is %s, was %s", id, name, row[name], before[id][name])
			}
		}
	}
}

// TestTheSameNightAgain: with the same files nothing is left to do, or it is
// published again byte for byte; with others, or an earlier date, it is refused.
func TestTheSameNightAgain(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	l.close("2026-02-03")
	want := digest(t, l.o.Out)
	if s := l.close("2026-02-03"); !s.Again || s.Published {
		t.Errorf("the night again: %+v", s)
	}
	if err := os.RemoveAll(filepath.Join(l.o.Out, "2026-02-03")); err != nil {
		t.Fatal(err)
	}
	if s := l.close("2026-02-03"); !s.Again || !s.Published {
		t.Errorf("the night again, unpublished: %+v", s)
	}
	if got := digest(t, l.o.Out); got != want {
		t.Errorf("published again:\n%s\nwant\n%s", got, want)
	}
	write(t, l.in("2026-02-03"), "repayments-late", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "1.00")})
	var order *OrderError
	if _, err := l.try("2026-02-03"); !errors.As(err, &order) || !order.Same {
		t.Errorf("with another file: %v", err)
	}
	if _, err := l.try("2026-02-02"); !errors.As(err, &order) || order.Same {
		t.Errorf("an earlier night: %v", err)
	}
}

// TestSecondProcessIsRefused: while one run has the book, another is refused at
// once, with a message that names the first.
func TestSecondProcessIsRefused(t *testing.T) {
	l := newLender(t)
	l.close("2026-02-03")
	b, err := store.Open(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	_, err = l.try("2026-02-04")
	var locked *store.LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), "process") {
		t.Errorf("a second run: %v", err)
	}
}

// TestSuspense: money that fits no loan is held, released when its loan appears
// with its own value date, or by an adjustment, once.
func TestSuspense(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{
		pays(t, "P1", "L1", "2026-02-01", "40.00"), pays(t, "P2", "typo", "2026-02-01", "30.00"), pays(t, "P3", "gone", "2026-02-01", "20.00"),
	})
	s := l.close("2026-02-03")
	if _, _, _, held := tallyOf(t, s, "repayments-a"); held != 3 {
		t.Errorf("%d are held, want 3", held)
	}
	if got := s.Manifest.ControlTotals.Currencies[0].Suspense.Amount; got != "90.00" {
		t.Errorf("suspense is %s, want 90.00", got)
	}
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "40.00")})
	s = l.close("2026-02-04")
	if _, d, _, _ := tallyOf(t, s, "repayments-a"); d != 1 {
		t.Errorf("a held payment that comes again: %d duplicates, want 1", d)
	}
	expect(t, "L1", l.tape("2026-02-04")["L1"], "interest_paid=12.00 principal_paid=28.00 last_paid_on=2026-02-01")
	release := adjusts(t, "R1", "L1", "release", "2026-02-05")
	release.TargetID = ptr("P2")
	back := adjusts(t, "R2", "any", "release", "2026-02-05")
	back.TargetID, back.Choice = ptr("P3"), ptr("return")
	write(t, l.in("2026-02-05"), "adjustments-a", []adjustmentFile{release, back})
	s = l.close("2026-02-05")
	if a, _, _, _ := tallyOf(t, s, "adjustments-a"); a != 2 {
		t.Errorf("%d releases applied, want 2: %v", a, l.rejects("2026-02-05"))
	}
	expect(t, "L1", l.tape("2026-02-05")["L1"], "principal_paid=58.00 last_paid_amount=30.00")
	if got := s.Manifest.ControlTotals.Currencies[0].Suspense.Amount; got != "0.00" {
		t.Errorf("suspense is %s, want 0.00", got)
	}
	third := adjusts(t, "R3", "L1", "release", "2026-02-06")
	third.TargetID = ptr("P2")
	write(t, l.in("2026-02-06"), "adjustments-a", []adjustmentFile{release, back, third})
	s = l.close("2026-02-06")
	if a, d, r, _ := tallyOf(t, s, "adjustments-a"); a != 0 || d != 2 || r != 1 {
		t.Errorf("releases again: %d applied, %d duplicates, %d rejected, want 0, 2, 1", a, d, r)
	}
	verifySilent(t, l)
}

// TestReversedFile: one row takes back all that a file brought.
func TestReversedFile(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L2", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "repayments-good", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "50.00")})
	write(t, l.in("2026-02-03"), "repayments-wrong", []repaymentFile{pays(t, "P2", "L1", "2026-02-02", "60.00"), pays(t, "P3", "L2", "2026-02-02", "70.00")})
	s := l.close("2026-02-03")
	var sum string
	for _, in := range s.Manifest.Inputs {
		if in.Path == "repayments-wrong.parquet" {
			sum = in.SHA256
		}
	}
	r := adjusts(t, "X1", "all", "reversal", "2026-02-04")
	r.TargetID = &sum
	for i, night := range []string{"2026-02-04", "2026-02-05"} {
		write(t, l.in(night), "adjustments-a", []adjustmentFile{r})
		s = l.close(night)
		a, d, _, _ := tallyOf(t, s, "adjustments-a")
		if want := [2]int64{1 - int64(i), int64(i)}; [2]int64{a, d} != want {
			t.Errorf("%s: %d applied, %d duplicates, want %v", night, a, d, want)
		}
		tape := l.tape(night)
		expect(t, "L1", tape["L1"], "interest_paid=12.00 principal_paid=38.00 last_paid_amount=50.00")
		expect(t, "L2", tape["L2"], "interest_paid=0.00 principal_paid=0.00 last_paid_amount= days_past_due="+civilDays(night, "2026-02-01"))
	}
	verifySilent(t, l)
}

func civilDays(to, from string) string {
	a, _ := civil.Parse(to)
	b, _ := civil.Parse(from)
	return strings.TrimLeft(string([]byte{byte('0' + (a-b)/10), byte('0' + (a-b)%10)}), "0")
}

// openRead opens the lender's book for reading, until the test ends.
func openRead(t testing.TB, l *lender) *store.Book {
	t.Helper()
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// reading opens the book for look-ups, until it is done.
func reading(t testing.TB, l *lender) (r *lookup.Reader, done func()) {
	t.Helper()
	b := openRead(t, l)
	r, err := lookup.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return r, func() { b.Close() }
}

// verifySilent proves the book's promises from the disk.
func verifySilent(t testing.TB, l *lender) {
	t.Helper()
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // now: a simulator verifies thousands of nights
	v, err := verify.Book(t.Context(), b, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Faults {
		t.Errorf("verify: %s", f)
	}
	if s, err := lookup.StatusOf(b, 1); err != nil || s.Held != v.Held {
		t.Errorf("status counts %d payments in suspense, verify %d: %v", s.Held, v.Held, err)
	}
}

// TestChargedOffBeforeWhatCameFirst: a charge-off that arrives late and counts from
// before what has been done to the loan takes out of the books what they carried then;
// what came after it stands and posts nothing to them.
func TestChargedOffBeforeWhatCameFirst(t *testing.T) {
	l := newLender(t)
	waiver := adjusts(t, "W1", "L1", "waiver", "2026-02-10")
	waiver.Amount, waiver.Component, waiver.Choice = ptr(int64(30000)), ptr("principal"), ptr("principal_forgiveness")
	fees := adjusts(t, "F1", "L1", "fee", "2026-02-08")
	fees.Amount = ptr(int64(500))
	forgiven := adjusts(t, "W2", "L1", "waiver", "2026-02-11")
	forgiven.Amount, forgiven.Component = ptr(int64(200)), ptr("fee")
	write(t, l.in("2026-02-12"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-12"), "adjustments-a", []adjustmentFile{waiver, fees, forgiven})
	l.close("2026-02-12")
	expect(t, "L1", l.tape("2026-02-12")["L1"], "principal_outstanding=900.00 fees_outstanding=3.00")
	write(t, l.in("2026-02-13"), "adjustments-a", []adjustmentFile{adjusts(t, "C1", "L1", "charge_off", "2026-02-05")})
	l.close("2026-02-13")
	expect(t, "L1", l.tape("2026-02-13")["L1"], "status=charged_off principal_outstanding=900.00 fees_outstanding=3.00")
	for _, r := range l.table("2026-02-13", "regulatory/trial_balance.parquet") {
		if want := "0.00"; (r["account"][:2] == "13" && r["name"] != "allowance") && r["closing"] != want {
			t.Errorf("%s closes with %s, want %s", r["name"], r["closing"], want)
		}
	}
	verifySilent(t, l)
}
