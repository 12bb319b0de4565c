package batch

import "testing"

// TestSettledLoanIsNotChargedOff: money that came late, and had met all before the loan was charged off or written off,
// takes that back: nobody who owes nothing is reported as a loss. When the money goes back after all, the charge-off stands
// again. Recoveries that were booked in between are credit.
func TestSettledLoanIsNotChargedOff(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"charge_off", "write_off"} {
		l := newLender(t)
		write(t, l.in("2026-01-05"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
		l.close("2026-01-05")
		write(t, l.in("2026-01-25"), "adjustments-a", []adjustmentFile{adjusts(t, "O1", "L1", kind, "2026-01-20")})
		l.close("2026-01-25")
		status := map[string]string{"charge_off": "charged_off", "write_off": "written_off"}[kind]
		was := l.tape("2026-01-25")["L1"]
		expect(t, kind, was, "status="+status+" charged_off=1207.35 recovered=0.00")
		write(t, l.in("2026-01-26"), "adjustments-a", []adjustmentFile{adjustsBy(t, "G1", "L1", "recovery", "2026-01-26", "10.00")})
		l.close("2026-01-26")

		// The whole loan was paid on the 19th, and ended by it.
		write(t, l.in("2026-01-31"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-01-19", "1400.00")})
		write(t, l.in("2026-01-31"), "adjustments-a", []adjustmentFile{adjusts(t, "S1", "L1", "settle", "2026-01-19")})
		l.close("2026-01-31")
		now := l.tape("2026-01-31")["L1"]
		expect(t, kind+" of a settled loan", now, "status=overpaid charged_off=0.00 recovered=0.00 total_outstanding=0.00 days_past_due=0")
		verifySilent(t, l)
		for _, row := range l.table("2026-01-31", "regulatory/charge_offs_and_recoveries.parquet") {
			expect(t, kind+" of a settled loan", row, "charged_off=0.00 recovered=0.00")
		}

		// Once more of a settled loan: it stands and changes nothing.
		write(t, l.in("2026-02-10"), "adjustments-a", []adjustmentFile{adjusts(t, "O2", "L1", kind, "2026-02-05")})
		l.close("2026-02-10")
		expect(t, kind+" again", l.tape("2026-02-10")["L1"], "status=overpaid charged_off=0.00")

		back := adjusts(t, "R1", "L1", "reversal", "2026-02-11")
		back.TargetID = ptr("S1")
		write(t, l.in("2026-02-11"), "adjustments-a", []adjustmentFile{back})
		l.close("2026-02-11")
		back.AdjustmentID, back.TargetID = "R2", ptr("P1")
		write(t, l.in("2026-02-12"), "adjustments-a", []adjustmentFile{back})
		l.close("2026-02-12")
		expect(t, kind+" when the money went back", l.tape("2026-02-12")["L1"], "status="+status+" charged_off=1207.35 recovered=10.00")
		verifySilent(t, l)
	}
}
