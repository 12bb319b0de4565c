package aging

import (
	"slices"
	"testing"
)

// TestStatusesAreWhatTheListsSay holds the table of statuses to lists by trait.
func TestStatusesAreWhatTheListsSay(t *testing.T) {
	for _, x := range []struct {
		trait string
		has   func(LoanStatus) bool
		list  []string
	}{
		{"is on the book", LoanStatus.OnBook, []string{"active", "quarantined"}},
		{"is collectable", LoanStatus.Collectable, []string{"active", "charged_off"}},
		{"is paid in full", LoanStatus.PaidInFull, []string{"settled", "overpaid"}},
		{"is lost", LoanStatus.Lost, []string{"charged_off", "written_off"}},
	} {
		for s := range LoanStatuses {
			if got, want := x.has(s), slices.Contains(x.list, s.String()); got != want {
				t.Errorf("%s %s: %v, want %v", s, x.trait, got, want)
			}
		}
		if x.has(LoanStatuses) || x.has(255) {
			t.Errorf("a number that is no status %s", x.trait)
		}
	}
	// The numbers are stored and published as codes.
	want := Dictionary{"active", "settled", "overpaid", "charged_off", "written_off", "quarantined"}
	if got := StatusNames(); !slices.Equal(got, want) {
		t.Errorf("statuses are %v, want %v", got, want)
	}
	if got, want := AccrualNames(), (Dictionary{"accruing", "non_accrual"}); !slices.Equal(got, want) {
		t.Errorf("accruals are %v, want %v", got, want)
	}
	for s := range LoanStatuses {
		if got, ok := ParseLoanStatus(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s, %v", s, got, ok)
		}
	}
	for a := range LoanAccruals {
		if got, ok := ParseLoanAccrual(a.String()); !ok || got != a {
			t.Errorf("%s is read as %s, %v", a, got, ok)
		}
	}
	if _, ok := ParseLoanStatus("closed"); ok {
		t.Error("closed is no status")
	}
}
