package bank

import (
	"fmt"
	"strings"
	"testing"

	"daybook/ledger/match"
)

// A clause is a file, and what its statements, lines and faults are in short.
type clause struct{ name, file, want string }

func check(t *testing.T, clauses []clause) {
	t.Helper()
	for _, c := range clauses {
		t.Run(c.name, func(t *testing.T) {
			statements, faults := readAll(t, []byte(c.file))
			var got []string
			for _, s := range statements {
				got = append(got, shortLines(s)...)
			}
			for _, f := range faults {
				got = append(got, fmt.Sprintf("%d %s", f.Line, f.Code))
			}
			if got := strings.Join(got, "\n"); got != c.want {
				t.Errorf("%s\ngot\n%s\nwant\n%s\nfaults %v", c.file, got, c.want, faults)
			}
		})
	}
}

// shortLines is a line a line: dates, amount, R for a reversal, and each text there is.
func shortLines(s *match.Statement) (all []string) {
	for i := range s.Lines {
		l := &s.Lines[i]
		b := []string{l.BookingDate.String(), l.ValueDate.String(), decimal(s, l.Amount)}
		if l.Reversal {
			b = append(b, "R")
		}
		for _, x := range []struct{ name, text string }{
			{"", l.Code}, {"gvc ", l.GVC}, {"reason ", l.ReturnReason}, {"e2e ", l.EndToEndID}, {"ref ", l.Reference}, {"batch ", l.BatchID},
			{"bank ", l.BankReference}, {"orig ", l.OriginalReference}, {"fee ", optional(s, l.Fee)}, {"text ", l.Text},
		} {
			if x.text != "" {
				b = append(b, x.name+x.text)
			}
		}
		all = append(all, strings.Join(b, "|"))
	}
	return all
}

// shortStatement is what a statement says before its lines.
func shortStatement(s *match.Statement) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s|%s %s|%s %s|%d lines|%d pending|%s", s.Account, s.Currency, s.ID, s.Number, s.Page,
		s.OpeningDate, optional(s, s.Opening), s.ClosingDate, optional(s, s.Closing), len(s.Lines), s.Pending, s.State)
}

func checkStatements(t *testing.T, clauses []clause) {
	t.Helper()
	for _, c := range clauses {
		t.Run(c.name, func(t *testing.T) {
			statements, faults := readAll(t, []byte(c.file))
			var got []string
			for _, s := range statements {
				got = append(got, shortStatement(s))
			}
			for _, f := range faults {
				got = append(got, fmt.Sprintf("%d %s", f.Line, f.Code))
			}
			if got := strings.Join(got, "\n"); got != c.want {
				t.Errorf("%s\ngot\n%s\nwant\n%s\nfaults %v", c.file, got, c.want, faults)
			}
		})
	}
}
