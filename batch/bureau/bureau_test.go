package bureau

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/metro2"
)

var today = civil.Of(2026, 11, 30)

// written is the file of some loans, by id and borrower, and what was told of them.
func written(t *testing.T, lender *Lender, names string, workers int, loans ...[2]string) (segments []*metro2.Segment, name string, told []string) {
	t.Helper()
	dir := t.TempDir()
	g := Gather(filepath.Join(dir, "runs"), 1<<20, lender)
	writers := make([]*Writer, workers)
	for i := range writers {
		writers[i] = g.Writer(workers)
	}
	var h metro2.History
	h = h.Close(civil.None, today, today-400, 0)
	for i, x := range loans {
		s := metro2.Segment{
			Account:  metro2.Account{Portfolio: 'I', Type: "01"},
			Terms:    metro2.Terms{Duration: "012", Frequency: 'M'},
			Standing: metro2.Standing{Status: "11", Rating: ' ', Profile: h.Profile(), Balance: int64(i)},
			Dates:    metro2.Dates{Reported: today, Opened: today - 400, Information: today, FirstDelinquency: civil.None, Closed: civil.None, LastPaid: civil.None},
			Consumer: metro2.Consumer{Born: civil.None},
		}
		if err := writers[i%workers].Add([]byte(x[0]), []byte(x[1]), &s); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range writers {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	out, err := g.Write(t.Context(), dir, names, func(loan []byte, what string) error {
		told = append(told, string(loan)+": "+what)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Remove(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "runs", "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind are %v", left)
	}
	file, err := os.ReadFile(out.Path)
	if err != nil {
		t.Fatal(err)
	}
	if segments, err = metro2.CheckFile(file); err != nil {
		t.Fatal(err)
	}
	return segments, filepath.Base(out.Path), told
}

func numbers(segments []*metro2.Segment) string {
	var list []string
	for _, s := range segments {
		list = append(list, s.Number)
	}
	return strings.Join(list, " ")
}

// The accounts are in the order of their numbers, whoever added them; what can't be a number is
// left out and told, and of loans that capitals make one account all are.
func TestNumbers(t *testing.T) {
	for _, workers := range []int{1, 3} {
		loans := [][2]string{{"b2", "B"}, {"a1", "A"}, {"A1", "C"}, {"c 3", "C"}, {strings.Repeat("x", 31), "X"}, {"贷", "Y"}, {"a10", "A"}, {strings.Repeat("y", 30), ""}}
		segments, name, told := written(t, &Lender{Identification: "ID"}, "", workers, loans...)
		if got := numbers(segments); got != "A10 B2 "+strings.Repeat("Y", 30) || name != UnnamedFile || segments[0].Identification != "ID" {
			t.Errorf("%s has %s", name, got)
		}
		want := []string{"A1: another loan", "a1: another loan", "c 3: " + metro2.ErrBlankInAccount.Error(), strings.Repeat("x", 31) + ": " + metro2.ErrLongAccount.Error(), "贷: " + metro2.ErrAccountLetter.Error()}
		if len(told) != len(want) {
			t.Fatalf("told %q", told)
		}
		for i := range want {
			if !strings.HasPrefix(told[i], want[i]) {
				t.Errorf("told %q, want %q", told[i], want[i])
			}
		}
	}
}

// With a secret the number says nothing of the loan, and is the same each month.
func TestSecretNumbers(t *testing.T) {
	key := []byte("the lender's own secret")
	first, _, told := written(t, &Lender{Secret: key}, "", 1, [2]string{"loan a", "B"}, [2]string{"loan A", "B"})
	again, _, _ := written(t, &Lender{Secret: key}, "", 1, [2]string{"loan A", "B"}, [2]string{"loan a", "B"})
	other, _, _ := written(t, &Lender{Secret: []byte("another")}, "", 1, [2]string{"loan a", "B"}, [2]string{"loan A", "B"})
	if len(told) > 0 || len(first) != 2 || numbers(first) != numbers(again) || numbers(first) == numbers(other) || strings.Contains(numbers(first), "LOAN") || len(first[0].Number) != numberSize {
		t.Errorf("numbers are %s, %s, with another secret %s; told %q", numbers(first), numbers(again), numbers(other), told)
	}
}

// people writes a lender's file of names.
func people(t *testing.T, columns []reports.Column, rows ...[]any) string {
	t.Helper()
	table := &reports.Table{Name: "people", Columns: columns}
	for _, row := range rows {
		table.Append(row...)
	}
	path := filepath.Join(t.TempDir(), "people.parquet")
	if _, err := reports.WriteParquet(path, table); err != nil {
		t.Fatal(err)
	}
	return path
}

func text(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Text, Optional: true}
}

// Each account of a borrower has his name; those whose borrower the lender's file does not have
// are blank, and what is not reported as it was given is told without saying it.
func TestNames(t *testing.T) {
	born := civil.Of(1980, 2, 29)
	path := people(t, []reports.Column{text("surname"), text("borrower_id"), text("ssn"), {Name: "birth_date", Kind: reports.Date, Optional: true}, text("hobby"), text("zip")},
		[]any{"Núñez", "B2", "123-45-6789", born, "chess", "62701-0001"},
		[]any{"Smith", "B1", "12345678", nil, "", "627"},
		[]any{"Nobody", "B9", "", nil, "", ""},
		[]any{"Smythe", "B1", "", nil, "", ""}, // of several the first, as texts order
	)
	for _, workers := range []int{1, 2} {
		segments, name, told := written(t, &Lender{}, path, workers, [2]string{"L1", "B1"}, [2]string{"L2", "B2"}, [2]string{"L3", ""}, [2]string{"L4", "B2"}, [2]string{"L 5", "B2"}, [2]string{"L6", "B3"})
		if name != NamedFile || numbers(segments) != "L1 L2 L3 L4 L6" {
			t.Fatalf("%s has %s", name, numbers(segments))
		}
		for i, want := range []string{"SMITH|000000000||627", "NUNEZ|123456789|1980-02-29|627010001", "|000000000||", "NUNEZ|123456789|1980-02-29|627010001", "|000000000||"} {
			s := segments[i]
			on := ""
			if s.Born != civil.None {
				on = s.Born.String()
			}
			if got := fmt.Sprintf("%s|%s|%s|%s", s.Surname, s.SSN, on, s.ZIP); got != want || s.ECOA != "1" {
				t.Errorf("%s is %s, want %s", s.Number, got, want)
			}
		}
		all := strings.Join(told, "\n")
		if !strings.Contains(all, "L1: ssn has 8 digits") || !strings.Contains(all, "L 5: ") || strings.Contains(all, "L2") || strings.Contains(all, "12345678") || strings.Contains(all, "Smith") {
			t.Errorf("told\n%s", all)
		}
	}
}

// A file that can't be one of names is refused with what is wrong, before the night.
func TestNamesThatAreNone(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.parquet")
	if err := os.WriteFile(junk, bytes.Repeat([]byte("junk"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		people(t, []reports.Column{text("borrower_id"), text("region")}, []any{"B1", "x"}):                         "has borrower_id and no name: no column of surname, ",
		people(t, []reports.Column{text("surname")}, []any{"x"}):                                                   "no column borrower_id",
		people(t, []reports.Column{text("borrower_id"), {Name: "ssn", Kind: reports.Count}}, []any{"B", int64(1)}): "column ssn is not of text",
		people(t, []reports.Column{text("borrower_id"), text("birth_date")}, []any{"B", "1980-01-01"}):             "column birth_date is not of dates",
		junk:                                    "junk.parquet",
		filepath.Join(t.TempDir(), "none.file"): "no such file",
	} {
		if _, _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// What the format refuses of an account leaves it out and is told: it stops nothing.
func TestRefusedAccounts(t *testing.T) {
	dir := t.TempDir()
	g := Gather(filepath.Join(dir, "runs"), 1<<20, &Lender{})
	w := g.Writer(1)
	if err := w.Add([]byte("L1"), nil, &metro2.Segment{Consumer: metro2.Consumer{Born: civil.None}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	told := ""
	out, err := g.Write(t.Context(), dir, "", func(loan []byte, what string) error {
		told += string(loan) + ": " + what
		return nil
	})
	if err != nil || !strings.HasPrefix(told, "L1: account L1: the status") {
		t.Errorf("told %q, %v", told, err)
	}
	file, err := os.ReadFile(out.Path)
	if segments, checked := metro2.CheckFile(file); err != nil || checked != nil || len(segments) != 0 {
		t.Errorf("the file has %d accounts, %v, %v", len(segments), err, checked)
	}
}
