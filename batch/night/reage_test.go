package night

import (
	"fmt"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// Each rule of re-ageing on its edge: nine months, twelve, five years, three payments in three months.
func TestReAgesOnTheirEdges(t *testing.T) {
	lent, on := civil.Of(2020, 1, 31), civil.Of(2026, 3, 15)
	measure := func(day civil.Date) *loan.Event {
		return &loan.Event{Kind: loan.KindRestructure, ValueDate: day, ID: []byte("M" + day.String())}
	}
	pays := func(days ...civil.Date) (list []*loan.Event) {
		for i, d := range days {
			list = append(list, &loan.Event{Kind: loan.KindRepayment, ValueDate: d, ID: fmt.Appendf(nil, "P%d", i)})
		}
		return list
	}
	three := pays(civil.Of(2025, 12, 15), civil.Of(2026, 1, 15), civil.Of(2026, 3, 14))
	commercial := measure(civil.Of(2026, 1, 1))
	commercial.Reason = []byte("commercial")
	for _, c := range []struct {
		name   string
		lent   civil.Date
		events []*loan.Event
		want   []ReAge
	}{
		{"in order", lent, append(slices.Clone(three), measure(on)), nil},
		{"nine months", civil.Of(2025, 6, 15), append(slices.Clone(three), measure(on)), nil},
		{"a day less", civil.Of(2025, 6, 16), append(slices.Clone(three), measure(on)), []ReAge{{on, ReAgeYoung}}},
		{"twelve months after another", lent, append(slices.Clone(three), measure(on), measure(civil.Of(2025, 3, 15))), nil},
		{"a day less", lent, append(slices.Clone(three), measure(on), measure(civil.Of(2025, 3, 16))), []ReAge{{on, ReAgeTwice}}},
		{"two more in five years", lent, append(slices.Clone(three), measure(on), measure(civil.Of(2024, 1, 1)), measure(civil.Of(2021, 3, 16))), []ReAge{{on, ReAgeThird}}},
		{"one of them before", lent, append(slices.Clone(three), measure(on), measure(civil.Of(2024, 1, 1)), measure(civil.Of(2021, 3, 15))), nil},
		{"two payments", lent, append(pays(civil.Of(2025, 12, 15), civil.Of(2026, 3, 14)), measure(on)), []ReAge{{on, ReAgeFewPayments}}},
		{"one too early", lent, append(pays(civil.Of(2025, 12, 14), civil.Of(2026, 3, 14), civil.Of(2026, 3, 13)), measure(on)), []ReAge{{on, ReAgeFewPayments}}},
		{"one on the day", lent, append(pays(civil.Of(2026, 1, 14), civil.Of(2026, 3, 14), on), measure(on)), []ReAge{{on, ReAgeFewPayments}}},
		{"one undone", lent, append(slices.Clone(three), measure(on), &loan.Event{Kind: loan.KindReversal, ValueDate: on, ID: []byte("R"), Target: []byte("P1")}),
			[]ReAge{{on, ReAgeFewPayments}}},
		{"another undone", lent, append(slices.Clone(three), measure(on), measure(civil.Of(2026, 1, 1)),
			&loan.Event{Kind: loan.KindReversal, ValueDate: on, ID: []byte("R"), Target: []byte("M2026-01-01")}), nil},
		{"another was commercial", lent, append(slices.Clone(three), measure(on), commercial), nil},
		{"of the month before", lent, []*loan.Event{measure(civil.Of(2026, 2, 28))}, nil},
		{"two of the month", lent, append(slices.Clone(three), measure(on), measure(on-1)), []ReAge{{on - 1, ReAgeFewPayments}, {on, ReAgeTwice}}},
	} {
		if got := ReAges(c.events, c.lent, civil.Of(2026, 3, 20)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
