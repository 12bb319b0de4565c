package reports

import (
	"slices"
	"strings"
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

// The rows of the small book, whose figures can be checked by head.
func TestMonthlyStatus(t *testing.T) {
	f, d := smallFacts()
	f.History24 = slices.Repeat([]byte("NNNNNNNNNNNN////////////"), f.Rows)
	copy(f.History24[2*24:], "21")
	f.Codes[aging.Classification][6] = aging.NoCode
	table := MonthlyStatus(f, d, 2, testDate)
	var b strings.Builder
	w, err := NewCSVWriter(&b, table.Columns)
	if err == nil {
		err = w.Write(table.Columns)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	month, rest := testDate.String()[:7], "NNNNNNNNNNNN////////////"
	want := "loan_id,borrower_id,month,status,history,days_past_due,past_due_amount,total_outstanding,account_state,class\n" +
		"L1,B1," + month + ",N," + rest + ",0,0.00,800.00,1,1\n" +
		"L2,B1," + month + ",N," + rest + ",12,105.00,505.00,2,2\n" +
		"L3,B2," + month + ",2,21" + rest[2:] + ",45,300.00,710.00,2,2\n" +
		"L4,B3," + month + ",N," + rest + ",120,310.01,310.01,2,3\n" +
		"L5,B4," + month + ",N," + rest + ",0,0.00,0.00,3,1\n" +
		"L6,B5," + month + ",N," + rest + ",400,0.00,0.00,4,5\n" +
		"L7,B6," + month + ",N," + rest + ",0,0.00,99.99,1,9\n"
	if got := b.String(); got != want {
		t.Errorf("the rows are\n%s, want\n%s", got, want)
	}
	if table.Rows() != f.Rows {
		t.Errorf("%d rows of %d loans", table.Rows(), f.Rows)
	}
	if empty := MonthlyStatus(new(aging.Facts), d, 2, testDate); empty.Rows() != 0 {
		t.Errorf("no facts are %d rows", empty.Rows())
	}
}
