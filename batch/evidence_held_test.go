package batch

import (
	"fmt"
	"strings"
	"testing"

	prove "daybook/batch/evidence"
	"daybook/ledger/civil"
)

// The proof of a loan has the pages of what was held under its id before it was booked, as it had them then, and of what
// it refuses later.
func TestProofOfWhatWasHeld(t *testing.T) {
	l := newLender(t)
	first := day(t, "2026-11-02")
	write(t, l.in("2026-11-02"), "loans-a", []loanFile{aLoan(t, "L1", "2026-10-01", "2026-11-01")})
	write(t, l.in("2026-11-02"), "repayments-a", []repaymentFile{pays(t, "G1", "G", "2026-11-02", "10.00")})
	write(t, l.in("2026-11-03"), "loans-a", []loanFile{aLoan(t, "G", "2026-11-01", "2026-12-01")})
	write(t, l.in("2026-11-04"), "adjustments-a", []adjustmentFile{{AdjustmentID: "W", LoanID: "G", Kind: "write_off", ValueDate: int32(first + 2)}})
	write(t, l.in("2026-11-05"), "repayments-a", []repaymentFile{pays(t, "G1", "G", "2026-11-05", "10.00"), pays(t, "G2", "G", "2026-11-05", "0.50")})
	nights := []string{"2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"}
	want := map[string]bool{} // pages of the journal with entries of the loan, by night
	for i, night := range nights {
		l.close(night)
		for _, row := range l.table(night, "journal/*.parquet") {
			if row["loan_id"] == "G" {
				want[night] = true
			}
		}
		for _, head := range nights[:i+1] {
			p, err := prove.Prove(t.Context(), openRead(t, l), prove.Request{Loan: "G", Night: civil.None, Head: day(t, head)})
			if err != nil {
				t.Errorf("after %s, head of %s: %v", night, head, err)
				continue
			}
			got := map[string]bool{}
			for _, leaf := range p.Leaves {
				got[strings.Fields(leaf.Text)[3]] = true
			}
			for _, of := range nights[:i+1] {
				if got[of] != (want[of] && of <= head) {
					t.Errorf("after %s, head of %s: a page of %s: %t, want %t", night, head, of, got[of], want[of] && of <= head)
				}
			}
		}
	}
	if fmt.Sprint(want) != "map[2026-11-02:true 2026-11-03:true 2026-11-04:true 2026-11-05:true]" {
		t.Errorf("the nights with entries of the loan are %v", want)
	}
}
