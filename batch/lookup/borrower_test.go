package lookup

import (
	"testing"

	"daybook/ledger/loan"
)

// A loan is its borrower's; one that names none, as books of earlier releases may have, is
// known by its own id.
func TestOwns(t *testing.T) {
	for _, x := range []struct {
		id, loan, borrower string
		want               bool
	}{
		{"B", "L", "B", true}, {"L", "L", "B", false}, {"L", "L", "", true}, {"", "L", "", false}, {"B", "L", "", false}, {"B", "B", "C", false},
	} {
		if got := owns([]byte(x.id), &loan.Loan{ID: []byte(x.loan), Borrower: []byte(x.borrower)}); got != x.want {
			t.Errorf("%q owns loan %q of %q: %t", x.id, x.loan, x.borrower, got)
		}
	}
}
