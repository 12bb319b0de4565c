package reports

import (
	"testing"

	"daybook/aging"
)

func TestAccountState(t *testing.T) {
	for _, x := range []struct {
		status aging.LoanStatus
		days   int32
		newest byte
		want   int32
	}{
		{aging.LoanActive, 0, 'N', 1}, {aging.LoanActive, 0, 'M', 1}, {aging.LoanActive, 0, '*', 1}, {aging.LoanActive, 1, '1', 2},
		{aging.LoanQuarantined, 0, 'N', 1}, {aging.LoanQuarantined, 200, '7', 2}, {aging.LoanActive, 400, 'B', 4}, {aging.LoanActive, 0, 'B', 4},
		{aging.LoanActive, 3, 'Z', 2}, {aging.LoanActive, 3, 'D', 2}, {aging.LoanChargedOff, 400, 'G', 4}, {aging.LoanWrittenOff, 0, 'G', 4},
		{aging.LoanSettled, 0, 'C', 3}, {aging.LoanOverpaid, 0, 'C', 3}, {aging.LoanSettled, 0, 'B', 3},
	} {
		if got := AccountState(x.status, x.days, x.newest); got != x.want {
			t.Errorf("%s, %d days, %c: %d, want %d", x.status, x.days, x.newest, got, x.want)
		}
	}
}

func TestFiveClass(t *testing.T) {
	for name, want := range map[string]int32{
		"pass": 1, "special_mention": 2, "substandard": 3, "doubtful": 4, "loss": 5, "": 9, "SMA-0": 9, "Pass": 9, "stage_1": 9,
	} {
		if got := FiveClass(name); got != want {
			t.Errorf("%q is %d, want %d", name, got, want)
		}
	}
}
