package ledger

import (
	"slices"
	"testing"
)

func TestEntryKindsAreComplete(t *testing.T) {
	ofTime := []EntryKind{Accrual, NonAccrual, LateCharge, Provision, Booking, Hold, Release, AccrualTotals}
	money := []EntryKind{Repayment, Goodwill, Prepay, Recovery}
	seen := map[string]EntryKind{}
	for k := range EntryKinds {
		if other, ok := seen[k.String()]; ok || k.String() == "" {
			t.Errorf("kind %d has the name %q, which is that of %d too, or none", k, k, other)
		}
		seen[k.String()] = k
		if got, want := k.OfEvent(), !slices.Contains(ofTime, k); got != want {
			t.Errorf("%s is of an event: %v, want %v", k, got, want)
		}
		if got, want := k.BringsMoney(), slices.Contains(money, k); got != want {
			t.Errorf("%s brings money: %v, want %v", k, got, want)
		}
		if k.BringsMoney() && !k.OfEvent() {
			t.Errorf("%s brings money of no event", k)
		}
	}
}

func TestDefaultChartIsComplete(t *testing.T) {
	codes, names := map[string]bool{}, map[string]bool{}
	for i, a := range DefaultChart() {
		if a.Role != Role(i) || a.Code == "" || a.Name == "" || codes[a.Code] || names[a.Name] {
			t.Errorf("account %d is %+v: it needs its own role, code and name", i, a)
		}
		codes[a.Code], names[a.Name] = true, true
	}
}
