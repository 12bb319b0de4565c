package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"daybook/ledger"
	"daybook/ledger/civil"
)

func smallJournal() (*Journal, JournalFormat) {
	night := civil.Of(2026, 11, 23)
	j := &Journal{BusinessDate: night}
	line := int32(0)
	post := func(entry int64, source, loan string, value civil.Date, kind ledger.EntryKind, role ledger.Role, currency uint16, amount int64) {
		if line++; len(j.EntryID) == 0 || j.EntryID[len(j.EntryID)-1] != entry {
			line = 0
		}
		j.Line = append(j.Line, line)
		j.EntryID = append(j.EntryID, entry)
		j.SourceID.Append([]byte(source))
		j.LoanID.Append([]byte(loan))
		origin := ledger.Origin{}
		if kind == ledger.Repayment {
			origin.Set([]byte("card"), []byte("REF,1"))
		}
		j.Channel.Append(origin.Channel)
		j.Reference.Append(origin.Reference)
		j.ValueDate = append(j.ValueDate, value)
		j.Kind = append(j.Kind, uint16(kind))
		j.Account = append(j.Account, uint16(role))
		j.Currency = append(j.Currency, currency)
		j.Debit = append(j.Debit, max(amount, 0))
		j.Credit = append(j.Credit, max(-amount, 0))
	}
	post(1001, "P1;x", "L1", night-2, ledger.Repayment, ledger.CashClearing, 0, 10_000)
	post(1001, "P1;x", "L1", night-2, ledger.Repayment, ledger.InterestReceivable, 0, -1_250)
	post(1001, "P1;x", "L1", night-2, ledger.Repayment, ledger.LoanPrincipal, 0, -8_750)
	post(1002, "", "L4", night, ledger.NonAccrual, ledger.InterestIncome, 0, 1_001)
	post(1002, "", "L4", night, ledger.NonAccrual, ledger.InterestReceivable, 0, -1_001)
	post(1002, "", "L4", night, ledger.NonAccrual, ledger.InterestInSuspense, 0, 1_001)
	post(1002, "", "L4", night, ledger.NonAccrual, ledger.InterestInSuspenseContra, 0, -1_001)
	post(1003, "", "", night, ledger.AccrualTotals, ledger.InterestReceivable, 1, 7)
	post(1003, "", "", night, ledger.AccrualTotals, ledger.InterestIncome, 1, -7)
	return j, JournalFormat{Chart: ledger.DefaultChart(), Currencies: []string{"CNY", "USD"}, Scale: 2, Form: testForm()}
}

func TestJournalReadsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part-000.parquet")
	j, format := smallJournal()
	w, err := CreateJournal(path, format, j.BusinessDate)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(j); err != nil {
		t.Fatal(err)
	}
	o, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	debit, _ := o.Total("debit")
	if credit, _ := o.Total("credit"); debit != credit || debit != 12_009 {
		t.Errorf("debits %d, credits %d, want 12009 each", debit, credit)
	}
	table, err := ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "journal.csv", tableText(t, table))
	compare(t, table.Columns, wantText(table.Columns), wantText(testForm().Sheet("journal", j.BusinessDate).Columns(format.Columns(j))))
}

// hledger adds the journal up again, by rules of its own.
func TestHledgerAgrees(t *testing.T) {
	j, format := smallJournal()
	var b bytes.Buffer
	w, err := NewHledgerWriter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(j); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	golden(t, "journal.hledger", b.Bytes())
	program, err := exec.LookPath("hledger")
	if err != nil {
		t.Skip("hledger is not installed: the journal is compared with its golden file only")
	}
	path := filepath.Join(t.TempDir(), "night.journal")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-f", path, "check", "--strict").CombinedOutput(); err != nil {
		t.Fatalf("hledger check: %v\n%s", err, out)
	}
	out, err := exec.Command(program, "-f", path, "balance", "-N", "-O", "csv").CombinedOutput()
	if err != nil {
		t.Fatalf("hledger balance: %v\n%s", err, out)
	}
	golden(t, "balance.csv", out)
}

// An entry may go over the end of a batch.
func TestHledgerEntryOverTwoBatches(t *testing.T) {
	j, format := smallJournal()
	var whole, halves bytes.Buffer
	for _, run := range []struct {
		out   *bytes.Buffer
		parts []*Journal
	}{{&whole, []*Journal{j}}, {&halves, []*Journal{cutJournal(j, 0, 2), cutJournal(j, 2, j.Rows())}}} {
		w, err := NewHledgerWriter(run.out, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range run.parts {
			if err := w.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(whole.Bytes(), halves.Bytes()) {
		t.Errorf("got\n%s\nwant\n%s", halves.Bytes(), whole.Bytes())
	}
}

func cutJournal(j *Journal, from, to int) *Journal {
	cut := &Journal{BusinessDate: j.BusinessDate, EntryID: j.EntryID[from:to], ValueDate: j.ValueDate[from:to], Kind: j.Kind[from:to], Account: j.Account[from:to],
		Currency: j.Currency[from:to], Debit: j.Debit[from:to], Credit: j.Credit[from:to]}
	for i := from; i < to; i++ {
		cut.SourceID.Append(j.SourceID.Row(i))
		cut.LoanID.Append(j.LoanID.Row(i))
	}
	return cut
}

func TestRejects(t *testing.T) {
	rows := []Reject{
		{"repayments-0001.parquet", 7, "repayments", "wrong_currency", "currency USD, the loan's is CNY", `{"loan_id":"L1","amount":"4.00"}`},
		{"repayments-0001.parquet", 19, "repayments", "unknown_loan", `no loan "L9"`, `{"loan_id":"L9"}`},
		{"loans.parquet", 0, "loans", "rate_out_of_range", "rate 11", ""},
	}
	path := filepath.Join(t.TempDir(), "rejects.parquet")
	w, err := CreateRejects(path, testForm(), testDate)
	if err != nil {
		t.Fatal(err)
	}
	// The later rows bring names that the earlier ones do not have.
	for _, batch := range [][]Reject{rows[:1], nil, rows[1:]} {
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got.Columns, wantText(got.Columns), wantText(testForm().Sheet("rejects", testDate).Columns(Rejects(rows).Columns)))
	golden(t, "rejects.csv", tableText(t, got))
}

func TestLedgerTables(t *testing.T) {
	p := samplePage(t)
	var s Suspense
	for _, item := range []struct{ days, amount int64 }{{0, 100}, {7, 50}, {8, 20}, {400, 3}} {
		s.Add("CNY", item.amount, p.BusinessDate-civil.Date(item.days), p.BusinessDate)
	}
	golden(t, "ledger.csv", tableText(t, TrialBalance(p.Balances, 2), GLActivity(p.Activity, 2), s.Table(2)))
}

func TestManifest(t *testing.T) {
	p := samplePage(t)
	m := &Manifest{
		FormatVersion: FormatVersion, BusinessDate: p.BusinessDate, Software: p.Software, Policy: p.PolicyDigest,
		Inputs: []Input{
			{Path: "loans-0001.parquet", Kind: "loans", Rows: 2, SHA256: "aa"},
			{Path: "repayments-0001.parquet", Kind: "repayments", Rows: 1204, SHA256: "bb", ExtraColumns: []string{"branch", "note <x>"}},
		},
		ControlTotals: p.Control,
		Outputs:       []Output{{Path: "rejects.parquet", Rows: 2, Bytes: 1830, SHA256: "cc"}},
		Timings:       []Timing{{"read inputs", 1234567 * time.Microsecond, 1206}, {"commit", 95 * time.Millisecond, 0}},
	}
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := WriteManifest(path, m); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "manifest.json", b)
	if !json.Valid(b) || !m.ControlTotals.Tied() {
		t.Error("the manifest is no JSON or its totals do not tie")
	}
	got, err := ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	m.Timings[0].Took = 1235 * time.Millisecond
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, want %+v", got, m)
	}
	m.ControlTotals.Currencies[0].Fees = TieOf(1, 2, 2, "CNY")
	if m.ControlTotals.Tied() {
		t.Error("fees differ from the GL and the totals tie")
	}
}

func TestWriteRegulatory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "regulatory")
	tables := smallBuilder(t).Tables(smallSettings())
	outputs, err := WriteRegulatory(dir, testForm(), testDate, tables)
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 2*len(tables) {
		t.Fatalf("%d files for %d tables", len(outputs), len(tables))
	}
	for i, table := range tables {
		got, err := ReadParquet(outputs[2*i+1].Path)
		if err != nil {
			t.Fatal(err)
		}
		want := testForm().Sheet(table.Name, testDate).Columns(table.Columns)
		compare(t, want, wantText(got.Columns), wantText(want))
		if b, err := os.ReadFile(outputs[2*i].Path); err != nil || int64(len(b)) != outputs[2*i].Bytes {
			t.Errorf("%s: %d bytes, %v", outputs[2*i].Path, len(b), err)
		}
	}
}

func TestCSVQuotesOnlyWhatNeedsIt(t *testing.T) {
	table := &Table{Name: "x", Columns: []Column{{Name: "a", Kind: Text}, {Name: "b,c", Kind: Number, Optional: true}}}
	for _, s := range []string{"plain", "a,b", `say "no"`, "two\nlines", " led", ""} {
		table.Append(s, nil)
	}
	want := "# x\na,\"b,c\"\nplain,\n\"a,b\",\n\"say \"\"no\"\"\",\n\"two\nlines\",\n\" led\",\n,\n"
	if got := string(tableText(t, table)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
