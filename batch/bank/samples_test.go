package bank

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"daybook/ledger/match"
	"daybook/ledger/money"
)

// readAll reads a file, and fails the test if reading it does.
func readAll(t testing.TB, b []byte) (statements []*match.Statement, faults []Fault) {
	t.Helper()
	faults, err := Read(bytes.NewReader(b), func(s *match.Statement) error {
		statements = append(statements, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return statements, faults
}

func sampleNames(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/statements-*")
	if err != nil || len(names) != 10 {
		t.Fatalf("%v, %v", names, err)
	}
	return names
}

// TestSamples compares each statement and line of the samples with what an independent
// reader made of them, column by column. Files come in the order of their names.
func TestSamples(t *testing.T) {
	var statements, lines [][]string
	known := map[string]bool{}
	for _, name := range sampleNames(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, faults := readAll(t, b)
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
		for _, s := range got {
			if s.State == match.Loaded && known[s.Key()] {
				s.State = match.Duplicate
			}
			known[s.Key()] = true
			statements = append(statements, statementRow(filepath.Base(name), s))
			for i := range s.Lines {
				lines = append(lines, lineRow(filepath.Base(name), s, &s.Lines[i]))
			}
		}
	}
	compare(t, statements, "testdata/expected-statements.csv")
	compare(t, lines, "testdata/expected-lines.csv")
}

func compare(t *testing.T, got [][]string, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns, want := want[0], want[1:]
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		for j := range columns {
			if got[i][j] != want[i][j] {
				t.Errorf("%s: row %d, %s: %q, want %q", name, i+1, columns[j], got[i][j], want[i][j])
			}
		}
	}
}

func statementRow(file string, s *match.Statement) []string {
	difference := ""
	if s.Opening.Known && s.Closing.Known {
		difference = decimal(s, s.Closing.Amount-s.Opening.Amount-s.Sum())
	}
	return []string{
		file, s.Account, s.Currency, s.ID, s.Key(), s.Number, s.Page, s.OpeningDate.String(), optional(s, s.Opening),
		s.ClosingDate.String(), optional(s, s.Closing), strconv.Itoa(len(s.Lines)), strconv.Itoa(s.Pending), difference, s.State.String(),
	}
}

func lineRow(file string, s *match.Statement, l *match.Line) []string {
	return []string{
		file, s.Key() + "-" + strconv.Itoa(l.Number), s.Account, s.Currency, s.Key(), strconv.Itoa(l.Number),
		l.BookingDate.String(), l.ValueDate.String(), decimal(s, l.Amount), strconv.FormatBool(l.Reversal), l.Code, l.ReturnReason,
		l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference, optional(s, l.Fee), l.Text,
	}
}

func decimal(s *match.Statement, a money.Amount) string {
	digits, _ := money.Digits(s.Currency)
	return a.Text(digits)
}

func optional(s *match.Statement, x match.Optional) string {
	if !x.Known {
		return ""
	}
	return decimal(s, x.Amount)
}
