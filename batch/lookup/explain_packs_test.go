package lookup

import (
	"testing"

	"daybook/aging/classify"
)

// Contagion is told as it was: over a share of all that is owed, or from the worst loan.
func TestSpreadsIsTold(t *testing.T) {
	over, worst := &classify.Contagion{Over: 125_000_000, AtLeast: 3}, &classify.Contagion{Spread: true}
	for _, x := range []struct {
		c          *classify.Contagion
		loan, want string
	}{
		{over, "L1", `more than 12.5 % of what the borrower owes in this currency is non-performing, as loan "L1" is`},
		{over, "", "more than 12.5 % of what the borrower owes in this currency is non-performing"},
		{worst, "L1", `loan "L1" of the borrower has it`},
		{worst, "", "another loan of the borrower has it"},
	} {
		if got := spreads(x.c, x.loan); got != x.want {
			t.Errorf("contagion is told as %q, want %q", got, x.want)
		}
	}
}
