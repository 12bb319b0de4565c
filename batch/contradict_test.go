package batch

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// TestRowsThatContradictInAnyOrder: of several rows that ask for one thing (the same held
// money, the same target, the same instalments, the same file taken back) the first by
// id gets it, in whichever order they stand; a release goes before its file's reversal.
func TestRowsThatContradictInAnyOrder(t *testing.T) {
	for _, turned := range []bool{false, true} {
		l := newLender(t)
		f, plan := threeParts(t, "L1")
		write(t, l.in("2026-02-03"), "loans-a", []loanFile{f})
		write(t, l.in("2026-02-03"), "schedules-a", plan)
		write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{
			pays(t, "P1", "L1", "2026-02-01", "109.00"), pays(t, "H1", "typo", "2026-02-01", "30.00"), pays(t, "H2", "typo", "2026-02-01", "40.00"),
		})
		s := l.close("2026-02-03")
		digest := ""
		for _, in := range s.Manifest.Inputs {
			if in.Kind == "repayments" {
				digest = in.SHA256
			}
		}
		var rows []adjustmentFile
		add := func(id, loan, kind, target, choice string) {
			a := adjusts(t, id, loan, kind, "2026-02-10")
			if target != "" {
				a.TargetID = &target
			}
			if choice != "" {
				a.Choice = &choice
			}
			if kind == "restructure" {
				a.Installments, a.FirstDueOn = ptr(int32(1)), ptr(int32(day(t, "2026-03-15")))
			}
			rows = append(rows, a)
		}
		add("A1", "L1", "reversal", digest, "") // of P1, and of what is held still: H2
		add("A2", "L1", "reversal", digest, "")
		add("R1", "L1", "release", "H1", "")
		add("R2", "L1", "release", "H1", "return")
		add("S1", "L1", "restructure", "", "schedule")
		add("S2", "L1", "restructure", "", "schedule")
		if turned {
			slices.Reverse(rows)
		}
		write(t, l.in("2026-02-10"), "adjustments-a", rows)
		write(t, l.in("2026-02-10"), "schedules-a", []scheduleFile{{"L1", 1, int32(day(t, "2026-03-15")), f.Principal, 0}})
		l.close("2026-02-10")
		got, rejects := map[string]string{}, l.rejects("2026-02-10")
		for i := range rows {
			got[rows[i].AdjustmentID] = rejects[fmt.Sprintf("adjustments-a.parquet:%d", i)]
		}
		want := map[string]string{
			"A1": "", "A2": "target_already_reversed", "R1": "", "R2": "already_released", "S1": "", "S2": "schedule_does_not_sum",
		}
		if !maps.Equal(got, want) {
			t.Errorf("turned %t: the reasons are %v, want %v", turned, got, want)
		}
		verifySilent(t, l)
	}
}
