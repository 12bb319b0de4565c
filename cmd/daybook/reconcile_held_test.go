package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/reports"
)

// A camtLine is an entry of a statement in camt.053: money that came under a reference, or that was taken back.
type camtLine struct {
	date, amount, reference string
	back                    bool
}

// camtStatement writes a statement of one account in EUR.
func camtStatement(number int, date, opening, closing string, lines ...camtLine) string {
	balance := func(kind, amount string) string {
		return fmt.Sprintf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`, kind, amount, date)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S%d</Id><ElctrncSeqNb>%d</ElctrncSeqNb>`, number, number)
	b.WriteString(`<Acct><Id><Othr><Id>NL99</Id></Othr></Id><Ccy>EUR</Ccy></Acct>` + balance("OPBD", opening) + balance("CLBD", closing))
	for _, l := range lines {
		way, why := "CRDT", ""
		if l.back {
			way, why = "DBIT", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
		}
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%s</Dt></ValDt>`, l.amount, way, l.date, l.date)
		fmt.Fprintf(&b, `<NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs>%s</TxDtls></NtryDtls></Ntry>`, l.reference, why)
	}
	return b.String() + `</Stmt></BkToCstmrStmt></Document>`
}

// reconciles reconciles a date with a statement, or with none.
func (l *lockLender) reconciles(date, statement string) (stdout string) {
	l.t.Helper()
	in := filepath.Join(l.dir, "bank", date)
	if err := os.MkdirAll(in, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if statement != "" {
		if err := os.WriteFile(filepath.Join(in, "statements-1.xml"), []byte(statement), 0o600); err != nil {
			l.t.Fatal(err)
		}
	}
	stdout, _ = l.must(statusDone, "reconcile", "--book", l.book, "--in", in, "--out", l.out, "--date", date)
	return stdout
}

// What the bank takes back of money that was held is taken back where it is, by a row that loads as it is: from suspense,
// from the loan to which it was released, from the loan that it waited for. What was sent back already is not.
func TestReturnsOfHeldMoney(t *testing.T) {
	l := newLenderOf(t, 1, strings.Replace(eurPolicy, "intake:", "reconciliation: {from: 2026-03-03}\nintake:", 1))
	on := lockDay("2026-03-03")
	l.close("2026-03-02", []lockLoan{{"L001", "EUR", on - 40}, {"L003", "EUR", on - 40}}, nil)
	pay := func(id, loan string, amount int64) lockRow {
		return lockRow{id: id, loan: loan, currency: "EUR", value: on, amount: amount}
	}
	l.close("2026-03-03", nil, []lockRow{
		pay("PAY-HELD", "NONE-1", 41_000), pay("PAY-SENT", "NONE-2", 42_000), pay("PAY-LATE", "L002", 43_000), pay("PAY-BACK", "NONE-4", 44_000), pay("PAY-OWN1", "L001", 45_000),
		pay("PAY-TWO1", "NONE-5", 46_000), pay("PAY-TWO2", "NONE-6", 47_000), pay("PAY-ONE1", "NONE-7", 48_000), pay("PAY-ONE2", "NONE-8", 48_000),
	})
	came, took := []camtLine{}, []camtLine{}
	for amount, reference := range map[string]string{"41.00": "PAY-HELD", "42.00": "PAY-SENT", "43.00": "PAY-LATE", "44.00": "PAY-BACK", "45.00": "PAY-OWN1",
		"46.00": "PAY-TWO1", "47.00": "PAY-TWO2", "48.00": "PAY-ONE1", "48.000": "PAY-ONE2"} {
		came = append(came, camtLine{"2026-03-03", amount, reference, false})
		took = append(took, camtLine{"2026-03-05", amount, reference, true})
	}
	l.reconciles("2026-03-03", camtStatement(1, "2026-03-03", "1000.00", "1404.00", came...))
	l.close("2026-03-04", []lockLoan{{"L002", "EUR", on - 40}}, []lockRow{
		{id: "REL-SENT", loan: "L001", kind: "release", value: on + 1, target: "PAY-SENT"},
		{id: "REL-BACK", loan: "NONE-4", kind: "release", value: on + 1, target: "PAY-BACK", choice: "return"},
		// Two loans may have one id for their releases: amounts tell them apart, or nothing does.
		{id: "REL-TWO", loan: "L001", kind: "release", value: on + 1, target: "PAY-TWO1"}, {id: "REL-TWO", loan: "L003", kind: "release", value: on + 1, target: "PAY-TWO2"},
		{id: "REL-ONE", loan: "L001", kind: "release", value: on + 1, target: "PAY-ONE1"}, {id: "REL-ONE", loan: "L003", kind: "release", value: on + 1, target: "PAY-ONE2"},
	})
	l.reconciles("2026-03-04", "")
	l.close("2026-03-05", nil, nil)
	l.reconciles("2026-03-05", camtStatement(2, "2026-03-05", "1404.00", "1000.00", took...))
	suggested := filepath.Join(l.out, "reconciliation", "2026-03-05", "suggested", "adjustments-bank.parquet")
	table, err := reports.ReadParquet(suggested)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row := range table.Rows() {
		fields := map[string]string{}
		for i := range table.Columns {
			fields[table.Columns[i].Name] = string(table.Columns[i].AppendValue(nil, row))
		}
		got = append(got, strings.Join([]string{fields["kind"], fields["loan_id"], fields["target_id"], fields["choice"]}, " "))
	}
	slices.Sort(got)
	if want := []string{"release NONE-1 PAY-HELD return", "reversal L001 PAY-OWN1 ", "reversal L001 REL-SENT ", "reversal L001 REL-TWO ", "reversal L002 PAY-LATE ", "reversal L003 REL-TWO "}; !slices.Equal(got, want) {
		t.Errorf("suggested is %q, want %q", got, want)
	}
	in := l.inbox("2026-03-06", nil, nil)
	data, err := os.ReadFile(suggested)
	if err == nil {
		err = os.WriteFile(filepath.Join(in, "adjustments-bank.parquet"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, _ := l.must(statusDone, "close", "--book", l.book, "--in", in, "--out", l.out, "--date", "2026-03-06", "-q")
	if !strings.Contains(out, " 0 held, 0 rejected,") {
		t.Errorf("what is suggested does not load:\n%s", out)
	}
	if out := l.reconciles("2026-03-06", ""); !strings.Contains(out, " 2 open") {
		t.Errorf("other than the two payments of which nothing was suggested are open:\n%s", out)
	}
}
