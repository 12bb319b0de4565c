package batch

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorruptedFiles: a flipped byte anywhere in a file either stops the night, with
// the file named and nothing changed, or is a value like another, and then everything
// ties; a file that was cut off always stops it.
func TestCorruptedFiles(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	l.close("2026-02-03")
	var loans []loanFile
	var paid []repaymentFile
	for _, id := range []string{"L2", "L3", "L4"} {
		loans = append(loans, aLoan(t, id, "2026-01-01", "2026-02-01"))
		paid = append(paid, pays(t, "P"+id, id, "2026-02-01", "50.00"), pays(t, "Q"+id, "L1", "2026-02-02", "1.00"))
	}
	in := l.in("2026-02-04")
	write(t, in, "loans-good", loans)
	write(t, in, "repayments-good", paid)
	before, out := contents(t, l.o.Book), digest(t, l.o.Out)
	o := l.o
	o.In, o.Date, o.DryRun = in, day(t, "2026-02-04"), true
	stopped, closed := 0, 0
	attempt := func(name string, data []byte) error {
		t.Helper()
		if err := os.WriteFile(filepath.Join(in, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Close(t.Context(), o)
		switch {
		case err == nil && !s.Manifest.ControlTotals.Tied():
			t.Errorf("%s: the control totals do not tie", name)
		case err == nil:
			closed++
		case !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "internal error"):
			t.Errorf("%s: the error does not name the file: %v", name, err)
		default:
			stopped++
		}
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"loans-good.parquet", "repayments-good.parquet"} {
		data, err := os.ReadFile(filepath.Join(in, name))
		if err != nil {
			t.Fatal(err)
		}
		for at := r.IntN(9); at < len(data); at += 1 + r.IntN(2*len(data)/60) {
			flipped := bytes.Clone(data)
			flipped[at] ^= byte(1 + r.IntN(255))
			_ = attempt(name, flipped)
		}
		for _, size := range []int{0, 3, 8, len(data) / 3, len(data) - 1} {
			if attempt(name, data[:size]) == nil {
				t.Errorf("%s of %d bytes was read, it has %d", name, size, len(data))
			}
		}
		if err := os.WriteFile(filepath.Join(in, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if stopped < 40 {
		t.Errorf("only %d corrupted files stopped the night, %d did not", stopped, closed)
	}
	if contents(t, l.o.Book) != before || digest(t, l.o.Out) != out {
		t.Error("something changed")
	}
	l.close("2026-02-04")
	verifySilent(t, l)
}

// TestNulls: a null where a value is needed rejects the row, with the money that it
// names; a null where it is optional is nothing.
func TestNulls(t *testing.T) {
	type row struct {
		RepaymentID *string `parquet:"repayment_id,optional"`
		LoanID      *string `parquet:"loan_id,optional"`
		ValueDate   *int32  `parquet:"value_date,optional,date"`
		Amount      *int64  `parquet:"amount,optional,decimal(2:18)"`
		Currency    *string `parquet:"currency,optional"`
		Channel     *string `parquet:"channel,optional"`
	}
	l := newLender(t)
	whole := func(id string) row {
		return row{&id, ptr("L1"), ptr(int32(day(t, "2026-02-01"))), ptr(int64(100)), ptr("CNY"), nil}
	}
	rows := []row{whole("P1"), whole("P2"), whole("P3"), whole("P4"), whole("P5"), whole("P6"), whole("P7")}
	rows[1].RepaymentID, rows[2].LoanID, rows[3].ValueDate, rows[4].Amount, rows[5].Currency = nil, nil, nil, nil, nil
	rows[6].LoanID = ptr("")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, l.in("2026-02-03"), "repayments-a", rows)
	s := l.close("2026-02-03")
	tallyIs(t, s, "repayments-a", 1, 0, 6, 0)
	for place, reason := range l.rejects("2026-02-03") {
		if reason != "missing_value" {
			t.Errorf("%s is rejected as %s, want missing_value", place, reason)
		}
	}
	for _, f := range s.Manifest.ControlTotals.Files {
		if f.Kind == "repayments" && (f.AmountIn != "6.00" || f.AmountRejected != "5.00") {
			t.Errorf("%s in, %s rejected, want 6.00 and 5.00", f.AmountIn, f.AmountRejected)
		}
	}
	verifySilent(t, l)
}
