package period

import (
	"errors"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/reports"
)

// aMonth is a month of one night and one currency, whose loans have a principal of 500.
func aMonth() *month {
	n := &record.Night{Date: civil.Of(2026, 11, 30), GL: []record.Line{
		{Role: ledger.LoanPrincipal, Opening: 300, Debits: 250, Credits: 50}, {Role: ledger.UnappliedReceipts, Credits: 70},
	}}
	v := &book.View{Night: n, Policy: &policy.Policy{}}
	v.Policy.Scale, v.Policy.Chart, v.Policy.Period = 2, ledger.DefaultChart(), policy.Period{Suspense: policy.NoLimit(), Breaks: policy.NoLimit()}
	v.Names = &book.Names{Names: record.Names{Currencies: []string{"EUR"}, Products: []string{"default"}}}
	v.Rules.Scale = []int64{1}
	return &month{view: v, nights: []*record.Night{n}, locked: []civil.Date{civil.None}}
}

// Every kind of entry has its column: none is left to the opening.
func TestEveryKindHasAColumn(t *testing.T) {
	for k := range ledger.EntryKinds {
		if columnOf(k, ledger.Posting{}) == opening {
			t.Errorf("entries of kind %s move nothing", k)
		}
	}
	if columnOf(ledger.Settle, ledger.Posting{Role: ledger.FeeReceivable, Amount: 5}) != accrued || columnOf(ledger.Settle, ledger.Posting{Role: ledger.FeeReceivable, Amount: -5}) != repaid {
		t.Error("what a settlement costs is not charged with it")
	}
}

// Figures that do not tie to the GL stop a lock: the roll-forward at both ends, and suspense.
func TestTiesFire(t *testing.T) {
	m := aMonth()
	held := rollRow{measure: suspense}
	held.moved[reversed] = 70
	row := func(open, moved int64) rollRow {
		r := rollRow{product: 1, measure: principal}
		r.moved[opening], r.moved[booked] = open, moved
		return r
	}
	if err := m.rollTies([]rollRow{row(300, 200), held}); err != nil {
		t.Error(err)
	}
	for name, rows := range map[string][]rollRow{
		"opening": {row(299, 201), held}, "closing": {row(300, 201), held}, "missing": {held}, "more": {row(300, 200), held, {measure: fees, moved: [columns]int64{1, -1}}},
	} {
		var tie *TieError
		if err := m.rollTies(rows); !errors.As(err, &tie) {
			t.Errorf("%s: %v", name, err)
		}
	}
	item := heldItem{"X", record.Held{Amount: 70}}
	if err := m.heldTies([]heldItem{item}); err != nil {
		t.Error(err)
	}
	var tie *TieError
	if err := m.heldTies(nil); !errors.As(err, &tie) {
		t.Error(err)
	}
}

// The checks of figures fire.
func TestChecksFire(t *testing.T) {
	r := &run{month: aMonth()}
	check := func(do prover, result string, faults ...string) {
		t.Helper()
		c, err := do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Faults, "; "); c.Result != result || got != strings.Join(faults, "; ") {
			t.Errorf("%s %s: %s; want %s: %s", c.Name, c.Result, got, result, faults)
		}
	}
	r.balances = []reports.Balance{{Currency: "EUR", Opening: 100, Debits: 500}, {Currency: "EUR", Opening: -100, Credits: 500}}
	check(r.trialBalance, record.Passed)
	r.balances[1].Credits, r.balances[1].Opening = 499, -98
	check(r.trialBalance, record.Failed, "EUR: debits of 5.00, credits of 4.99", "EUR: the period opens out of balance by 0.02")
	r.ties = []tie{{"EUR", "principal", "1301", 500, 500}}
	check(r.subledger, record.Passed)
	r.ties[0].loans = 499
	check(r.subledger, record.Failed, "EUR principal: the loans have 4.99, account 1301 has 5.00")
	r.held = []heldItem{{"X", record.Held{Amount: 70}}, {"Y", record.Held{Amount: 1}}}
	check(r.suspenseLimit, record.NotAsked)
	limit := &r.month.view.Policy.Period.Suspense
	*limit = policy.Limit{Items: 2, Amount: match.Tenths(7100)}
	check(r.suspenseLimit, record.Passed)
	*limit = policy.Limit{Items: 1, Amount: match.Tenths(7000)}
	check(r.suspenseLimit, record.Failed, "0.71 EUR, period.limits.suspense allows 0.70", "2 items, period.limits.suspense allows 1")
}

// Money that left suspense after the period was in it: whoever took it, and however many have one id.
func TestHeldSince(t *testing.T) {
	left := map[leftKey]int{
		{source: "A1", amount: 5}: 1, {source: "P2", amount: 6, returned: true}: 1, {source: "P3", amount: 7}: 1, {loan: "L1", source: "P3", amount: 7}: 1,
	}
	for _, x := range []struct {
		item heldItem
		want bool
	}{
		{heldItem{"X", record.Held{ID: []byte("P1"), By: []byte("A1"), Amount: 5}}, true},
		{heldItem{"X", record.Held{ID: []byte("P1"), By: []byte("A1"), Amount: 5}}, false}, // once
		{heldItem{"X", record.Held{ID: []byte("P2"), By: []byte("A2"), Amount: 9}}, false}, // another amount
		{heldItem{"X", record.Held{ID: []byte("P2"), By: []byte("A2"), Amount: 6}}, true},
		{heldItem{"L2", record.Held{ID: []byte("P3"), By: []byte("P3"), Applied: true, Amount: 7}}, false}, // another loan
		{heldItem{"L1", record.Held{ID: []byte("P3"), By: []byte("P3"), Applied: true, Amount: 7}}, true},
		{heldItem{"Y", record.Held{ID: []byte("P9"), By: []byte("P3"), Amount: 7}}, false}, // taken by L1
	} {
		if got := x.item.take(left); got != x.want {
			t.Errorf("%s %s by %s: %v", x.item.loan, x.item.ID, x.item.By, got)
		}
	}
}
