package bank

import (
	"fmt"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// Writers of the same statement, as each bank would write it.

func writeCamt(s *match.Statement) string {
	amount := func(a money.Amount) string {
		sign := "CRDT"
		if a < 0 {
			a, sign = -a, "DBIT"
		}
		return fmt.Sprintf(`<Amt Ccy=%q>%s</Amt><CdtDbtInd>%s</CdtDbtInd>`, s.Currency, decimal(s, a), sign)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<Acct><Id><IBAN>%s</IBAN></Id><Ccy>%s</Ccy></Acct>", s.Account, s.Currency)
	for kind, a := range map[string]money.Amount{"OPBD": s.Opening.Amount, "CLBD": s.Closing.Amount} {
		fmt.Fprintf(&b, "<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp>%s<Dt><Dt>%s</Dt></Dt></Bal>", kind, amount(a), s.ClosingDate)
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		fmt.Fprintf(&b, "<Ntry>%s<Sts>BOOK</Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><DtTm>%sT23:59:59+01:00</DtTm></ValDt>", amount(l.Amount), l.BookingDate, l.ValueDate)
		fmt.Fprintf(&b, "<NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n", l.EndToEndID, l.Text)
	}
	return camtFile(b.String())
}

func writeMT940(s *match.Statement) string {
	short := func(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "")[2:] }
	amount := func(a money.Amount) string {
		text := decimal(s, max(a, -a))
		if !strings.Contains(text, ".") {
			text += "."
		}
		return strings.Replace(text, ".", ",", 1)
	}
	mark := func(a money.Amount) string {
		if a < 0 {
			return "D"
		}
		return "C"
	}
	var b strings.Builder
	fmt.Fprintf(&b, ":20:S\r\n:25:%s\r\n:28C:1/1\r\n:60F:%s%s%s%s\r\n", s.Account, mark(s.Opening.Amount), short(s.ClosingDate), s.Currency, amount(s.Opening.Amount))
	for i := range s.Lines {
		l := &s.Lines[i]
		fmt.Fprintf(&b, ":61:%s%s%s%sNMSCNONREF\r\n:86:166?20EREF+%s SVWZ+%s\r\n", short(l.ValueDate), short(l.BookingDate)[2:], mark(l.Amount), amount(l.Amount), l.EndToEndID, l.Text)
	}
	fmt.Fprintf(&b, ":62F:%s%s%s%s\r\n-\r\n", mark(s.Closing.Amount), short(s.ClosingDate), s.Currency, amount(s.Closing.Amount))
	return b.String()
}

func writeBAI2(s *match.Statement) string {
	short := func(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "")[2:] }
	var b strings.Builder
	fmt.Fprintf(&b, "03,%s,%s,010,%d,,,015,%d,,/", s.Account, s.Currency, s.Opening.Amount, s.Closing.Amount)
	sum := s.Opening.Amount + s.Closing.Amount
	for i := range s.Lines {
		l := &s.Lines[i]
		kind := 142
		if l.Amount < 0 {
			kind = 451
		}
		fmt.Fprintf(&b, "\n16,%d,%d,V,%s,,,,%s/\n88,EREF: %s", kind, max(l.Amount, -l.Amount), short(l.ValueDate), l.Text, l.EndToEndID)
		sum += max(l.Amount, -l.Amount)
	}
	return baiFile("02,R,O,1,"+short(s.ClosingDate)+",,,2/", int(sum), b.String())
}

// TestFormatsAgree reads one statement in three formats: what is known of it is the same.
func TestFormatsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(-int64(money.Max), int64(money.Max)))
		amount := func(label string) money.Amount { return money.Amount(amounts.Draw(t, label)) }
		day := civil.Of(2020, 1, 1) + civil.Date(rapid.IntRange(0, 5000).Draw(t, "day"))
		s := &match.Statement{
			Account:     rapid.StringMatching(`[A-Z]{2}[0-9]{1,20}`).Draw(t, "account"),
			Currency:    rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency"),
			Opening:     match.Optional{Amount: amount("opening"), Known: true},
			Closing:     match.Optional{Amount: amount("closing"), Known: true},
			ClosingDate: day,
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "lines") {
			s.Lines = append(s.Lines, match.Line{
				Number: i + 1, BookingDate: day, ValueDate: day + civil.Date(rapid.IntRange(-100, 100).Draw(t, "value")), Amount: amount("amount"),
				EndToEndID: rapid.StringMatching(`[A-Z0-9][A-Z0-9-]{0,30}[0-9]`).Draw(t, "id"), Text: rapid.StringMatching(`[a-zäöü][a-zäöü ,.]{0,60}[a-z]`).Draw(t, "text"),
			})
		}
		for name, file := range map[string]string{"camt": writeCamt(s), "MT940": writeMT940(s), "BAI2": writeBAI2(s)} {
			got, faults := readText(file)
			if len(got) != 1 || len(faults) > 0 {
				t.Fatalf("%s: %d statements, %v\n%s", name, len(got), faults, file)
			}
			if got[0].Key() != s.Key() {
				t.Errorf("%s: key of %+v, want of %+v", name, got[0], s)
			}
			for i := range s.Lines {
				want, text := &s.Lines[i], strings.Join(strings.Fields(s.Lines[i].Text), " ")
				if l := &got[0].Lines[i]; l.EndToEndID != want.EndToEndID || !strings.HasPrefix(l.Text, text) {
					t.Errorf("%s: %+v, want %+v", name, l, want)
				}
			}
		}
	})
}

func readText(file string) (statements []*match.Statement, faults []Fault) {
	faults, err := Read(strings.NewReader(file), func(s *match.Statement) error {
		statements = append(statements, s)
		return nil
	})
	if err != nil {
		panic(err)
	}
	return statements, faults
}
