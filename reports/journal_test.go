package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/proof"
)

func smallJournal() (*Journal, JournalFormat) {
	night := civil.Of(2026, 11, 23)
	j := &Journal{BusinessDate: night}
	post := func(entry int64, source, loan string, value civil.Date, kind ledger.EntryKind, role ledger.Role, currency uint16, amount int64) {
		e := ledger.Entry{ValueDate: value, Kind: kind, Source: []byte(source), Postings: []ledger.Posting{{Role: role, Amount: money.Amount(amount)}}}
		if kind == ledger.Repayment {
			e.Origin = new(ledger.Origin)
			e.Origin.Set([]byte("card"), []byte("REF,1"))
		}
		if last := len(j.Ends) - 1; last < 0 || j.EntryID[last] != entry {
			j.AppendEntry(entry, []byte(loan), currency, &e, 1)
			return
		}
		appendPosting(j, uint16(role), max(amount, 0), max(-amount, 0))
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

// appendPosting adds a posting to the last entry.
func appendPosting(j *Journal, account uint16, debit, credit int64) {
	last := len(j.Ends) - 1
	from := int32(0)
	if last > 0 {
		from = j.Ends[last-1]
	}
	j.Line = append(j.Line, j.Ends[last]-from)
	j.Account, j.Debit, j.Credit = append(j.Account, account), append(j.Debit, debit), append(j.Credit, credit)
	j.Ends[last]++
}

func cutJournal(j *Journal, from, to int) *Journal {
	cut := &Journal{BusinessDate: j.BusinessDate, Account: j.Account[from:to], Debit: j.Debit[from:to], Credit: j.Credit[from:to], Line: j.Line[from:to]}
	begin := 0
	for i, end := range j.Ends {
		if begin < to && int(end) > from {
			cut.EntryID = append(cut.EntryID, j.EntryID[i])
			cut.ValueDate, cut.Kind, cut.Currency = append(cut.ValueDate, j.ValueDate[i]), append(cut.Kind, j.Kind[i]), append(cut.Currency, j.Currency[i])
			cut.SourceID.Append(j.SourceID.Row(i))
			cut.LoanID.Append(j.LoanID.Row(i))
			cut.Channel.Append(j.Channel.Row(i))
			cut.Reference.Append(j.Reference.Row(i))
			cut.Ends = append(cut.Ends, min(end, int32(to))-int32(from))
		}
		begin = int(end)
	}
	return cut
}

// A journal is the same file whether its rows come as pages of entries or row by row, in whatever batches; and its
// leaves are those of its rows.
func TestJournalOfAnyBatches(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 12))
		format := JournalFormat{Chart: ledger.DefaultChart(), Currencies: []string{"CNY", "JPY", "KWD"}, Scale: 3, Form: testForm()}
		var batches []*Journal
		for range 3 {
			rows := []int{10, pageRows - 1, pageRows, pageRows + 100, pageRowsMax, pageRowsMax + 1}[r.IntN(6)]
			batches = append(batches, anyJournal(r, rows, int64(len(batches)+1)<<20))
		}
		var files [2][]byte
		var leaves [2]Leaves
		for way := range files {
			path := filepath.Join(t.TempDir(), "part-000.parquet")
			w, err := CreateJournal(path, format, batches[0].BusinessDate)
			if err != nil {
				t.Fatal(err)
			}
			leaves[way] = Leaves{Pages: proof.Pages{Format: proof.LinePerPosting + proof.Format(seed%2), Date: "2026-11-23"}, Partition: func(int64) int { return 0 }}
			for _, j := range batches {
				if way == 0 {
					err = errors.Join(w.Write(j), leaves[way].AddJournal(&format, j))
				} else {
					columns := format.Columns(j)
					var c []*Column
					for i := range leafColumns {
						c = append(c, &columns[i])
					}
					err = errors.Join(w.w.Write(w.sheet.Columns(columns)), leaves[way].Add(c, j.Rows()))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err = w.Close(); err == nil {
				err = leaves[way].Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			if files[way], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("seed %d: the files differ", seed)
		}
		if !slices.Equal(leaves[0].Leaves, leaves[1].Leaves) {
			t.Errorf("seed %d: the leaves differ", seed)
		}
	}
}

// anyJournal makes entries of one to five postings, texts of which are now and then absent or as before.
func anyJournal(r *rand.Rand, rows int, id int64) *Journal {
	j := &Journal{BusinessDate: civil.Of(2026, 11, 23)}
	texts := []string{"", "L0000001", "L0000002", "L00,2", "x", strings.Repeat("long ", 30)}
	any := func() []byte { return []byte(texts[r.IntN(len(texts))]) }
	for j.Rows() < rows {
		e := ledger.Entry{ValueDate: j.BusinessDate - civil.Date(r.IntN(3)), Kind: ledger.EntryKind(r.IntN(int(ledger.EntryKinds))), Source: any()}
		if r.IntN(2) == 0 {
			e.Origin = new(ledger.Origin)
			e.Origin.Set([]byte("card"), any())
		}
		for range min(1+r.IntN(5), rows-j.Rows()) {
			e.Postings = append(e.Postings, ledger.Posting{Role: ledger.Role(r.IntN(int(ledger.Roles))), Amount: money.Amount(r.Int64N(2e6) - 1e6)})
		}
		id += 1 + r.Int64N(2)
		j.AppendEntry(id, any(), uint16(r.IntN(3)), &e, 10)
	}
	return j
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
